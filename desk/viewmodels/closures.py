"""What is closed from now on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desk.looks import Words
from desk.viewmodels.parts import Action, Empty, Pager


@dataclass(frozen=True)
class ClosureRow:
    """One closure that is not over, and the way to its visits; `hits` says how many are booked inside it."""

    key: str
    when: Words
    reason: str
    hits: Words
    actions: Sequence[Action] = ()
    is_hit: bool = False


@dataclass(frozen=True)
class ClosureCard:
    """The closures of one person, room or place, or of the whole unit."""

    what: Words
    rows: Sequence[ClosureRow]


@dataclass(frozen=True)
class ClosuresPage:
    summary: Words
    cards: Sequence[ClosureCard]
    pager: Pager
    close: Action | None = None
    empty: Empty | None = None
