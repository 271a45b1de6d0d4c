"""A visit without a plan: booked, moved, cancelled, taken back, and its day; and what a patient's needs add."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from doseplans.services import place_hold
from patients.errors import PatientHasDied
from patients.models import Flag, NeedAllowance, Patient, WorklistItem
from scheduling.errors import NotInThatState, PatientElsewhere, SlotNotOffered, SlotTaken
from scheduling.models import Appointment, VisitKind
from scheduling.selectors.errands import errand_for_dose, errand_for_kind, errand_of_dose
from scheduling.selectors.slots import find_slots, find_slots_without_plan
from scheduling.services import (
    book_appointment,
    book_visit,
    cancel_appointment,
    discharge,
    finish_visit,
    move_appointment,
    record_arrival,
    record_noshow,
    start_procedure,
    undo_change,
)
from scheduling.services.courses.deaths import record_death
from scheduling.services.visits.wanted import dose_for
from tests.ward import NOW, TODAY, Ward, dose_id, maintenance_patient
from units.errors import NotAllowed, NotFound

TOMORROW = TODAY + timedelta(days=1)
Traveller = time_machine.Traveller


@pytest.fixture
def review(ward: Ward) -> VisitKind:
    """A headache review: half an hour, nothing before or after."""
    return VisitKind.objects.create(unit=ward.unit, name="Headache review", minutes_procedure=30)


@pytest.fixture
def patch(ward: Ward) -> VisitKind:
    """A blood patch, with recovery."""
    return VisitKind.objects.create(
        unit=ward.unit,
        name="Blood patch",
        minutes_before=30,
        minutes_procedure=45,
        minutes_recovery=60,
        minutes_discharge=15,
    )


def book(ward: Ward, patient: Patient, kind: VisitKind, *, on: date = TOMORROW, at: str = "09:00") -> Appointment:
    return book_visit(
        ward.cast.actor("coordinator"),
        patient_id=patient.public_id,
        visit_kind_id=kind.public_id,
        wanted=ward.wanted(on, at),
    )


def test_booked_it_takes_what_its_kind_says(ward: Ward, review: VisitKind, patch: VisitKind, clock: Traveller) -> None:
    patient = maintenance_patient(ward)
    short = book(ward, patient, review)
    assert (short.purpose, short.dose, short.length) == ("Headache review", None, timedelta(minutes=30))
    assert {row.resource.name for row in short.allocations.all()} == {"Room 1", "Dr Malik"}
    long = book(ward, patient, patch, at="11:00")
    assert long.length == timedelta(minutes=150)
    assert {row.resource.name for row in long.allocations.all()} == {"Room 1", "Dr Malik", "Recovery 1"}
    assert [event.kind for event in long.events.all()] == ["booked"]


def test_room_and_operator_are_never_sold_twice(ward: Ward, review: VisitKind, clock: Traveller) -> None:
    book(ward, maintenance_patient(ward, 1), review)
    with pytest.raises(SlotTaken, match="taken at that time by another visit"):
        book(ward, maintenance_patient(ward, 2), review)
    with pytest.raises(SlotTaken):
        book_appointment(
            ward.cast.actor("coordinator"),
            dose_id=dose_id(maintenance_patient(ward, 3)),
            wanted=ward.wanted(TOMORROW, "08:00"),
        )


def test_nobody_is_in_two_places(ward: Ward, review: VisitKind, clock: Traveller) -> None:
    patient = maintenance_patient(ward)
    book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(TOMORROW, "09:00"))
    with pytest.raises(PatientElsewhere, match="Wed 25 Nov at 09:00"):
        book_visit(
            ward.cast.actor("coordinator"),
            patient_id=patient.public_id,
            visit_kind_id=review.public_id,
            wanted=ward.wanted(TOMORROW, "11:00", room=1, operator=1),
        )


def test_no_hold_stops_it_but_a_death_does(ward: Ward, review: VisitKind, clock: Traveller) -> None:
    patient = maintenance_patient(ward)
    place_hold(ward.cast.actor("doctor"), plan=patient.plans.get(), reason="Infection", on=TODAY)
    visit = book(ward, patient, review)
    record_death(ward.cast.actor("nurse"), patient_id=patient.public_id, died_on=TODAY)
    visit.refresh_from_db()
    assert visit.status == "cancelled"
    with pytest.raises(PatientHasDied):
        book(ward, patient, review)


def test_it_is_moved_cancelled_and_taken_back(ward: Ward, patch: VisitKind, clock: Traveller) -> None:
    coordinator = ward.cast.actor("coordinator")
    visit = book(ward, maintenance_patient(ward), patch)
    clock.shift(timedelta(seconds=30))
    moved = move_appointment(coordinator, appointment_id=visit.public_id, wanted=ward.wanted(TOMORROW, "09:30"))
    assert (moved.starts_at, moved.ical_sequence, moved.length) == (
        ward.at(TOMORROW, "09:30"),
        1,
        timedelta(minutes=150),
    )
    assert moved.allocations.count() == 3
    cancel_appointment(coordinator, appointment_id=visit.public_id, cancelled_by="patient")
    assert not visit.allocations.exists()


def test_a_booking_is_undone(ward: Ward, patch: VisitKind) -> None:
    """The database's clock decides, so nothing stands still here."""
    visit = book(ward, maintenance_patient(ward), patch, on=date.today() + timedelta(days=3))  # noqa: DTZ011
    undone = undo_change(ward.cast.actor("coordinator"), appointment_id=visit.public_id)
    assert (undone.status, undone.allocations.count()) == ("entered-in-error", 0)


def test_its_day_ends_with_done_and_a_stay(ward: Ward, patch: VisitKind, clock: Traveller) -> None:
    nurse = ward.cast.actor("nurse")
    visit = book(ward, maintenance_patient(ward), patch, on=TODAY, at="09:00")
    clock.move_to(ward.at(TODAY, "09:00"))
    record_arrival(nurse, appointment_id=visit.public_id)
    start_procedure(nurse, appointment_id=visit.public_id)
    clock.move_to(ward.at(TODAY, "10:15"))
    done = finish_visit(nurse, appointment_id=visit.public_id)
    assert (done.status, done.recovery_started_at, done.discharged_at) == (
        "fulfilled",
        ward.at(TODAY, "10:15"),
        None,
    )
    clock.move_to(ward.at(TODAY, "11:00"))
    assert discharge(nurse, appointment_id=visit.public_id).discharged_at == ward.at(TODAY, "11:00")
    assert [event.kind for event in visit.events.all()] == ["booked", "arrived", "started", "done", "discharged"]
    assert not WorklistItem.objects.filter(kind="follow_up").exists()


def test_without_a_recovery_place_done_is_gone(ward: Ward, review: VisitKind, clock: Traveller) -> None:
    nurse = ward.cast.actor("nurse")
    visit = book(ward, maintenance_patient(ward), review, on=TODAY, at="09:00")
    clock.move_to(ward.at(TODAY, "09:00"))
    record_arrival(nurse, appointment_id=visit.public_id)
    done = finish_visit(nurse, appointment_id=visit.public_id)
    assert (done.status, done.discharged_at) == ("fulfilled", ward.at(TODAY, "09:00"))


def test_a_dose_is_not_finished_without_its_record(ward: Ward, clock: Traveller) -> None:
    patient = maintenance_patient(ward, due=TODAY)
    visit = book_appointment(
        ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(TODAY, "09:00")
    )
    record_arrival(ward.cast.actor("nurse"), appointment_id=visit.public_id)
    with pytest.raises(NotInThatState, match="record it as given"):
        finish_visit(ward.cast.actor("nurse"), appointment_id=visit.public_id)


def test_not_come_asks_for_a_call(ward: Ward, review: VisitKind, clock: Traveller) -> None:
    visit = book(ward, maintenance_patient(ward), review, on=TODAY, at="09:00")
    clock.move_to(ward.at(TODAY, "10:00"))
    record_noshow(ward.cast.actor("nurse"), appointment_id=visit.public_id)
    item = WorklistItem.objects.get(key=f"noshow:{visit.public_id}")
    assert item.detail == "Ring and find out why, then book the visit, if it is still needed, again."


def test_who_may_and_what_kind(ward: Ward, review: VisitKind, clock: Traveller) -> None:
    patient = maintenance_patient(ward)
    wanted = ward.wanted(TOMORROW)
    for who, refusal in (("manager", NotAllowed), ("other_nurse", NotFound)):
        with pytest.raises(refusal):
            book_visit(
                ward.cast.actor(who), patient_id=patient.public_id, visit_kind_id=review.public_id, wanted=wanted
            )
    foreign = VisitKind.objects.create(unit=ward.cast.other_unit, name="Review", minutes_procedure=30)
    with pytest.raises(NotFound):
        book(ward, patient, foreign)
    VisitKind.objects.filter(pk=review.pk).update(is_active=False)
    with pytest.raises(NotFound):
        book(ward, patient, review)
    VisitKind.objects.filter(pk=review.pk).update(is_active=True)
    with pytest.raises(SlotNotOffered):
        book(ward, patient, review, at="07:00")


def test_slots_are_the_soonest_and_leave_its_own_place_out_of_the_way(
    ward: Ward, review: VisitKind, clock: Traveller
) -> None:
    patient, actor = maintenance_patient(ward), ward.cast.actor("coordinator")
    errand = errand_for_kind(actor, patient.public_id, review.public_id)
    found = find_slots_without_plan(actor, errand=errand, at=NOW).found
    assert len(found.proposals) == 4
    first = found.proposals[0].slot
    assert (first.arrive_at >= NOW, first.phases.length) == (True, 6)
    for number in range(2):
        book(ward, maintenance_patient(ward, 10 + number), review, at=("09:00", "09:30")[number])
    with pytest.raises(SlotTaken):
        book(ward, patient, review, at="09:15")


# --- needs -----------------------------------------------------------------------------------------------------------
def allow(ward: Ward, code: str, *, before: int = 0, after: int = 0, assistant: bool = False) -> None:
    NeedAllowance.objects.create(
        unit=ward.unit, code=code, minutes_before=before, minutes_after=after, needs_assistant=assistant
    )


def need(patient: Patient, code: str, text: str = "") -> None:
    Flag.objects.create(patient=patient, kind="need", code=code, text=text or code)


def test_needs_make_a_visit_longer_at_this_unit_only(ward: Ward, patch: VisitKind, clock: Traveller) -> None:
    patient = maintenance_patient(ward)
    allow(ward, "hoist", before=15, after=10, assistant=True)
    allow(ward, "niv", before=30)
    NeedAllowance.objects.create(unit=ward.cast.other_unit, code="interpreter", minutes_before=60)
    need(patient, "hoist")
    need(patient, "hoist", "Hoist, two people")
    need(patient, "interpreter")
    visit = book_appointment(
        ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(TOMORROW, "09:00")
    )
    assert visit.length == timedelta(minutes=60 + 45 + 75 + 15 + 25)
    rows = {row.resource.kind: row for row in visit.allocations.all()}
    assert rows["room"].starts_at == ward.at(TOMORROW, "10:15")
    assert rows["recovery"].ends_at == visit.ends_at
    other = book(ward, patient, patch, at="14:00")
    assert other.length == timedelta(minutes=150 + 25)


def test_needs_are_read_with_the_dose_and_the_slots_know_them(
    ward: Ward, clock: Traveller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    patient, actor = maintenance_patient(ward), ward.cast.actor("coordinator")
    allow(ward, "hoist", before=15, assistant=True)
    need(patient, "hoist")
    key = dose_id(patient)
    errand_for_dose(actor, key)  # the protocol's phases are kept from here on
    with django_assert_num_queries(2):  # phases are kept only once a transaction has committed
        errand = errand_for_dose(actor, key)
    [hoist] = errand.allowances
    assert (hoist.need, hoist.minutes, hoist.needs_assistant) == ("hoist", 15, True)
    assert errand_of_dose(dose_for(actor, key)).allowances == errand.allowances
    slot = find_slots(actor, dose=dose_for(actor, key), at=NOW).found.proposals[0].slot
    assert slot.phases == errand.phases
    assert errand.phases.length * 5 == 60 + 45 + 75 + 15 + 15
