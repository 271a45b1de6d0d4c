"""Two visits that each would leave the nurses in recovery one patient more: one of them is booked, never both."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta
from functools import partial
from typing import Any

import pytest

from scheduling.errors import SlotTaken
from scheduling.models import Allocation, Appointment, NurseShift
from scheduling.services import book_appointment
from scheduling.services.visits import booking
from tests.races.arena import Arena, at_once, dose_id, recorded_without_locks

pytestmark = pytest.mark.race

ROUNDS = 3


def one_nurse_with_one_patient(arena: Arena) -> None:
    for weekday in range(1, 8):
        NurseShift.objects.get_or_create(
            unit=arena.ward.unit,
            weekday=weekday,
            starts_at=time(7),
            ends_at=time(21),
            defaults={"nurses": 1, "patients_each": 1},
        )


def two_bookings(arena: Arena, on: date) -> list[Callable[[], Any]]:
    """In different rooms, with different operators and places enough: only the nurse is one."""
    actor = arena.ward.cast.actor("coordinator")
    return [
        partial(
            book_appointment,
            actor,
            dose_id=dose_id(arena.patient(due=on)),
            wanted=arena.ward.wanted(on, clock, room=number, operator=number),
        )
        for number, clock in enumerate(("09:00", "09:30"))
    ]


def in_recovery(arena: Arena, on: date) -> int:
    """Stays of that day; all of them overlap."""
    since = arena.ward.at(on, "00:00")
    return Allocation.objects.filter(
        phase="recovery", starts_at__gte=since, starts_at__lt=since + timedelta(days=1)
    ).count()


def test_one_of_two_is_refused_whoever_comes_first(arena: Arena) -> None:
    one_nurse_with_one_patient(arena)
    for round_ in range(ROUNDS):
        on = arena.day + timedelta(days=round_)
        acts = two_bookings(arena, on)
        outcomes = at_once(acts if round_ % 2 else acts[::-1])
        booked = [one for one in outcomes if isinstance(one, Appointment)]
        refused = [one for one in outcomes if isinstance(one, SlotTaken)]
        assert (len(booked), len(refused)) == (1, 1), outcomes
        assert "The nurses in recovery have as many patients as they may" in refused[0].sentence
        assert in_recovery(arena, on) == 1
    assert arena.deadlocks() == 0


def test_without_the_days_lock_both_are_booked(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: nothing but the lock keeps what is counted true until the rows are in."""
    one_nurse_with_one_patient(arena)
    on = arena.day + timedelta(days=30)
    acts = two_bookings(arena, on)
    gate = threading.Barrier(2)
    found = booking.claims_for

    def find_and_wait(visit: Any, *more: Any) -> Any:
        claims = found(visit, *more)
        gate.wait(timeout=30)
        # Each place once: the two are to be kept apart by the nurse alone.
        return claims if visit.room.name == "Room 1" else [elsewhere(arena, claim) for claim in claims]

    monkeypatch.setattr(booking, "claims_for", find_and_wait)
    monkeypatch.setattr(booking, "recorded_as", recorded_without_locks)
    outcomes = at_once(acts)
    assert in_recovery(arena, on) == 2, outcomes


def elsewhere(arena: Arena, claim: Any) -> Any:
    return replace(claim, resource_id=arena.ward.places[-1].pk) if claim.phase == "recovery" else claim
