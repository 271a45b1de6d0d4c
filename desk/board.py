"""Where things stand on the day board: columns of five minutes, rows so that no card covers another.

Columns become CSS classes (static/css/grid.css), because the content security policy forbids `style`. Times are
aware datetimes; the caller has put them into the unit's zone, since a board's hours are the wall clock's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from desk.axis import percent
from desk.looks import Badge, Words

MINUTES = 5
PER_HOUR = 60 // MINUTES
NARROWEST = 20  # columns a card needs to hold a name, whatever its visit's length


@dataclass(frozen=True)
class HourMark:
    column: int
    span: int
    hour: time


@dataclass(frozen=True)
class Seat:
    """A card's place. `prepare` and `room` are where its foot strip's two parts begin and end, in percent."""

    column: int
    span: int
    row: int
    room_x: str
    room_width: str
    busy_width: str


@dataclass(frozen=True)
class ClosureMark:
    column: int
    span: int
    text: Words
    detail: Words = ""


@dataclass(frozen=True)
class PlaceBar:
    """A visit in a recovery place: `state` is planned, recovery, over or done; `done_percent` fills it."""

    column: int
    span: int
    name: str
    text: Words
    state: str
    url: str = ""
    done_percent: int = 0
    badge: Badge | None = None
    alert: Words = ""  # what whoever looks after the patient must know


@dataclass(frozen=True)
class Hours:
    """The board's extent: whole hours of one local day."""

    first: int
    last: int

    @property
    def columns(self) -> int:
        return (self.last - self.first) * PER_HOUR

    def marks(self) -> list[HourMark]:
        return [
            HourMark(1 + (hour - self.first) * PER_HOUR, PER_HOUR, time(hour)) for hour in range(self.first, self.last)
        ]

    def lines(self) -> list[str]:
        """Where the hours' hairlines stand, the board's own edges left out."""
        return [percent(share / (self.last - self.first) * 100) for share in range(1, self.last - self.first)]

    def minutes_to(self, at: datetime) -> float:
        """Minutes on the wall clock from the board's left edge, kept inside the board."""
        minutes = (at.hour - self.first) * 60 + at.minute + at.second / 60
        return min(max(minutes, 0), (self.last - self.first) * 60)

    def column(self, at: datetime) -> int:
        return 1 + int(self.minutes_to(at) // MINUTES)

    def percent(self, at: datetime) -> str:
        return percent(self.minutes_to(at) / ((self.last - self.first) * 60) * 100)

    def stretch(self, starts_at: datetime, ends_at: datetime) -> tuple[int, int]:
        """Column and span; anything drawn is at least one column wide."""
        column = min(self.column(starts_at), self.columns)
        end = -(-self.minutes_to(ends_at) // MINUTES)
        return column, max(1, int(end) - column + 1)


def hours_of(opens: time, closes: time, times: Sequence[datetime] = ()) -> Hours:
    """Whole hours from opening to closing, wider where a visit is earlier or later.

    >>> hours_of(time(8, 30), time(17, 30))
    Hours(first=8, last=18)
    """
    first = min([opens.hour, *(at.hour for at in times)])
    ends = [closes.hour + (1 if closes.minute else 0)]
    ends += [at.hour + (1 if at.minute else 0) for at in times]
    return Hours(first, min(24, max(*ends, first + 1)))


def seats(hours: Hours, visits: Sequence[tuple[datetime, datetime, datetime]]) -> list[Seat]:
    """A seat for each (arrives, into the room, out of the room), in the order given.

    Cards go to the first row where they cover nothing, the earliest first. A card too narrow to hold a name is drawn
    wider; its strip keeps the true times.
    """
    order = sorted(range(len(visits)), key=lambda index: (visits[index][0], visits[index][2]))
    row_ends: list[int] = []
    placed: dict[int, Seat] = {}
    for index in order:
        arrives_at, starts_at, ends_at = visits[index]
        column, true_span = hours.stretch(arrives_at, ends_at)
        span = max(true_span, NARROWEST)
        column = max(1, min(column, hours.columns - span + 1))
        row = next((number for number, end in enumerate(row_ends) if end <= column), len(row_ends))
        if row == len(row_ends):
            row_ends.append(0)
        row_ends[row] = column + span
        placed[index] = _seat(hours, column, span, row + 1, (arrives_at, starts_at, ends_at))
    return [placed[index] for index in range(len(visits))]


def _seat(hours: Hours, column: int, span: int, row: int, times: tuple[datetime, datetime, datetime]) -> Seat:
    left = (column - 1) * MINUTES
    arrives, starts, ends = ((hours.minutes_to(at) - left) / (span * MINUTES) * 100 for at in times)
    return Seat(
        column=column,
        span=span,
        row=row,
        room_x=percent(starts),
        room_width=percent(max(ends - starts, 0)),
        busy_width=percent(max(ends - arrives, 0)),
    )


def rows_of(taken: Sequence[Seat]) -> int:
    """How many rows the lane needs; an empty lane keeps one.

    >>> rows_of([])
    1
    """
    return max((seat.row for seat in taken), default=1)
