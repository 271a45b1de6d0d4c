"""Free starts: where room, operator, recovery place and patient are free at once.

`free_starts` answers for all lists of a board, `check` for one start that somebody picked. Both read the same masks:
for each resource a big integer in which bit n says that a procedure starting at the nth tick finds it free.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from scheduling.engine.bits import ones, positions, runs, stretch, window
from scheduling.engine.board import Board
from scheduling.engine.hours import OpenHours
from scheduling.engine.need import Need
from scheduling.engine.recovery import EFFORT, Repacked, pick_recovery, repack
from scheduling.engine.ticks import ceil_tick, floor_tick, wall_clock
from scheduling.engine.visit import Phases, Slot

_SEARCH_EFFORT = EFFORT // 5
"""A search may meet many tight starts; what it passes over, booking by hand still tries in full."""


Lanes = list[tuple[int, bytes]]
"""Masks as bytes, one bit a tick: asking a big integer for one bit would copy all of it."""


class Masks:
    """Procedure starts at which each thing a visit needs is free, as bits counted from the board's first tick."""

    def __init__(self, board: Board, phases: Phases, need: Need, *, repacking: bool = True) -> None:
        self.board, self.phases, self.need = board, phases, need
        self.repacking = repacking and bool(board.held)
        self.since = board.busy.since
        self._rooms: dict[tuple[int, int], int] = {}
        self._operators: dict[int, int] = {}
        self._lanes: dict[tuple[int, ...], Lanes] = {}
        self._teams: dict[tuple[int, ...], tuple[int, ...]] = {}
        self._crews: dict[tuple[int, ...], int] = {}
        self._whole: dict[tuple[int, int, tuple[int, ...]], int] = {}

    def suits(self, hours: OpenHours) -> bool:
        """Whether the list's room is one the visit may use."""
        only = self.need.only_room_ids
        return (only is None or hours.room_id in only) and self.board.able(hours.room_id, self.need.room_skills)

    def team(self, hours: OpenHours) -> tuple[int, ...]:
        """Operators of the list who may do it, the usual one first."""
        people = hours.operator_ids
        if people not in self._teams:
            only, usual = self.need.only_operator_ids, self.need.usual_operator_id
            able = [
                person
                for person in people
                if (only is None or person in only) and self.board.able(person, self.need.operator_skills)
            ]
            self._teams[people] = tuple(sorted(able, key=lambda person: person != usual))
        return self._teams[people]

    def room(self, hours: OpenHours) -> int:
        """The room is free for procedure and turnover."""
        key = hours.room_id, hours.turnover
        if key not in self._rooms:
            self._rooms[key] = runs(self.board.busy.free(hours.room_id), self.phases.procedure + hours.turnover)
        return self._rooms[key]

    def not_closed(self, hours: OpenHours) -> int:
        """The room is not closed for any of the procedure, whoever has it."""
        shut = self.board.shut.get(hours.room_id, 0)
        return runs(self._all & ~shut, self.phases.procedure) if shut else self._all

    def apart(self, hours: OpenHours) -> int:
        """Nothing that the procedure is kept apart from runs in the room's area."""
        barred = self.board.barred.get(hours.room_id, 0)
        return runs(self._all & ~barred, self.phases.procedure) if barred else self._all

    def imaging(self, hours: OpenHours) -> int:
        """The room has the imaging that guides the needle, or a device that has it is free."""
        needed = self.need.imaging_skills
        if self.board.able(hours.room_id, needed):
            return self._all
        found = 0
        for device in self.devices:
            found |= self.operator(device)
        return found

    @cached_property
    def devices(self) -> tuple[int, ...]:
        """Imaging devices that would do."""
        return tuple(key for key in self.board.imaging_ids if self.board.able(key, self.need.imaging_skills))

    def operator(self, person: int) -> int:
        """A person, or a device, is free for the procedure."""
        if person not in self._operators:
            self._operators[person] = runs(self.board.busy.free(person), self.phases.procedure)
        return self._operators[person]

    def any_operator(self, hours: OpenHours) -> int:
        """Somebody of the list's team is free."""
        found = 0
        for person in self.team(hours):
            found |= self.operator(person)
        return found

    def assistants(self, hours: OpenHours) -> tuple[int, ...]:
        """People of the list who may assist; who also may operate comes last."""
        able = [person for person in hours.operator_ids if self.board.able(person, self.need.assistant_skills)]
        return tuple(sorted(able, key=lambda person: person in self.team(hours)))

    def crew(self, hours: OpenHours) -> int:
        """Somebody of the list's team is free, and somebody else of the list to assist where that is needed."""
        if not self.need.is_assisted:
            return self.any_operator(hours)
        people = hours.operator_ids
        if people not in self._crews:
            found = 0
            for person in self.team(hours):
                others = 0
                for other in self.assistants(hours):
                    others |= self.operator(other) if other != person else 0
                found |= self.operator(person) & others
            self._crews[people] = found
        return self._crews[people]

    def started_within(self, hours: OpenHours) -> int:
        """Starts that the protocol's own hours allow, as bits counted from the list's opening."""
        limits, zone = self.need.start_hours, self.need.zone
        size = hours.closes - hours.opens
        if limits is None:
            return ones(size)
        if not limits.allows_on(hours.on):
            return 0
        first = 0 if limits.since is None else ceil_tick(wall_clock(hours.on, limits.since, zone)) - hours.opens
        last = size if limits.before is None else ceil_tick(wall_clock(hours.on, limits.before, zone)) - hours.opens
        return stretch(first, min(last, size))

    @cached_property
    def nurses(self) -> int:
        """The nurses on duty can take one more for all of recovery and discharge."""
        if self.board.nursed is None or not self.phases.stay:
            return self._all
        return runs(self.board.nursed, self.phases.stay) >> self.phases.procedure

    @cached_property
    def pool(self) -> tuple[int, ...]:
        """Recovery places the patient may use."""
        return tuple(place for place in self.board.recovery_ids if self.board.able(place, self.need.place_skills))

    @cached_property
    def places(self) -> dict[int, int]:
        """Each place of the pool: free for all of recovery and discharge."""
        stay, busy = self.phases.stay, self.board.busy
        return {place: runs(busy.free(place), stay) >> self.phases.procedure for place in self.pool}

    @cached_property
    def any_place(self) -> int:
        """Some place is free for the whole stay, or none is needed."""
        if not self.phases.stay:
            return self._all
        found = 0
        for free in self.places.values():
            found |= free
        return found

    @cached_property
    def capacity(self) -> int:
        """At each moment of the stay some place is free, not always the same one: packing again may make it one.

        Asked of all places, not only of those the patient may use: others may be moved out of these.
        """
        if not self.phases.stay or not self.repacking:
            return self.any_place
        free = 0
        for place in self.board.recovery_ids:
            free |= self.board.busy.free(place)
        return runs(free, self.phases.stay) >> self.phases.procedure

    @cached_property
    def patient(self) -> int:
        """The patient has no other visit."""
        clear = self._all
        for starts, ends in self.need.taken:
            first = starts - (self.phases.length - self.phases.before) + 1
            clear &= ~stretch(first - self.since, ends + self.phases.before - self.since)
        return clear

    @cached_property
    def notice(self) -> int:
        """Arrival is not sooner than the notice needed."""
        soonest = ceil_tick(self.need.not_before) + self.phases.before - self.since
        return self._all & ~ones(soonest)

    def operator_lanes(self, hours: OpenHours) -> Lanes:
        """The list's team, the usual one first, each with the starts that find them free."""
        people = self.team(hours)
        if people not in self._lanes:
            self._lanes[people] = [(person, self._as_bytes(self.operator(person))) for person in people]
        return self._lanes[people]

    def helper_lanes(self, hours: OpenHours) -> Lanes:
        """Who of the list may assist, each with the starts that find them free; nobody where nobody is needed."""
        if not self.need.is_assisted:
            return []
        return [(person, self._as_bytes(self.operator(person))) for person in self.assistants(hours)]

    def device_lanes(self, hours: OpenHours) -> Lanes:
        """Imaging devices, each with the starts that find it free; none where the room needs none."""
        if self.board.able(hours.room_id, self.need.imaging_skills):
            return []
        return [(device, self._as_bytes(self.operator(device))) for device in self.devices]

    @cached_property
    def place_lanes(self) -> Lanes:
        """The pool in its order, each with the starts that find it free; none where no place is needed."""
        if not self.phases.stay:
            return []
        return [(place, self._as_bytes(free)) for place, free in self.places.items()]

    def _as_bytes(self, mask: int) -> bytes:
        return mask.to_bytes((self.board.busy.until - self.since) // 8 + 1, "little")

    def whole(self, hours: OpenHours) -> int:
        """Everything but the opening hours is free."""
        key = hours.room_id, hours.turnover, hours.operator_ids
        if key not in self._whole:
            free = self.room(hours) & self.crew(hours) & self.capacity & self.patient & self.notice
            if self.need.imaging_skills:
                free &= self.imaging(hours)
            if self.board.barred:
                free &= self.apart(hours)
            if self.board.nursed is not None:
                free &= self.nurses
            self._whole[key] = free
        return self._whole[key]

    def within(self, hours: OpenHours, mask: int) -> int:
        """The part of a mask inside a list, as bits counted from its opening."""
        return window(mask, hours.opens - self.since, hours.closes - hours.opens)

    @cached_property
    def _all(self) -> int:
        return ones(self.board.busy.until - self.since)


def free_starts(board: Board, phases: Phases, need: Need, *, repacking: bool = True) -> list[Slot]:
    """Every bookable start at which the whole visit is free: one slot a list and start, in order of day, list and time.

    The window is not asked: `rank` says what lies outside it. Of several free operators the usual one is named, else
    the list's first; of several places the pool's first. With `repacking`, starts that need others to change place
    are included where the board names what is `held`.
    """
    masks = Masks(board, phases, need, repacking=repacking)
    found: list[Slot] = []
    for hours in board.hours:
        if masks.suits(hours):
            left = masks.within(hours, masks.whole(hours)) & hours.starts(phases)
            if need.start_hours is not None:
                left &= masks.started_within(hours)
            if left:
                found.extend(_slots(masks, hours, left))
    return found


def settle(board: Board, slot: Slot, need: Need) -> Slot:
    """The slot with the recovery place that fits best; itself where others must change place or none is needed."""
    if slot.recovery_id is None or slot.displaced:
        return slot
    pool = [place for place in board.recovery_ids if board.able(place, need.place_skills)]
    return replace(slot, recovery_id=pick_recovery(pool, board.busy, *slot.recovery_ticks))


class Obstacle(StrEnum):
    """What stands in the way of a start."""

    OUTSIDE_HOURS = "outside_hours"
    ROOM_TAKEN = "room_taken"
    NO_OPERATOR = "no_operator"
    NO_ASSISTANT = "no_assistant"
    NO_IMAGING = "no_imaging"
    START_HOURS = "start_hours"
    KEPT_APART = "kept_apart"
    NO_RECOVERY = "no_recovery"
    NO_NURSE = "no_nurse"
    PATIENT_BUSY = "patient_busy"
    TOO_SOON = "too_soon"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a picked start is not free, in words for a clerk."""

    obstacle: Obstacle
    words: str


_WORDS = {
    Obstacle.OUTSIDE_HOURS: "The visit does not fit into the room's hours.",
    Obstacle.ROOM_TAKEN: "The room is taken at that time.",
    Obstacle.NO_OPERATOR: "No operator of that list is free at that time.",
    Obstacle.NO_ASSISTANT: "Nobody of that list is free at that time to assist.",
    Obstacle.NO_IMAGING: "The room has no such imaging, and no device is free at that time.",
    Obstacle.START_HOURS: "Procedures of this protocol do not begin at that time.",
    Obstacle.KEPT_APART: "A procedure that this one is kept apart from runs in the same area at that time.",
    Obstacle.NO_NURSE: "The nurses in recovery have as many patients as they may at that time.",
    Obstacle.NO_RECOVERY: "No recovery place is free for long enough after the procedure.",
    Obstacle.PATIENT_BUSY: "The patient has another visit at that time.",
    Obstacle.TOO_SOON: "That is sooner than the notice needed.",
}


def check(
    board: Board, phases: Phases, need: Need, *, room_id: int, procedure_at: datetime, operator_id: int | None = None
) -> Slot | Refusal:
    """The slot at a start that somebody picked, on the bookable grid or between, or the first thing that refuses it.

    With `operator_id` only that person will do. A time that is not on a whole tick is taken as the tick it lies in.
    """
    if operator_id is not None:
        wanted = frozenset((operator_id,))
        only = wanted if need.only_operator_ids is None else need.only_operator_ids & wanted
        need = replace(need, only_operator_ids=only)
    masks = Masks(board, phases, need)
    procedure = floor_tick(procedure_at)
    open_then = [h for h in board.hours if h.room_id == room_id and masks.suits(h) and not h.refuses(phases, procedure)]
    if not open_then:
        return _refused(Obstacle.OUTSIDE_HOURS)
    # Two lists of a room may touch or cross; the one whose operator is free serves.
    hours = next((h for h in open_then if masks.crew(h) >> (procedure - masks.since) & 1), open_then[0])
    layers = (
        (Obstacle.ROOM_TAKEN, masks.room(hours)),
        (Obstacle.NO_OPERATOR, masks.any_operator(hours)),
        (Obstacle.NO_ASSISTANT, masks.crew(hours)),
        (Obstacle.NO_IMAGING, masks.imaging(hours)),
        (Obstacle.KEPT_APART, masks.apart(hours)),
        (Obstacle.PATIENT_BUSY, masks.patient),
        (Obstacle.TOO_SOON, masks.notice),
        (Obstacle.NO_NURSE, masks.nurses),
        (Obstacle.NO_RECOVERY, masks.capacity),
    )
    if not window(masks.started_within(hours), procedure - hours.opens, 1):
        return _refused(Obstacle.START_HOURS)
    for obstacle, mask in layers:
        if not window(mask, procedure - masks.since, 1):
            return _refused(obstacle)
    slots = _slots(masks, hours, 1 << (procedure - hours.opens), effort=EFFORT)
    return settle(board, slots[0], need) if slots else _refused(Obstacle.NO_RECOVERY)


def _refused(obstacle: Obstacle) -> Refusal:
    return Refusal(obstacle, _WORDS[obstacle])


def _slots(masks: Masks, hours: OpenHours, left: int, *, effort: int = _SEARCH_EFFORT) -> list[Slot]:
    """The slots at the starts left in a list, with an operator and a place each; starts no packing serves drop out."""
    phases = masks.phases
    operators, places = masks.operator_lanes(hours), masks.place_lanes
    is_assisted = masks.need.is_assisted
    helper: int | None = None
    device: int | None = None
    helpers, devices = masks.helper_lanes(hours), masks.device_lanes(hours)
    shut, run = _shut(masks, hours), phases.procedure + hours.turnover
    opens, offset, stay = hours.opens, hours.opens - masks.since, phases.stay
    found = []
    for at in positions(left):
        start = opens + at
        if is_assisted:
            person, helper = _first_pair(operators, helpers, offset + at)
        else:
            person = _first_free(operators, offset + at)
        if person is None:
            continue
        if devices:
            device = _first_free(devices, offset + at)
        place_id, displaced = _first_free(places, offset + at), 0
        if stay and place_id is None:
            packed = pack_around(masks, hours, start, effort=effort)
            if packed is None:
                continue
            place_id, displaced = packed.place_id, len(packed.moves)
        before, above = at - (shut & (1 << at) - 1).bit_length(), shut >> at + run
        after = (above & -above).bit_length() - 1 if above else 0
        slot = Slot(hours.on, start, hours.room_id, person, place_id, phases, hours.turnover, before, after, displaced)
        found.append(
            slot if helper is None and device is None else replace(slot, assistant_id=helper, imaging_id=device)
        )
    return found


def _first_free(lanes: Lanes, bit: int) -> int | None:
    """The first resource whose mask has the bit."""
    byte, mask = bit >> 3, 1 << (bit & 7)
    for resource_id, lane in lanes:
        if lane[byte] & mask:
            return resource_id
    return None


def _first_pair(operators: Lanes, helpers: Lanes, bit: int) -> tuple[int | None, int | None]:
    """The first operator for whom somebody else is free to assist, and the first who is."""
    byte, mask = bit >> 3, 1 << (bit & 7)
    for person, lane in operators:
        if lane[byte] & mask:
            for helper, other in helpers:
                if helper != person and other[byte] & mask:
                    return person, helper
    return None, None


def _shut(masks: Masks, hours: OpenHours) -> int:
    """When the room is taken, in a break or closed for the day, as bits counted from the list's opening."""
    taken = masks.within(hours, masks.board.busy.taken(hours.room_id))
    size = hours.closes - hours.opens
    return (taken | hours.breaks) & ones(size) | 1 << size


def pack_around(masks: Masks, hours: OpenHours, procedure: int, *, effort: int = _SEARCH_EFFORT) -> Repacked | None:
    """The pool packed again around one start. A stay that reaches out of the list's day is left where it is."""
    starts = procedure + masks.phases.procedure
    ends = starts + masks.phases.stay
    first, last = hours.opens, max(hours.last_out, ends)
    around = [
        item if first <= item.starts and item.ends <= last else replace(item, movable=False)
        for item in masks.board.held
        if item.starts < last and item.ends > first
    ]
    return repack(masks.board.recovery_ids, around, starts, ends, places=frozenset(masks.pool), effort=effort)
