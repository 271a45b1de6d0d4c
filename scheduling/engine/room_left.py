"""How many more procedures a room's list could hold: what "5 of 7" counts. It promises nobody a slot."""

from __future__ import annotations

from collections.abc import Iterable

from scheduling.engine.bits import ones, positions, runs, stretch
from scheduling.engine.hours import OpenHours
from scheduling.engine.visit import Phases


def more_fit(hours: OpenHours, taken: Iterable[tuple[int, int]], phases: Phases) -> int:
    """How many visits of these phases begin one after the other in what is left of a list, the earliest first.

    `taken` are stretches of ticks in which the room is not free. Operators, recovery and nurses are not asked.

    >>> from datetime import date
    >>> hours = OpenHours(date(2026, 11, 24), 1, (2,), opens=0, closes=36, last_out=60, grid=0b1001001001001 | 1 << 24)
    >>> visit = Phases(before=0, procedure=9, recovery=12, discharge=0)
    >>> more_fit(hours, [], visit), more_fit(hours, [(0, 9)], visit), more_fit(hours, [(0, 36)], visit)
    (3, 2, 0)
    """
    shut = 0
    for first, last in taken:
        shut |= stretch(first - hours.opens, last - hours.opens)
    run = phases.procedure + hours.turnover
    free = runs(ones(hours.closes - hours.opens + hours.turnover) & ~shut, run)
    count = ready = 0
    for start in positions(hours.starts(phases) & free):
        if start >= ready:
            count, ready = count + 1, start + run
    return count
