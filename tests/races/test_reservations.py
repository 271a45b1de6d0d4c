"""A reservation that runs out as somebody books its slot, and two moves that cross: one winner, and no deadlock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from scheduling.errors import SlotTaken
from scheduling.models import Allocation, Appointment, Reservation
from scheduling.services import book_appointment, move_appointment, reserve_slot
from scheduling.services.visits import booking
from scheduling.services.visits.wanted import Wanted
from tests.races.arena import Arena, at_once, dose_id, recorded_without_locks

pytestmark = pytest.mark.race

CLOCKS = ("07:00", "08:00", "09:00", "10:00", "11:00")


def reserved(arena: Arena, wanted: Wanted) -> Callable[[], Any]:
    """Whoever has the slot reserved books it. The reservation has run out by now."""
    actor, dose = arena.ward.cast.actor("coordinator"), dose_id(arena.patient())
    reservation = reserve_slot(actor, dose_id=dose, wanted=wanted)
    Reservation.objects.filter(pk=reservation.pk).update(expires_at=timezone.now())
    return partial(book_appointment, actor, dose_id=dose, wanted=wanted)


def another(arena: Arena, wanted: Wanted) -> Callable[[], Any]:
    """Somebody else books the slot for another patient."""
    return partial(book_appointment, arena.ward.cast.actor("nurse"), dose_id=dose_id(arena.patient()), wanted=wanted)


def test_booked_by_both_as_the_reservation_runs_out(arena: Arena) -> None:
    for number, clock in enumerate(CLOCKS):
        wanted = arena.ward.wanted(arena.day, clock)
        acts = [reserved(arena, wanted), another(arena, wanted)]
        outcomes = at_once(acts if number % 2 else acts[::-1])
        assert sorted(type(one).__name__ for one in outcomes) == ["Appointment", "SlotTaken"], outcomes
        assert arena.booked_at(wanted) == 1
        assert not Reservation.objects.exists()
    assert arena.deadlocks() == 0


def test_booked_by_another_in_the_moment_it_runs_out(arena: Arena) -> None:
    """Refused with the name of who is choosing, or booked: never both kept and sold."""
    for clock in CLOCKS:
        wanted = arena.ward.wanted(arena.day + timedelta(days=1), clock)
        dose = dose_id(arena.patient())
        reservation = reserve_slot(arena.ward.cast.actor("coordinator"), dose_id=dose, wanted=wanted)
        Reservation.objects.filter(pk=reservation.pk).update(expires_at=timezone.now() + timedelta(milliseconds=30))
        outcomes = at_once([another(arena, wanted) for _ in range(3)])
        booked = [one for one in outcomes if isinstance(one, Appointment)]
        assert len(booked) == arena.booked_at(wanted) <= 1
        assert all(isinstance(one, SlotTaken) for one in outcomes if one not in booked), outcomes
        Reservation.objects.all().delete()
    assert arena.deadlocks() == 0


def test_without_locks_two_moves_that_cross_wait_for_each_other_for_ever(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the crossing moves: each has given up its own slot and wants the other's."""
    actor = arena.ward.cast.actor("coordinator")
    slots = [arena.ward.wanted(arena.day + timedelta(days=3), clock) for clock in ("08:00", "11:00")]
    visits = [book_appointment(actor, dose_id=dose_id(arena.patient()), wanted=slot) for slot in slots]
    gate, claims = threading.Barrier(2), booking.claims_for

    def claims_and_meet(*args: Any) -> Any:
        found = claims(*args)
        gate.wait(timeout=30)
        return found

    monkeypatch.setattr("scheduling.services.visits.wanted.taken_in_words", lambda *_: "")
    monkeypatch.setattr(booking, "clear_the_way", lambda *_, **__: None)
    monkeypatch.setattr(booking, "claims_for", claims_and_meet)
    monkeypatch.setattr(booking, "recorded_as", recorded_without_locks)
    moves = [
        partial(move_appointment, actor, appointment_id=visit.public_id, wanted=slot)
        for visit, slot in zip(visits, slots[::-1], strict=True)
    ]
    outcomes = at_once(moves)
    assert any(isinstance(one, OperationalError) and "deadlock" in str(one) for one in outcomes), outcomes


def test_without_guards_a_slot_whose_reservation_ran_out_is_sold_twice(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: neither lock nor constraint. It comes last, because it leaves the database without the promise."""
    wanted = arena.ward.wanted(arena.day + timedelta(days=2), "09:00")
    acts = [reserved(arena, wanted), another(arena, wanted)]
    Allocation.objects.filter(reservation__isnull=False).delete()  # its rows would keep the two apart as well
    Reservation.objects.all().delete()
    gate, checked = threading.Barrier(2), booking.check_placing

    def check_and_meet(*args: Any, **values: Any) -> Any:
        states = checked(*args, **values)
        gate.wait(timeout=30)
        return states

    monkeypatch.setattr(booking, "check_placing", check_and_meet)
    monkeypatch.setattr(booking, "recorded_as", recorded_without_locks)
    with arena.without("scheduling_allocation", "allocation_resource_in_one_place"):
        outcomes = at_once(acts)
    assert arena.booked_at(wanted) == 2, outcomes
