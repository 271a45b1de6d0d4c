"""The controls: with lock AND constraint dropped by the test, the race each promise prevents is really seen.

Run in threads, because the guard must be taken out of the code as well; each promise holds again in `test_over_http`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from scheduling.models import Appointment
from scheduling.services import book_appointment, move_appointment
from scheduling.services.visits import booking
from tests.races.arena import Arena, at_once, dose_id, recorded_without_locks

pytestmark = pytest.mark.race

THREADS = 8


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """The use cases without their locks. All that take part meet after their checks, which a lock would keep apart."""

    def meet(parties: int) -> None:
        gate = threading.Barrier(parties)
        checked = booking.check_placing

        def check_and_wait(*args: Any, **kwargs: Any) -> Any:
            states = checked(*args, **kwargs)
            gate.wait(timeout=30)
            return states

        monkeypatch.setattr(booking, "check_placing", check_and_wait)
        monkeypatch.setattr(booking, "recorded_as", recorded_without_locks)

    return meet


def test_without_guards_one_room_is_sold_to_many(arena: Arena, unlocked: Callable[[int], None]) -> None:
    wanted = arena.ward.wanted(arena.day, "09:00")
    actor = arena.ward.cast.actor("coordinator")
    doses = [dose_id(arena.patient()) for _ in range(THREADS)]
    unlocked(THREADS)
    with arena.without("scheduling_allocation", "allocation_resource_in_one_place"):
        at_once([partial(book_appointment, actor, dose_id=dose, wanted=wanted) for dose in doses])
    assert arena.booked_at(wanted) > 1


def test_without_guards_one_dose_is_booked_many_times(arena: Arena, unlocked: Callable[[int], None]) -> None:
    patient = arena.patient(due=arena.day + timedelta(days=10))
    actor = arena.ward.cast.actor("coordinator")
    key = dose_id(patient)
    day = arena.day + timedelta(days=10)
    clocks = [f"{7 + n:02}:00" for n in range(THREADS)]
    unlocked(THREADS)
    with (
        arena.without("scheduling_appointment", "appointment_one_live_per_dose"),
        arena.without("scheduling_appointment", "appointment_patient_in_one_place"),
    ):
        at_once(
            [partial(book_appointment, actor, dose_id=key, wanted=arena.ward.wanted(day, clock)) for clock in clocks]
        )
    assert Appointment.objects.filter(patient=patient, status="booked").count() > 1


def test_without_guards_a_move_and_a_booking_share_a_room(arena: Arena, unlocked: Callable[[int], None]) -> None:
    # The constraints were dropped by the first control; a database of its own goes with this module.
    on = arena.day + timedelta(days=30)
    actor = arena.ward.cast.actor("coordinator")
    mover, booker = arena.patient(due=on), arena.patient(due=on)
    visit = book_appointment(actor, dose_id=dose_id(mover), wanted=arena.ward.wanted(on, "07:00"))
    target, key = arena.ward.wanted(on, "12:00"), dose_id(booker)
    unlocked(2)
    outcomes = at_once(
        [
            partial(move_appointment, actor, appointment_id=visit.public_id, wanted=target),
            partial(book_appointment, actor, dose_id=key, wanted=target),
        ]
    )
    assert arena.booked_at(target) == 2, outcomes
