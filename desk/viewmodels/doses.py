"""What would follow from an act on a dose, as its form shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from desk.looks import Words
from desk.viewmodels.parts import Line


@dataclass(frozen=True)
class MovedDose:
    """A dose whose due day would change, and what the new one is counted from."""

    label: Words
    was_on: date
    now_on: date
    why: Words


@dataclass(frozen=True)
class Follows:
    """What would follow: in words first, then dose by dose."""

    lines: Sequence[Line]
    moves: Sequence[MovedDose] = ()
    moves_title: Words = ""
