"""The days of the calendar as every part of its drawing needs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from desk.presenters.day.board import Seen
from desk.presenters.reader import Reader
from scheduling.engine.ticks import instant_at
from scheduling.models import Allocation, Resource
from scheduling.selectors.calendar import CalendarDays, Load
from scheduling.selectors.free_places import FreePlace

USUAL_HOURS = (time(8), time(18))
"""What a calendar without a list shows."""

Drawn = dict[str, Any]


@dataclass(frozen=True)
class Drawing:
    """The days with what was worked out about them once."""

    days: CalendarDays
    seen: Sequence[Seen]
    loads: Mapping[tuple[int, date], Load]
    reader: Reader
    free: Sequence[FreePlace] = ()

    def wall(self, instant: datetime) -> str:
        """The instant as the unit's clocks show it, as the calendar reads it."""
        return f"{self.reader.unit.local(instant):%Y-%m-%dT%H:%M}"

    @property
    def is_week(self) -> bool:
        return self.days.days > 1

    @property
    def rooms(self) -> list[Resource]:
        """The unit's rooms, and any other in which a visit of these days still stands."""
        return _with_taken(self.days.board.rooms, [one.taken.room for one in self.seen])

    @property
    def places(self) -> list[Resource]:
        return _with_taken(self.days.board.places, [one.taken.place for one in self.seen])

    @property
    def people(self) -> list[Resource]:
        """Who operates on these days, has a visit or is away; nobody else needs a column."""
        board = self.days.board
        keys = {key for hours in board.lists for key in hours.operator_ids}
        taken = [row for one in self.seen for row in (one.taken.person, one.taken.assistant)]
        shown = _with_taken([person for key, person in board.people.items() if key in keys], taken)
        return sorted(shown, key=lambda person: (person.ordinal, person.name))


def _with_taken(listed: Iterable[Resource], taken: Iterable[Allocation | None]) -> list[Resource]:
    found = {resource.pk: resource for resource in listed}
    found |= {row.resource_id: row.resource for row in taken if row is not None}
    return sorted(found.values(), key=lambda resource: (resource.ordinal, resource.name))


def hours_of_days(drawing: Drawing) -> tuple[int, int]:
    """The first and the last whole hour drawn, wide enough for every list and every stay of the days."""
    local = drawing.reader.unit.local
    board = drawing.days.board
    rows = [row for one in drawing.seen for row in one.visit.allocations.all()]
    rows += [row for claim in drawing.days.reservations for row in claim.allocations.all()]
    starts = [local(row.starts_at).time() for row in rows]
    ends = [local(row.ends_at) for row in rows]
    starts += [local(instant_at(hours.opens)).time() for hours in board.lists]
    ends += [local(instant_at(hours.last_out)) for hours in board.lists]
    # The first hour begins a little before the first procedure: what stands at its top has no label.
    first = min((max(at.hour - (not at.minute), 0) for at in starts), default=USUAL_HOURS[0].hour)
    last = max((at.hour + bool(at.minute) or 24 for at in ends), default=USUAL_HOURS[1].hour)
    return first, min(24, max(last, first + 4))
