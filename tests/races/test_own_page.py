"""People without an account at once: tabs that press together, and somebody who guesses birthdays in parallel."""

from __future__ import annotations

import time
from datetime import datetime
from functools import partial

import pytest
from django.db.models import QuerySet
from django.test import Client

from patients.models import WorklistItem
from portal.services import gate
from reminders.gate import Tries, after_wrong
from reminders.models import PersonalLink
from scheduling.models import Appointment, AppointmentResponse
from tests.portal.visitor import BORN, WRONG, link_to
from tests.races.arena import Arena, at_once
from tests.races.test_offers import asked, tidy

pytestmark = pytest.mark.race


def tab(link: PersonalLink) -> Client:
    """A browser in which the birthday was shown."""
    client = Client()
    assert client.post(f"/v/{link.token}/", BORN).status_code == 303
    return client


def test_two_patients_with_two_tabs_each_take_one_offer(arena: Arena) -> None:
    tidy(arena)
    offer, patients = asked(arena, parties=2)
    presses = []
    for patient in patients:
        link = link_to(Appointment.objects.get(patient=patient, status="booked"))
        own = offer.offered.get(dose__plan__patient=patient)
        url = f"/v/{link.token}/offers/{own.public_id}/"
        presses += [partial(tab(link).post, url, {"choice": "accept"}) for _ in range(2)]
    assert sorted(answer.status_code for answer in at_once(presses)) == [303, 409, 409, 409]
    assert sorted(offer.offered.values_list("state", flat=True)) == ["accepted", "missed"]
    assert Appointment.objects.filter(patient__in=patients, status="booked", starts_at=offer.starts_at).count() == 1


def test_answers_and_calls_pressed_twice_at_once_are_one(arena: Arena) -> None:
    tidy(arena)
    _offer, (patient,) = asked(arena, parties=1)
    visit = Appointment.objects.get(patient=patient, status="booked")
    link = link_to(visit)
    sent = {"visit": visit.public_id, "sequence": visit.ical_sequence}
    tabs = [tab(link) for _ in range(4)]
    answers = at_once([partial(one.post, f"/v/{link.token}/answer/", {**sent, "answer": "ring"}) for one in tabs])
    answers += at_once([partial(one.post, f"/v/{link.token}/answer/", {**sent, "answer": "declined"}) for one in tabs])
    assert {answer.status_code for answer in answers} == {303}
    assert WorklistItem.objects.filter(patient=patient, key__startswith="ring:").count() == 1
    assert WorklistItem.objects.filter(patient=patient, kind="declined").count() == 1
    assert set(AppointmentResponse.objects.values_list("participant_status", flat=True)) == {"declined"}


def test_parallel_guesses_are_counted_one_by_one(arena: Arena) -> None:
    tidy(arena)
    _offer, (patient,) = asked(arena, parties=1)
    link = link_to(Appointment.objects.get(patient=patient, status="booked"))
    browsers = [Client(REMOTE_ADDR=f"192.0.2.{n}") for n in range(12)]
    answers = at_once([partial(one.post, f"/v/{link.token}/", WRONG) for one in browsers])
    assert sorted(answer.status_code for answer in answers) == [422] * 4 + [429] * 8
    link.refresh_from_db()
    assert link.wrong_tries == 5


def test_control_without_the_lock_most_guesses_are_not_counted(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly(tries: Tries, *, at: datetime) -> Tries:
        time.sleep(0.5)
        return after_wrong(tries, at=at)

    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows.all())
    monkeypatch.setattr(gate, "after_wrong", slowly)
    tidy(arena)
    _offer, (patient,) = asked(arena, parties=1)
    link = link_to(Appointment.objects.get(patient=patient, status="booked"))
    browsers = [Client(REMOTE_ADDR=f"198.51.100.{n}") for n in range(8)]
    answers = at_once([partial(one.post, f"/v/{link.token}/", WRONG) for one in browsers])
    assert {answer.status_code for answer in answers} == {422}
    link.refresh_from_db()
    assert link.wrong_tries < 5
