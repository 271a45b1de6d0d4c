"""The slot search over 12 weeks of a large unit, beside the least that any search over the same rows must do.

The reference turns the rows into one integer a resource and ANDs them, and knows nothing of operators' names, places,
gaps, notice or words. Both are handed the same rows in memory, and must find the same starts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from functools import partial
from zoneinfo import ZoneInfo

from benchmarks.figures import Figure
from scheduling.engine.bits import Busy
from scheduling.engine.board import Board
from scheduling.engine.free import free_starts
from scheduling.engine.hours import DayPattern, OpenHours, open_hours
from scheduling.engine.need import Need, after_days
from scheduling.engine.search import find
from scheduling.engine.ticks import days_as_ticks
from scheduling.engine.visit import Phases, Slot

ZONE = ZoneInfo("Europe/London")
MONDAY = date(2026, 11, 2)
WEEKS = 12
ROOMS, PEOPLE, PLACES = tuple(range(1, 7)), tuple(range(11, 19)), tuple(range(21, 33))
VISIT = Phases.of_minutes(before=60, procedure=45, recovery=90, discharge=15)
TURNOVER = 3
ALLOCATIONS = 9_600
ROUNDS = 25

Row = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Ward:
    """Twelve weeks: lists from 08:00 to 18:00 in each room, and what is taken."""

    since: int
    until: int
    hours: tuple[OpenHours, ...]
    rows: list[Row]

    def board(self, first: date = MONDAY, last: date | None = None) -> Board:
        """What a search is given: the rows of the days `[first, last)` as integers, and their lists."""
        if last is None:
            return Board(self.hours, Busy.of(self.since, self.until, self.rows), PLACES)
        since, until = days_as_ticks(first, last, ZONE)
        rows = [row for row in self.rows if row[1] < until and row[2] > since]
        return Board(tuple(h for h in self.hours if first <= h.on < last), Busy.of(since, until, rows), PLACES)


def ward(allocations: int) -> Ward:
    """A compact unit: rooms work through their lists hour by hour; what a full house lacks is spread out evenly."""
    end = MONDAY + timedelta(weeks=WEEKS)
    patterns = [
        DayPattern(
            room_id=room_id,
            operator_ids=PEOPLE,
            weekday=weekday,
            opens=clock(8),
            closes=clock(18),
            last_out=clock(21),
            turnover_minutes=TURNOVER * 5,
        )
        for weekday in range(1, 6)
        for room_id in ROOMS
    ]
    hours = open_hours(patterns, MONDAY, end, ZONE)
    full = [(held, held.opens + 12 * at) for held in hours for at in range(10)]
    wanted = allocations // 3
    kept = [full[index * len(full) // wanted] for index in range(wanted)]
    rows: list[Row] = []
    free_from = dict.fromkeys(PLACES, 0)
    for held, start in sorted(kept, key=lambda one: (one[1], one[0].room_id)):
        ends = start + VISIT.procedure
        place_id = next(place for place in PLACES if free_from[place] <= ends)
        free_from[place_id] = ends + VISIT.stay
        rows += [
            (held.room_id, start, ends + TURNOVER),
            (PEOPLE[ROOMS.index(held.room_id)], start, ends),
            (place_id, ends, ends + VISIT.stay),
        ]
    return Ward(*days_as_ticks(MONDAY, end, ZONE), hours, rows)


def bare(there: Ward, grids: dict[int, int]) -> list[tuple[int, int]]:
    """(room, tick) of every free start, by one integer a resource and nothing more.

    `grids` has each room's bookable ticks. Rows become integers in the fastest way we know, the one `Busy` takes.
    """
    size = there.until - there.since
    digits = b"1" * size
    lanes = {key: bytearray(b"0" * size) for key in (*ROOMS, *PEOPLE, *PLACES)}
    for key, starts, ends in there.rows:
        lanes[key][there.until - ends : there.until - starts] = digits[: ends - starts]
    free = {key: ~int(lane, 2) & (1 << size) - 1 for key, lane in lanes.items()}
    person = place = 0
    for key in PEOPLE:
        person |= _held(free[key], VISIT.procedure)
    for key in PLACES:
        place |= _held(free[key], VISIT.stay) >> VISIT.procedure
    found = []
    for key in ROOMS:
        left = _held(free[key], VISIT.procedure + TURNOVER) & person & place & grids[key]
        while left:
            lowest = left & -left
            found.append((key, there.since + lowest.bit_length() - 1))
            left ^= lowest
    return found


def _held(bits: int, length: int) -> int:
    have = 1
    while have < length:
        bits &= bits >> min(have, length - have)
        have += min(have, length - have)
    return bits


def _grids(there: Ward) -> dict[int, int]:
    grids = dict.fromkeys(ROOMS, 0)
    for hours in there.hours:
        grids[hours.room_id] |= hours.starts(VISIT) << (hours.opens - there.since)
    return grids


def _need() -> Need:
    return Need(
        zone=ZONE,
        target_on=date(2026, 11, 25),
        earliest_on=date(2026, 11, 23),
        latest_on=date(2026, 11, 30),
        not_before=datetime(2026, 11, 2, tzinfo=UTC),
        usual_time=clock(9),
        usual_weekday=3,
        usual_operator_id=PEOPLE[0],
        next_doses=after_days(28, 28),
        bank_holidays=frozenset({date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1)}),
    )


def figures() -> Iterable[Figure]:
    """The whole 12 weeks in a full and in a half-empty unit, and one dose's proposals as a page asks for them."""
    need = _need()
    for name, allocations in (
        ("12 weeks of free slots, full unit", ALLOCATIONS),
        ("the same, half full", ALLOCATIONS // 2),
    ):
        there = ward(allocations)
        grids = _grids(there)
        starts = [(slot.room_id, slot.procedure) for slot in free_starts(there.board(), VISIT, need)]
        assert sorted(starts) == sorted(bare(there, grids)), "both must find the same starts"
        ours, reference = _side_by_side(partial(_search, there, need), partial(bare, there, grids))
        note = f"{len(there.rows)} allocations, {len(ROOMS + PEOPLE + PLACES)} resources, {len(starts)} slots"
        yield Figure(name, ours * 1000, reference * 1000, "ms", 2.0, at_most=True, note=note)
    there = ward(ALLOCATIONS)
    grids = _grids(there)
    ours, reference = _side_by_side(partial(find, there.board, VISIT, need), partial(bare, there, grids))
    note = "found, ranked and explained; the reference searches all 12 weeks"
    yield Figure("four proposals for one dose", ours * 1000, reference * 1000, "ms", 2.0, at_most=True, note=note)


def _search(there: Ward, need: Need) -> list[Slot]:
    return free_starts(there.board(), VISIT, need)


def _side_by_side(ours: Callable[[], object], reference: Callable[[], object]) -> tuple[float, float]:
    """Seconds of each: the least of many, taken in turn, since what else runs on the machine only ever adds."""
    best = [float("inf"), float("inf")]
    for _ in range(ROUNDS):
        for index, act in enumerate((ours, reference)):
            before = time.perf_counter()
            act()
            best[index] = min(best[index], time.perf_counter() - before)
    return best[0], best[1]
