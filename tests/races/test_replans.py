"""A re-plan raced: against a booking of its target slot, and against itself. Nobody twice, nobody moved by half."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from scheduling.errors import ReplanOutdated, SlotTaken
from scheduling.models import Appointment, AppointmentEvent, Closure, Replan
from scheduling.services import book_appointment, close
from scheduling.services.planning import replan_applying
from scheduling.services.planning.replan_applying import apply_replan
from scheduling.services.planning.replans import plan_closure
from scheduling.services.visits import booking, moving
from tests.races.arena import Arena, at_once, dose_id, recorded_without_locks

pytestmark = pytest.mark.race

ROUNDS = 4


def drafted(arena: Arena, clocks: tuple[str, ...] = ("08:00", "10:00")) -> Replan:
    """Room 1 is closed on the arena's day; its visits are to go to Room 2 at their times."""
    ward, actor = arena.ward, arena.ward.cast.actor("coordinator")
    for clock in clocks:
        book_appointment(actor, dose_id=dose_id(arena.patient()), wanted=ward.wanted(arena.day, clock))
    closure = close(
        ward.cast.actor("administrator"),
        unit=ward.unit,
        resource=ward.rooms[0],
        starts_at=ward.at(arena.day, "00:00"),
        ends_at=ward.at(arena.day + timedelta(days=1), "00:00"),
        reason="Floor repaired",
    ).closure
    return plan_closure(actor, closure_id=closure.public_id)


def tidy() -> None:
    """The days are empty and open for the next round."""
    Closure.objects.all().delete()
    for visit in Appointment.objects.filter(status="booked"):
        visit.allocations.all().delete()
    Appointment.objects.filter(status="booked").update(status="cancelled")


def booking_of_its_slot(arena: Arena) -> Callable[[], Any]:
    """Somebody books Room 2 at 10:00 with the other operator: only the room is contended."""
    wanted = arena.ward.wanted(arena.day, "10:00", room=1, operator=1)
    return partial(book_appointment, arena.ward.cast.actor("nurse"), dose_id=dose_id(arena.patient()), wanted=wanted)


def applying(arena: Arena, replan: Replan) -> Callable[[], Any]:
    return partial(apply_replan, arena.ward.cast.actor("coordinator"), replan_id=replan.public_id)


def moved_by(replan: Replan) -> int:
    visits = replan.lines.values("appointment")
    return AppointmentEvent.objects.filter(kind="moved", appointment__in=visits).count()


def at_ten_in_room_2(arena: Arena) -> int:
    return arena.booked_at(arena.ward.wanted(arena.day, "10:00", room=1))


def test_a_slot_of_the_re_plan_is_booked_at_that_moment(arena: Arena) -> None:
    for _ in range(ROUNDS):
        replan = drafted(arena)
        applied, booked = at_once([applying(arena, replan), booking_of_its_slot(arena)])
        assert at_ten_in_room_2(arena) == 1
        if isinstance(booked, Appointment):
            assert isinstance(applied, ReplanOutdated)
            assert moved_by(replan) == 0
        else:
            assert isinstance(booked, SlotTaken)
            assert (applied.state, moved_by(replan)) == ("applied", 2)
        tidy()
    assert arena.deadlocks() == 0


def test_two_apply_it_at_once(arena: Arena) -> None:
    for _ in range(ROUNDS):
        replan = drafted(arena)
        outcomes = at_once([applying(arena, replan)] * 3)
        assert [one.state for one in outcomes] == ["applied"] * 3
        assert moved_by(replan) == 2
        tidy()
    assert arena.deadlocks() == 0


def test_without_guards_one_slot_is_given_twice(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with locks and constraint dropped, the room is taken by both."""
    replan, meet = drafted(arena, ("10:00",)), threading.Barrier(2)
    for module in (booking, moving):
        found = module.claims_for

        def claims_and_meet(*args: Any, found: Callable[..., Any] = found) -> Any:
            claims = found(*args)
            meet.wait(timeout=30)
            return claims

        monkeypatch.setattr(module, "claims_for", claims_and_meet)
    for module in (booking, replan_applying):
        monkeypatch.setattr(module, "recorded_as", recorded_without_locks)
    with arena.without("scheduling_allocation", "allocation_resource_in_one_place"):
        outcomes = at_once([applying(arena, replan), booking_of_its_slot(arena)])
    assert at_ten_in_room_2(arena) == 2, outcomes
