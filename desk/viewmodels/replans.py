"""Closures, and where their visits are to go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from desk.looks import Badge, Words
from desk.viewmodels.parts import Action, Empty
from desk.viewmodels.planning import DraftPage


@dataclass(frozen=True)
class ClosureRow:
    """One closure that is not over, and the way to its visits."""

    what: Words
    when: Words
    reason: str
    action: Action | None


@dataclass(frozen=True)
class ClosuresPage:
    """The unit's closures to come."""

    rows: Sequence[ClosureRow]
    empty: Empty | None = None


@dataclass(frozen=True)
class LineRow:
    """One visit: old, new, effect. `form` (desk.forms.replans.LineForm) changes it; None where nothing may be changed.

    `choices` are the other decisions: the value sent and its words.
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
    is_open: bool = False


ReplanPage = DraftPage[LineRow]
"""Where the visits of a closure are to go."""
