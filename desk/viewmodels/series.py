"""A series before it is booked, and two visits before they change places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desk.looks import Words
from desk.viewmodels.parts import Action, Banner, Choice, Empty, Line, MenuLink


@dataclass(frozen=True)
class SeriesSlot:
    """A slot for one dose. `value` names dose and slot as the form sends them."""

    value: str
    when: Words
    where: Words
    cost: Words
    cost_detail: Words
    reasons: Sequence[Line] = ()


@dataclass(frozen=True)
class SeriesRow:
    """One dose: its target and window as they follow from the slots before it, its slot, others it could have.

    `slot` is None where nothing is free: `problem` says why. `note` says what is different from what was chosen.
    """

    key: str
    dose: Words
    target: Words
    window: Words
    slot: SeriesSlot | None
    others: Sequence[SeriesSlot] = ()
    problem: Words = ""
    note: Words = ""
    is_open: bool = False


@dataclass(frozen=True)
class SeriesPage:
    """The doses in order; an empty `submit` where there is nothing to book. `counts` are lengths of a series."""

    banner: Banner
    title: Words
    summary: Words
    back: MenuLink
    url: str
    count: int
    counts: Sequence[int]
    rows: Sequence[SeriesRow]
    effects: Sequence[Line]
    submit: Words = ""


@dataclass(frozen=True)
class SwapRow:
    """One of the two visits: where it stands, and where it would."""

    name: str
    url: str
    purpose: Words
    was: Words
    was_place: Words
    now: Words
    now_place: Words
    effect: Line


@dataclass(frozen=True)
class SwapChoice:
    """A visit with which places could be changed."""

    name: str
    detail: Words
    url: str


@dataclass(frozen=True)
class SwapPage:
    """The visits of a day to choose from; or, once one is chosen, what would follow for both.

    `on` is the day shown, as ISO. `swap` is None where they cannot change places.
    """

    banner: Banner
    title: Words
    summary: Words
    back: MenuLink
    url: str
    on: str = ""
    choices: Sequence[SwapChoice] = ()
    days: Sequence[Choice] = ()
    rows: Sequence[SwapRow] = ()
    effects: Sequence[Line] = ()
    swap: Action | None = None
    empty: Empty | None = None
