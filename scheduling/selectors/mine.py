"""The lists and visits of the one who asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Prefetch, Q

from scheduling.engine.hours import OpenHours
from scheduling.models import LIVE, Allocation, Appointment, Closure, Resource
from scheduling.selectors.day_board import bounds_of
from scheduling.selectors.lists import lists_of
from units.actors import Actor
from units.models import Unit
from units.policy import Act
from units.scope import scoped

DAYS = 28


@dataclass(frozen=True, slots=True)
class MyWork:
    """What the actor has to do in the unit in the days to come; `me` is empty where nobody of the lists is they."""

    since: date
    until: date
    me: frozenset[int]
    lists: tuple[OpenHours, ...]
    rooms: dict[int, str]
    visits: tuple[Appointment, ...]
    closures: tuple[Closure, ...]


def my_work(actor: Actor, *, unit: Unit, at: datetime, days: int = DAYS) -> MyWork:
    """Lists on which the actor operates, visits they are booked on, leave and closures that concern them; at most
    six queries."""
    actor.require(Act.VIEW_SCHEDULE, unit.pk)
    since = unit.local_date(at)
    until = since + timedelta(days=days)
    works_here = Q(unit=unit) | Q(also_works_in=unit)
    people = Resource.objects.filter(works_here, user=actor.user_id, kind=Resource.Kind.PERSON, is_active=True)
    me = frozenset(people.values_list("pk", flat=True)) if actor.user_id is not None else frozenset()
    if not me:
        return MyWork(since, until, me, (), {}, (), ())
    starts_at, ends_at = bounds_of(unit, since, days)
    mine = Allocation.objects.filter(resource__in=me).values("appointment")
    visits = scoped(Appointment.objects.all(), actor, Act.VIEW_SCHEDULE).filter(
        unit=unit, starts_at__gte=starts_at, starts_at__lt=ends_at, status__in=LIVE, pk__in=mine
    )
    visits = visits.select_related("patient", "visit_kind", "dose__plan__protocol").prefetch_related(
        Prefetch("allocations", queryset=Allocation.objects.select_related("resource"))
    )
    concerns = Q(resource__in=me) | Q(unit=unit, resource__isnull=True)
    closures = Closure.objects.filter(concerns, starts_at__lt=ends_at, ends_at__gt=starts_at)
    rooms = Resource.objects.filter(unit=unit, kind=Resource.Kind.ROOM)
    return MyWork(
        since=since,
        until=until,
        me=me,
        lists=tuple(held for held in lists_of(unit, since=since, until=until) if me & set(held.operator_ids)),
        rooms=dict(rooms.values_list("pk", "name")),
        visits=tuple(visits.order_by("starts_at", "pk")),
        closures=tuple(closures.order_by("starts_at")),
    )
