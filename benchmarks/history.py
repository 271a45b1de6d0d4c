"""A million past visits beside a thousand: what years of history cost the search for slots and the day board.

Two copies of one database, alike but for the past of the same unit. Both are asked in turn, so that whatever else the
machine does falls on both alike.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import psycopg
import time_machine
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone
from psycopg import sql

from benchmarks.booking import CLOCKS
from benchmarks.database import analyze, patients_due, ward
from benchmarks.figures import Figure
from scheduling.models import Appointment, Resource, Schedule
from scheduling.selectors.slots import find_slots
from scheduling.services import book_appointment
from scheduling.services.visits.wanted import dose_for
from tests.cast import make_patient, signed_in
from tests.databases import url_of
from tests.ward import NOW, TODAY, Ward

FEW, MANY = 1_000, 1_000_000
PATIENTS = 200
ROUNDS, CALLS = 8, 4
AHEAD = 40
ROOMS = 3
MOST_QUERIES = 12

_GUARDED = ("scheduling_appointment", "scheduling_allocation")

# Half an hour a visit, without a gap, in both rooms at once and ever further back: no two of them meet. What is not
# said here is as in the visit that is the pattern.
_OWN = {
    "public_id": "gen_random_uuid()",
    "uid": "gen_random_uuid()",
    "patient_id": "(%(patients)s::bigint[])[1 + n %% cardinality(%(patients)s::bigint[])]",
    "starts_at": "at",
    "ends_at": "at + interval '30 minutes'",
}
_PAST = """
    WITH visit AS (
        INSERT INTO scheduling_appointment ({columns})
        SELECT {values}
        FROM scheduling_appointment pattern CROSS JOIN generate_series(%(since)s::bigint, %(until)s::bigint - 1) AS n
        CROSS JOIN LATERAL (SELECT %(last)s - (n / 2 + 1) * interval '30 minutes' AS at) AS slot
        WHERE pattern.id = %(pattern)s
        RETURNING id, starts_at, ends_at
    ),
    numbered AS (SELECT *, 1 + (row_number() OVER (ORDER BY starts_at, id)) %% 2 AS side FROM visit)
    INSERT INTO scheduling_allocation (appointment_id, resource_id, phase, starts_at, ends_at)
    SELECT id, resource[side], phase, starts_at, ends_at
    FROM numbered CROSS JOIN (VALUES
        (%(rooms)s::bigint[], 'procedure'), (%(operators)s::bigint[], 'procedure'), (%(places)s::bigint[], 'recovery')
    ) AS taken (resource, phase)
"""


def figures() -> Iterable[Figure]:
    """The search for one dose and the day board of a full day, each with a million past visits and with a thousand."""
    with override_settings(ALLOWED_HOSTS=["*"]), time_machine.travel(NOW, tick=True):
        there = _with_a_third_room(ward())
        dose = UUID(patients_due([AHEAD], prefix="HS")[0])
        _fill_a_day(there)
        patients = [make_patient(there.unit, f"Past{n:04}", f"HP{n:04}").pk for n in range(PATIENTS)]
        nurse = signed_in(there.cast.nurse)
        began = time.perf_counter()
        _add_past(there, patients, since=0, until=FEW)
        few, many = str(settings.DATABASES["default"]["NAME"]), "bench_history"
        _copy(few, many)
        with _using(many):
            with _bare():
                _add_past(there, patients, since=FEW, until=MANY)
            analyze()
        analyze()
        taken = time.perf_counter() - began
        actor = there.cast.actor("coordinator")
        address = f"/today/{TODAY + timedelta(days=AHEAD):%Y-%m-%d}/"

        def search() -> None:
            found = find_slots(actor, dose=dose_for(actor, dose), at=timezone.now())
            assert found.found.proposals

        def board() -> None:
            response = nurse.get(address)
            assert response.status_code == 200, response.content[:500]

        for name, act in (("slots for a dose", search), ("day board", board)):
            ours, reference = _in_turn(act, many, few)
            queries = _queries(act, many)
            note = f"{ROOMS * len(CLOCKS)} visits that day; {MANY:,} past ones and {FEW:,}; built in {taken:.0f} s"
            yield Figure(
                f"{name}, a million past visits",
                ours,
                reference,
                "ms",
                1.3,
                at_most=True,
                note=f"{queries} queries; {note}",
                is_sound=name != "day board" or queries <= MOST_QUERIES,
            )
        _drop(many)


def _with_a_third_room(there: Ward) -> Ward:
    """As the figures before had it, and a list more each day: thirty visits do not fit two rooms."""
    room = Resource.objects.create(unit=there.unit, kind=Resource.Kind.ROOM, name="Room 3", ordinal=2)
    operator = Resource.objects.create(unit=there.unit, kind=Resource.Kind.PERSON, name="Dr Lindqvist", ordinal=2)
    for schedule in Schedule.objects.filter(room=there.rooms[0]):
        schedule.pk, schedule.room = None, room
        schedule.save()
        schedule.operators.set([operator])
    return replace(there, rooms=(*there.rooms, room), operators=(*there.operators, operator))


def _fill_a_day(there: Ward) -> None:
    """Thirty visits on the day that the board shows."""
    actor = there.cast.actor("coordinator")
    keys = iter(patients_due([AHEAD] * ROOMS * len(CLOCKS), prefix="HB"))
    for clock in CLOCKS:
        for number in range(ROOMS):
            wanted = there.wanted(TODAY + timedelta(days=AHEAD), clock, room=number, operator=number)
            book_appointment(actor, dose_id=UUID(next(keys)), wanted=wanted)


def _add_past(there: Ward, patients: list[int], *, since: int, until: int) -> None:
    """The visits numbered so, with what they took, by one statement."""
    with connection.cursor() as cursor:
        values = {
            "unit": there.unit.pk,
            "patients": patients,
            "pattern": _pattern(there, patients[0]),
            "last": there.at(TODAY, "00:00"),
            "since": since,
            "until": until,
            "rooms": [room.pk for room in there.rooms[:2]],
            "operators": [person.pk for person in there.operators[:2]],
            "places": [place.pk for place in there.places[:2]],
        }
        columns = [field.column for field in Appointment._meta.concrete_fields if not field.primary_key]
        own = [_OWN.get(column, f"pattern.{column}") for column in columns]
        cursor.execute(_PAST.format(columns=", ".join(columns), values=", ".join(own)), values)


def _pattern(there: Ward, patient_id: int) -> int:
    """A visit long over, older than all of the others; its key."""
    at = there.at(date(1980, 1, 7), "09:00")
    values = {"unit": there.unit, "patient_id": patient_id, "status": "fulfilled", "dtstamp": at, "booked_at": at}
    old = Appointment.objects.filter(patient_id=patient_id, starts_at=at).first()
    old = old or Appointment.objects.create(starts_at=at, ends_at=at + timedelta(hours=1), **values)
    return old.pk


@contextmanager
def _bare() -> Iterator[None]:
    """The tables without triggers, constraints and indexes inside: row by row these cost a million rows minutes.

    The indexes that reading uses are built again. Foreign keys and exclusion constraints stay off: nothing is written
    there any more.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, quote_ident(conname), contype, pg_get_constraintdef(oid) "
            "FROM pg_constraint WHERE conrelid::regclass::text = ANY(%s) AND contype IN ('f', 'x', 'u')",
            [list(_GUARDED)],
        )
        constraints = cursor.fetchall()
        for table, name, *_ in constraints:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for table in _GUARDED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
            "WHERE indrelid::regclass::text = ANY(%s) AND NOT indisprimary",
            [list(_GUARDED)],
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        cursor.execute("SET maintenance_work_mem = '256MB'")
        for _, definition in indexes:
            cursor.execute(definition)
        for table, name, kind, definition in constraints:
            if kind == "u":
                cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def _copy(name: str, copy: str) -> None:
    connection.close()
    _drop(copy)
    with psycopg.connect(url_of("postgres"), autocommit=True) as cluster:
        names = sql.Identifier(copy), sql.Identifier(name)
        cluster.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))


def _drop(name: str) -> None:
    with psycopg.connect(url_of("postgres"), autocommit=True) as cluster:
        cluster.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def _using(name: str) -> Iterator[None]:
    """Whatever is asked inside is asked of that database."""
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual


def _in_turn(act: Callable[[], None], many: str, few: str) -> tuple[float, float]:
    """Milliseconds with many and with few: the median of the rounds' best, each round asking both."""
    best: dict[str, list[float]] = {many: [], few: []}
    for _ in range(ROUNDS):
        for name in (many, few):
            with _using(name):
                act()
                act()
                best[name].append(min(_seconds(act) for _ in range(CALLS)))
    return statistics.median(best[many]) * 1000, statistics.median(best[few]) * 1000


def _queries(act: Callable[[], None], name: str) -> int:
    with _using(name):
        act()
        with CaptureQueriesContext(connection) as captured:
            act()
    return len(captured)


def _seconds(act: Callable[[], None]) -> float:
    before = time.perf_counter()
    act()
    return time.perf_counter() - before
