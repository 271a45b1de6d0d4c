"""The unit's lists, closures and allocations as the engine wants them: a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import holidays
from django.db import connection, transaction

from doseplans.models import Protocol, ProtocolPhase
from scheduling.engine.hours import DayPattern, OpenHours, open_hours
from scheduling.engine.ticks import days_between
from scheduling.engine.visit import Phases
from scheduling.models import Resource
from units.models import Unit
from units.rows import Question

_BEFORE = {ProtocolPhase.Phase.ARRIVAL, ProtocolPhase.Phase.PREPARATION}


def phases_of(protocol: Protocol) -> Phases:
    """The protocol's visit as the engine counts it.

    Kept in memory: once a plan uses a version, a trigger keeps its phases as they are. Ask only for the protocol of
    a plan. Kept only once the transaction that read them has committed: before, what was read may never come to be.
    """
    return chain_of(protocol)[0]


def chain_of(protocol: Protocol) -> tuple[Phases, bool]:
    """As `phases_of`, with whether the protocol asks for an assistant in the procedure."""
    key = protocol.public_id
    if key in _used_phases:
        return _used_phases[key]
    found = _read_phases(key)
    transaction.on_commit(lambda: _used_phases.update({key: found}))
    return found


_used_phases: dict[UUID, tuple[Phases, bool]] = {}


def _read_phases(public_id: UUID) -> tuple[Phases, bool]:
    minutes: dict[str, int] = defaultdict(int)
    is_assisted = False
    rows = ProtocolPhase.objects.filter(protocol__public_id=public_id)
    for phase, lasts, needs_assistant in rows.values_list("phase", "minutes", "needs_assistant"):
        minutes["before" if phase in _BEFORE else phase] += lasts
        is_assisted = is_assisted or needs_assistant
    phases = Phases.of_minutes(
        before=minutes["before"],
        procedure=minutes["procedure"],
        recovery=minutes["recovery"],
        discharge=minutes["discharge"],
    )
    return phases, is_assisted


_PATTERNS = """
    SELECT schedule.room_id, room.turnover_minutes, schedule.weekday, schedule.opens_at, schedule.closes_at,
           schedule.last_out_at, schedule.first_in_at, schedule.step_minutes, schedule.fixed_starts,
           schedule.valid_from, schedule.valid_to, schedule.every_weeks, schedule.is_extra,
           ARRAY(
               SELECT person.id FROM scheduling_schedule_operators link
               JOIN scheduling_resource person ON person.id = link.resource_id
               WHERE link.schedule_id = schedule.id AND person.is_active ORDER BY person.id
           ),
           pause.begin, pause.finish
    FROM scheduling_schedule schedule
    JOIN scheduling_resource room ON room.id = schedule.room_id AND room.is_active
    CROSS JOIN LATERAL (
        SELECT array_agg(starts_at ORDER BY starts_at) AS begin, array_agg(ends_at ORDER BY starts_at) AS finish
        FROM scheduling_schedulebreak WHERE schedule_id = schedule.id
    ) pause
    WHERE schedule.unit_id = %(unit)s AND schedule.valid_from < %(until)s
      AND (schedule.valid_to IS NULL OR schedule.valid_to >= %(since)s)
      AND schedule.weekday = ANY(%(weekdays)s)
      AND (%(room)s::bigint IS NULL OR schedule.room_id = %(room)s)
"""


def patterns_of(unit: Unit, *, since: date, until: date, room_id: int | None = None) -> list[DayPattern]:
    """The unit's lists that may hold on some day of `[since, until)`; one query.

    SQL by hand, as everything a booking asks under its locks: composing it anew each time costs more than running it.
    """
    with connection.cursor() as cursor:
        cursor.execute(*patterns_question(unit, since=since, until=until, room_id=room_id))
        return [_pattern(row) for row in cursor.fetchall()]


def patterns_question(unit: Unit, *, since: date, until: date, room_id: int | None = None) -> Question:
    """What `patterns_of` asks; for a booking, which asks it with other things."""
    weekdays = sorted({day.isoweekday() for day in days_between(since, min(until, since + timedelta(days=7)))})
    return _PATTERNS, {"unit": unit.pk, "since": since, "until": until, "room": room_id, "weekdays": weekdays}


def _pattern(row: Sequence[Any]) -> DayPattern:
    room_id, turnover, weekday, opens, closes, last_out, first_in, step, fixed, *dates, people, begin, finish = row
    valid_from, valid_to, every_weeks, is_extra = dates
    return DayPattern(
        room_id=room_id,
        operator_ids=tuple(people),
        weekday=weekday,
        opens=opens,
        closes=closes,
        last_out=last_out,
        step_minutes=step,
        fixed_starts=tuple(fixed),
        breaks=tuple(zip(begin or (), finish or (), strict=True)),
        first_in=first_in,
        turnover_minutes=turnover,
        valid_from=valid_from,
        valid_to=valid_to,
        every_weeks=every_weeks,
        is_extra=is_extra,
    )


def lists_of(unit: Unit, *, since: date, until: date, room_id: int | None = None) -> tuple[OpenHours, ...]:
    """Every list held on a day of `[since, until)`, in the unit's zone; on a bank holiday it keeps the extra ones."""
    with connection.cursor() as cursor:
        cursor.execute(*patterns_question(unit, since=since, until=until, room_id=room_id))
        return lists_from(cursor.fetchall(), unit, since=since, until=until)


def lists_from(rows: Iterable[Sequence[Any]], unit: Unit, *, since: date, until: date) -> tuple[OpenHours, ...]:
    """The lists of the rows that `patterns_question` found."""
    return open_hours(map(_pattern, rows), since, until, unit.zone, closed_days(unit, since, until))


def bank_holidays(unit: Unit, first_year: int, last_year: int) -> frozenset[date]:
    """The bank holidays of the unit's nation in those years."""
    return frozenset().union(*(_holidays_of(unit.nation, year) for year in range(first_year, last_year + 1)))


def bank_holiday_names(unit: Unit, since: date, until: date) -> dict[date, str]:
    """The bank holidays of the unit's nation from `since` up to, and without, `until`, with their names."""
    years = range(since.year, until.year + 1)
    named = holidays.country_holidays("GB", subdiv=unit.nation, years=years)
    return {on: name for on, name in sorted(named.items()) if since <= on < until}


def closed_days(unit: Unit, since: date, until: date) -> frozenset[date]:
    """Bank holidays on which the unit holds no list; none where its policy is to work through them."""
    return bank_holidays(unit, since.year, until.year) if unit.is_closed_on_bank_holidays else frozenset()


@lru_cache(maxsize=64)
def _holidays_of(nation: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv=nation, years=year))


def recovery_pool(unit: Unit) -> tuple[int, ...]:
    """Keys of the unit's recovery places in use, in the board's order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM scheduling_resource WHERE unit_id = %s AND kind = 'recovery' AND is_active "
            "ORDER BY ordinal, id",
            [unit.pk],
        )
        return tuple(key for (key,) in cursor.fetchall())


def imaging_devices(unit: Unit) -> tuple[int, ...]:
    """Keys of the unit's imaging devices in use, in the board's order."""
    devices = Resource.objects.filter(unit=unit, kind=Resource.Kind.IMAGING, is_active=True)
    return tuple(devices.order_by("ordinal", "pk").values_list("pk", flat=True))


Stretch = tuple[int, datetime, datetime]
"""A resource's key and the half-open stretch in which it takes nobody."""


def closed_stretches(unit: Unit, resource_ids: Iterable[int], *, since: datetime, until: datetime) -> list[Stretch]:
    """Closures as stretches of each resource they close; a closure of the unit closes every one of them."""
    wanted = tuple(resource_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT resource_id, starts_at, ends_at FROM scheduling_closure "
            "WHERE ((unit_id = %s AND resource_id IS NULL) OR resource_id = ANY(%s)) "
            "AND starts_at < %s AND ends_at > %s",
            [unit.pk, list(wanted), until, since],
        )
        closures = cursor.fetchall()
    return [
        (resource_id, starts_at, ends_at)
        for closed_id, starts_at, ends_at in closures
        for resource_id in ((closed_id,) if closed_id is not None else wanted)
    ]


_TAKEN = """
    SELECT allocation.resource_id,
           floor(extract(epoch FROM allocation.starts_at) / 300)::bigint,
           ceil(extract(epoch FROM allocation.ends_at) / 300)::bigint,
           coalesce(appointment.status, 'booked') = 'booked'
    FROM scheduling_allocation allocation
    LEFT JOIN scheduling_reservation reservation ON reservation.id = allocation.reservation_id
    LEFT JOIN scheduling_appointment appointment ON appointment.id = allocation.appointment_id
    WHERE allocation.resource_id = ANY(%(resources)s)
      AND allocation.starts_at < %(until)s AND allocation.starts_at >= %(since)s - interval '1 day'
      AND allocation.ends_at > %(since)s
      AND (reservation.id IS NULL
           OR (reservation.expires_at > %(at)s AND (reservation.dose_id = %(dose)s) IS NOT TRUE))
      AND (appointment.dose_id IS NULL OR appointment.dose_id IS DISTINCT FROM %(dose)s)
      AND allocation.appointment_id IS DISTINCT FROM coalesce(%(own)s, 0)
    ORDER BY allocation.resource_id, allocation.starts_at
"""
# No stretch is longer than a day, so the lower bound on starts_at lets the index find the range.

TakenTicks = tuple[int, int, int, bool]
"""A resource's key, its first taken tick and the tick after the last, and whether the claim may change place."""


def taken_ticks(
    resource_ids: Iterable[int],
    *,
    since: datetime,
    until: datetime,
    at: datetime,
    besides_dose_id: int | None,
    besides_visit_id: int | None = None,
) -> list[TakenTicks]:
    """What visits and unexpired reservations take of the resources, in the engine's ticks; one query.

    What the dose or the visit itself holds does not count: it can be moved over its own place.
    SQL turns instants into ticks because parsing two datetimes a row is most of a search's time.
    """
    asked: dict[str, Any] = {
        "resources": list(resource_ids),
        "since": since,
        "until": until,
        "at": at,
        "dose": besides_dose_id,
        "own": besides_visit_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, asked)
        return cursor.fetchall()
