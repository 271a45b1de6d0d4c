"""An undo brings nothing back past a hold, an end or a gate that began within its seconds."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from doseplans.errors import DoseLeftOut, DoseTooEarly, EligibilityMissing, PlanOnHold
from doseplans.models import DosePlan
from patients.models import Patient
from scheduling.errors import DoseAlreadyBooked, NeighbourTooClose
from scheduling.models import Appointment, MoveProposal
from scheduling.services import book_appointment, cancel_appointment, move_appointment, undo_change
from scheduling.services.courses.doses import decide_dose_date, omit_dose_and_free
from scheduling.services.courses.holding import hold_plan
from tests.ward import TODAY, Ward, maintenance_patient
from units.errors import ClinicError

DUE = TODAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def _the_databases_clock_stands_too(clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduling.services.visits.cancelling._database_now", timezone.now)


@pytest.fixture
def patient(ward: Ward) -> Patient:
    return maintenance_patient(ward, due=DUE)


@pytest.fixture
def plan(patient: Patient) -> DosePlan:
    return DosePlan.objects.get(patient=patient)


def book(ward: Ward, plan: DosePlan, sequence: int, day: date, *, role: str = "coordinator") -> Appointment:
    dose = plan.doses.get(sequence=sequence)
    return book_appointment(
        ward.cast.actor(role),
        dose_id=dose.public_id,
        wanted=ward.wanted(day),
        override_reason="Agreed with the patient" if role == "doctor" else "",
    )


def move(ward: Ward, visit: Appointment, day: date, clock: str = "13:00", **more: Any) -> None:
    move_appointment(
        ward.cast.actor(more.pop("role", "coordinator")),
        appointment_id=visit.public_id,
        wanted=ward.wanted(day, clock),
        **more,
    )


def undo(ward: Ward, visit: Appointment) -> Appointment:
    return undo_change(ward.cast.actor("coordinator"), appointment_id=visit.public_id)


def refused(ward: Ward, visit: Appointment, refusal: type[ClinicError]) -> str:
    """The sentence of the refusal, which leaves the visit as it stands."""
    before = Appointment.objects.filter(pk=visit.pk).values_list().get()
    with pytest.raises(refusal) as caught:
        undo(ward, visit)
    assert Appointment.objects.filter(pk=visit.pk).values_list().get() == before
    return caught.value.sentence


def test_a_move_is_not_undone_under_a_hold(ward: Ward, plan: DosePlan) -> None:
    visit = book(ward, plan, 5, DUE)
    move(ward, visit, DUE)
    hold_plan(
        ward.cast.actor("doctor"),
        plan_id=plan.public_id,
        reason="CSF white cells up",
        review_on=None,
        visits={visit.public_id: "keep"},
    )
    assert refused(ward, visit, PlanOnHold) == (
        "This cannot be undone. The plan is on hold since Tue 24 Nov: CSF white cells up. Only a doctor lifts a hold."
    )


def test_a_cancellation_is_not_undone_under_a_hold(ward: Ward, plan: DosePlan) -> None:
    visit = book(ward, plan, 5, DUE)
    cancel_appointment(ward.cast.actor("coordinator"), appointment_id=visit.public_id, cancelled_by="unit")
    hold_plan(ward.cast.actor("doctor"), plan_id=plan.public_id, reason="Fever", review_on=None, visits={})
    assert "This cannot be undone. The plan is on hold" in refused(ward, visit, PlanOnHold)


def test_a_move_is_not_undone_below_the_minimum_that_another_move_has_brought(ward: Ward, plan: DosePlan) -> None:
    first = book(ward, plan, 5, DUE)
    second = book(ward, plan, 6, DUE + timedelta(days=26))
    move(ward, second, DUE + timedelta(days=33))
    move(ward, first, DUE + timedelta(days=13), role="doctor", override_reason="Away until then")
    assert refused(ward, second, DoseTooEarly).startswith(
        "This cannot be undone. Mon 21 Dec is 13 days after the dose before it (Tue 8 Dec). The minimum is 14 days"
    )


def test_a_move_is_not_undone_too_near_a_visit_booked_meanwhile(ward: Ward, plan: DosePlan) -> None:
    first = book(ward, plan, 5, DUE + timedelta(days=5))
    move(ward, first, DUE - timedelta(days=1))
    book(ward, plan, 6, DUE + timedelta(days=18), role="doctor")
    assert "less than 14 days later" in refused(ward, first, NeighbourTooClose)


def test_a_move_is_not_undone_once_something_is_missing(ward: Ward, plan: DosePlan) -> None:
    visit = book(ward, plan, 5, DUE)
    move(ward, visit, DUE)
    DosePlan.objects.filter(pk=plan.pk).update(genetic_test_note="")
    assert "genetic test report not recorded" in refused(ward, visit, EligibilityMissing)


def test_a_visit_that_stood_too_early_already_goes_back_with_its_proposal(ward: Ward, plan: DosePlan) -> None:
    visit = book(ward, plan, 5, DUE)
    dose = plan.doses.get(sequence=5)
    later = DUE + timedelta(days=9)
    decide_dose_date(ward.cast.actor("doctor"), dose_id=dose.public_id, on=later, reason="Antibiotics")
    move(ward, visit, later)
    assert undo(ward, visit).starts_at == ward.at(DUE, "09:00")
    assert MoveProposal.objects.get(state="open").appointment == visit


def test_a_cancelled_visit_does_not_come_back_for_a_dose_left_out_or_booked_again(ward: Ward, plan: DosePlan) -> None:
    visit = book(ward, plan, 5, DUE)
    coordinator = ward.cast.actor("coordinator")
    cancel_appointment(coordinator, appointment_id=visit.public_id, cancelled_by="unit")
    again = book(ward, plan, 5, DUE + timedelta(days=1))
    assert "booked again meanwhile" in refused(ward, visit, DoseAlreadyBooked)
    dose = plan.doses.get(sequence=5)
    omit_dose_and_free(ward.cast.actor("doctor"), dose_id=dose.public_id, reason="Infection")
    assert "left out" in refused(ward, again, DoseLeftOut)
