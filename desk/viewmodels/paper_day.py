"""A day that was worked on paper, entered afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from desk.looks import Badge, Words
from desk.viewmodels.parts import Empty, Line


@dataclass(frozen=True)
class PaperRow:
    """A visit: with a form while something is to be written down, and what is on record of it."""

    key: str
    clock: str
    name: str
    birth_date: date
    nhs_number: str
    hospital_number: str
    purpose: Words
    url: str
    own_url: str = ""  # the page on which its dose alone is entered
    badge: Badge | None = None
    facts: Sequence[Line] = ()
    notices: Sequence[Line] = ()
    form: Any = None

    @property
    def is_open(self) -> bool:
        return self.form is not None


@dataclass(frozen=True)
class PaperDayPage:
    """The whole day. `reason` is why it is entered later, said once for all of it."""

    day: date
    url: str
    day_url: str
    draft_key: str
    rows: Sequence[PaperRow]
    tally: str
    reason: str
    reason_error: str = ""
    empty: Empty | None = None

    @property
    def is_open(self) -> bool:
        return any(row.is_open for row in self.rows)
