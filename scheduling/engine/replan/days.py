"""The days of a re-plan while it is made: what is taken grows and shrinks as visits are tried here and there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from scheduling.engine.bits import Busy, stretch, window
from scheduling.engine.board import Board
from scheduling.engine.free import Masks, free_starts, pack_around
from scheduling.engine.hours import OpenHours
from scheduling.engine.need import Need
from scheduling.engine.recovery import EFFORT, Held, Move, pick_recovery
from scheduling.engine.replan.asks import NO_LIMITS, Asked, Limits
from scheduling.engine.ticks import overlaps
from scheduling.engine.visit import Slot


class Days:
    """A board cut into days, so that asking one day costs one day, and a visit can be put in and taken out again.

    `placed` has the slot of every visit put in, by its key. Nothing here chooses: the callers do.
    """

    def __init__(self, board: Board, limits: Limits = NO_LIMITS) -> None:
        self.board, self.limits = board, limits
        self.placed: dict[int, Slot] = {}
        self.hours: dict[date, tuple[OpenHours, ...]] = {}
        for hours in board.hours:
            self.hours[hours.on] = (*self.hours.get(hours.on, ()), hours)
        self.dates = tuple(sorted(self.hours))
        self._ranges = {on: _range(hours, board.busy) for on, hours in self.hours.items()}
        self._bits: dict[date, dict[int, int]] = {
            on: {key: self._of_day(on, bits) for key, bits in board.busy.bits.items()} for on in self.dates
        }
        # Without the names of what takes a place nothing may be packed again, not even what is put in here.
        self._packs = bool(board.held) or not any(board.busy.taken(place) for place in board.recovery_ids)
        self._held: dict[date, list[Held]] = {on: [] for on in self.dates}
        for item in board.held:
            touched = self._touching(item.starts, item.ends)
            for on in touched:
                self._held[on].append(item if len(touched) == 1 else replace(item, movable=False))
        self._first_key = 1 + max((item.key for item in board.held), default=0)
        self._held_keys: dict[int, int] = {}
        self._patients: dict[int, dict[int, tuple[int, int]]] = {}
        own = () if board.nursed is None else (board.nursed,)
        self._is_nursed = bool(own) or limits.nursed is not None
        self._nursed = {on: [self._of_day(on, bits) for bits in limits.nursed or own] for on in self.dates}

    def fork(self) -> Days:
        """The same state, to be tried on without changing this one."""
        other = object.__new__(Days)
        other.__dict__ |= self.__dict__
        other.placed = dict(self.placed)
        other._bits = {on: dict(bits) for on, bits in self._bits.items()}
        other._held = {on: list(held) for on, held in self._held.items()}
        other._nursed = {on: list(masks) for on, masks in self._nursed.items()}
        other._held_keys = dict(self._held_keys)
        other._patients = {patient: dict(visits) for patient, visits in self._patients.items()}
        return other

    def board_on(self, on: date, visit: Asked) -> Board:
        """The one day as it stands for a visit."""
        since, until = self._ranges[on]
        return replace(
            self.board,
            hours=self.hours[on],
            busy=Busy(since, until, self._bits[on]),
            held=tuple(self._held[on]) if self._packs else (),
            barred=self._barred(on, visit),
            nursed=next(iter(self._nursed[on]), 0) if self._is_nursed else None,
        )

    def board_in_words(self, on: date, visit: Asked) -> Board:
        """The one day for a visit, with what is closed told apart from what is taken: placing does not ask that."""
        shut = {key: self._of_day(on, bits) for key, bits in self.board.shut.items()}
        return replace(self.board_on(on, visit), shut=shut)

    def need_of(self, visit: Asked, need: Need) -> Need:
        """The need, the patient's visits put in here counted with those it names."""
        others = self._patients.get(visit.patient_id)
        return replace(need, taken=(*need.taken, *others.values())) if others else need

    def slots(self, on: date, visit: Asked, need: Need) -> list[Slot]:
        """Every free start of one day (`free_starts`); none on a day without lists."""
        if on not in self.hours:
            return []
        return free_starts(self.board_on(on, visit), visit.phases, self.need_of(visit, need))

    def put(self, visit: Asked, need: Need, slot: Slot, *, keeps_place: bool = False) -> bool:
        """The slot is taken by the visit, with the recovery place that fits best or that others leave for it.

        With `keeps_place` the slot's own place is preferred. False, and nothing is changed, where no place can be had.
        The slot must be one that is free now.
        """
        place_id: int | None = None
        moves: tuple[Move, ...] = ()
        allowed = [place for place in self.board.recovery_ids if self.board.able(place, need.place_skills)]
        if slot.phases.stay:
            board = self.board_on(slot.on, visit)
            own = [slot.recovery_id] if keeps_place and slot.recovery_id in allowed else []
            place_id = pick_recovery(own, board.busy, *slot.recovery_ticks)
            if place_id is None:
                place_id = pick_recovery(allowed, board.busy, *slot.recovery_ticks)
            if place_id is None:
                packed = self._packed(slot, need, board)
                if packed is None:
                    return False
                place_id, moves = packed
        for move in moves:
            self._change_place(slot.on, move.key, move.to_place_id)
        self.placed[visit.key] = replace(slot, recovery_id=place_id, displaced=len(moves))
        self._patients.setdefault(visit.patient_id, {})[visit.key] = slot.arrive, slot.leave
        self._mark(beside_places(slot), taken=True)
        if place_id is not None:
            held_key = self._held_keys.setdefault(visit.key, self._first_key + len(self._held_keys))
            places = None if len(allowed) == len(self.board.recovery_ids) else frozenset(allowed)
            item = Held(held_key, place_id, *slot.recovery_ticks, movable=True, places=places)
            for on in self._touching(item.starts, item.ends):
                self._held[on].append(item)
            self._mark([(place_id, item.starts, item.ends)], taken=True)
            self._nurse(slot, one_more=True)
        return True

    def take_out(self, visit: Asked) -> Slot:
        """What the visit took is free again; returns the slot it had."""
        slot = self.placed.pop(visit.key)
        del self._patients[visit.patient_id][visit.key]
        self._mark(beside_places(slot), taken=False)
        if slot.recovery_id is not None:
            for on in self._touching(*slot.recovery_ticks):
                self._held[on] = [item for item in self._held[on] if item.key != self._held_keys[visit.key]]
            self._free_place(slot.recovery_id, *slot.recovery_ticks)
            self._nurse(slot, one_more=False)
        return slot

    def moves(self) -> tuple[Move, ...]:
        """Who of those the board held is in another recovery place now, in order of key.

        Whoever can go back to the old place does so first.
        """
        before = {item.key: item.place_id for item in self.board.held}
        moved = [
            (on, item)
            for on in self.dates
            for item in sorted(self._held[on], key=lambda item: item.key)
            if before.get(item.key, item.place_id) != item.place_id
        ]
        for on, item in moved:
            if Busy(*self._ranges[on], self._bits[on]).is_free(before[item.key], item.starts, item.ends):
                self._change_place(on, item.key, before[item.key])
        left = {
            item.key: Move(item.key, before[item.key], item.place_id)
            for held in self._held.values()
            for item in held
            if before.get(item.key, item.place_id) != item.place_id
        }
        return tuple(left[key] for key in sorted(left))

    def _packed(self, slot: Slot, need: Need, board: Board) -> tuple[int, tuple[Move, ...]] | None:
        if not self._packs:
            return None
        masks = Masks(board, slot.phases, need)
        hours = next(hours for hours in self.hours[slot.on] if _holds(hours, slot))
        packed = pack_around(masks, hours, slot.procedure, effort=EFFORT)
        return None if packed is None else (packed.place_id, packed.moves)

    def _change_place(self, on: date, held_key: int, to_place_id: int) -> None:
        item = next(item for item in self._held[on] if item.key == held_key)
        self._held[on][self._held[on].index(item)] = replace(item, place_id=to_place_id)
        self._free_place(item.place_id, item.starts, item.ends)
        self._mark([(to_place_id, item.starts, item.ends)], taken=True)
        for key, own in self._held_keys.items():
            if own == held_key and key in self.placed:
                self.placed[key] = replace(self.placed[key], recovery_id=to_place_id)

    def _free_place(self, place_id: int, starts: int, ends: int) -> None:
        """A place's stretch is free but for what else is held there: a closure may lie across a visit."""
        self._mark([(place_id, starts, ends)], taken=False)
        for on in self._touching(starts, ends):
            rest = [item for item in self._held[on] if item.place_id == place_id]
            self._mark([(place_id, item.starts, item.ends) for item in rest], taken=True)

    def _barred(self, on: date, visit: Asked) -> dict[int, int]:
        """Where and when the visit may not be, for what runs in the area: what stays, and what was put in here."""
        since, until = self._ranges[on]
        barred = {room_id: self._of_day(on, bits) for room_id, bits in (visit.barred or self.board.barred).items()}
        for key in visit.apart_from:
            other = self.placed.get(key)
            if other is None or other.on != on or other.room_id not in self.limits.areas:
                continue
            first = other.procedure - since
            mask = window(stretch(first, first + other.phases.procedure), 0, until - since)
            for room_id, area in self.limits.areas.items():
                if area == self.limits.areas[other.room_id]:
                    barred[room_id] = barred.get(room_id, 0) | mask
        return barred

    def _nurse(self, slot: Slot, *, one_more: bool) -> None:
        """The nurses have one patient more, or one less, for the stay: their masks move down, or up, in its ticks."""
        masks, since = self._nursed[slot.on], self._ranges[slot.on][0]
        starts, ends = slot.recovery_ticks
        stay = stretch(starts - since, ends - since)
        shifted = [*masks[1:], 0] if one_more else [stay, *masks[:-1]]
        self._nursed[slot.on] = [
            mask & ~stay | other & stay for mask, other in zip(masks, shifted[: len(masks)], strict=True)
        ]

    def _of_day(self, on: date, bits: int) -> int:
        since, until = self._ranges[on]
        return window(bits, since - self.board.busy.since, until - since)

    def _mark(self, rows: Iterable[tuple[int, int, int]], *, taken: bool) -> None:
        for resource_id, starts, ends in rows:
            for on in self._touching(starts, ends):
                since, until = self._ranges[on]
                mask = window(stretch(starts - since, ends - since), 0, until - since)
                before = self._bits[on].get(resource_id, 0)
                self._bits[on][resource_id] = before | mask if taken else before & ~mask

    def _touching(self, starts: int, ends: int) -> list[date]:
        """The days whose ticks a stretch touches: nearly always one, found without asking them all."""
        first = date.fromordinal(_EPOCH + starts // _DAY_TICKS)
        found, on = [], first - timedelta(days=1)
        while (on - first).days <= 1 + (ends - starts) // _DAY_TICKS + 1:
            if on in self._ranges and overlaps(starts, ends, *self._ranges[on]):
                found.append(on)
            on += timedelta(days=1)
        return found


_EPOCH = date(1970, 1, 1).toordinal()
_DAY_TICKS = 288


def _range(hours: tuple[OpenHours, ...], busy: Busy) -> tuple[int, int]:
    since = max(busy.since, min(one.opens for one in hours))
    until = min(busy.until, max(max(one.last_out, one.closes + one.turnover) for one in hours))
    return since, max(since, until)


def _holds(hours: OpenHours, slot: Slot) -> bool:
    return (
        hours.room_id == slot.room_id
        and slot.operator_id in hours.operator_ids
        and not hours.refuses(slot.phases, slot.procedure)
    )


def beside_places(slot: Slot) -> list[tuple[int, int, int]]:
    """What a slot takes up but for its recovery place: resource, first tick, tick after the last."""
    ends = slot.procedure + slot.phases.procedure
    others = (slot.operator_id, slot.assistant_id, slot.imaging_id)
    taken = [(resource_id, slot.procedure, ends) for resource_id in others if resource_id is not None]
    return [(slot.room_id, slot.procedure, ends + slot.turnover), *taken]
