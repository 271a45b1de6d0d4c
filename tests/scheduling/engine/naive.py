"""The engine's questions answered the slow way: every start, every row, every dealing-out. Shares no code with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from scheduling.engine.board import Board
from scheduling.engine.hours import OpenHours
from scheduling.engine.need import Need
from scheduling.engine.recovery import Held
from scheduling.engine.visit import Phases

Rows = Sequence[tuple[int, int, int]]
"""Resource id, first tick, tick after the last."""


def free_starts(board: Board, rows: Rows, phases: Phases, need: Need, *, repacking: bool) -> set[tuple[int, int]]:
    """Every (room, procedure tick) at which the visit is free."""
    return {
        (hours.room_id, tick)
        for hours in board.hours
        for tick in _grid(hours)
        if _fits_hours(hours, phases, tick)
        and _is_free(board, rows, hours.room_id, tick, tick + phases.procedure + hours.turnover)
        and any(_is_free(board, rows, person, tick, tick + phases.procedure) for person in hours.operator_ids)
        and _patient_is_free(phases, need, tick)
        and _has_place(board, rows, phases, tick, repacking=repacking)
    }


def _grid(hours: OpenHours) -> Iterator[int]:
    for at in range(hours.closes - hours.opens):
        if hours.grid & (1 << at):
            yield hours.opens + at


def _fits_hours(hours: OpenHours, phases: Phases, tick: int) -> bool:
    ends = tick + phases.procedure
    if any(hours.breaks & (1 << (at - hours.opens)) for at in range(tick, ends)):
        return False
    if hours.first_in is not None and tick - phases.before < hours.first_in:
        return False
    return ends <= hours.closes and ends + phases.recovery + phases.discharge <= hours.last_out


def _is_free(board: Board, rows: Rows, resource_id: int, starts: int, ends: int) -> bool:
    if starts < board.busy.since or ends > board.busy.until:
        return False
    return not any(key == resource_id and first < ends and starts < last for key, first, last in rows)


def _patient_is_free(phases: Phases, need: Need, tick: int) -> bool:
    arrives = tick - phases.before
    leaves = tick + phases.procedure + phases.recovery + phases.discharge
    if arrives * 300 < need.not_before.timestamp():
        return False
    return not any(first < leaves and arrives < last for first, last in need.taken)


def _has_place(board: Board, rows: Rows, phases: Phases, tick: int, *, repacking: bool) -> bool:
    if not phases.recovery:
        return True
    starts = tick + phases.procedure
    ends = starts + phases.recovery + phases.discharge
    if starts < board.busy.since or ends > board.busy.until:
        return False
    if any(_is_free(board, rows, place, starts, ends) for place in board.recovery_ids):
        return True
    return repacking and fewest_moves(board.recovery_ids, board.held, starts, ends) is not None


def fewest_moves(pool: Sequence[int], held: Sequence[Held], starts: int, ends: int) -> int | None:
    """The least number of held stretches that must change place for a new one; None where no dealing-out serves."""
    fixed = [(item.place_id, item.starts, item.ends) for item in held if not item.movable]
    movable = [item for item in held if item.movable]
    best: int | None = None
    for new_place, *places in product(pool, repeat=1 + len(movable)):
        if any(
            item.places is not None and place not in item.places and place != item.place_id
            for item, place in zip(movable, places, strict=True)
        ):
            continue
        dealt = [(place, item.starts, item.ends) for item, place in zip(movable, places, strict=True)]
        if not is_disjoint([*fixed, *dealt, (new_place, starts, ends)]):
            continue
        moves = sum(place != item.place_id for item, place in zip(movable, places, strict=True))
        best = moves if best is None else min(best, moves)
    return best


def is_disjoint(stretches: Sequence[tuple[int, int, int]]) -> bool:
    """Whether no two stretches of one place share a tick."""
    seen: set[tuple[int, int]] = set()
    for place, starts, ends in stretches:
        for tick in range(starts, ends):
            if (place, tick) in seen:
                return False
            seen.add((place, tick))
    return True
