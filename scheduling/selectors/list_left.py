"""The rest of today's list as the engine sees it: visits that have not begun, and what stands around them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from django.db import connection
from django.db.models import Prefetch

from scheduling.engine.delay import Listed, Rest
from scheduling.engine.recovery import Held
from scheduling.engine.ticks import ceil_tick, days_as_ticks, floor_tick, instant_at, wall_clock
from scheduling.engine.visit import Phases
from scheduling.errors import NotInThatState
from scheduling.models import LIVE, Allocation, Appointment, Part, Resource
from scheduling.selectors.demands import kept_apart_from, places_asked, skills_of, with_own_places
from scheduling.selectors.lists import closed_stretches, lists_of, recovery_pool
from scheduling.selectors.nursing import shifts_of
from units.actors import Actor
from units.models import Unit
from units.policy import Act

Kind = Resource.Kind


class Along(StrEnum):
    """What runs late: the list of a room, that of its operator, or one patient only."""

    ROOM = "room"
    OPERATOR = "operator"
    PATIENT = "patient"


@dataclass(frozen=True, slots=True)
class Placed:
    """A visit with its room and operator, and its place in recovery where it has one."""

    visit: Appointment
    room: Allocation
    operator: Allocation
    stay: Allocation | None

    @property
    def begins(self) -> int:
        """The tick at which its procedure begins."""
        return floor_tick(self.operator.starts_at)


@dataclass(frozen=True, slots=True)
class ListLeft:
    """The visits that may move, in order of their procedures, with the engine's question about them.

    `placed` and `listed` are the same visits. `blocked` is the room or operator that is late, None for one patient.
    """

    unit: Unit
    on: date
    placed: tuple[Placed, ...]
    listed: tuple[Listed, ...]
    rest: Rest
    blocked: Resource | None


def list_left(actor: Actor, visit: Appointment, along: Along, *, at: datetime) -> ListLeft:
    """The list from that visit on. Some eleven queries, however long it is.

    Raises: NotAllowed; NotInThatState for a visit that has begun, is off, or has no room.
    """
    unit, on = visit.unit, visit.unit.local_date(visit.starts_at)
    actor.require(Act.VIEW_SCHEDULE, unit.pk)
    day = _placed(unit, on)
    first = next((one for one in day if one.visit.pk == visit.pk), None)
    if first is None:
        raise NotInThatState("This visit has begun, or is over. Choose the next one of the list.")
    mine = tuple(one for one in day if one.begins >= first.begins and _is_along(one, first, along))
    ids = {row.resource_id for one in mine for row in one.visit.allocations.all()}
    since, until = days_as_ticks(on, on + timedelta(days=1), unit.zone)
    pool = recovery_pool(unit)
    busy, held = _around(unit, mine, [*ids, *pool], (since, until), at=at)
    asked = places_asked(unit, since=instant_at(since), until=instant_at(until))
    skills = skills_of(unit) if asked else {}
    stays = {held.key: held for held in with_own_places(_stays(mine), asked, skills, pool)}
    in_pool = [one for one in held if one.place_id in pool]
    rest = Rest(
        hours=lists_of(unit, since=on, until=on + timedelta(days=1)),
        busy=[*busy, *_other_visits(mine, since=instant_at(since), until=instant_at(until))],
        pool=pool,
        held=with_own_places(in_pool, asked, skills, pool),
        until=until,
        days=(on, on + timedelta(days=2)),
        zone=unit.zone,
        shifts=shifts_of(unit),
    )
    blocked = {Along.ROOM: first.room.resource, Along.OPERATOR: first.operator.resource}.get(along)
    barred = _barred(unit, mine, (instant_at(since), instant_at(until)), at=at)
    return ListLeft(unit, on, mine, tuple(_listed(one, stays, barred, unit.zone) for one in mine), rest, blocked)


def _placed(unit: Unit, on: date) -> list[Placed]:
    """The day's visits whose procedure has not begun, in its order."""
    since, until = (wall_clock(on + timedelta(days=n), time(0), unit.zone) for n in (0, 1))
    rows = Prefetch("allocations", queryset=Allocation.objects.select_related("resource"))
    visits = (
        Appointment.objects.filter(
            unit=unit,
            starts_at__gte=since,
            starts_at__lt=until,
            status__in=[Appointment.Status.BOOKED, Appointment.Status.ARRIVED],
            procedure_started_at__isnull=True,
        )
        .select_related("unit", "patient", "visit_kind", "dose__plan__protocol")
        .prefetch_related(rows)
    )
    found = [placed for visit in visits if (placed := _place(visit)) is not None]
    return sorted(found, key=lambda one: (one.begins, one.visit.pk))


def _place(visit: Appointment) -> Placed | None:
    rows = list(visit.allocations.all())
    in_procedure = {row.resource.kind: row for row in rows if row.phase == Part.PROCEDURE}
    room, operator = in_procedure.get(Kind.ROOM), in_procedure.get(Kind.PERSON)
    if room is None or operator is None:
        return None
    return Placed(visit, room, operator, next((row for row in rows if row.phase == Part.RECOVERY), None))


def _is_along(one: Placed, first: Placed, along: Along) -> bool:
    if along is Along.PATIENT:
        return one is first
    if along is Along.OPERATOR:
        return one.operator.resource_id == first.operator.resource_id
    return one.room.resource_id == first.room.resource_id


def _stays(mine: Iterable[Placed]) -> Iterable[Held]:
    for one in mine:
        if one.stay is not None:
            is_movable = one.visit.status == Appointment.Status.BOOKED
            starts, ends = floor_tick(one.stay.starts_at), ceil_tick(one.stay.ends_at)
            yield Held(one.stay.pk, one.stay.resource_id, starts, ends, movable=is_movable)


_AROUND = """
    SELECT allocation.id, allocation.resource_id, allocation.starts_at, allocation.ends_at,
           coalesce(appointment.status, 'booked') = 'booked'
    FROM scheduling_allocation allocation
    LEFT JOIN scheduling_reservation reservation ON reservation.id = allocation.reservation_id
    LEFT JOIN scheduling_appointment appointment ON appointment.id = allocation.appointment_id
    WHERE allocation.resource_id = ANY(%(resources)s)
      AND allocation.starts_at < %(until)s AND allocation.starts_at >= %(since)s - interval '1 day'
      AND allocation.ends_at > %(since)s
      AND (allocation.appointment_id = ANY(%(mine)s)) IS NOT TRUE
      AND (reservation.id IS NULL OR reservation.expires_at > %(at)s)
"""


def _around(
    unit: Unit, mine: Sequence[Placed], ids: Sequence[int], day: tuple[int, int], *, at: datetime
) -> tuple[list[tuple[int, int, int]], list[Held]]:
    """What others take of the resources on the day, and closures: as stretches, and as held where it is a place."""
    since, until = instant_at(day[0]), instant_at(day[1])
    asked: dict[str, Any] = {
        "resources": list(ids),
        "since": since,
        "until": until,
        "mine": [one.visit.pk for one in mine],
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_AROUND, asked)
        rows = cursor.fetchall()
    # Who stays past midnight keeps the place: the neighbours of the next day are not known here.
    held = [
        Held(key, resource_id, floor_tick(starts), ceil_tick(ends), movable=is_booked and ends <= until)
        for key, resource_id, starts, ends, is_booked in rows
    ]
    closed = closed_stretches(unit, ids, since=since, until=until)
    held += [
        Held(-index, resource_id, floor_tick(starts), ceil_tick(ends), movable=False)
        for index, (resource_id, starts, ends) in enumerate(closed, start=1)
    ]
    return [(one.place_id, one.starts, one.ends) for one in held], held


def _other_visits(mine: Sequence[Placed], *, since: datetime, until: datetime) -> list[tuple[int, int, int]]:
    """The patients' other visits of the day, in any unit; a patient's own time has the key below zero."""
    patients = {one.visit.patient_id for one in mine}
    others = Appointment.objects.filter(
        patient__in=patients, status__in=LIVE, starts_at__lt=until, ends_at__gt=since
    ).exclude(pk__in=[one.visit.pk for one in mine])
    rows = others.values_list("patient_id", "starts_at", "ends_at")
    return [(-patient_id, floor_tick(starts), ceil_tick(ends)) for patient_id, starts, ends in rows]


_Barred = dict[tuple[str, int], list[tuple[int, int]]]
"""By what a protocol is kept apart as, and the room: when it may not run there."""


def _barred(unit: Unit, mine: Sequence[Placed], day: tuple[datetime, datetime], *, at: datetime) -> _Barred:
    doses = [one.visit.dose for one in mine if one.visit.dose is not None]
    found: _Barred = {}
    for kept in {dose.plan.protocol.kept_apart_as for dose in doses} - {""}:
        for room_id, starts, ends, _ in kept_apart_from(unit, kept, day, at=at, besides=[dose.pk for dose in doses]):
            found.setdefault((kept, room_id), []).append((floor_tick(starts), ceil_tick(ends)))
    return found


def _listed(one: Placed, stays: dict[int, Held], barred: _Barred, zone: Any) -> Listed:
    visit = one.visit
    arrive, leave = floor_tick(visit.starts_at), ceil_tick(visit.ends_at)
    procedure, ends = one.begins, ceil_tick(one.operator.ends_at)
    protocol = visit.dose.plan.protocol if visit.dose is not None else None
    before = protocol.starts_before if protocol is not None else None
    on = visit.starts_at.astimezone(zone).date()
    return Listed(
        key=visit.pk,
        room_id=one.room.resource_id,
        operator_id=one.operator.resource_id,
        procedure=procedure,
        phases=Phases(max(procedure - arrive, 0), ends - procedure, max(leave - ends, 0), 0),
        takes=(
            *(
                (row.resource_id, floor_tick(row.starts_at), ceil_tick(row.ends_at))
                for row in visit.allocations.all()
                if row.phase != Part.RECOVERY
            ),
            (-visit.patient_id, arrive, leave),
        ),
        stay=stays.get(one.stay.pk) if one.stay is not None else None,
        begins_before=None if before is None else ceil_tick(wall_clock(on, before, zone)),
        barred=tuple(barred.get((protocol.kept_apart_as, one.room.resource_id), ())) if protocol is not None else (),
    )
