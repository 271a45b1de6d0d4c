"""One booking after another, nobody else about: the use case beside raw psycopg."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID

import psycopg
import time_machine
from django.conf import settings

from benchmarks import raw
from benchmarks.database import analyze, patients_due, ward
from benchmarks.figures import Figure
from doseplans.models import Dose
from scheduling.services import book_appointment
from tests.ward import NOW, TODAY

CLOCKS = ("08:00", "08:45", "09:30", "10:15", "11:00", "11:45", "12:30", "13:15", "14:00", "14:45")
DAYS = 6
BLOCK = 12
"""The first few bookings of a connection plan their statements, in both."""


def dsn() -> str:
    """The address of the benchmark's own database for psycopg."""
    db: dict[str, Any] = settings.DATABASES["default"]
    return psycopg.conninfo.make_conninfo(
        host=db["HOST"], port=db["PORT"], dbname=db["NAME"], user=db["USER"], password=db["PASSWORD"]
    )


def in_turns(ours: Callable[[int], None], reference: Callable[[int], None], times: int) -> tuple[float, float]:
    """How often a second each is done, a block of the one after a block of the other, so that both meet the same load.

    Ours under the tests' clock. The first block of each is not counted.
    """
    spent = [0.0, 0.0]
    for first in range(0, times, BLOCK):
        with time_machine.travel(NOW, tick=True):
            own = _timed(ours, first)
        theirs = _timed(reference, first)
        if first:
            spent = [spent[0] + own, spent[1] + theirs]
    return (times - BLOCK) / spent[0], (times - BLOCK) / spent[1]


def _timed(act: Callable[[int], None], first: int) -> float:
    before = time.perf_counter()
    for index in range(first, first + BLOCK):
        act(index)
    return time.perf_counter() - before


def figures() -> Iterable[Figure]:
    """Bookings a second: ours and raw, on different days of the same unit."""
    there = ward()
    slots = list(product(range(DAYS), CLOCKS, range(2)))
    ours = [UUID(key) for key in patients_due([1 + day for day, _, _ in slots], prefix="BK")]
    theirs = patients_due([40 + day for day, _, _ in slots], prefix="RW")
    keys = {str(dose.public_id): (dose.plan.patient_id, dose.pk) for dose in Dose.objects.select_related("plan")}
    analyze()
    actor = there.cast.actor("coordinator")

    def book_ours(index: int) -> None:
        day, clock, room = slots[index]
        wanted = there.wanted(TODAY + timedelta(days=1 + day), clock, room=room, operator=room)
        book_appointment(actor, dose_id=ours[index], wanted=wanted)

    with psycopg.connect(dsn(), autocommit=True) as connection:

        def book_raw(index: int) -> None:
            day, clock, room = slots[index]
            patient_id, dose_pk = keys[theirs[index]]
            raw.book(
                connection,
                there,
                patient_id=patient_id,
                dose_id=dose_pk,
                arrive=there.at(TODAY + timedelta(days=40 + day), clock),
                resources=(there.rooms[room].pk, there.operators[room].pk, there.places[index % 6].pk),
            )

        own, reference = in_turns(book_ours, book_raw, len(slots))
    yield Figure("book_appointment, no contention", own, reference, "/s", 0.3, at_most=False)
