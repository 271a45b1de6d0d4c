"""Places of a day that a usual visit could have: what the calendar offers. They promise nobody a slot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from doseplans.models import Protocol
from scheduling.engine.bits import Busy
from scheduling.engine.board import Board
from scheduling.engine.free import free_starts
from scheduling.engine.need import Need
from scheduling.engine.nursing import nursed
from scheduling.engine.recovery import Held
from scheduling.engine.ticks import ceil_tick, days_as_ticks, floor_tick, instant_at
from scheduling.engine.visit import Slot
from scheduling.models import Closure, Resource
from scheduling.selectors.calendar import CalendarDays
from scheduling.selectors.demands import (
    AskedOf,
    Demands,
    asked_of_everybody,
    places_asked,
    skills_of,
    start_hours_of,
    with_own_places,
)
from scheduling.selectors.lists import chain_of, imaging_devices, taken_ticks
from scheduling.selectors.nursing import shifts_of


@dataclass(frozen=True, slots=True)
class FreePlace:
    """A room and somebody who operates are free for a procedure, and a recovery place after it."""

    room: Resource
    operator: Resource | None
    starts_at: datetime
    ends_at: datetime


def free_places(days: CalendarDays, protocol: Protocol | None, *, at: datetime) -> tuple[FreePlace, ...]:
    """Room by room the earliest starts, one after the other, at which a visit of that protocol would be free.

    Worked out by the search that makes proposals, for a patient without needs or wishes who can come at once: the
    notice that proposals keep is for whoever books to waive, as it is by hand. Of one day that is not over; five
    queries at most, whatever is booked. Whoever asks may see the days.
    """
    board = days.board
    if days.days > 1 or protocol is None or not board.lists or board.on < board.unit.local_date(at):
        return ()
    phases, is_assisted = chain_of(protocol)
    asked = Demands(asked_of_everybody(board.unit, protocol))
    need = Need(
        zone=board.unit.zone,
        target_on=board.on,
        earliest_on=board.on,
        latest_on=board.on,
        not_before=at,
        operator_skills=asked.of(AskedOf.OPERATOR),
        room_skills=asked.of(AskedOf.ROOM),
        place_skills=asked.of(AskedOf.PLACE),
        assistant_skills=asked.of(AskedOf.ASSISTANT),
        imaging_skills=asked.of(AskedOf.IMAGING),
        is_assisted=is_assisted,
        start_hours=start_hours_of(protocol, board.unit, at=at),
    )
    slots = free_starts(_board(days, need, at=at), phases, need)
    rooms = {room.pk: room for room in board.rooms}
    return tuple(
        FreePlace(
            room=rooms[slot.room_id],
            operator=board.people.get(slot.operator_id),
            starts_at=slot.procedure_at,
            ends_at=instant_at(slot.procedure + phases.procedure),
        )
        for slot in one_after_the_other(slots)
        if slot.room_id in rooms
    )


def one_after_the_other(slots: Iterable[Slot]) -> list[Slot]:
    """Of the starts in each room the earliest, then the next that leaves it its procedure and its turnover."""
    found: list[Slot] = []
    ready: dict[int, int] = {}
    for slot in sorted(slots, key=lambda one: (one.room_id, one.procedure)):
        if slot.procedure >= ready.get(slot.room_id, slot.procedure):
            ready[slot.room_id] = slot.procedure + slot.phases.procedure + slot.turnover
            found.append(slot)
    return found


def _board(days: CalendarDays, need: Need, *, at: datetime) -> Board:
    """The day as a search sees it; lists, people, places and closures are those that the calendar has read."""
    board = days.board
    unit, since, until = board.unit, board.on, board.on + timedelta(days=1)
    first, last = days_as_ticks(since, until, unit.zone)
    since_at, until_at = instant_at(first), instant_at(last)
    pool = tuple(place.pk for place in board.places)
    devices = imaging_devices(unit) if need.imaging_skills else ()
    people = {key for hours in board.lists for key in hours.operator_ids}
    ids = [*{hours.room_id for hours in board.lists}, *people, *pool, *devices]
    taken = taken_ticks(ids, since=since_at, until=until_at, at=at, besides_dose_id=None)
    rows = [*taken, *_closed(board.closures, ids)]
    skills = skills_of(unit)
    held = [Held(key, *row[:3], movable=row[3]) for key, row in enumerate(rows) if row[0] in pool]
    if skills:
        held = with_own_places(held, places_asked(unit, since=since_at, until=until_at), skills, pool)
    stays = [row[1:3] for row in taken if row[0] in pool]
    return Board(
        hours=board.lists,
        busy=Busy.of(first, last, (row[:3] for row in rows)),
        recovery_ids=pool,
        held=tuple(held),
        skills=skills,
        imaging_ids=devices,
        nursed=nursed(shifts_of(unit), (since, until), unit.zone, stays),
    )


def _closed(closures: Iterable[Closure], ids: Sequence[int]) -> list[tuple[int, int, int, bool]]:
    """A closure of the unit closes every one of them."""
    return [
        (key, floor_tick(closure.starts_at), ceil_tick(closure.ends_at), False)
        for closure in closures
        for key in (ids if closure.resource_id is None else (closure.resource_id,))
    ]
