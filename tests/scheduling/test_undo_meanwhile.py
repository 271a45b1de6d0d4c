"""An undo brings a visit back to where hours or dates were changed within its seconds: nobody forgets to move it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from patients.models import WorklistItem
from scheduling.models import Appointment, MoveProposal
from scheduling.services import (
    book_appointment,
    cancel_appointment,
    close,
    move_appointment,
    reopen,
    undo_change,
)
from scheduling.services.courses.holding import hold_plan, resume_plan
from scheduling.services.opening.closures import Closed
from tests.ward import TODAY, Ward, dose_id, maintenance_patient

DUE = TODAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def _the_databases_clock_stands_too(clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduling.services.visits.cancelling._database_now", timezone.now)


@pytest.fixture
def visit(ward: Ward) -> Appointment:
    patient = maintenance_patient(ward, due=DUE)
    return book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(DUE))


def shut(ward: Ward) -> Closed:
    return close(
        ward.cast.actor("administrator"),
        unit=ward.unit,
        resource=ward.rooms[0],
        starts_at=ward.at(DUE, "00:00"),
        ends_at=ward.at(DUE, "23:00"),
        reason="Floor repaired",
    )


def undo(ward: Ward, visit: Appointment) -> None:
    undo_change(ward.cast.actor("coordinator"), appointment_id=visit.public_id)


def open_items() -> list[str]:
    items = WorklistItem.objects.filter(key__startswith="stranded:", done_at__isnull=True)
    return list(items.values_list("detail", flat=True))


def test_a_visit_brought_back_into_a_room_that_was_shut_meanwhile_is_on_the_worklist(
    ward: Ward, visit: Appointment
) -> None:
    actor = ward.cast.actor("coordinator")
    cancel_appointment(actor, appointment_id=visit.public_id, cancelled_by="patient")
    assert shut(ward).stranded == ()
    undo(ward, visit)
    assert open_items() == ["Wed 25 Nov 09:00 in Room 1: Room 1 is closed: Floor repaired."]


def test_a_move_out_of_a_shut_room_taken_back_after_it_opened_again_leaves_nothing_to_do(
    ward: Ward, visit: Appointment
) -> None:
    closed = shut(ward)
    assert len(open_items()) == 1
    actor, elsewhere = ward.cast.actor("coordinator"), ward.wanted(DUE, "13:00", room=1, operator=1)
    move_appointment(actor, appointment_id=visit.public_id, wanted=elsewhere)
    reopen(ward.cast.actor("administrator"), closure=closed.closure)
    undo(ward, visit)
    assert open_items() == []


def test_a_visit_brought_back_outside_a_window_that_was_set_meanwhile_waits_to_be_moved(
    ward: Ward, visit: Appointment
) -> None:
    doctor, dose = ward.cast.actor("doctor"), visit.dose
    assert dose is not None
    answers = {visit.public_id: "release"}
    hold_plan(doctor, plan_id=dose.plan.public_id, reason="Headache", review_on=None, visits=answers)
    on = DUE + timedelta(days=21)
    resume_plan(doctor, plan_id=dose.plan.public_id, how="date", reason="Well again then", on=on)
    undo(ward, visit)
    assert MoveProposal.objects.get(appointment=visit).state == "open"
