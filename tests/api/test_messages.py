"""Messages of a visit over the API: what became of each, and the invite once more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from patients.models import Carer
from reminders.models import DeliveryReport, Message
from reminders.services import derive_messages
from scheduling.models import Appointment
from scheduling.services import book_appointment
from tests.api.conftest import Caller
from tests.ward import NOW, TODAY, Ward, dose_id, maintenance_patient

Call = Callable[[str], Caller]


@pytest.fixture
def visit(ward: Ward, clock: Any) -> Appointment:
    on = TODAY + timedelta(days=1)
    patient = maintenance_patient(ward)
    Carer.objects.create(patient=patient, name="Sam", email="sam@example.org", receives_invites=True)
    visit = book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(on, "10:00"))
    derive_messages()
    return visit


def test_each_message_says_to_whom_how_and_what_became_of_it(visit: Appointment, caller: Call) -> None:
    invite = Message.objects.get(appointment=visit, purpose="invite", recipient="patient")
    DeliveryReport.objects.create(message=invite, fate="arrived", reported_at=NOW)
    rows = caller("manager").get(f"appointments/{visit.public_id}/messages/").json()["results"]
    found = next(row for row in rows if row["id"] == str(invite.public_id))
    assert (found["purpose"], found["channel"], found["carer"], found["fate"]) == ("invite", "email", None, "arrived")
    assert {row["carer"] for row in rows} == {None, str(visit.patient.carers.get().public_id)}
    assert caller("other_nurse").get(f"appointments/{visit.public_id}/messages/").status_code == 404


def test_sent_again_to_one_reader_once(visit: Appointment, caller: Call) -> None:
    Message.objects.filter(appointment=visit).update(state="sent", sent_at=NOW, dated_at=NOW, is_possibly_out=True)
    path = f"appointments/{visit.public_id}/send-again/"
    answer = caller("nurse").post(path, version=1, carer=str(visit.patient.carers.get().public_id))
    assert (answer.status_code, answer.json()["version"], answer.json()["sequence"]) == (200, 2, 0)
    for repeated in ({"version": 1}, {"version": 1, "is_to_patient": True}):
        second = caller("nurse").post(path, **repeated)
        assert (second.status_code, second.json()["code"]) == (409, "stale_page")
    # Without a version nobody could tell a call repeated from a new one.
    assert caller("nurse").post(path).status_code == 422
    derive_messages()
    again = Message.objects.filter(appointment=visit, purpose="invite", state="pending")
    assert [row.recipient.partition(":")[0] for row in again] == ["carer"]
