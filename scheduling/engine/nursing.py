"""How many patients may be in recovery at once: nurses on duty, each with so many. A unit's own data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo

from scheduling.engine.bits import ones, stretch
from scheduling.engine.ticks import ceil_tick, days_as_ticks, days_between, floor_tick, wall_clock

_NO_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class Shift:
    """Nurses in recovery on a weekday (ISO) between two wall-clock times, who have so many patients at most.

    Shifts at the same time add up. On a weekday that has any, nobody is in recovery outside them; one that has none
    has no limit.
    """

    weekday: int
    starts: time
    ends: time
    patients: int


def nursed(
    shifts: Sequence[Shift], days: tuple[date, date], zone: ZoneInfo, stays: Iterable[tuple[int, int]]
) -> int | None:
    """The ticks of the days `[first, last)` in which one more patient may be in recovery, given the stays that stand.

    Bits counted from the midnight that begins the first day. None where no shift says anything of these days.
    """
    limited = [on for on in days_between(*days) if any(shift.weekday == on.isoweekday() for shift in shifts)]
    if not limited:
        return None
    since, until = days_as_ticks(*days, zone)
    room: dict[int, int] = defaultdict(int)
    for on in limited:
        first, last = days_as_ticks(on, date.fromordinal(on.toordinal() + 1), zone)
        room[first] -= _NO_LIMIT
        room[last] += _NO_LIMIT
        for shift in shifts:
            if shift.weekday == on.isoweekday():
                room[ceil_tick(wall_clock(on, shift.starts, zone))] += shift.patients
                room[floor_tick(wall_clock(on, shift.ends, zone))] -= shift.patients
    for starts, ends in stays:
        if starts < until and ends > since:
            room[max(starts, since)] -= 1
            room[min(ends, until)] += 1
    free, left, before = 0, _NO_LIMIT, since
    for tick in sorted(room):
        if left > 0:
            free |= stretch(before - since, tick - since)
        left += room[tick]
        before = tick
    return free | stretch(before - since, until - since) if left > 0 else free


def has_nurse(
    shifts: Sequence[Shift],
    days: tuple[date, date],
    zone: ZoneInfo,
    stays: Iterable[tuple[int, int]],
    wanted: tuple[int, int],
) -> bool:
    """Whether one more stay, which lies within the days `[first, last)`, has a nurse for all of its ticks."""
    free = nursed(shifts, days, zone, stays)
    if free is None:
        return True
    since, _ = days_as_ticks(*days, zone)
    return free >> (wanted[0] - since) & ones(wanted[1] - wanted[0]) == ones(wanted[1] - wanted[0])
