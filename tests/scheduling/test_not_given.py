"""A wrong "not given" is taken back in one step: what becomes of the visit, its places, the record and the task."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from doseplans.errors import DoseNotGiven as NothingOnRecord
from doseplans.models import Dose, DoseNotGiven
from doseplans.services import GivenRecord
from patients.models import WorklistItem
from scheduling.errors import PatientElsewhere
from scheduling.models import Appointment
from scheduling.services import book_appointment, record_administration, record_arrival
from scheduling.services.courses.doses import omit_dose_and_free, record_not_given
from scheduling.services.courses.holding import end_plan_and_visits
from scheduling.services.courses.not_given import withdraw_not_given
from tests.ward import TODAY, Ward, dose_id, maintenance_patient
from units.errors import InvalidInput, NotAllowed

Traveller = time_machine.Traveller


@pytest.fixture
def visit(ward: Ward, clock: Traveller) -> Appointment:
    """Today's visit at 09:00, whose dose was not given at 10:00."""
    patient = maintenance_patient(ward, due=TODAY)
    booked = book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(TODAY))
    nurse = ward.cast.actor("nurse")
    record_arrival(nurse, appointment_id=booked.public_id)
    clock.move_to(ward.at(TODAY, "10:00"))
    record_not_given(nurse, appointment_id=booked.public_id, reason="unwell", note="Fever")
    return booked


def dose_of(visit: Appointment) -> Dose:
    assert visit.dose is not None
    return visit.dose


def take_back(ward: Ward, visit: Appointment, role: str = "nurse", reason: str = "Another patient") -> Appointment:
    withdraw_not_given(ward.cast.actor(role), dose_id=dose_of(visit).public_id, reason=reason)
    return Appointment.objects.get(pk=visit.pk)


def test_the_visit_goes_on_with_its_places_and_the_dose_can_be_given(
    ward: Ward, visit: Appointment, clock: Traveller
) -> None:
    back = take_back(ward, visit)
    assert (back.status, back.cancelled_by, back.cancellation_reason) == ("arrived", "", "")
    assert {row.resource.name for row in back.allocations.all()} == {"Room 1", "Dr Malik", "Recovery 1"}
    kept = DoseNotGiven.objects.get()
    assert (kept.is_entered_in_error, kept.reason, kept.note) == (True, "unwell", "Fever")
    event = back.events.latest("pk")
    assert (event.kind, event.reason) == ("corrected", "Another patient")
    task = WorklistItem.objects.get(key=f"not_given:{visit.public_id}")
    assert task.outcome == "That the dose was not given was recorded in error."
    clock.move_to(ward.at(TODAY, "11:00"))
    record_administration(
        ward.cast.actor("nurse"),
        appointment_id=visit.public_id,
        record=GivenRecord(given_at=ward.at(TODAY, "10:40"), operator_name="Dr Malik"),
    )
    assert Appointment.objects.get(pk=visit.pk).status == "fulfilled"


def test_a_place_that_is_gone_does_not_keep_the_patient_out(ward: Ward, visit: Appointment) -> None:
    old = {row[0]: row for row in visit.events.get(kind="not_given").snapshot["previous"]["placing"]}
    room = old[ward.rooms[0].pk]
    blocker = Appointment.objects.create(
        unit=ward.unit,
        patient=maintenance_patient(ward, 3),
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        dtstamp=visit.dtstamp,
        booked_at=visit.booked_at,
    )
    blocker.allocations.create(resource=ward.rooms[0], phase="procedure", starts_at=room[2], ends_at=room[3])
    back = take_back(ward, visit)
    assert (back.status, back.allocations.filter(resource=ward.rooms[0]).count()) == ("arrived", 0)
    assert back.allocations.count() == 2


def test_a_day_later_the_visit_is_marked_as_entered_in_error(ward: Ward, visit: Appointment, clock: Traveller) -> None:
    clock.shift(timedelta(days=1))
    back = take_back(ward, visit)
    assert (back.status, back.allocations.count()) == ("entered-in-error", 0)
    assert DoseNotGiven.objects.get().is_entered_in_error


@pytest.mark.parametrize("since", ["booked again", "left out", "ended"])
def test_a_dose_that_went_another_way_since_keeps_it(ward: Ward, visit: Appointment, since: str) -> None:
    doctor, dose = ward.cast.actor("doctor"), dose_of(visit)
    if since == "booked again":
        book_appointment(doctor, dose_id=dose.public_id, wanted=ward.wanted(TODAY + timedelta(days=1)))
    elif since == "left out":
        omit_dose_and_free(doctor, dose_id=dose.public_id, reason="Infection")
    else:
        end_plan_and_visits(doctor, plan_id=dose.plan.public_id, reason="stopped", on=TODAY)
    assert take_back(ward, visit).status == "entered-in-error"
    assert DoseNotGiven.objects.get().is_entered_in_error


def test_a_visit_of_another_plan_in_the_same_hours_is_in_the_way(ward: Ward, visit: Appointment) -> None:
    Appointment.objects.create(
        unit=ward.unit,
        patient=visit.patient,
        starts_at=visit.starts_at + timedelta(hours=2),
        ends_at=visit.ends_at,
        dtstamp=visit.dtstamp,
        booked_at=visit.booked_at,
    )
    with pytest.raises(PatientElsewhere):
        take_back(ward, visit)
    assert not DoseNotGiven.objects.get().is_entered_in_error


def test_it_needs_a_reason_a_record_and_the_right(ward: Ward, visit: Appointment) -> None:
    with pytest.raises(InvalidInput):
        take_back(ward, visit, reason=" ")
    with pytest.raises(NotAllowed):
        take_back(ward, visit, role="coordinator")
    take_back(ward, visit)
    with pytest.raises(NothingOnRecord):
        take_back(ward, visit)


def test_the_last_of_several_is_the_one_taken_back(ward: Ward, visit: Appointment) -> None:
    take_back(ward, visit)
    record_not_given(ward.cast.actor("nurse"), appointment_id=visit.public_id, reason="declined")
    assert take_back(ward, visit).status == "arrived"
    assert list(DoseNotGiven.objects.values_list("is_entered_in_error", flat=True)) == [True, True]
