"""The most visits a day could hold, whoever they are: a bound that no plan can beat, and cheap to have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scheduling.engine.bits import positions
from scheduling.engine.board import Board
from scheduling.engine.free import Masks
from scheduling.engine.need import Need
from scheduling.engine.visit import Phases


def shortest(phases: Iterable[Phases]) -> Phases:
    """Lengths no longer than those of any of these visits."""
    known = list(phases)
    return Phases(
        before=min(one.before for one in known),
        procedure=min(one.procedure for one in known),
        recovery=min(one.recovery for one in known),
        discharge=min(one.discharge for one in known),
    )


def most_visits(board: Board, phases: Phases, need: Need) -> int:
    """At most so many visits of at least these lengths fit into one day, by its rooms, its people and its pool.

    `need` is one that asks for nothing: its notice long over, no skills, no other visits.
    """
    masks = Masks(board, phases, need)
    rooms: dict[int, tuple[list[int], int]] = {}
    people: dict[int, list[int]] = {}
    for hours in board.hours:
        offset = hours.opens - masks.since
        starts = masks.within(hours, masks.room(hours)) & hours.starts(phases)
        at, turnover = rooms.get(hours.room_id, ([], hours.turnover))
        rooms[hours.room_id] = at + [offset + one for one in positions(starts)], min(turnover, hours.turnover)
        for person in hours.operator_ids:
            free = masks.within(hours, masks.operator(person)) & starts
            people.setdefault(person, []).extend(offset + one for one in positions(free))
    by_rooms = sum(_one_after_the_other(at, phases.procedure + turnover) for at, turnover in rooms.values())
    by_people = sum(_one_after_the_other(at, phases.procedure) for at in people.values())
    if not phases.stay:
        return min(by_rooms, by_people)
    free_ticks = sum(board.busy.free(place).bit_count() for place in board.recovery_ids)
    return min(by_rooms, by_people, free_ticks // phases.stay)


def _one_after_the_other(starts: Sequence[int], length: int) -> int:
    """The most stretches of one length that begin at some of these and do not overlap: always take the earliest."""
    count, free_from = 0, None
    for at in sorted(starts):
        if free_from is None or at >= free_from:
            count, free_from = count + 1, at + length
    return count
