"""One booking after another, nobody else about: the use case beside raw psycopg."""

from __future__ import annotations

import time
from collections.abc import Iterable
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
WARMING_UP = 12
"""Bookings before the clock starts: in both, the first few of a connection plan their statements."""


def dsn() -> str:
    """The address of the benchmark's own database for psycopg."""
    db: dict[str, Any] = settings.DATABASES["default"]
    return psycopg.conninfo.make_conninfo(
        host=db["HOST"], port=db["PORT"], dbname=db["NAME"], user=db["USER"], password=db["PASSWORD"]
    )


def figures() -> Iterable[Figure]:
    """Bookings a second: ours and raw, on different days of the same unit."""
    there = ward()
    slots = list(product(range(DAYS), CLOCKS, range(2)))
    ours = [UUID(key) for key in patients_due([1 + day for day, _, _ in slots], prefix="BK")]
    theirs = patients_due([40 + day for day, _, _ in slots], prefix="RW")
    keys = {str(dose.public_id): (dose.plan.patient_id, dose.pk) for dose in Dose.objects.select_related("plan")}
    analyze()
    actor = there.cast.actor("coordinator")

    with time_machine.travel(NOW, tick=True):
        for index, (dose_id, (day, clock, room)) in enumerate(zip(ours, slots, strict=True)):
            if index == WARMING_UP:
                before = time.perf_counter()
            wanted = there.wanted(TODAY + timedelta(days=1 + day), clock, room=room, operator=room)
            book_appointment(actor, dose_id=dose_id, wanted=wanted)
        own = (len(slots) - WARMING_UP) / (time.perf_counter() - before)

    with psycopg.connect(dsn(), autocommit=True) as connection:
        for index, (raw_key, (day, clock, room)) in enumerate(zip(theirs, slots, strict=True)):
            if index == WARMING_UP:
                before = time.perf_counter()
            patient_id, dose_pk = keys[raw_key]
            raw.book(
                connection,
                there,
                patient_id=patient_id,
                dose_id=dose_pk,
                arrive=there.at(TODAY + timedelta(days=40 + day), clock),
                resources=(there.rooms[room].pk, there.operators[room].pk, there.places[index % 6].pk),
            )
        reference = (len(slots) - WARMING_UP) / (time.perf_counter() - before)
    yield Figure("book_appointment, no contention", own, reference, "/s", 0.3, at_most=False)
