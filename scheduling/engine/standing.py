"""Whether a booked visit still stands: its room's list, its operator, and nothing of it closed or out of use."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from scheduling.engine.hours import DayPattern, Misfit, OpenHours, open_hours
from scheduling.engine.ticks import days_as_ticks, overlaps
from scheduling.engine.visit import Phases

Taken = tuple[int, int, int]
"""A resource's key, the first tick and the tick after the last."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A visit as it is booked: the start of its procedure, its lengths, and every stretch of a resource it takes.

    `is_by_leave`: it was squeezed in, and may stand where no list carries it.
    """

    key: int
    on: date
    room_id: int
    operator_id: int
    procedure: int
    phases: Phases
    taken: tuple[Taken, ...]
    is_by_leave: bool = False


@dataclass(frozen=True, slots=True)
class Closing:
    """A stretch of ticks in which a resource takes nobody, or every resource of the unit (None), and why."""

    resource_id: int | None
    starts: int
    ends: int
    reason: str


class Lack(StrEnum):
    """What a visit has lost, or never had, beside what a list's hours refuse (`Misfit`)."""

    OUT_OF_USE = "out_of_use"
    CLOSED_FOR = "closed_for"
    NO_LIST = "no_list"
    NO_OPERATOR = "no_operator"


@dataclass(frozen=True, slots=True)
class Lost:
    """The first thing a visit lacks. `resource_id` is what it is about, `reason` a closure's own words."""

    what: Lack | Misfit
    resource_id: int
    reason: str = ""


@dataclass(frozen=True)
class Openings:
    """When a unit can carry visits: its lists, the days without them, closures, and what is out of use."""

    zone: ZoneInfo
    patterns: tuple[DayPattern, ...]
    closed_on: Container[date] = frozenset()
    closings: tuple[Closing, ...] = ()
    out_of_use: frozenset[int] = frozenset()
    _days: dict[date, tuple[OpenHours, ...]] = field(default_factory=dict, init=False, compare=False, repr=False)

    def lists_on(self, on: date) -> tuple[OpenHours, ...]:
        """The lists held on a date."""
        if on not in self._days:
            self._days[on] = open_hours(self.patterns, on, on + timedelta(days=1), self.zone, self.closed_on)
        return self._days[on]

    def closings_on(self, on: date) -> frozenset[Closing]:
        """The closures that touch a date."""
        first, last = days_as_ticks(on, on + timedelta(days=1), self.zone)
        return frozenset(one for one in self.closings if overlaps(one.starts, one.ends, first, last))

    def differs_on(self, on: date, other: Openings) -> bool:
        """Whether some visit of that date could stand in one and not in the other."""
        return (
            self.lists_on(on) != other.lists_on(on)
            or self.closings_on(on) != other.closings_on(on)
            or self.out_of_use != other.out_of_use
        )

    def lost(self, visit: Standing) -> Lost | None:
        """The first thing the visit lacks; None where it stands."""
        return self.shut(visit) or self._lost_hours(visit)

    def shut(self, visit: Standing) -> Lost | None:
        """What of the visit is closed or out of use, hours aside; None where nothing is."""
        for resource_id, starts, ends in visit.taken:
            if resource_id in self.out_of_use:
                return Lost(Lack.OUT_OF_USE, resource_id)
            for one in self.closings:
                if one.resource_id in {None, resource_id} and overlaps(one.starts, one.ends, starts, ends):
                    return Lost(Lack.CLOSED_FOR, resource_id, one.reason)
        return None

    def _lost_hours(self, visit: Standing) -> Lost | None:
        lists = [hours for hours in self.lists_on(visit.on) if hours.room_id == visit.room_id]
        held = [hours for hours in lists if not hours.refuses(visit.phases, visit.procedure)]
        if any(visit.operator_id in hours.operator_ids for hours in held):
            return None
        if held:
            return Lost(Lack.NO_OPERATOR, visit.operator_id)
        what = nearest_misfit(lists, visit.phases, visit.procedure)
        return Lost(Lack.NO_LIST if what in {None, Misfit.CLOSED} else what or Lack.NO_LIST, visit.room_id)


def nearest_misfit(lists: Iterable[OpenHours], phases: Phases, procedure: int) -> Misfit | None:
    """Of lists that all refuse a start, why the one that comes closest does; None where there is no list."""
    found = {hours.misfit(phases, procedure) for hours in lists} - {None}
    nearest = (Misfit.BREAK, Misfit.LAST_OUT, Misfit.FIRST_IN, Misfit.CLOSED)
    return next((misfit for misfit in nearest if misfit in found), None)


def stranded(visits: Iterable[Standing], before: Openings, after: Openings) -> dict[int, Lost]:
    """The visits that stood before a change and stand no more after it, by key, with what each has lost.

    With the two swapped: the visits that stand again.
    """
    return {visit.key: lost for visit in visits if (lost := _lost_by(visit, before, after)) is not None}


def _lost_by(visit: Standing, before: Openings, after: Openings) -> Lost | None:
    # One that stands by leave has no hours to lose, but a room that closes is closed to it as well.
    if visit.is_by_leave and before.shut(visit) is None and (shut := after.shut(visit)) is not None:
        return shut
    return after.lost(visit) if before.lost(visit) is None else None
