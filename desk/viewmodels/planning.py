"""Planning ahead: the search for a better plan, and the coming weeks planned at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from desk.looks import Badge, Words
from desk.viewmodels.day import Count
from desk.viewmodels.parts import Action, Chip, Choice, Empty, Line, MenuLink, Pager

Row = TypeVar("Row")

ACCEPT = "accept"
"""The id of the form that accepts what is ticked of a draft."""


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
class Box:
    """Whether a line is to be accepted, and what is sent if it is: to patients, to carers, and whom somebody rings."""

    key: str
    is_ticked: bool
    is_inside: bool
    patients: int = 0
    carers: int = 0
    calls: int = 0


@dataclass(frozen=True)
class AheadRow:
    """One dose: where it would go, or why it has nowhere to go.

    `change` leads to the page with its form open; `form` (desk.forms.planning.SlotForm) is there once it is. `look`
    says why somebody had better look at it.
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
    box: Box | None = None
    look: Sequence[Words] = ()


@dataclass(frozen=True)
class Accepting:
    """What stands at the foot of a draft: how many lines are selected, what becomes of the others, who is told.

    `words` are the same sentences for whatever number is ticked, for static/js/accept.js: "{n}" is put in. `key` names
    the draft, under which what was unticked is kept in the tab. `hidden` lines are not shown under the filter; `here`
    are the keys of the boxes that are. `form` is its id: what shows other lines takes the boxes along.
    """

    url: str
    key: str
    seen: str
    here: str
    total: int
    heading: Words
    left: Words
    told: Words
    told_note: Words
    accept: Words
    accept_all: Words
    words: Mapping[str, Words]
    selects: Sequence[tuple[str, Choice]] = ()
    hidden: Words = ""
    form: str = ACCEPT


@dataclass(frozen=True)
class DraftPage(Generic[Row]):
    """What is planned, line by line, with everything to change and to carry it out; or what became of it.

    `changes` say what is different from the draft before. `times` head a visit's old and new time, where there are two.
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
    chips: Sequence[Chip] = ()
    accepting: Accepting | None = None
    times: Sequence[Words] = ()


HorizonPage = DraftPage[AheadRow]
"""The coming weeks, planned at once."""
