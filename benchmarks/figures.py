"""A figure: what ours costs, what the reference costs, and how far apart they may be."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
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
    return _medians((act,), times=times, warm=warm)[0]


def median_seconds_beside(
    act: Callable[[], object], reference: Callable[[], object], *, times: int, warm: int = 2
) -> tuple[float, float]:
    """The median time of an act and of its reference, called in turn: whatever else the machine does, both bear it."""
    ours, theirs = _medians((act, reference), times=times, warm=warm)
    return ours, theirs


def _medians(acts: Sequence[Callable[[], object]], *, times: int, warm: int) -> list[float]:
    taken: list[list[float]] = [[] for _ in acts]
    for turn in range(warm + times):
        for act, seconds in zip(acts, taken, strict=True):
            before = time.perf_counter()
            act()
            if turn >= warm:
                seconds.append(time.perf_counter() - before)
    return [statistics.median(seconds) for seconds in taken]
