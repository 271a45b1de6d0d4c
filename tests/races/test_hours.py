"""A person of two units booked in both at once, and a booking beside a closure: nobody twice, nobody forgotten."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from uuid import UUID

import pytest

from patients.models import WorklistItem
from scheduling.errors import SlotNotOffered, SlotTaken
from scheduling.models import Allocation, Appointment
from scheduling.services import book_appointment, close
from scheduling.services.opening import closures, hours
from scheduling.services.opening.closures import Closed
from scheduling.services.opening.hours import item_key
from scheduling.services.visits import booking
from scheduling.services.visits.wanted import Wanted
from tests.cast import make_patient
from tests.races.arena import Arena, at_once, dose_id, recorded_without_locks
from tests.scheduling.test_two_units import open_hilltop
from tests.ward import Ward, start_plan
from units.actors import Actor

pytestmark = pytest.mark.race

ROUNDS = 10
CLOCKS = ("07:00", "08:00", "09:00", "10:00", "11:00")


@pytest.fixture(scope="module")
def hilltop(arena: Arena) -> Ward:
    return open_hilltop(arena.ward)


def dose_there(hilltop: Ward, number: int, due: date) -> UUID:
    """A dose of a new patient of the other unit."""
    patient = make_patient(hilltop.unit, f"Hilltop{number:03}", f"HT{number:05}")
    start_plan(patient, given=[due - timedelta(days=n) for n in (84, 70, 56, 28)], next_on=due, doses=1)
    return dose_id(patient)


def booking_of(actor: Actor, dose: UUID, wanted: Wanted) -> Callable[[], Appointment]:
    return partial(book_appointment, actor, dose_id=dose, wanted=wanted)


def closing_of(ward: Ward, on: date) -> Callable[[], Closed]:
    """Room 1 closes for the day."""
    return partial(
        close,
        ward.cast.actor("administrator"),
        unit=ward.unit,
        resource=ward.rooms[0],
        starts_at=ward.at(on, "00:00"),
        ends_at=ward.at(on, "23:00"),
        reason="Floor repaired",
    )


def is_known(visit: Appointment) -> bool:
    """Whether the visit without a list is on the worklist."""
    return WorklistItem.objects.filter(key=item_key(visit), done_at__isnull=True).exists()


def test_a_booking_beside_a_closure_is_refused_or_on_the_worklist(arena: Arena) -> None:
    actor = arena.ward.cast.actor("coordinator")
    for number in range(ROUNDS):
        on = arena.day + timedelta(days=30 + number)
        acts = [
            booking_of(actor, dose_id(arena.patient(due=on)), arena.ward.wanted(on, "09:00", operator=1)),
            closing_of(arena.ward, on),
        ]
        outcomes = at_once(acts if number % 2 else acts[::-1])
        (closed,) = (one for one in outcomes if isinstance(one, Closed))
        (booked,) = (one for one in outcomes if not isinstance(one, Closed))
        if isinstance(booked, Appointment):
            assert [one.visit for one in closed.stranded] == [booked]
            assert is_known(booked)
        else:
            assert isinstance(booked, SlotNotOffered), booked
            assert closed.stranded == ()
    assert arena.deadlocks() == 0


def test_without_its_locks_a_closure_misses_a_booking(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the booking has asked the hours and not yet written its rows when the closure is compared."""
    is_closed, has_asked, insert = threading.Event(), threading.Event(), booking.insert_visit

    def insert_late(*args: object, **kwargs: object) -> bool:
        has_asked.set()
        is_closed.wait(timeout=30)
        return insert(*args, **kwargs)  # type: ignore[arg-type]

    def close_between() -> Closed:
        has_asked.wait(timeout=30)
        try:
            return closing_of(arena.ward, on)()
        finally:
            is_closed.set()

    monkeypatch.setattr(booking, "insert_visit", insert_late)
    for locking in (hours, closures):
        monkeypatch.setattr(locking, "recorded_as", recorded_without_locks)
    on = arena.day + timedelta(days=50)
    wanted = arena.ward.wanted(on, "09:00", operator=1)
    book = booking_of(arena.ward.cast.actor("coordinator"), dose_id(arena.patient(due=on)), wanted)
    booked, closed = at_once([book, close_between])
    assert (booked.status, closed.stranded, is_known(booked)) == ("booked", (), False)


def test_a_shared_person_is_booked_in_one_unit(arena: Arena, hilltop: Ward) -> None:
    here, there = arena.ward.cast.actor("coordinator"), hilltop.cast.actor("coordinator")
    for number in range(ROUNDS):
        on, clock = arena.day + timedelta(days=number // len(CLOCKS)), CLOCKS[number % len(CLOCKS)]
        acts = [
            booking_of(here, dose_id(arena.patient(due=on)), arena.ward.wanted(on, clock)),
            booking_of(there, dose_there(hilltop, number, on), hilltop.wanted(on, clock)),
        ]
        outcomes = at_once(acts if number % 2 else acts[::-1])
        assert len([one for one in outcomes if isinstance(one, Appointment)]) == 1, outcomes
        assert [type(one) for one in outcomes if not isinstance(one, Appointment)] == [SlotTaken]
    assert Allocation.objects.filter(resource=arena.ward.operators[0]).count() == ROUNDS
    assert arena.deadlocks() == 0


def test_without_guards_a_shared_person_is_in_two_units_at_once(
    arena: Arena, hilltop: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: neither lock nor constraint. It comes last, because it leaves the database without the promise."""
    gate, check = threading.Barrier(2), booking.check_placing

    def check_and_wait(*args: object, **kwargs: object) -> object:
        states = check(*args, **kwargs)  # type: ignore[arg-type]
        gate.wait(timeout=30)
        return states

    monkeypatch.setattr(booking, "check_placing", check_and_wait)
    monkeypatch.setattr(booking, "recorded_as", recorded_without_locks)
    on = arena.day + timedelta(days=20)
    doses = dose_id(arena.patient(due=on)), dose_there(hilltop, 900, on)
    with arena.without("scheduling_allocation", "allocation_resource_in_one_place"):
        outcomes = at_once(
            [
                booking_of(arena.ward.cast.actor("coordinator"), doses[0], arena.ward.wanted(on, "09:00")),
                booking_of(hilltop.cast.actor("coordinator"), doses[1], hilltop.wanted(on, "09:00")),
            ]
        )
    assert [type(one) for one in outcomes] == [Appointment, Appointment], outcomes
