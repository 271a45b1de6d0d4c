"""The day: arrived, given, gone home, not come; and what each does to the plan."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from doseplans.services import GivenRecord
from patients.models import WorklistItem
from scheduling.errors import NotInThatState, StalePage
from scheduling.models import Allocation, Appointment, MoveProposal
from scheduling.services import (
    book_appointment,
    correct_arrival,
    discharge,
    record_administration,
    record_arrival,
    record_noshow,
    start_procedure,
)
from tests.ward import NOW, TODAY, Ward, dose_id, maintenance_patient
from units.errors import InvalidInput, NotAllowed

Traveller = time_machine.Traveller


@pytest.fixture
def visit(ward: Ward, clock: Traveller) -> Appointment:
    """A visit today at 09:00; the clock shows 08:00."""
    patient = maintenance_patient(ward, due=TODAY)
    return book_appointment(
        ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(TODAY, "09:00")
    )


def given_at(ward: Ward, clock: str) -> GivenRecord:
    return GivenRecord(
        given_at=ward.at(TODAY, clock),
        operator_name="Dr Malik",
        lot="TF6A1182",
        dose_amount=Decimal(100),
        volume_ml=Decimal(15),
        csf_removed_ml=Decimal(10),
    )


def test_arrival_is_recorded_once(ward: Ward, visit: Appointment) -> None:
    nurse = ward.cast.actor("nurse")
    arrived = record_arrival(nurse, appointment_id=visit.public_id, version=1)
    assert (arrived.status, arrived.arrived_at, arrived.version) == ("arrived", NOW, 2)
    with pytest.raises(NotInThatState, match="arrived"):
        record_arrival(nurse, appointment_id=visit.public_id)
    with pytest.raises(StalePage):
        record_arrival(nurse, appointment_id=visit.public_id, version=1)


def test_arrival_on_another_day_is_refused(ward: Ward, visit: Appointment, clock: Traveller) -> None:
    clock.move_to(NOW - timedelta(days=1))
    with pytest.raises(NotInThatState, match="Tue 24 Nov"):
        record_arrival(ward.cast.actor("nurse"), appointment_id=visit.public_id)


def test_wrong_arrival_is_put_right_and_stays_on_record(ward: Ward, visit: Appointment) -> None:
    nurse = ward.cast.actor("nurse")
    record_arrival(nurse, appointment_id=visit.public_id)
    back = correct_arrival(nurse, appointment_id=visit.public_id)
    assert (back.status, back.arrived_at) == ("booked", None)
    assert [event.kind for event in back.events.all()] == ["booked", "arrived", "corrected"]


def test_dose_given_anchors_the_plan_on_the_day_it_was_given(ward: Ward, visit: Appointment, clock: Traveller) -> None:
    nurse = ward.cast.actor("nurse")
    record_arrival(nurse, appointment_id=visit.public_id)
    clock.move_to(ward.at(TODAY, "11:00"))
    start_procedure(nurse, appointment_id=visit.public_id)
    done = record_administration(nurse, appointment_id=visit.public_id, record=given_at(ward, "10:40"))
    assert done.appointment.status == "fulfilled"
    assert done.administration.given_on == TODAY
    assert done.next_dose is not None
    assert done.next_dose.target_on == TODAY + timedelta(days=28)
    assert (done.next_dose.earliest_on, done.next_dose.latest_on) == (
        TODAY + timedelta(days=26),
        TODAY + timedelta(days=33),
    )
    assert done.unfitting == ()


def test_a_visit_a_doctor_put_outside_its_window_is_not_asked_about_again(
    ward: Ward, visit: Appointment, clock: Traveller
) -> None:
    dose = visit.dose
    assert dose is not None
    following = dose.plan.doses.get(sequence=dose.sequence + 1)
    book_appointment(
        ward.cast.actor("doctor"),
        dose_id=following.public_id,
        wanted=ward.wanted(TODAY + timedelta(days=40)),
        override_reason="Patient abroad.",
    )
    record_arrival(ward.cast.actor("nurse"), appointment_id=visit.public_id)
    clock.move_to(ward.at(TODAY, "11:00"))
    done = record_administration(
        ward.cast.actor("nurse"), appointment_id=visit.public_id, record=given_at(ward, "10:40")
    )
    assert done.unfitting == ()
    assert not MoveProposal.objects.exists()


@pytest.mark.parametrize(("clock_time", "field"), [("13:00", "given_at"), ("10:59", None)])
def test_dose_given_in_the_future_is_refused(
    ward: Ward, visit: Appointment, clock: Traveller, clock_time: str, field: str | None
) -> None:
    nurse = ward.cast.actor("nurse")
    record_arrival(nurse, appointment_id=visit.public_id)
    clock.move_to(ward.at(TODAY, "11:00"))
    if field is None:
        record_administration(nurse, appointment_id=visit.public_id, record=given_at(ward, clock_time))
        return
    with pytest.raises(InvalidInput) as refused:
        record_administration(nurse, appointment_id=visit.public_id, record=given_at(ward, clock_time))
    assert refused.value.facts["fields"] == {field: "The time given lies in the future."}


def test_dose_given_before_arrival_or_by_coordinator_is_refused(ward: Ward, visit: Appointment) -> None:
    with pytest.raises(NotInThatState):
        record_administration(ward.cast.actor("nurse"), appointment_id=visit.public_id, record=given_at(ward, "07:30"))
    with pytest.raises(NotAllowed):
        record_administration(
            ward.cast.actor("coordinator"), appointment_id=visit.public_id, record=given_at(ward, "07:30")
        )


def test_discharge_frees_the_place_from_now(ward: Ward, visit: Appointment, clock: Traveller) -> None:
    nurse = ward.cast.actor("nurse")
    record_arrival(nurse, appointment_id=visit.public_id)
    clock.move_to(ward.at(TODAY, "11:00"))
    record_administration(nurse, appointment_id=visit.public_id, record=given_at(ward, "10:40"))
    clock.move_to(ward.at(TODAY, "11:30"))
    gone = discharge(nurse, appointment_id=visit.public_id)
    assert gone.discharged_at == ward.at(TODAY, "11:30")
    assert Allocation.objects.get(appointment=visit, phase="recovery").ends_at == ward.at(TODAY, "11:30")
    with pytest.raises(NotInThatState):
        discharge(nurse, appointment_id=visit.public_id)


def test_noshow_frees_all_and_asks_for_a_call(ward: Ward, visit: Appointment, clock: Traveller) -> None:
    nurse = ward.cast.actor("nurse")
    with pytest.raises(NotInThatState, match="has not come yet"):
        record_noshow(nurse, appointment_id=visit.public_id)
    clock.move_to(ward.at(TODAY, "10:00"))
    missed = record_noshow(nurse, appointment_id=visit.public_id, reason="no answer on the telephone")
    assert missed.status == "noshow"
    assert Allocation.objects.count() == 0
    assert WorklistItem.objects.get().title == "Did not attend"
    again = book_appointment(
        ward.cast.actor("coordinator"),
        dose_id=visit.dose.public_id,  # type: ignore[union-attr]
        wanted=ward.wanted(TODAY + timedelta(days=1)),
    )
    assert again.status == "booked"
