"""The dates of 1,000 plans of 60 doses, beside a bare loop over ordinals that knows tofersen by heart.

The reference counts the same 47 doses given and 13 to come, one of them booked, and keeps the same six figures a dose;
it knows no other protocol, no minimum, no provenance, and checks nothing. Both must come to the same dates.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.figures import Figure, median_seconds
from doseplans.calculus import (
    Given,
    Interval,
    Minimum,
    Projection,
    ProtocolRule,
    Provenance,
    StepKind,
    StepRule,
    Window,
    project,
)

PLANS, GIVEN, AHEAD = 1000, 47, 13
TOFERSEN = ProtocolRule(
    steps=(
        StepRule(StepKind.LOADING, 3, Interval(14), window=Window(0, 3, Provenance.POLICY)),
        StepRule(StepKind.MAINTENANCE, None, Interval(28), window=Window(2, 5, Provenance.POLICY)),
    ),
    minimum=Minimum(Interval(14), Provenance.POLICY),
)
Row = tuple[int, int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Case:
    """A plan years in: doses given up to three days late, the next one booked."""

    history: Sequence[Given]
    expected: Mapping[int, int]
    at: int

    @classmethod
    def of(cls, number: int) -> Case:
        day, history = 730_000 + number, []
        for sequence in range(1, GIVEN + 1):
            history.append(Given(sequence, day))
            day += (14 if sequence < 3 else 28) + sequence * number % 4
        return cls(history, {GIVEN + 1: day}, day - 20)

    def projected(self) -> Projection:
        starts_on = self.history[0].on
        return project(TOFERSEN, self.history, starts_on=starts_on, expected=self.expected, at=self.at, steps=AHEAD)

    def looped(self) -> list[Row]:
        """Sequence, earliest, target, latest, ideal, lateness."""
        days = [dose.on for dose in self.history]
        counted = ideal = days[0]
        rows = [(1, counted, counted, counted + 3, ideal, 0)]
        for sequence in range(2, GIVEN + AHEAD + 1):
            interval, before, after = (14, 0, 3) if sequence <= 3 else (28, 2, 5)
            target = counted + interval
            ideal += interval
            counted = days[sequence - 1] if sequence <= GIVEN else self.expected.get(sequence, target)
            rows.append((sequence, target - before, target, target + after, ideal, counted - target))
        return rows


def figures() -> Iterable[Figure]:
    """One figure: seconds for all plans."""
    cases = [Case.of(number) for number in range(PLANS)]
    for case in cases[:50]:
        doses = case.projected()
        lateness = (on - target for on, target in zip(doses.counted_on, doses.target, strict=True))
        columns = (doses.earliest, doses.target, doses.latest, doses.ideal, lateness)
        assert list(zip(range(1, len(doses) + 1), *columns, strict=True)) == case.looped()
    # In turns, so that a busy machine slows both; nothing is kept, or the garbage collector would be timed instead.
    taken = [
        (
            median_seconds(lambda: deque(map(Case.projected, cases), maxlen=0), times=1, warm=0),
            median_seconds(lambda: deque(map(Case.looped, cases), maxlen=0), times=1, warm=0),
        )
        for _ in range(25)
    ]
    ours, reference = (median(times) for times in zip(*taken, strict=True))
    yield Figure(
        "dates of 1,000 plans x 60 doses", ours * 1000, reference * 1000, "ms", 3.0, at_most=True, note="ordinal loop"
    )
