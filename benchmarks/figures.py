"""A figure: what ours costs, what the reference costs, and how far apart they may be."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of `make bench`.

    `ours` and `reference` are in `unit`. `goal` bounds ours / reference: from above where `at_most` (times), from
    below otherwise (rates). `note` carries what a ratio cannot: deadlocks, query counts, sizes.
    """

    name: str
    ours: float
    reference: float
    unit: str
    goal: float
    at_most: bool
    note: str = ""
    is_sound: bool = True

    @property
    def ratio(self) -> float:
        """Ours over the reference."""
        return self.ours / self.reference if self.reference else float("inf")

    @property
    def is_met(self) -> bool:
        """Whether the goal holds, and the note's condition with it (`is_sound`)."""
        return self.is_sound and (self.ratio <= self.goal if self.at_most else self.ratio >= self.goal)

    def line(self) -> str:
        """As a person reads it.

        >>> Figure("booking", 150.0, 400.0, "/s", 0.3, at_most=False).line()
        'booking                                           150 /s         400 /s   0.38  >= 0.30  met'
        """
        sign = "<=" if self.at_most else ">="
        verdict = "met" if self.is_met else "short"
        return (
            f"{self.name:<44}{_short(self.ours):>9} {self.unit:<4}{_short(self.reference):>9} {self.unit:<4}"
            f"{self.ratio:>5.2f}  {sign} {self.goal:.2f}  {verdict}{'  ' + self.note if self.note else ''}"
        )

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self) | {"ratio": round(self.ratio, 4), "verdict": "met" if self.is_met else "short"}


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def median_seconds(act: Callable[[], object], *, times: int, warm: int = 2) -> float:
    """The median time of `times` calls, after `warm` that are not counted."""
    for _ in range(warm):
        act()
    taken = []
    for _ in range(times):
        before = time.perf_counter()
        act()
        taken.append(time.perf_counter() - before)
    return statistics.median(taken)
