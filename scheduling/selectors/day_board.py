"""The visits of one day and what they take, for the day board: a fixed number of queries through the day's index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import OuterRef, Prefetch, Q, Subquery

from doseplans.models import PlanHold
from patients.models import Flag
from scheduling.engine.hours import OpenHours
from scheduling.engine.ticks import instant_at, wall_clock
from scheduling.models import Allocation, Appointment, Closure, Note, Resource
from scheduling.selectors.lists import lists_of
from scheduling.selectors.notes import notes_along, notes_from
from scheduling.selectors.readiness import Readiness, readiness_of
from scheduling.selectors.stamps import day_stamp
from units.actors import Actor
from units.models import Unit
from units.policy import Act
from units.scope import scoped

Status = Appointment.Status
BEFORE = frozenset({Status.BOOKED, Status.ARRIVED})
SHOWN = (Status.BOOKED, Status.ARRIVED, Status.FULFILLED, Status.NOSHOW)


@dataclass(frozen=True, slots=True)
class HeldList:
    """A room's list on the day, in instants. `first_in_at` is None where patients may come at any time."""

    room: Resource
    operators: tuple[Resource, ...]
    opens_at: datetime
    closes_at: datetime
    first_in_at: datetime | None
    last_out_at: datetime
    breaks: tuple[Pause, ...]


@dataclass(frozen=True, slots=True)
class Pause:
    """A break of a list."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class DayBoard:
    """One unit's day, or days from it on: visits by arrival with allocations, patient and flags read; resources; lists;
    closures of the unit and of whoever works here.

    A visit whose plan is on hold carries the reason as `hold_reason`, None otherwise. `readiness` holds the gates
    of visits whose procedure has not started, by the visit's key. `notes` are those of the first day that stand.
    """

    unit: Unit
    on: date
    visits: tuple[Appointment, ...]
    rooms: tuple[Resource, ...]
    places: tuple[Resource, ...]
    lists: tuple[OpenHours, ...]
    people: dict[int, Resource]
    closures: tuple[Closure, ...]
    readiness: Mapping[int, Readiness] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    @property
    def held_lists(self) -> tuple[HeldList, ...]:
        """The lists with their rooms and people, in order of opening."""
        rooms = {room.pk: room for room in self.rooms}
        return tuple(
            HeldList(
                room=rooms[held.room_id],
                operators=tuple(self.people[key] for key in held.operator_ids if key in self.people),
                opens_at=instant_at(held.opens),
                closes_at=instant_at(held.closes),
                first_in_at=None if held.first_in is None else instant_at(held.first_in),
                last_out_at=instant_at(held.last_out),
                breaks=tuple(Pause(instant_at(first), instant_at(last)) for first, last in held.pauses),
            )
            for held in self.lists
            if held.room_id in rooms
        )


def day_board(actor: Actor, *, unit: Unit, on: date, at: datetime, days: int = 1) -> DayBoard:
    """The unit's local day, or so many from it on, as it stands at `at`; ten queries, whatever is in the tables."""
    actor.require(Act.VIEW_SCHEDULE, unit.pk)
    since, until = bounds_of(unit, on, days)
    held = PlanHold.objects.filter(plan=OuterRef("dose__plan"), lifted_at__isnull=True)
    visits = (
        scoped(Appointment.objects.all(), actor, Act.VIEW_SCHEDULE)
        .filter(unit=unit, starts_at__gte=since, starts_at__lt=until, status__in=SHOWN)
        .select_related("patient", "visit_kind", "dose__plan__protocol")
        .annotate(hold_reason=Subquery(held.values("reason")[:1]))
        .prefetch_related(
            "responses",
            Prefetch("allocations", queryset=Allocation.objects.select_related("resource")),
            Prefetch("patient__flags", queryset=Flag.objects.order_by("kind", "pk")),
        )
        .order_by("starts_at", "pk")
    )
    waiting = [visit for visit in visits if visit.status in BEFORE and visit.procedure_started_at is None]
    resources: list[Any] = list(
        Resource.objects.filter(Q(unit=unit) | Q(also_works_in=unit), is_active=True)
        .annotate(day_notes=notes_along(actor, unit=unit, on=on))
        .distinct()
    )
    noted = resources[0].day_notes if resources else None
    works_here = Q(unit=unit) | Q(resource__in=[resource.pk for resource in resources])
    closures = Closure.objects.filter(works_here, starts_at__lt=until, ends_at__gt=since).select_related("resource")
    return DayBoard(
        unit=unit,
        on=on,
        visits=tuple(visits),
        rooms=tuple(r for r in resources if r.kind == Resource.Kind.ROOM),
        places=tuple(r for r in resources if r.kind == Resource.Kind.RECOVERY),
        lists=lists_of(unit, since=on, until=on + timedelta(days=days)),
        people={r.pk: r for r in resources if r.kind == Resource.Kind.PERSON},
        closures=tuple(closures),
        readiness=readiness_of(waiting, at=at),
        notes=notes_from(actor, noted, unit=unit, on=on),
    )


def board_stamp(actor: Actor, *, unit: Unit, on: date) -> str:
    """A word that changes whenever something on the day's board does: its ETag, but for the clock; one query."""
    actor.require(Act.VIEW_SCHEDULE, unit.pk)
    since, until = bounds_of(unit, on)
    return f"{unit.pk}-{on:%Y%m%d}-{day_stamp(unit, on=on, since=since, until=until)}"


def bounds_of(unit: Unit, on: date, days: int = 1) -> tuple[datetime, datetime]:
    """The midnights, by the unit's clocks, between which so many days lie."""
    return wall_clock(on, time(0), unit.zone), wall_clock(on + timedelta(days=days), time(0), unit.zone)
