"""Booked visits to come and whether the unit's lists still carry them: before a change of hours and after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Prefetch, Q

from scheduling.engine.hours import Misfit
from scheduling.engine.standing import Closing, Lack, Lost, Openings, Standing, stranded
from scheduling.engine.ticks import ceil_tick, day_words, floor_tick
from scheduling.engine.visit import Phase, Phases
from scheduling.models import Allocation, Appointment, Closure, Resource
from scheduling.selectors.lists import closed_days, patterns_of
from units.models import Unit

FURTHEST = timedelta(days=5 * 366)
"""No visit is booked further ahead: a plan has thirteen doses to come, the longest interval is four months."""


@dataclass(frozen=True, slots=True)
class Stranded:
    """A booked visit that no list carries any more, and why, as a clerk would say it."""

    visit: Appointment
    room: str
    why: str

    @property
    def when(self) -> datetime:
        """When the patient arrives, on the unit's clock."""
        return self.visit.unit.local(self.visit.starts_at)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a change of hours does to the visits of a unit: some stand no more, others stand again."""

    stranded: tuple[Stranded, ...]
    regained: tuple[Appointment, ...]


def openings_of(unit: Unit, *, at: datetime) -> Openings:
    """When the unit carries visits from today on, as the database has it now; three queries."""
    today = unit.local_date(at)
    patterns = patterns_of(unit, since=today, until=today + FURTHEST)
    people = {person for pattern in patterns for person in pattern.operator_ids}
    closures = Closure.objects.filter(Q(unit=unit) | Q(resource__in=people), ends_at__gt=at).values_list(
        "resource_id", "starts_at", "ends_at", "reason"
    )
    return Openings(
        zone=unit.zone,
        patterns=tuple(patterns),
        closed_on=closed_days(unit, today, today + FURTHEST),
        closings=tuple(
            Closing(resource_id, floor_tick(starts_at), ceil_tick(ends_at), reason)
            for resource_id, starts_at, ends_at, reason in closures
        ),
        out_of_use=frozenset(Resource.objects.filter(is_active=False).values_list("pk", flat=True)),
    )


def days_that_differ(unit: Unit, before: Openings, after: Openings, *, at: datetime, days: int) -> list[date]:
    """The days from today on, `days` of them, on which the two do not carry the same visits."""
    today = unit.local_date(at)
    ahead = (today + timedelta(days=n) for n in range(days))
    return [on for on in ahead if before.differs_on(on, after)]


def stranded_by(unit: Unit, before: Openings, after: Openings, *, at: datetime) -> Comparison:
    """The unit's booked visits to come that stood before and do not after, in order of time, and those regained.

    One comparison of hours, whatever changed: a list, its people, its breaks, a closure, a room put out of use. Two
    queries.
    """
    people = Allocation.objects.select_related("resource")
    visits = (
        Appointment.objects.filter(unit=unit, status=Appointment.Status.BOOKED, ends_at__gt=at)
        .select_related("patient", "unit")
        .prefetch_related(Prefetch("allocations", queryset=people))
        .order_by("starts_at", "pk")
    )
    by_key = {visit.pk: visit for visit in visits}
    standing = [one for visit in by_key.values() if (one := _standing(visit)) is not None]
    lost, regained = stranded(standing, before, after), stranded(standing, after, before)
    return Comparison(
        stranded=tuple(_told(visit, lost[key]) for key, visit in by_key.items() if key in lost),
        regained=tuple(visit for key, visit in by_key.items() if key in regained),
    )


def without_list(visit: Appointment, *, at: datetime) -> Stranded | None:
    """The visit, where no list carries it as the hours are now; None where one does. Five queries.

    One that was squeezed in stands outside the hours by leave, and is only lost to what closes.
    """
    people = Prefetch("allocations", queryset=Allocation.objects.select_related("resource"))
    stored = Appointment.objects.select_related("patient", "unit").prefetch_related(people).get(pk=visit.pk)
    standing = _standing(stored)
    if standing is None:
        return None
    openings = openings_of(stored.unit, at=at)
    lost = openings.shut(standing) if standing.is_by_leave else openings.lost(standing)
    return None if lost is None else _told(stored, lost)


def _standing(visit: Appointment) -> Standing | None:
    """The visit as its allocations tell it; None where it has no room or nobody operates."""
    rows = list(visit.allocations.all())
    operator = _taking(rows, Resource.Kind.PERSON)
    room = _taking(rows, Resource.Kind.ROOM)
    if operator is None or room is None:
        return None
    arrive, leave = floor_tick(visit.starts_at), ceil_tick(visit.ends_at)
    procedure, ends = floor_tick(operator.starts_at), ceil_tick(operator.ends_at)
    return Standing(
        key=visit.pk,
        on=visit.unit.local_date(operator.starts_at),
        room_id=room.resource_id,
        operator_id=operator.resource_id,
        procedure=procedure,
        phases=Phases(procedure - arrive, ends - procedure, leave - ends, 0),
        taken=tuple((row.resource_id, floor_tick(row.starts_at), ceil_tick(row.ends_at)) for row in rows),
        is_by_leave=bool(visit.squeezed_in_reason),
    )


def _taking(rows: Sequence[Allocation], kind: str) -> Allocation | None:
    mine = (row for row in rows if row.phase == Phase.PROCEDURE and row.resource.kind == kind)
    return next(mine, None)


_WORDS: Mapping[Lack | Misfit, str] = {
    Lack.OUT_OF_USE: "{name} is out of use",
    Lack.CLOSED_FOR: "{name} {shut}: {reason}",
    Lack.NO_LIST: "{name} has no list then",
    Lack.NO_OPERATOR: "{name} does not operate in that list",
    Misfit.BREAK: "the list of {name} has a break then",
    Misfit.FIRST_IN: "the patient would come before the first patient of {name} is let in",
    Misfit.LAST_OUT: "the patient would leave after the last patient of {name} is out",
}


def _told(visit: Appointment, lost: Lost) -> Stranded:
    names = {row.resource_id: row.resource for row in visit.allocations.all()}
    about = names[lost.resource_id]
    words = _WORDS[lost.what].format(name=about.name, shut=about.shut_words, reason=lost.reason)
    room = next(name.name for name in names.values() if name.kind == Resource.Kind.ROOM)
    return Stranded(visit, room, words[0].upper() + words[1:])


def in_one_line(one: Stranded) -> str:
    """When and where, and why, for the worklist: without the patient, whom the item names itself."""
    return f"{day_words(one.when.date())} {one.when:%H:%M} in {one.room}: {one.why}."
