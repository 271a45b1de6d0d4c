"""Recovery places as a pool: which one a visit gets, and who changes place so that one more fits.

A place is nobody's choice and changing it tells nobody anything, so the engine picks, and packs again when capacity
is there but no single place is free for long enough. All functions are deterministic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scheduling.engine.bits import Busy
from scheduling.engine.ticks import overlaps

_FAR = 144
"""Ticks (12 h) beyond which a gap no longer matters: an empty place is the last to be broken into."""

EFFORT = 1_000
"""Steps to look for the fewest moves, and five times that to deal out anew: 0.03 s with 6 places, 0.2 s with 26."""


@dataclass(frozen=True, slots=True)
class Held:
    """A recovery place taken for a stretch of ticks: by a visit, a reservation or a closure.

    Only what is `movable` (a visit that has not arrived) may change place, and only to one of `places` (None: any).
    """

    key: int
    place_id: int
    starts: int
    ends: int
    movable: bool
    places: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """One held stretch that changes place."""

    key: int
    from_place_id: int
    to_place_id: int


@dataclass(frozen=True, slots=True)
class Repacked:
    """The new visit's place, and the changes that make it free."""

    place_id: int
    moves: tuple[Move, ...] = ()


def pick_recovery(pool_ids: Sequence[int], busy: Busy, starts: int, ends: int) -> int | None:
    """The free place with the least idle time around the stretch, so that whole places stay empty for long visits.

    Ties go to the first in the pool. None where no place is free for all of `[starts, ends)`.
    """
    best: tuple[int, int] | None = None
    for place_id in pool_ids:
        if not busy.is_free(place_id, starts, ends):
            continue
        idle = _idle(*busy.gaps(place_id, starts, ends))
        if best is None or idle < best[0]:
            best = (idle, place_id)
    return None if best is None else best[1]


def repack(
    pool_ids: Sequence[int],
    held: Sequence[Held],
    starts: int,
    ends: int,
    *,
    places: frozenset[int] | None = None,
    effort: int = EFFORT,
) -> Repacked | None:
    """A place for `[starts, ends)` with as few others changing place as possible; None where none was found.

    `held` must name everything that takes a place of the pool around that time; `places` are those the new stretch may
    have (None: any). Without need nobody moves, and the place is best-fit as in `pick_recovery`. Within `effort` the
    number of moves is the least possible and None means that nothing fits; beyond it an answer is still free of
    overlaps, but may move more, and None may be over-careful.
    """
    if _crowd(pool_ids, held, starts, ends) >= len(pool_ids):
        return None
    new = _Item(None, starts, ends, None, _allowed(pool_ids, places))
    packing = _Packing(pool_ids, held, effort)
    for most_moves in range(1 + sum(item.movable for item in held)):
        if packing.settle((new,), most_moves):
            return _answer(packing.put)
        if packing.effort <= 0:
            dealing = _Dealing(pool_ids, held, new, 5 * effort)
            return _answer(dealing.put) if dealing.deal(0) else None
    return None


@dataclass(frozen=True, slots=True)
class _Item:
    """A stretch looking for a place; `key` None is the new visit."""

    key: int | None
    starts: int
    ends: int
    origin: int | None
    places: frozenset[int]


class _Packing:
    """The day's places while a chain of moves is tried: who is put in evicts who is in the way, who must go elsewhere.

    Iterative deepening over the number of moves finds the least of them; each is made at most once, so a chain ends.
    """

    def __init__(self, pool_ids: Sequence[int], held: Sequence[Held], effort: int) -> None:
        self.pool = tuple(pool_ids)
        self.at: dict[int, list[Held]] = {place_id: [] for place_id in self.pool}
        for item in held:
            if item.place_id in self.at:
                self.at[item.place_id].append(item)
        self.put: list[tuple[_Item, int]] = []
        self.effort = effort

    def settle(self, pending: tuple[_Item, ...], moves_left: int) -> bool:
        """Whether everybody pending found a place with no more than so many further moves; `put` has them."""
        if not pending:
            return True
        item, rest = pending[0], pending[1:]
        for _, place_id, evicted in self._choices(item, moves_left):
            self.effort -= 1
            if self.effort <= 0:
                return False
            for other in evicted:
                self.at[place_id].remove(other)
            self.put.append((item, place_id))
            homeless = tuple(_item(other, self.pool) for other in evicted)
            if self.settle((*rest, *homeless), moves_left - len(evicted)):
                return True
            self.put.pop()
            self.at[place_id].extend(evicted)
        return False

    def _choices(self, item: _Item, moves_left: int) -> list[tuple[tuple[int, int, int], int, list[Held]]]:
        """Places for an item, fewest evictions first, then best fit, then the pool's order."""
        found = []
        for order, place_id in enumerate(self.pool):
            if place_id not in item.places or place_id == item.origin:
                continue
            settled = [(other.starts, other.ends) for other, at in self.put if at == place_id]
            if any(overlaps(item.starts, item.ends, *other) for other in settled):
                continue
            in_the_way = [o for o in self.at[place_id] if overlaps(item.starts, item.ends, o.starts, o.ends)]
            if len(in_the_way) > moves_left or not all(other.movable for other in in_the_way):
                continue
            in_the_way.sort(key=lambda other: (other.starts, other.ends, other.key))
            idle = self._idle_at(place_id, item, settled)
            found.append(((len(in_the_way), idle, order), place_id, in_the_way))
        found.sort(key=lambda choice: choice[0])
        return found

    def _idle_at(self, place_id: int, item: _Item, settled: list[tuple[int, int]]) -> int:
        around = [(other.starts, other.ends) for other in self.at[place_id]] + settled
        before = min((item.starts - ends for _, ends in around if ends <= item.starts), default=_FAR)
        after = min((starts - item.ends for starts, _ in around if starts >= item.ends), default=_FAR)
        return _idle(before, after)


class _Dealing:
    """All that may move is dealt out anew in order of start, each to its old place where that is free.

    With nothing fixed the first pass succeeds whenever capacity does (interval graphs are perfect); with fixed
    stretches in between it goes back and tries others until the effort is spent.
    """

    def __init__(self, pool_ids: Sequence[int], held: Sequence[Held], new: _Item, effort: int) -> None:
        self.pool = tuple(pool_ids)
        self.taken: dict[int, list[tuple[int, int]]] = {place_id: [] for place_id in self.pool}
        items = [new]
        for other in held:
            if other.place_id not in self.taken:
                continue
            if other.movable:
                items.append(_item(other, self.pool))
            else:
                self.taken[other.place_id].append((other.starts, other.ends))
        self.items = sorted(items, key=lambda item: (item.starts, item.ends, -1 if item.key is None else item.key))
        self.put: list[tuple[_Item, int]] = []
        self.effort = effort

    def deal(self, index: int) -> bool:
        """Whether all from the `index`th on found a place; `put` has them."""
        if index == len(self.items):
            return True
        item = self.items[index]
        for place_id in sorted(self.pool, key=lambda place_id: place_id != item.origin):
            if place_id not in item.places or any(
                overlaps(item.starts, item.ends, *other) for other in self.taken[place_id]
            ):
                continue
            self.effort -= 1
            if self.effort <= 0:
                return False
            self.taken[place_id].append((item.starts, item.ends))
            self.put.append((item, place_id))
            if self.deal(index + 1):
                return True
            self.taken[place_id].pop()
            self.put.pop()
        return False


def _answer(put: Sequence[tuple[_Item, int]]) -> Repacked:
    moves = (
        Move(item.key, item.origin, place_id)
        for item, place_id in put
        if item.key is not None and item.origin is not None and item.origin != place_id
    )
    place_id = next(place_id for item, place_id in put if item.key is None)
    return Repacked(place_id, tuple(sorted(moves, key=lambda move: move.key)))


def _item(held: Held, pool_ids: Sequence[int]) -> _Item:
    return _Item(held.key, held.starts, held.ends, held.place_id, _allowed(pool_ids, held.places))


def _allowed(pool_ids: Sequence[int], places: frozenset[int] | None) -> frozenset[int]:
    return frozenset(pool_ids) if places is None else places.intersection(pool_ids)


def _idle(before: int, after: int) -> int:
    return min(before, _FAR) + min(after, _FAR)


def _crowd(pool_ids: Sequence[int], held: Sequence[Held], starts: int, ends: int) -> int:
    """How many of the pool's places are taken at once, at the fullest moment of the stretch."""
    around = [item for item in held if item.place_id in pool_ids and overlaps(item.starts, item.ends, starts, ends)]
    moments = {starts, *(item.starts for item in around if item.starts > starts)}
    return max(sum(item.starts <= moment < item.ends for item in around) for moment in moments)
