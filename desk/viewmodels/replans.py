"""Closures, and where their visits are to go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from desk.looks import Badge, Words
from desk.viewmodels.parts import Action, Line, MenuLink
from desk.viewmodels.planning import Box, DraftPage


@dataclass(frozen=True)
class HitRow:
    """One booked visit that a closure would leave without a list."""

    when: Words
    name: str
    room: str


@dataclass(frozen=True)
class ClosingPage:
    """What surrounds the form. `seen` stands for exactly the visits in `hit` and those elsewhere."""

    back: MenuLink
    url: str
    hit: Sequence[HitRow]
    elsewhere: Words
    heading: Words
    seen: str


@dataclass(frozen=True)
class Part:
    """Rows of one kind: what becomes of them, how many they are, and what that means."""

    title: Words
    number: int
    note: Words


@dataclass(frozen=True)
class LineRow:
    """One visit: old, new, effect. `change` leads to the page with its `form` open (desk.forms.replans.LineForm).

    `choices` are the other decisions: the value sent and its words. `part` heads the rows that share a decision, and
    is on the first of them only. `told` says how its people will hear of it; `identity` and `ring` are for the list
    on paper. `box` is there where its move may be accepted; `look` says why somebody had better look at it.
    """

    key: str
    patient_name: str
    patient_url: str
    purpose: str
    old: Words
    old_place: Words
    new: Words
    new_place: Words
    effect: str
    reasons: Sequence[str]
    badge: Badge
    change_url: str
    form: Any = None
    choices: Sequence[tuple[str, Words]] = ()
    change: Action | None = None
    part: Part | None = None
    told: Line | None = None
    identity: Sequence[Words] = ()
    ring: Sequence[str] = ()
    box: Box | None = None
    look: Sequence[Words] = ()


ReplanPage = DraftPage[LineRow]
"""Where the visits of a closure are to go."""
