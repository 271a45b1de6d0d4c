"""Sixteen clients after the same slots: the use case beside raw psycopg, in the same processes and threads."""

from __future__ import annotations

import multiprocessing
import statistics
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product
from uuid import UUID

import psycopg
import time_machine
from django.db import connections

from benchmarks import raw
from benchmarks.booking import CLOCKS, dsn
from benchmarks.database import analyze, patients_due, ward
from benchmarks.figures import Figure
from doseplans.models import Dose
from scheduling.services import book_appointment
from tests.ward import NOW, TODAY
from units.errors import ClinicError

PROCESSES, THREADS = 4, 4
DAYS = 8
CLIENTS = PROCESSES * THREADS

Attempt = Callable[[int, int], bool]
"""(client, slot number) -> whether this client got the slot. Raises what is neither won nor refused."""


@dataclass
class Outcome:
    """What a storm came to, over all clients."""

    won: int = 0
    refused: int = 0
    faults: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    wall: float = 0.0

    @property
    def rate(self) -> float:
        """Attempts answered a second, won or refused."""
        return (self.won + self.refused) / self.wall


def figures() -> Iterable[Figure]:
    """Attempts answered a second; deadlocks and the tail in the note."""
    there = ward()
    slots = list(product(range(DAYS), CLOCKS))
    # One more a client, nobody else's: modules are loaded, connections opened and statements planned before the gate.
    slots += list(product(range(DAYS, DAYS + 2), CLOCKS))[:CLIENTS]
    contested = len(slots) - CLIENTS
    each = contested + 1
    keys = patients_due([70 + (n % each) // len(CLOCKS) for n in range(2 * CLIENTS * each)], prefix="ST")
    rows = {str(d.public_id): (d.plan.patient_id, d.pk) for d in Dose.objects.filter(sequence=5).select_related("plan")}
    mine, theirs = keys[: len(keys) // 2], keys[len(keys) // 2 :]
    analyze()
    actor = there.cast.actor("coordinator")
    resources = (there.rooms[0].pk, there.operators[0].pk, there.places[0].pk)

    def ours(client: int, number: int) -> bool:
        day, clock = slots[number]
        wanted = there.wanted(TODAY + timedelta(days=70 + day), clock)
        try:
            book_appointment(actor, dose_id=UUID(mine[client * each + min(number, contested)]), wanted=wanted)
        except ClinicError:
            return False
        return True

    def reference(client: int, number: int) -> bool:
        day, clock = slots[number]
        arrive = there.at(TODAY + timedelta(days=140 + 2 * day), clock) + timedelta(days=number % 2)
        patient_id, dose_id = rows[theirs[client * each + min(number, contested)]]
        return _raw_attempt(arrive, patient_id, dose_id, resources)

    with time_machine.travel(NOW, tick=True):
        own = storm(ours, contested)
    theirs_outcome = storm(reference, contested)
    tail = statistics.quantiles(own.seconds, n=100)[98] / statistics.median(own.seconds)
    yield Figure(
        "16-client storm for the same slots",
        own.rate,
        theirs_outcome.rate,
        "/s",
        0.5,
        at_most=False,
        note=f"{own.won} of {contested} slots booked once, {len(own.faults)} faults, p99 {tail:.1f} x p50",
        is_sound=own.won == contested and not own.faults and tail < 10,
    )


_local = threading.local()


def _raw_attempt(arrive: datetime, patient_id: int, dose_id: int, resources: tuple[int, int, int]) -> bool:
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(dsn(), autocommit=True)
    try:
        raw.book(_local.connection, ward(), patient_id=patient_id, dose_id=dose_id, arrive=arrive, resources=resources)
    except raw.Refused:
        return False
    return True


def storm(attempt: Attempt, slots: int) -> Outcome:
    """Every client goes through the first `slots` in the same order, as fast as it is answered.

    Before the start each has tried the slot of its own, `slots` + its number.
    """
    connections.close_all()
    context = multiprocessing.get_context("fork")
    results: multiprocessing.Queue[Outcome] = context.Queue()
    gate = context.Barrier(CLIENTS + 1)
    workers = [context.Process(target=_process, args=(attempt, slots, n, gate, results)) for n in range(PROCESSES)]
    for worker in workers:
        worker.start()
    gate.wait()
    before = time.perf_counter()
    parts = [results.get() for _ in workers]
    total = Outcome(wall=time.perf_counter() - before)
    for worker in workers:
        worker.join()
    for part in parts:
        total.won += part.won
        total.refused += part.refused
        total.faults += part.faults
        total.seconds += part.seconds
    return total


def _process(
    attempt: Attempt, slots: int, number: int, gate: threading.Barrier, results: multiprocessing.Queue
) -> None:
    outcome = Outcome()
    threads = [
        threading.Thread(target=_client, args=(attempt, slots, number * THREADS + n, gate, outcome))
        for n in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put(outcome)


def _client(attempt: Attempt, slots: int, client: int, gate: threading.Barrier, outcome: Outcome) -> None:
    attempt(client, slots + client)
    gate.wait()
    for number in range(slots):
        before = time.perf_counter()
        try:
            won = attempt(client, number)
        except Exception as fault:  # noqa: BLE001  a storm counts its faults, whatever they are
            outcome.faults.append(type(fault).__name__)
            continue
        outcome.seconds.append(time.perf_counter() - before)
        outcome.won += won
        outcome.refused += not won
    connections.close_all()
