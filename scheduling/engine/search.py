"""Proposals for a dose: its window first, then weeks after it, until there are enough; or why there are none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from scheduling.engine.board import Board
from scheduling.engine.free import Masks, free_starts, settle
from scheduling.engine.need import Need
from scheduling.engine.ranking import (
    WEIGHTS,
    RankedSlot,
    Score,
    Scored,
    Standing,
    Weights,
    choose,
    explained,
    first_free_day,
    score,
)
from scheduling.engine.refusals import Why, explain, next_visit_near, window_closed
from scheduling.engine.visit import Phases, Slot

Start = tuple[int, int, int]
"""A start that somebody chose: the tick of the procedure, the room's key, the operator's."""

Load = Callable[[date, date], Board]
"""Reads the board of the days from the first date up to, and without, the second. At most seven calls a search."""

NEAR_DAYS = 14
"""A window no longer than this is read at once; of a longer one first the days around the target."""

WIDENING_DAYS = (7, 21, 56)
"""After the window: a week, then three, then eight."""


@dataclass(frozen=True, slots=True)
class Found:
    """The proposals, best first, and how much they were chosen from.

    `inside` and `total` count the different times at which a visit could begin, in the window and in all days searched.
    `why` says what is missing when nothing is free inside the window. `searched` has the first and last date looked at.
    `kept` is the start that was asked for, where it is among the free ones.
    """

    proposals: tuple[RankedSlot, ...]
    inside: int
    total: int
    searched: tuple[date, date]
    why: Why | None
    kept: RankedSlot | None = None


def find(
    load: Load,
    phases: Phases,
    need: Need,
    *,
    limit: int = 4,
    per_day: int = 2,
    before_window: bool = False,
    weights: Weights = WEIGHTS,
    keep: Start | None = None,
) -> Found:
    """The `limit` best free slots for a dose, differing usefully (see `choose`).

    Widens only while the window has fewer than `limit` good ones. Nothing is offered before the window, unless
    `before_window` asks for it, and nothing that breaks a minimum interval, the dose's own or the next visit's. `keep`
    is looked up among all that is free.
    """
    search = _Search(phases, need, limit, per_day, weights)
    for since, until in _stretches(need, before_window=before_window):
        search.look(load(since, until), since, until)
        if search.is_enough():
            break
    return search.found(keep)


class _Search:
    """What has been looked at so far."""

    def __init__(self, phases: Phases, need: Need, limit: int, per_day: int, weights: Weights) -> None:
        self.phases, self.need, self.weights = phases, need, weights
        self.limit, self.per_day = limit, per_day
        self.boards: list[tuple[date, date, Board]] = []
        self.scored: list[Scored] = []

    def look(self, board: Board, since: date, until: date) -> None:
        self.boards.append((since, until, board))
        slots = (slot for slot in free_starts(board, self.phases, self.need) if since <= slot.on < until)
        ranked = score(slots, self.need, self.weights)
        self.scored += [one for one in ranked if one[0].standing.is_offered]
        self.scored.sort(key=_by_score)

    def is_enough(self) -> bool:
        good = [one for one in self.scored if one[0].standing is Standing.INSIDE]
        return len(choose(good, self.limit, self.per_day)) >= self.limit

    def found(self, keep: Start | None = None) -> Found:
        inside = [one for one in self.scored if one[0].standing <= Standing.INSIDE_AGAINST_WISH]
        first_free = first_free_day(self.scored)
        chosen = choose(self.scored, self.limit, self.per_day)
        return Found(
            proposals=tuple(explained((by, self._settled(slot)), self.need, first_free) for by, slot in chosen),
            inside=_times(inside),
            total=_times(self.scored),
            searched=self._searched(),
            why=None if inside else self._why(),
            kept=self._kept(keep, first_free),
        )

    def _kept(self, keep: Start | None, first_free: date | None) -> RankedSlot | None:
        one = next((one for one in self.scored if (one[0].procedure, one[0].room_id, one[0].operator_id) == keep), None)
        return None if one is None else explained((one[0], self._settled(one[1])), self.need, first_free)

    def _settled(self, slot: Slot) -> Slot:
        board = next(board for since, until, board in self.boards if since <= slot.on < until)
        return settle(board, slot, self.need)

    def _searched(self) -> tuple[date, date]:
        """Where no day at all was worth reading, the first that would have been."""
        if not self.boards:
            return self.need.soonest_on, self.need.soonest_on
        return min(since for since, _, _ in self.boards), max(until for _, until, _ in self.boards) - timedelta(days=1)

    def _why(self) -> Why:
        need = self.need
        first_on, last_on = max(need.earliest_on, need.soonest_on), min(need.latest_on, need.last_on)
        if need.next_booked is not None and first_on > need.last_on:
            return next_visit_near(first_on, need.latest_on, need.next_booked)
        if first_on > last_on:
            if self.scored:
                return window_closed(need.earliest_on, last_on, first_on)
            first_on, last_on = self._searched()
        free = Counter(slot.on for _, slot in self.scored)
        return explain([Masks(board, self.phases, need) for _, _, board in self.boards], free, first_on, last_on)


def _by_score(one: Scored) -> Score:
    return one[0]


def _times(scored: list[Scored]) -> int:
    return len({by.procedure for by, _ in scored})


def _stretches(need: Need, *, before_window: bool) -> Iterator[tuple[date, date]]:
    """Half-open stretches of days in the order in which they are worth reading; each day at most once."""
    end = date.max if need.next_booked is None else need.last_on + timedelta(days=1)
    for since, until in _all_stretches(need, before_window=before_window):
        if since < end:
            yield since, min(until, end)


def _all_stretches(need: Need, *, before_window: bool) -> Iterator[tuple[date, date]]:
    soonest = need.soonest_on
    opens, shuts = max(need.earliest_on, soonest), need.latest_on + timedelta(days=1)
    if opens < shuts:
        near = max(opens, min(need.target_on - timedelta(days=NEAR_DAYS // 2), shuts - timedelta(days=NEAR_DAYS)))
        near_end = min(near + timedelta(days=NEAR_DAYS), shuts)
        yield near, near_end
        if opens < near:
            yield opens, near
        if near_end < shuts:
            yield near_end, shuts
    since = max(shuts, soonest)
    for days in WIDENING_DAYS:
        yield since, since + timedelta(days=days)
        since += timedelta(days=days)
    if before_window and soonest < need.earliest_on:
        yield soonest, need.earliest_on
