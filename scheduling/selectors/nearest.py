"""The free start nearest to one that was refused: on its day first, else the best that the search proposes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduling.engine.free import free_starts
from scheduling.engine.need import Need
from scheduling.engine.ranking import Scored, Standing, score
from scheduling.engine.search import find
from scheduling.engine.ticks import instant_at
from scheduling.engine.visit import Slot
from scheduling.selectors.errands import Errand
from scheduling.selectors.slots import loader

_OTHER_ROOM = 8
"""Ticks that another room counts as: half an hour later in the same room is nearer than another room at once."""


@dataclass(frozen=True, slots=True)
class Moving:
    """The visit that would be moved, and where it stands: the tick of its procedure and its room's key."""

    pk: int
    procedure: int
    room_id: int


def nearest_start(
    errand: Errand, need: Need, wanted: tuple[int, int], *, at: datetime, moving: Moving | None = None
) -> Slot | None:
    """The slot nearest to a wanted (tick of the procedure, room's key) that needs no reason; None where none is found.

    The visit that would be moved is not in its own way, and where it stands is no answer. A constant number of
    queries; whoever asks may see the errand.
    """
    procedure, room_id = wanted
    load = loader(errand, need, at, moving_id=moving.pk if moving else None)
    own = (moving.procedure, moving.room_id) if moving else None
    on = _date_of(procedure, need)
    slots = free_starts(load(on, on + timedelta(days=1)), errand.phases, need)
    good = [one for one in _allowed(score(slots, need), need) if (one.procedure, one.room_id) != own]
    if good:
        return min(good, key=lambda one: (_distance(one, procedure, room_id), one.procedure, one.room_id))
    found = find(load, errand.phases, need, limit=2)
    best = [one.slot for one in found.proposals if one.is_inside or need.latest_on < need.from_on]
    return next((one for one in best if (one.procedure, one.room_id) != own), None)


def _allowed(scored: list[Scored], need: Need) -> list[Slot]:
    """Those inside the window; after one that has closed, any day left."""
    is_over = need.latest_on < need.from_on
    most = Standing.AFTER if is_over else Standing.INSIDE_AGAINST_WISH
    return [slot for by, slot in scored if by.standing <= most]


def _distance(slot: Slot, procedure: int, room_id: int) -> int:
    return abs(slot.procedure - procedure) + _OTHER_ROOM * (slot.room_id != room_id)


def _date_of(procedure: int, need: Need) -> date:
    return instant_at(procedure).astimezone(need.zone).date()
