"""The axis that all rows of *Doses to book* share: where a date lies on it, as SVG percentages.

The content security policy forbids `style`, so a place on the axis is an SVG attribute; a percentage needs no
knowledge of the width the browser gives it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from desk.looks import Tone


@dataclass(frozen=True)
class Axis:
    """Days from the start of `first_on` to the end of `last_on`."""

    first_on: date
    last_on: date

    @property
    def days(self) -> int:
        return (self.last_on - self.first_on).days + 1

    def start_of(self, day: date) -> float:
        """Percent of the width at which `day` begins, kept inside the axis.

        >>> Axis(date(2026, 11, 16), date(2026, 12, 15)).start_of(date(2026, 11, 19))
        10.0
        """
        share = (day - self.first_on).days / self.days * 100
        return min(100.0, max(0.0, share))

    def middle_of(self, day: date) -> float:
        return min(100.0, max(0.0, ((day - self.first_on).days + 0.5) / self.days * 100))


@dataclass(frozen=True)
class AxisTick:
    """A week's first day; the template writes its date when `has_label`."""

    x: str
    day: date
    has_label: bool


@dataclass(frozen=True)
class WindowBar:
    """A dose's window on the axis. Positions are SVG percentages; `label` says the same in words."""

    x: str
    width: str
    target: str
    today: str
    tone: Tone
    overdue_x: str = ""  # where a dotted line to today begins, once the window has closed
    reserved: str = ""  # a ring on the day that is reserved or offered
    is_cut_left: bool = False
    is_cut_right: bool = False


def percent(value: float) -> str:
    """An SVG length, with a point in every language.

    >>> percent(37.5)
    '37.50%'
    """
    return f"{value:.2f}%"


def axis_around(today: date, *, weeks_back: int = 1, weeks_ahead: int = 4) -> Axis:
    """Whole weeks from Monday, so that the ticks of every row stand under each other.

    >>> axis_around(date(2026, 11, 24)).first_on
    datetime.date(2026, 11, 16)
    """
    monday = today - timedelta(days=today.weekday())
    return Axis(monday - timedelta(weeks=weeks_back), monday + timedelta(weeks=weeks_ahead, days=6))


def ticks(axis: Axis, today: date) -> list[AxisTick]:
    """A tick each Monday. Labels stay a fortnight apart, and clear of the label of today.

    >>> [str(t.day) for t in ticks(axis_around(date(2026, 11, 24)), date(2026, 11, 24)) if t.has_label]
    ['2026-12-07']
    """
    mondays = [axis.first_on + timedelta(weeks=week) for week in range(axis.days // 7)]
    room = axis.days / 5
    labelled: list[date] = [today]
    marks: list[AxisTick] = []
    for monday in mondays:
        is_clear = all(abs((monday - other).days) >= room for other in labelled)
        # A label begins at its tick: near the end it would run into the next column.
        has_label = is_clear and (axis.last_on - monday).days >= room
        if has_label:
            labelled.append(monday)
        marks.append(AxisTick(percent(axis.start_of(monday)), monday, has_label))
    return marks


def window_bar(
    axis: Axis,
    *,
    earliest_on: date,
    latest_on: date,
    target_on: date,
    today: date,
    tone: Tone,
    reserved_on: date | None = None,
) -> WindowBar:
    """The dose's window as it lies on the axis; a window outside the axis leaves a mark at its edge."""
    left = axis.start_of(earliest_on)
    right = axis.start_of(latest_on + timedelta(days=1))
    width = max(right - left, 1.0)
    left = min(left, 100.0 - width)
    return WindowBar(
        x=percent(left),
        width=percent(width),
        target=percent(axis.middle_of(target_on)),
        today=percent(axis.middle_of(today)),
        tone=tone,
        overdue_x=percent(right) if latest_on < today else "",
        reserved=percent(axis.middle_of(reserved_on)) if reserved_on else "",
        is_cut_left=earliest_on < axis.first_on,
        is_cut_right=latest_on > axis.last_on,
    )
