"""Re-plans as they are shown, and what a re-plan is made from: the visits, and the days without them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from doseplans.models import Dose, Protocol
from scheduling.engine.bits import Busy
from scheduling.engine.board import Board
from scheduling.engine.hours import open_hours
from scheduling.engine.nursing import Shift, nursed
from scheduling.engine.recovery import Held
from scheduling.engine.ticks import ceil_tick, days_as_ticks, floor_tick, instant_at
from scheduling.models import Allocation, Appointment, Closure, Replan, ReplanLine, Resource
from scheduling.selectors.demands import kept_apart_from, places_asked, skills_of, with_own_places
from scheduling.selectors.lists import (
    closed_days,
    closed_stretches,
    imaging_devices,
    patterns_of,
    recovery_pool,
    taken_ticks,
)
from scheduling.selectors.nursing import shifts_of
from scheduling.selectors.slots import barred_ticks
from units.actors import Actor
from units.errors import NotFound
from units.models import Unit
from units.policy import Act
from units.scope import scoped

_OF_LINES = ("appointment__unit", "appointment__patient", "appointment__visit_kind", "room", "operator")


def replans(actor: Actor) -> QuerySet[Replan]:
    """The re-plans of the actor's units, latest first, with their lines in order of time."""
    lines = ReplanLine.objects.select_related(*_OF_LINES, "appointment__dose__plan__protocol")
    rows = scoped(Replan.objects.all(), actor, Act.VIEW_SCHEDULE).select_related("unit", "closure__resource")
    return rows.prefetch_related(Prefetch("lines", queryset=lines.order_by("was_starts_at", "pk")))


def replan_for(actor: Actor, replan_id: UUID, *, act: Act = Act.VIEW_SCHEDULE) -> Replan:
    """The re-plan; NotFound outside the actor's units, NotAllowed where the role may see it but not do `act`."""
    found = replans(actor).filter(public_id=replan_id).first()
    if found is None:
        raise NotFound("There is no such re-plan in your units.")
    actor.require(act, found.unit_id)
    return found


def closures_ahead(actor: Actor, *, unit: Unit, at: datetime) -> QuerySet[Closure]:
    """Closures of the unit that are not over, soonest first; `hit_count` is how many `visits_hit_by` each has."""
    rows = scoped(Closure.objects.filter(unit=unit, ends_at__gt=at), actor, Act.VIEW_SCHEDULE)
    inside = Allocation.objects.filter(
        appointment=OuterRef("pk"),
        starts_at__lt=OuterRef(OuterRef("ends_at")),
        ends_at__gt=OuterRef(OuterRef("starts_at")),
        resource=Coalesce(OuterRef(OuterRef("resource")), F("resource")),
    )
    # Bounded by the visits' own times first, so that their index is used and not a look at each thing ever taken.
    hit = Appointment.objects.filter(
        Exists(inside),
        unit=OuterRef("unit"),
        status=Appointment.Status.BOOKED,
        starts_at__gt=at,
        starts_at__lt=OuterRef("ends_at"),
        ends_at__gt=OuterRef("starts_at"),
    )
    hits = hit.order_by().values("unit").annotate(n=Count("pk")).values("n")
    counted = rows.annotate(hit_count=Coalesce(Subquery(hits), 0))
    return counted.select_related("resource", "unit").order_by("starts_at", "pk")


def closure_for(actor: Actor, closure_id: UUID, *, act: Act = Act.VIEW_SCHEDULE) -> Closure:
    """The closure; NotFound outside the actor's units, NotAllowed where the role may not do `act`."""
    found = scoped(Closure.objects.filter(public_id=closure_id), actor, Act.VIEW_SCHEDULE)
    closure = found.select_related("unit", "resource").first()
    if closure is None:
        raise NotFound("There is no such closure in your units.")
    actor.require(act, closure.unit_id)
    return closure


def closable(actor: Actor, *, unit: Unit) -> QuerySet[Resource]:
    """The unit's own rooms, places and people in use, kind by kind, in the board's order."""
    actor.require(Act.VIEW_SCHEDULE, unit.pk)
    return Resource.objects.filter(unit=unit, is_active=True).order_by("kind", "ordinal", "pk")


def visits_hit_by(closure: Closure, unit: Unit, *, at: datetime) -> list[Appointment]:
    """The unit's booked visits to come that take something while it is closed, in order of time; three queries.

    With everything a re-plan asks of them.
    """
    taken = Allocation.objects.filter(starts_at__lt=closure.ends_at, ends_at__gt=closure.starts_at)
    if closure.resource_id is not None:
        taken = taken.filter(resource=closure.resource_id)
    visits = Appointment.objects.filter(
        unit=unit, status=Appointment.Status.BOOKED, starts_at__gt=at, pk__in=taken.values("appointment")
    )
    found = list(
        visits.select_related(
            "unit", "patient__unit", "visit_kind", "dose__plan__protocol", "dose__plan__patient__unit"
        )
        .prefetch_related(Prefetch("allocations", queryset=Allocation.objects.select_related("resource")), "responses")
        .order_by("starts_at", "pk")
    )
    # Protocols are one object each, so that their rules are read once.
    protocols: dict[int, Protocol] = {}
    for visit in found:
        if visit.dose is not None:
            plan = visit.dose.plan
            plan.protocol = protocols.setdefault(plan.protocol_id, plan.protocol)
    return found


@dataclass(frozen=True, slots=True)
class Around:
    """The days of a re-plan without the visits it is about: the board, what areas and people are called, the nurses.

    `nursed` has the ticks in which nurses can take one more patient, two more, and so on (None: no such limit).
    """

    board: Board
    resources: Mapping[int, Resource]
    nursed: tuple[int, ...] | None

    @property
    def names(self) -> dict[int, str]:
        return {key: resource.name for key, resource in self.resources.items()}

    @property
    def areas(self) -> dict[int, str]:
        """The area of each room that lies in one."""
        return {key: one.area for key, one in self.resources.items() if one.kind == Resource.Kind.ROOM and one.area}


def around(
    unit: Unit, visits: Sequence[Appointment], *, since: date, until: date, at: datetime, own: Iterable[int] = ()
) -> Around:
    """The days `[since, until)` of the unit, with nothing of what these visits take; a constant number of queries.

    `own` are further resources whose names are wanted.
    """
    first, last = days_as_ticks(since, until, unit.zone)
    since_at, until_at = instant_at(first), instant_at(last)
    patterns = patterns_of(unit, since=since, until=until)
    pool, devices = recovery_pool(unit), imaging_devices(unit)
    skills, shifts = skills_of(unit), shifts_of(unit)
    ids = {person for pattern in patterns for person in pattern.operator_ids}
    ids |= {pattern.room_id for pattern in patterns} | {*pool, *devices, *own}
    # No two rows of a resource begin together (a constraint), so this names the visits' own.
    mine = {(row.resource_id, floor_tick(row.starts_at)) for visit in visits for row in visit.allocations.all()}
    rows = taken_ticks(ids, since=since_at, until=until_at, at=at, besides_dose_id=None)
    taken = [row for row in rows if row[:2] not in mine]
    closed = [
        (key, floor_tick(starts), ceil_tick(ends), False)
        for key, starts, ends in closed_stretches(unit, ids, since=since_at, until=until_at)
    ]
    everything = [*taken, *closed]
    places = frozenset(pool)
    held = [Held(n, *row[:3], movable=row[3]) for n, row in enumerate(everything) if row[0] in places]
    if skills:
        held = with_own_places(held, places_asked(unit, since=since_at, until=until_at), skills, pool)
    stays = [row[1:3] for row in taken if row[0] in places]
    masks = _nursed(shifts, (since, until), unit, stays, len(pool))
    board = Board(
        hours=open_hours(patterns, since, until, unit.zone, closed_days(unit, since, until)),
        busy=Busy.of(first, last, (row[:3] for row in everything)),
        recovery_ids=pool,
        held=tuple(held),
        skills=skills,
        imaging_ids=devices,
        nursed=masks[0] if masks else None,
        shut=Busy.of(first, last, (row[:3] for row in closed)).bits if closed else {},
    )
    return Around(board, Resource.objects.in_bulk(ids), masks)


def _nursed(
    shifts: Sequence[Shift], days: tuple[date, date], unit: Unit, stays: Sequence[tuple[int, int]], most: int
) -> tuple[int, ...] | None:
    all_along = days_as_ticks(*days, unit.zone)
    found = []
    for more in range(most):
        mask = nursed(shifts, days, unit.zone, [*stays, *[all_along] * more])
        if mask is None:
            return None
        found.append(mask)
    return tuple(found) or None


def barred_for(unit: Unit, visits: Sequence[Appointment], board: Board, *, at: datetime) -> dict[int, dict[int, int]]:
    """As `barred_for_doses`, by the visit's key."""
    doses = {visit.pk: visit.dose for visit in visits if visit.dose is not None}
    return barred_for_doses(unit, doses, board, at=at)


def barred_for_doses(unit: Unit, doses: Mapping[int, Dose], board: Board, *, at: datetime) -> dict[int, dict[int, int]]:
    """Where each dose's procedure would meet one it is kept apart from; a query for each way of keeping."""
    ways = {dose.plan.protocol.kept_apart_as for dose in doses.values()} - {""}
    between = instant_at(board.busy.since), instant_at(board.busy.until)
    besides = [dose.pk for dose in doses.values()]
    barred = {
        way: barred_ticks(kept_apart_from(unit, way, between, at=at, besides=besides), board.busy.since) for way in ways
    }
    return {key: barred.get(dose.plan.protocol.kept_apart_as, {}) for key, dose in doses.items()}


def places_of(actor: Actor, *, unit: Unit, kind: str) -> QuerySet[Resource]:
    """The rooms, or the people, that a visit of the unit may be moved to by hand, in the board's order."""
    actor.require(Act.VIEW_SCHEDULE, unit.pk)
    rows = Resource.objects.filter(is_active=True, kind=kind)
    return rows.filter(Q(unit=unit) | Q(also_works_in=unit)).order_by("ordinal", "pk").distinct()
