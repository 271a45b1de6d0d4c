"""Who is taken when, as one big integer a resource: bit n stands for the nth tick of a horizon.

Python ANDs a quarter of a year of one resource in a microsecond, so a search is one AND a resource.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scheduling.engine.ticks import overlaps

ENDLESS = 1 << 40
"""Longer than any horizon, in ticks."""


def ones(count: int) -> int:
    """The lowest `count` bits set; none where the count is not positive."""
    return (1 << count) - 1 if count > 0 else 0


def stretch(starts: int, ends: int) -> int:
    """Bits `[starts, ends)` set; what lies below bit 0 is cut off.

    >>> bin(stretch(1, 4)), stretch(-5, -1)
    ('0b1110', 0)
    """
    return ones(ends) & ~ones(starts)


def runs(free: int, length: int) -> int:
    """Bits at which `length` set bits in a row begin.

    >>> bin(runs(0b1101110, 3))
    '0b10'
    """
    have = 1
    while have < length:
        step = min(have, length - have)
        free &= free >> step
        have += step
    return free


def positions(bits: int) -> list[int]:
    """The numbers of the set bits, lowest first.

    >>> positions(0b10011)
    [0, 1, 4]
    """
    found = []
    while bits:
        lowest = bits & -bits
        found.append(lowest.bit_length() - 1)
        bits ^= lowest
    return found


def window(bits: int, offset: int, size: int) -> int:
    """`size` bits from `offset` on, as bits 0 to `size`; bits before the beginning read as not set."""
    moved = bits >> offset if offset >= 0 else bits << -offset
    return moved & ones(size)


def gaps(taken: int, starts: int, ends: int) -> tuple[int, int]:
    """Clear bits directly below and above bits `[starts, ends)`; `ENDLESS` where no bit is set on that side.

    >>> gaps(0b1000001, 2, 5)
    (1, 1)
    """
    below = taken & ones(starts)
    above = taken >> ends
    return (
        starts - below.bit_length() if below else ENDLESS,
        (above & -above).bit_length() - 1 if above else ENDLESS,
    )


@dataclass(frozen=True, slots=True)
class Busy:
    """When each resource is taken within the ticks `[since, until)`. Outside them nothing is known to be free."""

    since: int
    until: int
    bits: Mapping[int, int]

    @classmethod
    def of(cls, since: int, until: int, rows: Iterable[tuple[int, int, int]]) -> Busy:
        """Takes (resource id, first tick, tick after the last) in any order; rows may overlap and stick out.

        A stretch that is not on whole ticks belongs in with `floor_tick` of its start and `ceil_tick` of its end.
        """
        size = max(until - since, 0)
        # Digits are written into one text a resource and read once: half the time of an OR of big integers a row.
        digits = b"1" * size
        lanes: dict[int, bytearray] = {}
        for resource_id, starts, ends in rows:
            lane = lanes.get(resource_id)
            if lane is None:
                lane = lanes[resource_id] = bytearray(b"0" * size)
            if since <= starts < ends <= until:
                lane[until - ends : until - starts] = digits[: ends - starts]
            elif starts < ends and overlaps(starts, ends, since, until):
                first, last = max(starts, since), min(ends, until)
                lane[until - last : until - first] = digits[: last - first]
        return cls(since, until, {resource_id: int(lane or b"0", 2) for resource_id, lane in lanes.items()})

    def taken(self, resource_id: int) -> int:
        """The resource's taken ticks."""
        return self.bits.get(resource_id, 0)

    def free(self, resource_id: int) -> int:
        """The resource's free ticks; none outside the horizon."""
        return ones(self.until - self.since) & ~self.bits.get(resource_id, 0)

    def is_free(self, resource_id: int, starts: int, ends: int) -> bool:
        """Whether the resource is known to be free for all of `[starts, ends)`."""
        if starts < self.since or ends > self.until:
            return False
        return not window(self.taken(resource_id), starts - self.since, ends - starts)

    def gaps(self, resource_id: int, starts: int, ends: int) -> tuple[int, int]:
        """Free ticks directly before and after a stretch; `ENDLESS` where nothing more is taken on that side."""
        return gaps(self.taken(resource_id), starts - self.since, ends - self.since)
