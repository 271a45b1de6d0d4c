"""Letters to print, and the runs they were printed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desk.looks import Badge, Words
from desk.viewmodels.parts import Action, Empty, Fact, Line


@dataclass(frozen=True)
class LetterRow:
    """One letter: to whom, about what. `note` says why it will not be printed, or must be taken out of the pile."""

    patient_name: str
    patient_url: str
    what: Words
    pages: Words = ""
    badge: Badge | None = None
    note: Line | None = None
    action: Action | None = None


@dataclass(frozen=True)
class RunRow:
    """One run: when and by whom it was made, how much it was, what became of it."""

    when: str
    url: str
    about: Words
    badge: Badge
    became: Words


@dataclass(frozen=True)
class LettersPage:
    """What waits for the printer, and what was printed."""

    waiting: Sequence[LetterRow]
    empty: Empty | None
    print_all: Action | None
    runs: Sequence[RunRow]
    more: Words = ""
    notice: Line | None = None


@dataclass(frozen=True)
class RunPage:
    """One run: the PDF, the pile, and what became of it."""

    title: str
    facts: Sequence[Fact]
    badge: Badge
    open_pdf: Action
    rows: Sequence[LetterRow]
    posted: Action | None = None
    spoilt: Action | None = None
    notices: Sequence[Line] = ()
