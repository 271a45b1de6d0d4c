"""A list that runs late, and an urgent visit, raced against bookings of the same room: nobody twice, nobody by half."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import time_machine

from scheduling.errors import SlotTaken, StalePage
from scheduling.models import Allocation, Appointment, AppointmentEvent
from scheduling.services import book_appointment
from scheduling.services.day import running_late
from scheduling.services.day.running_late import Lateness, look_ahead, run_late
from scheduling.services.visits import booking
from scheduling.services.visits.squeezing import Reasons, Urgent, squeeze_in
from tests.races.arena import Arena, at_once, dose_id, recorded_without_locks

pytestmark = pytest.mark.race

ROUNDS = 4


@pytest.fixture(autouse=True)
def _morning(arena: Arena) -> Iterator[None]:
    """The arena's day is today: only a list of today runs late."""
    with time_machine.travel(arena.ward.at(arena.day, "07:00"), tick=True):
        yield


def booked(arena: Arena, clock: str, **places: int) -> Appointment:
    wanted = arena.ward.wanted(arena.day, clock, **places)
    return book_appointment(arena.ward.cast.actor("coordinator"), dose_id=dose_id(arena.patient()), wanted=wanted)


def a_list(arena: Arena) -> list[Appointment]:
    """Procedures at 09:00 and 09:45 in Room 1; 45 minutes late the second is to begin at 10:30."""
    return [booked(arena, "08:00"), booked(arena, "08:45")]


def tidy() -> None:
    Allocation.objects.all().delete()
    Appointment.objects.filter(status="booked").update(status="cancelled")


def being_late(arena: Arena, visit: Appointment, **more: Any) -> Callable[[], Any]:
    actor = arena.ward.cast.actor("coordinator")
    return partial(run_late, actor, appointment_id=visit.public_id, lateness=Lateness(45), **more)


def booking_its_time(arena: Arena) -> Callable[[], Any]:
    """Somebody books Room 1 for 10:30 with the other operator: only the room is contended."""
    wanted = arena.ward.wanted(arena.day, "09:30", operator=1)
    return partial(book_appointment, arena.ward.cast.actor("nurse"), dose_id=dose_id(arena.patient()), wanted=wanted)


def in_room_1_at_half_past_ten(arena: Arena) -> int:
    at = arena.ward.at(arena.day, "10:30")
    return Allocation.objects.filter(resource=arena.ward.rooms[0], starts_at__lte=at, ends_at__gt=at).count()


def delayed() -> int:
    return AppointmentEvent.objects.filter(kind="delayed", appointment__status="booked").count()


def test_a_list_runs_late_into_a_slot_that_is_booked_at_that_moment(arena: Arena) -> None:
    for _ in range(ROUNDS):
        first, _second = a_list(arena)
        late, taken = at_once([being_late(arena, first), booking_its_time(arena)])
        assert in_room_1_at_half_past_ten(arena) == 1
        if isinstance(taken, Appointment):
            assert isinstance(late, StalePage) or [one.minutes for one in late.lines][:1] == [45], late
        else:
            assert isinstance(taken, SlotTaken), taken
            assert (len(late.moving), delayed()) == (2, 2)
        tidy()
    assert arena.deadlocks() == 0


def test_two_say_at_once_that_it_runs_late(arena: Arena) -> None:
    first, _second = a_list(arena)
    actor = arena.ward.cast.actor("coordinator")
    seen = look_ahead(actor, appointment_id=first.public_id, lateness=Lateness(45)).mark
    outcomes = at_once([being_late(arena, first, seen=seen)] * 3)
    assert sorted(type(one).__name__ for one in outcomes) == ["Outcome", "StalePage", "StalePage"]
    assert delayed() == 2
    assert arena.deadlocks() == 0
    tidy()


def test_an_urgent_visit_and_a_booking_want_one_room(arena: Arena) -> None:
    ward = arena.ward
    for _ in range(ROUNDS):
        squeezing = partial(
            squeeze_in,
            ward.cast.actor("doctor"),
            urgent=Urgent(dose_id(arena.patient())),
            wanted=ward.wanted(arena.day, "09:15"),
            reasons=Reasons("Seen today"),
        )
        outcomes = at_once([squeezing, booking_its_time(arena)])
        assert sorted(type(one).__name__ for one in outcomes) == ["Appointment", "SlotTaken"], outcomes
        assert in_room_1_at_half_past_ten(arena) == 1
        tidy()
    assert arena.deadlocks() == 0


def test_without_guards_the_room_is_taken_by_both(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with locks and constraint dropped, the delay and the booking share Room 1."""
    first, _second = a_list(arena)
    meet = threading.Barrier(2)
    for module, name in ((booking, "claims_for"), (running_late, "change_places")):
        found = getattr(module, name)

        def find_and_meet(*args: Any, found: Callable[..., Any] = found) -> Any:
            answer = found(*args)
            meet.wait(timeout=30)
            return answer

        monkeypatch.setattr(module, name, find_and_meet)
        monkeypatch.setattr(module, "recorded_as", recorded_without_locks)
    with arena.without("scheduling_allocation", "allocation_resource_in_one_place"):
        outcomes = at_once([being_late(arena, first), booking_its_time(arena)])
    assert in_room_1_at_half_past_ten(arena) == 2, outcomes
