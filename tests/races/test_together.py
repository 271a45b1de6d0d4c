"""Series and swaps raced: all of a series or none, both of a pair or neither, and nobody waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from patients.models import Patient
from scheduling.errors import SeriesRefused, SlotTaken, StalePage, SwapRefused
from scheduling.models import Allocation, Appointment
from scheduling.services import book_appointment, move_appointment
from scheduling.services.planning import series_booking
from scheduling.services.planning.series import DosePlace
from scheduling.services.planning.series_booking import book_series
from scheduling.services.visits import booking
from scheduling.services.visits import swapping as swapping_visits
from scheduling.services.visits.swapping import Seen, swap_appointments
from tests.races.arena import Arena, at_once, dose_id, recorded_without_locks

pytestmark = pytest.mark.race

ROUNDS = 4
FOUR_WEEKS = timedelta(days=28)


def tidy() -> None:
    """The days are empty for the next round."""
    Allocation.objects.all().delete()
    Appointment.objects.filter(status="booked").update(status="cancelled")


def series_of(arena: Arena, patient: Patient, clocks: tuple[str, str] = ("09:00", "09:00")) -> Callable[[], Any]:
    """The patient's two doses to come, four weeks apart."""
    doses = patient.plans.get().doses.filter(administrations__isnull=True).order_by("sequence")[:2]
    places = [
        DosePlace(dose.public_id, arena.ward.wanted(arena.day + n * FOUR_WEEKS, clock))
        for n, (dose, clock) in enumerate(zip(doses, clocks, strict=True))
    ]
    return partial(book_series, arena.ward.cast.actor("coordinator"), places=places)


def booking_of_its_second_slot(arena: Arena) -> Callable[[], Any]:
    day = arena.day + FOUR_WEEKS
    wanted = arena.ward.wanted(day, "09:00", operator=1)
    patient = arena.patient(due=day)
    return partial(book_appointment, arena.ward.cast.actor("nurse"), dose_id=dose_id(patient), wanted=wanted)


def booked(patient: Patient) -> int:
    return Appointment.objects.filter(patient=patient, status="booked").count()


def test_one_slot_of_a_series_is_booked_at_that_moment(arena: Arena) -> None:
    wanted = arena.ward.wanted(arena.day + FOUR_WEEKS, "09:00")
    for _ in range(ROUNDS):
        patient = arena.patient()
        made, other = at_once([series_of(arena, patient), booking_of_its_second_slot(arena)])
        assert arena.booked_at(wanted) == 1
        if isinstance(other, Appointment):
            assert isinstance(made, SeriesRefused)
            assert made.facts["because"] == "slot_taken"
            assert booked(patient) == 0
        else:
            assert isinstance(other, SlotTaken)
            assert booked(patient) == len(made) == 2
        tidy()
    assert arena.deadlocks() == 0


def test_series_that_meet_on_their_last_day(arena: Arena) -> None:
    """Each has a slot of its own at first, and then all want the same one."""
    for _ in range(ROUNDS):
        patients = [arena.patient() for _ in range(3)]
        clocks = ("08:00", "10:00", "12:00")
        outcomes = at_once(
            [series_of(arena, one, (clock, "09:00")) for one, clock in zip(patients, clocks, strict=True)]
        )
        assert sorted(booked(one) for one in patients) == [0, 0, 2]
        assert sum(isinstance(one, SeriesRefused) for one in outcomes) == 2
        tidy()
    assert arena.deadlocks() == 0


def test_the_same_series_is_sent_twice(arena: Arena) -> None:
    patient = arena.patient()
    outcomes = at_once([series_of(arena, patient)] * 3)
    assert booked(patient) == 2
    refusals = [one.facts["because"] for one in outcomes if isinstance(one, SeriesRefused)]
    assert len(refusals) == 2
    assert set(refusals) <= {"slot_taken", "dose_already_booked"}
    tidy()


def a_day_of_three(arena: Arena) -> list[Appointment]:
    """Visits at eight, ten and twelve, on two days."""
    actor = arena.ward.cast.actor("coordinator")
    days = (arena.day, arena.day, arena.day + timedelta(days=1))
    return [
        book_appointment(actor, dose_id=dose_id(arena.patient()), wanted=arena.ward.wanted(day, clock))
        for day, clock in zip(days, ("08:00", "10:00", "12:00"), strict=True)
    ]


def swapping(arena: Arena, one: Appointment, other: Appointment) -> Callable[[], Any]:
    actor = arena.ward.cast.actor("coordinator")
    return partial(swap_appointments, actor, first=Seen(one.public_id), second=Seen(other.public_id))


def test_crossing_swaps_and_a_move(arena: Arena) -> None:
    for _ in range(ROUNDS):
        first, second, third = visits = a_day_of_three(arena)
        before = sorted(visit.starts_at for visit in visits)
        free = arena.ward.wanted(arena.day, "14:00")
        moving = partial(move_appointment, arena.ward.cast.actor("nurse"), appointment_id=second.public_id, wanted=free)
        outcomes = at_once(
            [
                swapping(arena, first, second),
                swapping(arena, second, first),
                swapping(arena, third, first),
                swapping(arena, second, third),
                moving,
            ]
        )
        refusals = [one for one in outcomes if isinstance(one, Exception)]
        assert all(isinstance(one, StalePage | SwapRefused) for one in refusals), refusals
        assert len(refusals) < len(outcomes)
        after = sorted(Appointment.objects.filter(status="booked").values_list("starts_at", flat=True))
        # A swap hands the same places on; only the move makes a new one.
        assert len(set(after)) == len(after) == 3
        assert len(set(after) - set(before)) <= 1
        tidy()
    assert arena.deadlocks() == 0


def test_without_locks_crossing_swaps_wait_for_each_other(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: each holds its first visit and wants the other's, until the database ends one of them."""
    first, second, _ = a_day_of_three(arena)
    meet, take_off, begun = threading.Barrier(2), swapping_visits.take_off, threading.local()

    def take_off_and_meet(seen: Appointment, **more: Any) -> Any:
        taken = take_off(seen, **more)
        if not hasattr(begun, "by"):
            begun.by = seen
            meet.wait(timeout=30)
        return taken

    monkeypatch.setattr(swapping_visits, "take_off", take_off_and_meet)
    monkeypatch.setattr(swapping_visits, "recorded_as", recorded_without_locks)
    before = arena.deadlocks()
    outcomes = at_once([swapping(arena, first, second), swapping(arena, second, first)])
    assert arena.deadlocks() == before + 1, outcomes
    tidy()


def test_without_guards_a_room_is_sold_to_a_series_and_a_booking(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with locks and constraint dropped, both have the room."""
    meet, found = threading.Barrier(2), booking.claims_for
    day = arena.day + FOUR_WEEKS

    def claims_and_meet(visit: Any, *more: Any) -> Any:
        claims = found(visit, *more)
        if visit.on == day:
            meet.wait(timeout=30)
        return claims

    monkeypatch.setattr(booking, "claims_for", claims_and_meet)
    for module in (booking, series_booking):
        monkeypatch.setattr(module, "recorded_as", recorded_without_locks)
    patient = arena.patient()
    with arena.without("scheduling_allocation", "allocation_resource_in_one_place"):
        outcomes = at_once([series_of(arena, patient), booking_of_its_second_slot(arena)])
    assert arena.booked_at(arena.ward.wanted(day, "09:00")) == 2, outcomes
