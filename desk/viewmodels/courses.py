"""A course held, resumed, ended; a death: one small page each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from desk.looks import Words
from desk.viewmodels.parts import Banner, Line, MenuLink


@dataclass(frozen=True)
class ComingDose:
    """A dose as it would be due, and why."""

    label: Words
    target_on: date
    earliest_on: date
    latest_on: date
    why: Words
    note: Line | None = None  # what stands in its way


@dataclass(frozen=True)
class DatesView:
    """What would follow from one way of going on. `doses` is empty where no day has been chosen yet."""

    title: Words
    doses: Sequence[ComingDose]
    empty: Words = ""


@dataclass(frozen=True)
class CoursePage:
    """A form about a course, with what follows said before the button."""

    banner: Banner
    title: Words
    summary: Words
    back: MenuLink
    url: str
    submit: Words
    effects: Sequence[Line]
    is_grave: bool = False
    notices: Sequence[Line] = ()
    rule: Sequence[Line] = ()  # what the label says of the gap
    dates: Sequence[DatesView] = ()
    others: Sequence[MenuLink] = ()  # other ways out, such as a new review day
