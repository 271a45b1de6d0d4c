"""Planning ahead: the search for a better plan, and the coming weeks planned at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from desk.looks import Badge, Words
from desk.viewmodels.day import Count
from desk.viewmodels.parts import Action, Empty, Line, MenuLink, Pager

Row = TypeVar("Row")


@dataclass(frozen=True)
class PlanningBox:
    """How work in a worker stands. With `live_url` the page asks for it again until it is over.

    `label` names the progress.
    """

    line: Line
    live_url: str = ""
    percent: int | None = None
    action: Action | None = None
    label: Words = ""


@dataclass(frozen=True)
class AheadPage:
    """How many weeks are to be planned, and the draft there is."""

    form: Any
    url: str
    draft: Action | None = None


@dataclass(frozen=True)
class AheadRow:
    """One dose: where it would go, or why it has nowhere to go.

    `change` leads to the page with its form open; `form` (desk.forms.planning.SlotForm) is there once it is.
    """

    key: str
    patient_name: str
    patient_url: str
    dose: Words
    due: Words
    when: Words
    place: Words
    effect: str
    reasons: Sequence[Words]
    badge: Badge
    change_url: str = ""
    change: Action | None = None
    choices: Sequence[tuple[str, Words]] = ()
    form: Any = None


@dataclass(frozen=True)
class DraftPage(Generic[Row]):
    """What is planned, line by line, with everything to change and to carry it out; or what became of it.

    `changes` say what is different from the draft before.
    """

    title: Words
    heading: Words
    summary: Words
    back: MenuLink
    rows: Sequence[Row]
    notice: Line | None = None
    planning: PlanningBox | None = None
    changes: Sequence[str] = ()
    carry_out: Action | None = None
    others: Sequence[Action] = ()
    empty: Empty | None = None
    pager: Pager | None = None
    counts: Sequence[Count] = ()


HorizonPage = DraftPage[AheadRow]
"""The coming weeks, planned at once."""
