"""A call about a visit is over with the visit, and says why; an undone cancellation brings it back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from patients.models import Patient, WorklistItem
from patients.services import open_item
from scheduling.models import Appointment
from scheduling.services import book_appointment, cancel_appointment, record_noshow, undo_change
from scheduling.services.answers import calls
from scheduling.services.courses.holding import hold_plan
from tests.ward import TODAY, dose_id, maintenance_patient

if TYPE_CHECKING:
    import time_machine

    from tests.ward import Ward


@pytest.fixture
def patient(ward: Ward, clock: Any) -> Patient:
    return maintenance_patient(ward)


@pytest.fixture
def visit(ward: Ward, patient: Patient) -> Appointment:
    actor = ward.cast.actor("coordinator")
    return book_appointment(actor, dose_id=dose_id(patient), wanted=ward.wanted(TODAY, "10:00"))


def keep_inside_a_hold(ward: Ward, visit: Appointment) -> WorklistItem:
    """The call that keeping the visit asks for."""
    hold_plan(
        ward.cast.actor("doctor"),
        plan_id=visit.patient.plans.get().public_id,
        reason="Fever",
        review_on=TODAY + timedelta(days=7),
        visits={visit.public_id: "keep"},
    )
    return WorklistItem.objects.get(title="Visit kept inside a hold")


def ask_by_telephone(visit: Appointment) -> WorklistItem:
    """The call that a lost reminder asks for, as `reminders` writes it."""
    open_item(
        unit=visit.unit,
        patient=visit.patient,
        kind=WorklistItem.Kind.CALL,
        key=f"reminder:{visit.uid}",
        title="Remind the patient of the visit",
        due_at=timezone.now(),
    )
    return WorklistItem.objects.get(key=f"reminder:{visit.uid}")


def cancel(ward: Ward, visit: Appointment) -> None:
    cancel_appointment(ward.cast.actor("coordinator"), appointment_id=visit.public_id, cancelled_by="patient")


def closed(item: WorklistItem) -> tuple[bool, str, str | None]:
    item.refresh_from_db()
    return item.done_at is not None, item.outcome, item.done_by.name if item.done_by else None


def test_a_kept_visit_that_is_cancelled_needs_no_call(ward: Ward, visit: Appointment) -> None:
    call = keep_inside_a_hold(ward, visit)
    assert closed(call) == (False, "", None)
    cancel(ward, visit)
    assert closed(call) == (True, calls.CANCELLED, None)


def test_an_undone_booking_needs_no_call(ward: Ward, visit: Appointment) -> None:
    call = keep_inside_a_hold(ward, visit)
    undo_change(ward.cast.actor("coordinator"), appointment_id=visit.public_id)
    assert closed(call) == (True, calls.UNDONE, None)


def test_an_undone_cancellation_brings_the_call_back(ward: Ward, visit: Appointment) -> None:
    call = ask_by_telephone(visit)
    cancel(ward, visit)
    assert closed(call) == (True, calls.CANCELLED, None)
    undo_change(ward.cast.actor("coordinator"), appointment_id=visit.public_id)
    assert closed(call) == (False, "", None)


def test_a_call_somebody_made_is_theirs(ward: Ward, visit: Appointment) -> None:
    from patients.services import finish_item

    call = ask_by_telephone(visit)
    finish_item(ward.cast.actor("nurse"), item_id=call.public_id, outcome="Spoke to the carer")
    cancel(ward, visit)
    undo_change(ward.cast.actor("coordinator"), appointment_id=visit.public_id)
    assert closed(call) == (True, "Spoke to the carer", "Ada Nurse")


def test_who_did_not_attend_is_not_reminded_but_rung(
    ward: Ward, visit: Appointment, clock: time_machine.Traveller
) -> None:
    reminder = ask_by_telephone(visit)
    clock.move_to(visit.starts_at + timedelta(minutes=30))
    record_noshow(ward.cast.actor("nurse"), appointment_id=visit.public_id)
    assert closed(reminder) == (True, calls.NOT_ATTENDED, None)
    assert WorklistItem.objects.filter(key=f"noshow:{visit.public_id}", done_at__isnull=True).exists()


def test_another_visits_call_stays(ward: Ward, visit: Appointment) -> None:
    other = maintenance_patient(ward, 2)
    actor = ward.cast.actor("coordinator")
    theirs = book_appointment(actor, dose_id=dose_id(other), wanted=ward.wanted(TODAY, "12:00"))
    call = ask_by_telephone(theirs)
    cancel(ward, visit)
    assert closed(call) == (False, "", None)
