"""The engine's questions answered the slow way: every start, every row, every dealing-out. Shares no code with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import product

from scheduling.engine.board import Board
from scheduling.engine.hours import OpenHours
from scheduling.engine.need import Need
from scheduling.engine.recovery import Held
from scheduling.engine.visit import Phases

Rows = Sequence[tuple[int, int, int]]
"""Resource id, first tick, tick after the last."""


def free_starts(
    board: Board, rows: Rows, phases: Phases, need: Need, *, repacking: bool, is_picked: bool = False
) -> set[tuple[int, int]]:
    """Every (room, procedure tick) at which the visit is free; `is_picked` also between the starts on offer."""
    return {
        (hours.room_id, tick)
        for hours in board.hours
        for tick in (range(hours.opens, hours.closes) if is_picked else _grid(hours))
        if _fits_hours(hours, phases, tick)
        and _may_begin(hours, need, tick)
        and _room_will_do(board, rows, hours, phases, need, tick)
        and _has_people(board, rows, hours, phases, need, tick)
        and _patient_is_free(phases, need, tick)
        and _has_nurse(board, phases, tick)
        and _has_place(board, rows, phases, need, tick, repacking=repacking)
    }


def _may_begin(hours: OpenHours, need: Need, tick: int) -> bool:
    limits = need.start_hours
    if limits is None:
        return True
    shown = datetime.fromtimestamp(tick * 300, need.zone).time()
    return (
        (limits.since is None or shown >= limits.since)
        and (limits.before is None or shown < limits.before)
        and (not limits.weekdays or hours.on.isoweekday() in limits.weekdays)
        and (limits.first_on is None or hours.on >= limits.first_on)
    )


def _able(board: Board, resource_id: int, needed: frozenset[str]) -> bool:
    return all(skill in board.skills.get(resource_id, ()) for skill in needed)


def _room_will_do(board: Board, rows: Rows, hours: OpenHours, phases: Phases, need: Need, tick: int) -> bool:
    """Free with its turnover, able, with imaging of its own or brought there, nothing barred beside it."""
    room, ends = hours.room_id, tick + phases.procedure
    barred = board.barred.get(room, 0)
    return (
        (need.only_room_ids is None or room in need.only_room_ids)
        and _able(board, room, need.room_skills)
        and _is_free(board, rows, room, tick, ends + hours.turnover)
        and not any(barred >> (at - board.busy.since) & 1 for at in range(tick, ends))
        and (
            _able(board, room, need.imaging_skills)
            or any(
                _able(board, device, need.imaging_skills) and _is_free(board, rows, device, tick, ends)
                for device in board.imaging_ids
            )
        )
    )


def _has_people(board: Board, rows: Rows, hours: OpenHours, phases: Phases, need: Need, tick: int) -> bool:
    """Somebody who may operate is free, and somebody else of the list to assist where that is asked for."""
    free = [one for one in hours.operator_ids if _is_free(board, rows, one, tick, tick + phases.procedure)]
    operators = [
        one
        for one in free
        if (need.only_operator_ids is None or one in need.only_operator_ids) and _able(board, one, need.operator_skills)
    ]
    if not need.is_assisted:
        return bool(operators)
    return any(_able(board, helper, need.assistant_skills) for one, helper in product(operators, free) if one != helper)


def _has_nurse(board: Board, phases: Phases, tick: int) -> bool:
    if board.nursed is None or not phases.recovery:
        return True
    first = tick + phases.procedure - board.busy.since
    return all(board.nursed >> at & 1 for at in range(first, first + phases.recovery + phases.discharge))


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


def _has_place(board: Board, rows: Rows, phases: Phases, need: Need, tick: int, *, repacking: bool) -> bool:
    if not phases.recovery:
        return True
    starts = tick + phases.procedure
    ends = starts + phases.recovery + phases.discharge
    if starts < board.busy.since or ends > board.busy.until:
        return False
    own = [place for place in board.recovery_ids if _able(board, place, need.place_skills)]
    if any(_is_free(board, rows, place, starts, ends) for place in own):
        return True
    return repacking and fewest_moves(board.recovery_ids, board.held, starts, ends, own=own) is not None


def fewest_moves(
    pool: Sequence[int], held: Sequence[Held], starts: int, ends: int, *, own: Sequence[int] | None = None
) -> int | None:
    """The least number of held stretches that must change place for a new one; None where no dealing-out serves.

    `own` are the places that the new one may have: all of them, unless it is said.
    """
    fixed = [(item.place_id, item.starts, item.ends) for item in held if not item.movable]
    movable = [item for item in held if item.movable]
    best: int | None = None
    for new_place, *places in product(pool if own is None else own, *[pool] * len(movable)):
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
