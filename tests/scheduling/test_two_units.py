"""Somebody who works in two units is one person: busy in both, away from both, kept by no claim that ran out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

import pytest

from patients.models import WorklistItem
from scheduling.errors import SlotTaken
from scheduling.locking import person_key
from scheduling.models import Appointment, Reservation, Resource, Schedule
from scheduling.selectors.errands import errand_for_dose
from scheduling.selectors.slots import find_slots
from scheduling.services import book_appointment, close, reserve_slot
from scheduling.services.visits.wanted import dose_for, visit_for
from tests.ward import NOW, TODAY, Ward, dose_id, maintenance_patient

if TYPE_CHECKING:
    from time_machine import Traveller

DUE = TODAY + timedelta(days=1)


def open_hilltop(ward: Ward) -> Ward:
    """The other unit: a room and a recovery place of its own, and every day the first ward's Dr Malik."""
    unit = ward.cast.other_unit
    unit.is_closed_on_bank_holidays = False
    unit.save()
    room = Resource.objects.create(unit=unit, kind=Resource.Kind.ROOM, name="Hilltop room")
    place = Resource.objects.create(unit=unit, kind=Resource.Kind.RECOVERY, name="Hilltop bed")
    malik = ward.operators[0]
    malik.also_works_in.add(unit)
    for weekday in range(1, 8):
        Schedule.objects.create(
            unit=unit,
            room=room,
            weekday=weekday,
            opens_at=time(8),
            closes_at=time(17),
            last_out_at=time(20),
            valid_from=date(2020, 1, 1),
        ).operators.add(malik)
    cast = replace(ward.cast, unit=unit, other_unit=ward.unit, coordinator=ward.cast.other_coordinator)
    return Ward(cast, (room,), (place,), (malik,))


@pytest.fixture
def hilltop(ward: Ward, clock: Traveller) -> Ward:
    return open_hilltop(ward)


def book(ward: Ward, clock_time: str, number: int = 1) -> Appointment:
    patient = maintenance_patient(ward, number)
    actor = ward.cast.actor("coordinator")
    return book_appointment(actor, dose_id=dose_id(patient), wanted=ward.wanted(DUE, clock_time))


def test_search_sees_the_visits_of_the_other_unit(ward: Ward, hilltop: Ward) -> None:
    book(ward, "09:00")  # the procedure is at 10:00, 45 minutes
    actor = hilltop.cast.actor("coordinator")
    dose = dose_for(actor, dose_id(maintenance_patient(hilltop, 2)))
    found = find_slots(actor, dose=dose, at=NOW, limit=60).found.proposals
    starts = {f"{hilltop.unit.local(one.slot.procedure_at):%H:%M}" for one in found if one.slot.on == DUE}
    assert starts
    assert not {start for start in starts if "09:15" < start < "10:45"}


def test_booked_in_one_unit_is_taken_in_the_other(ward: Ward, hilltop: Ward) -> None:
    book(ward, "09:00")
    with pytest.raises(SlotTaken, match="Dr Malik is taken at that time by another visit"):
        book(hilltop, "09:15", 2)


def test_both_units_lock_the_person(ward: Ward, hilltop: Ward) -> None:
    key = person_key(ward.operators[0].pk)
    for one, number in ((ward, 1), (hilltop, 2)):
        actor = one.cast.actor("coordinator")
        errand = errand_for_dose(actor, dose_id(maintenance_patient(one, number)))
        locks = visit_for(actor, errand, one.wanted(DUE, "09:00")).keys()
        assert key in locks
    actor = ward.cast.actor("coordinator")
    errand = errand_for_dose(actor, dose_id(maintenance_patient(ward, 3)))
    locks = visit_for(actor, errand, ward.wanted(DUE, "09:00", operator=1)).keys()
    assert key not in locks


def test_a_reservation_that_ran_out_in_the_other_unit_is_in_nobody_s_way(
    ward: Ward, hilltop: Ward, clock: Traveller
) -> None:
    patient = maintenance_patient(ward)
    reserve_slot(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(DUE, "09:00"))
    with pytest.raises(SlotTaken, match="Dr Malik is reserved"):
        book(hilltop, "09:15", 2)
    clock.shift(timedelta(minutes=11))
    assert book(hilltop, "09:15", 3).status == "booked"
    assert Reservation.objects.count() == 0


def test_leave_strands_the_visits_of_both_units(ward: Ward, hilltop: Ward) -> None:
    visits = [book(ward, "09:00"), book(hilltop, "12:00", 2)]
    done = close(
        ward.cast.actor("administrator"),
        unit=ward.unit,
        resource=ward.operators[0],
        starts_at=ward.at(DUE, "00:00"),
        ends_at=ward.at(DUE, "23:00"),
        reason="Leave",
    )
    assert {one.visit for one in done.stranded} == set(visits)
    units = WorklistItem.objects.filter(kind="move").values_list("unit", flat=True)
    assert set(units) == {ward.unit.pk, hilltop.unit.pk}
