"""After a death nothing is sent, and everything is free; a death recorded in error is taken back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail

from doseplans.errors import PlanEnded
from doseplans.models import DosePlan, PlanHold
from patients.errors import PatientHasDied, PatientNotDeceased
from patients.models import Patient, WorklistItem
from patients.services import open_item
from reminders.models import Message
from reminders.services import claim_due, derive_messages, send
from scheduling.models import Appointment
from scheduling.services import book_appointment, cancel_appointment, undo_change
from scheduling.services.courses.deaths import record_death, undo_death
from scheduling.services.courses.holding import hold_plan
from tests.ward import NOW, TODAY, dose_id, live, maintenance_patient
from units.errors import InvalidInput, NotAllowed, NotFound

if TYPE_CHECKING:
    import time_machine

    from tests.ward import Ward

DUE = TODAY + timedelta(days=10)


@pytest.fixture
def patient(ward: Ward, clock: Any) -> Patient:
    return maintenance_patient(ward, due=DUE)


@pytest.fixture
def visit(ward: Ward, patient: Patient) -> Appointment:
    return book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(DUE))


def die(ward: Ward, patient: Patient, who: str = "nurse", **more: Any) -> Any:
    return record_death(ward.cast.actor(who), patient_id=patient.public_id, **{"died_on": TODAY, **more})


def undo(ward: Ward, patient: Patient, who: str = "doctor", reason: str = "The wrong patient") -> Any:
    return undo_death(ward.cast.actor(who), patient_id=patient.public_id, reason=reason)


def send_all() -> list[str | None]:
    states = []
    while claims := claim_due():
        states += [send(claim) for claim in claims]
    return states


def invite_is_out() -> None:
    derive_messages()
    Message.objects.filter(purpose="invite").update(
        state="sent", sent_at=NOW, dated_at=NOW, is_possibly_out=True, attempts=1
    )


def test_a_death_ends_the_plans_and_frees_the_visits(ward: Ward, patient: Patient, visit: Appointment) -> None:
    done = die(ward, patient, note="Rung by her husband")
    patient.refresh_from_db()
    assert patient.deceased_at == NOW  # noon is still to come
    assert [plan.end_reason for plan in done.plans] == ["died"]
    assert [freed.pk for freed in done.freed] == [visit.pk]
    visit.refresh_from_db()
    assert (visit.status, visit.cancellation_reason) == ("cancelled", "The patient died.")
    assert live(patient) == []
    assert list(visit.allocations.all()) == []


def test_nothing_is_ever_sent_afterwards(ward: Ward, patient: Patient, visit: Appointment) -> None:
    invite_is_out()
    assert Message.objects.filter(state="pending").exists()
    die(ward, patient)
    derive_messages()
    assert not Message.objects.filter(state="pending").exists()
    assert not Message.objects.filter(purpose="cancel").exists()
    Message.objects.update(due_at=NOW - timedelta(days=60))  # by the database's clock
    assert send_all() == []
    assert mail.outbox == []


def test_a_cancellation_that_was_about_to_leave_is_dropped(ward: Ward, patient: Patient, visit: Appointment) -> None:
    invite_is_out()
    cancel_appointment(ward.cast.actor("nurse"), appointment_id=visit.public_id, cancelled_by="patient")
    derive_messages()
    assert Message.objects.get(purpose="cancel").state == "pending"
    die(ward, patient)
    Message.objects.update(due_at=NOW - timedelta(days=60))  # by the database's clock
    assert set(send_all()) == {"skipped"}
    assert mail.outbox == []


def test_a_death_taken_back_before_the_messages_were_worked_sends_nothing(
    ward: Ward, patient: Patient, visit: Appointment
) -> None:
    """The worker was down between the two: it must not find a cancellation that nobody meant to send."""
    invite_is_out()
    die(ward, patient)
    undo(ward, patient)
    derive_messages()
    assert not Message.objects.filter(purpose="cancel").exists()
    assert not Message.objects.filter(state="pending").exists()


def test_open_tasks_about_the_patient_are_closed_and_others_stay(
    ward: Ward, patient: Patient, visit: Appointment
) -> None:
    other = maintenance_patient(ward, 2)
    for whose, key in ((patient, "mine"), (other, "theirs")):
        open_item(unit=ward.unit, patient=whose, kind="call", key=key, title="Ring", due_at=NOW)
    assert die(ward, patient).closed == 1
    assert WorklistItem.objects.get(key="mine").outcome == "The patient died."
    assert WorklistItem.objects.get(key="theirs").done_at is None


def test_nothing_is_booked_or_undone_after_a_death(ward: Ward, patient: Patient, visit: Appointment) -> None:
    die(ward, patient)
    coordinator = ward.cast.actor("coordinator")
    with pytest.raises(PlanEnded):
        book_appointment(coordinator, dose_id=dose_id(patient), wanted=ward.wanted(DUE))
    with pytest.raises(PlanEnded):
        undo_change(coordinator, appointment_id=visit.public_id)
    with pytest.raises(PatientHasDied):
        die(ward, patient)


def test_a_visit_since_the_death_that_nobody_closed_is_freed_too(
    ward: Ward, patient: Patient, visit: Appointment, clock: time_machine.Traveller
) -> None:
    clock.shift(timedelta(days=12))
    assert [freed.pk for freed in die(ward, patient, died_on=DUE - timedelta(days=1)).freed] == [visit.pk]


@pytest.mark.parametrize("died_on", [TODAY + timedelta(days=1), date(1960, 1, 1), TODAY - timedelta(days=40)])
def test_a_day_that_cannot_be_is_refused(ward: Ward, patient: Patient, visit: Appointment, died_on: date) -> None:
    """To come; before the birth; before a dose that is on record as given."""
    with pytest.raises(InvalidInput):
        die(ward, patient, died_on=died_on)
    patient.refresh_from_db()
    assert patient.deceased_at is None
    assert len(live(patient)) == 1


@pytest.mark.parametrize("who", ["coordinator", "pharmacist", "manager", "administrator"])
def test_a_nurse_or_a_doctor_records_a_death(ward: Ward, patient: Patient, who: str) -> None:
    with pytest.raises(NotAllowed):
        die(ward, patient, who=who)
    with pytest.raises(NotFound):
        die(ward, patient, who="other_nurse")
    die(ward, patient, who="doctor")


def test_a_death_in_error_brings_plans_holds_and_tasks_back_but_no_visit(
    ward: Ward, patient: Patient, visit: Appointment
) -> None:
    plan = DosePlan.objects.get(patient=patient)
    doctor = ward.cast.actor("doctor")
    hold_plan(
        doctor,
        plan_id=plan.public_id,
        reason="Fever",
        review_on=TODAY + timedelta(days=3),
        visits={visit.public_id: "keep"},
    )
    open_item(unit=ward.unit, patient=patient, kind="escalation", key="flag", title="Red flag", due_at=NOW)
    die(ward, patient)
    done = undo(ward, patient)
    patient.refresh_from_db()
    plan.refresh_from_db()
    assert (patient.deceased_at, plan.ended_on, plan.end_reason) == (None, None, "")
    assert PlanHold.objects.get().lifted_at is None
    assert live(patient) == []
    assert [freed.pk for freed in done.freed] == [visit.pk]
    opened = WorklistItem.objects.filter(patient=patient, done_at__isnull=True).order_by("title")
    assert [item.title for item in opened] == ["Book again, and tell the patient", "Red flag", "Review the hold"]
    assert "Fri 4 Dec, 09:00" in opened[0].detail


def test_a_second_mistake_lists_only_what_it_freed(ward: Ward, patient: Patient, visit: Appointment) -> None:
    die(ward, patient)
    undo(ward, patient)
    again = book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(DUE, "12:00"))
    die(ward, patient)
    assert [freed.pk for freed in undo(ward, patient).freed] == [again.pk]


def test_plans_that_ended_before_stay_ended(ward: Ward, patient: Patient) -> None:
    DosePlan.objects.filter(patient=patient).update(ended_on=TODAY - timedelta(days=5), end_reason="transferred")
    assert die(ward, patient).plans == ()
    assert undo(ward, patient).plans == ()
    assert DosePlan.objects.get(patient=patient).end_reason == "transferred"


def test_taking_back_needs_a_doctor_a_reason_and_a_death(ward: Ward, patient: Patient) -> None:
    with pytest.raises(PatientNotDeceased):
        undo(ward, patient)
    die(ward, patient)
    with pytest.raises(NotAllowed):
        undo(ward, patient, who="nurse")
    with pytest.raises(InvalidInput):
        undo(ward, patient, reason=" ")
