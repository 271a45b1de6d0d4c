"""A plan's year as one line; positions are SVG percentages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from desk.looks import Words


@dataclass(frozen=True)
class StripDose:
    """A dose on the line: its window, its ideal day, and the day it was given, is booked or is due.

    `short` and `date` are written below it where there is room, and how many days it was or would be `late`. `ideal`
    is empty where the ideal day lies before the line.
    """

    x: str
    width: str
    ideal: str
    mark: str
    state: str  # given, given-late, omitted, booked, booked-outside, overdue, due
    words: Words
    short: Words = ""
    date: Words = ""
    late: int = 0


@dataclass(frozen=True)
class DriftStep:
    """How far the plan is behind its ideal from one dose given to the next; `words` where that has changed.

    `y` and `height` are pixels of the drift's own row, `x` and `width` percentages.
    """

    x: str
    width: str
    y: int
    height: int
    words: Words = ""


@dataclass(frozen=True)
class StripMonth:
    x: str
    day: date
    has_label: bool


@dataclass(frozen=True)
class PlanLineView:
    doses: Sequence[StripDose]
    months: Sequence[StripMonth]
    today: str
    key: Sequence[tuple[str, Words]] = ()
    drift: Sequence[DriftStep] = ()
