"""A plan's year as one line; positions across are SVG percentages, those down are pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from desk.looks import Words


@dataclass(frozen=True)
class StripDose:
    """A dose on the line: its window, its ideal day, and the day it was given, is booked or is due.

    `short` and `date` are written below it where there is room; `late` is the days it was or would be late for its own
    interval, negative where early, None where that is not known yet. `ideal` is empty where the ideal day lies off the
    line.
    """

    x: str
    width: str
    ideal: str
    mark: str
    state: str  # given, omitted, booked, booked-outside, overdue, due
    words: Words
    short: Words = ""
    date: Words = ""
    late: int | None = None


@dataclass(frozen=True)
class DriftStep:
    """How far the plan is behind its ideal from one dose to the next; `words` where that has changed.

    It stands at `y`, `height` above the base, after `before`, the y of the step to its left. `is_planned` where it is
    what would be, once what is booked is given.
    """

    x: str
    width: str
    end: str
    y: int
    height: int
    before: int
    words: Words = ""
    is_planned: bool = False


@dataclass(frozen=True)
class StripMonth:
    x: str
    day: date
    has_label: bool


@dataclass(frozen=True)
class PlanLineView:
    """`begins` is where the plan's first dose lies, or the edge where that is further back."""

    doses: Sequence[StripDose]
    months: Sequence[StripMonth]
    begins: str
    today: str
    has_begun: bool
    key: Sequence[tuple[str, Words]] = ()
    drift: Sequence[DriftStep] = ()
