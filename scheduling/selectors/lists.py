"""The unit's lists, closures and allocations as the engine wants them: a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Q

from doseplans.models import Protocol, ProtocolPhase
from scheduling.engine.hours import DayPattern, OpenHours, open_hours
from scheduling.engine.visit import Phases
from scheduling.models import Closure, Resource, Schedule
from units.models import Unit

_BEFORE = {ProtocolPhase.Phase.ARRIVAL, ProtocolPhase.Phase.PREPARATION}


def phases_of(protocol: Protocol) -> Phases:
    """The protocol's visit as the engine counts it. Uses the prefetched phases."""
    minutes: dict[str, int] = defaultdict(int)
    for phase in protocol.phases.all():
        minutes["before" if phase.phase in _BEFORE else phase.phase] += phase.minutes
    return Phases.of_minutes(
        before=minutes["before"],
        procedure=minutes["procedure"],
        recovery=minutes["recovery"],
        discharge=minutes["discharge"],
    )


def patterns_of(unit: Unit, *, since: date, until: date, room_id: int | None = None) -> list[DayPattern]:
    """The unit's weekly lists that hold on some day of `[since, until)`; two queries."""
    schedules = (
        Schedule.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=since), unit=unit, valid_from__lt=until)
        .filter(room__is_active=True)
        .select_related("room")
        .prefetch_related("operators")
    )
    if room_id is not None:
        schedules = schedules.filter(room_id=room_id)
    return [_pattern(schedule) for schedule in schedules]


def _pattern(schedule: Schedule) -> DayPattern:
    people = (person.pk for person in schedule.operators.all() if person.is_active)
    return DayPattern(
        room_id=schedule.room_id,
        operator_ids=tuple(sorted(people)),
        weekday=schedule.weekday,
        opens=schedule.opens_at,
        closes=schedule.closes_at,
        last_out=schedule.last_out_at,
        step_minutes=schedule.step_minutes,
        turnover_minutes=schedule.room.turnover_minutes,
        valid_from=schedule.valid_from,
        valid_to=schedule.valid_to,
    )


def lists_of(unit: Unit, *, since: date, until: date, room_id: int | None = None) -> tuple[OpenHours, ...]:
    """Every list held on a day of `[since, until)`, in the unit's zone."""
    return open_hours(patterns_of(unit, since=since, until=until, room_id=room_id), since, until, unit.zone)


def recovery_pool(unit: Unit) -> tuple[int, ...]:
    """Keys of the unit's recovery places in use, in the board's order."""
    places = Resource.objects.filter(unit=unit, kind=Resource.Kind.RECOVERY, is_active=True)
    return tuple(places.order_by("ordinal", "pk").values_list("pk", flat=True))


Stretch = tuple[int, datetime, datetime]
"""A resource's key and the half-open stretch in which it takes nobody."""


def closed_stretches(unit: Unit, resource_ids: Iterable[int], *, since: datetime, until: datetime) -> list[Stretch]:
    """Closures as stretches of each resource they close; a closure of the unit closes every one of them."""
    wanted = tuple(resource_ids)
    closures = Closure.objects.filter(
        Q(unit=unit, resource__isnull=True) | Q(resource_id__in=wanted), starts_at__lt=until, ends_at__gt=since
    )
    return [
        (resource_id, starts_at, ends_at)
        for closed_id, starts_at, ends_at in closures.values_list("resource_id", "starts_at", "ends_at")
        for resource_id in ((closed_id,) if closed_id is not None else wanted)
    ]


def taken_stretches(
    resource_ids: Iterable[int], *, since: datetime, until: datetime, at: datetime, besides_dose_id: int | None = None
) -> list[Stretch]:
    """What visits and unexpired reservations take of the resources; the claim that `besides_dose_id` itself holds
    by a reservation or a visit does not count, so that it can be moved over its own place."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT allocation.resource_id, allocation.starts_at, allocation.ends_at
            FROM scheduling_allocation allocation
            LEFT JOIN scheduling_reservation reservation ON reservation.id = allocation.reservation_id
            LEFT JOIN scheduling_appointment appointment ON appointment.id = allocation.appointment_id
            WHERE allocation.resource_id = ANY(%s)
              AND allocation.starts_at < %s AND allocation.starts_at >= %s AND allocation.ends_at > %s
              AND (reservation.id IS NULL OR (reservation.expires_at > %s AND reservation.dose_id IS DISTINCT FROM %s))
              AND (appointment.id IS NULL OR appointment.dose_id IS DISTINCT FROM %s OR %s IS NULL)
            ORDER BY allocation.resource_id, allocation.starts_at
            """,
            [
                list(resource_ids),
                until,
                since - timedelta(days=1),  # no stretch is longer than a day: lets the index find the range
                since,
                at,
                besides_dose_id,
                besides_dose_id,
                besides_dose_id,
            ],
        )
        return cursor.fetchall()


def by_resource(stretches: Iterable[Stretch]) -> Mapping[int, list[tuple[datetime, datetime]]]:
    """The stretches gathered under each resource's key."""
    gathered: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for resource_id, starts_at, ends_at in stretches:
        gathered[resource_id].append((starts_at, ends_at))
    return gathered
