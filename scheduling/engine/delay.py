"""A list that runs late, or a patient who comes late: how far each visit of the rest of the day must move.

In the order of the list each visit gets the first start, no earlier than its own, at which everything it takes is
free beside what does not move and those before it: gaps soak up the delay. What fits nowhere is named, and the others
are worked out as if it were not there: somebody has to move it first, or to say that it stays where it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from scheduling.engine.hours import OpenHours
from scheduling.engine.nursing import Shift, has_nurse
from scheduling.engine.recovery import EFFORT, Held, Move, repack
from scheduling.engine.standing import Taken, nearest_misfit
from scheduling.engine.ticks import overlaps
from scheduling.engine.visit import Phases

_EFFORT = EFFORT // 5


class Short(StrEnum):
    """What the day has not enough of for a visit that would have to move."""

    NO_TIME = "no_time"
    START_HOURS = "start_hours"
    KEPT_APART = "kept_apart"
    HOURS = "hours"
    LAST_OUT = "last_out"
    NO_NURSE = "no_nurse"
    NO_RECOVERY = "no_recovery"


@dataclass(frozen=True, slots=True)
class Listed:
    """A visit that has not begun, as it is booked, in ticks.

    `takes` is whatever it needs besides a recovery place, the patient's own time among it. `stay` is its place, if it
    has one. Its procedure begins before `begins_before`, and runs in none of the `barred` stretches.
    """

    key: int
    room_id: int
    operator_id: int
    procedure: int
    phases: Phases
    takes: tuple[Taken, ...]
    stay: Held | None = None
    begins_before: int | None = None
    barred: tuple[tuple[int, int], ...] = ()

    def taking(self, procedure: int) -> list[Taken]:
        """What it takes if its procedure begins then."""
        by = procedure - self.procedure
        return [(key, starts + by, ends + by) for key, starts, ends in self.takes]

    def staying(self, procedure: int) -> Held | None:
        """Its stay in recovery if its procedure begins then, at the place it has."""
        by = procedure - self.procedure
        return self.stay and replace(self.stay, starts=self.stay.starts + by, ends=self.stay.ends + by)


@dataclass(frozen=True, slots=True)
class Rest:
    """What stands around the list: the day's lists, all that does not move, the pool and its other stays.

    Held stretches of closures have keys below zero. Nobody who moves leaves after `until`. `days` are the dates
    `[first, last)` that stays may touch.
    """

    hours: Sequence[OpenHours]
    busy: Sequence[Taken]
    pool: Sequence[int]
    held: Sequence[Held]
    until: int
    days: tuple[date, date]
    zone: ZoneInfo
    shifts: Sequence[Shift] = ()


@dataclass(frozen=True, slots=True)
class Late:
    """The visit `key` begins `ticks` later than booked, and with it the room or person `blocked_id` does.

    `blocked_id` None: only this patient is late, and others of the list may go before. `may_run_over`: what would not
    fit otherwise may leave the hours of the lists. `standing` are visits that stay where they are, whatever comes.
    """

    key: int
    ticks: int
    blocked_id: int | None = None
    may_run_over: bool = False
    standing: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Shifted:
    """Where a visit's procedure begins now. `is_over`: outside the hours of its list, by leave to run over."""

    key: int
    was: int
    procedure: int
    place_id: int | None = None
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """A visit for which the day has nothing; `would` is the first start but for what it is short of."""

    key: int
    short: Short
    would: int | None = None


@dataclass(frozen=True, slots=True)
class Delay:
    """The rest of the list, in its order: those that fit with their starts, those that do not; and stays that change
    place.
    """

    shifted: tuple[Shifted, ...]
    left: tuple[Left, ...]
    moves: tuple[Move, ...] = ()


def delay(rest: Rest, listed: Sequence[Listed], late: Late) -> Delay:
    """How the list goes on. `listed` are the visits that may move, `late.key` among them."""
    in_order = sorted(listed, key=lambda one: (one.procedure, one.key))
    board = _Board(rest, [one for one in in_order if one.key in late.standing], late)
    if late.blocked_id is not None:
        board.take(
            (late.blocked_id, one.procedure, one.procedure + late.ticks) for one in listed if one.key == late.key
        )
    left = [failed for one in in_order if one.key not in late.standing and (failed := board.place(one)) is not None]
    return Delay(board.placed({one.key: one for one in listed}), tuple(left), board.moves())


@dataclass
class _Board:
    """The day while the list is laid out anew, visit by visit."""

    rest: Rest
    standing: Sequence[Listed]
    late: Late
    shifted: list[Shifted] = field(default_factory=list)
    _busy: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    _held: dict[int, Held] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.take(self.rest.busy)
        for one in self.standing:
            self.take(one.takes)
        stays = [one.stay for one in self.standing if one.stay is not None]
        self._held = {held.key: held for held in [*self.rest.held, *stays]}
        self._places: Mapping[int, int] = {held.key: held.place_id for held in self._held.values()}

    def take(self, rows: Iterable[Taken]) -> None:
        """So much is taken."""
        for key, starts, ends in rows:
            self._busy[key].append((starts, ends))

    def moves(self) -> tuple[Move, ...]:
        """Stays of others that have another place now."""
        changed = [held for held in self._held.values() if self._places.get(held.key, held.place_id) != held.place_id]
        return tuple(Move(held.key, self._places[held.key], held.place_id) for held in changed)

    def place(self, one: Listed) -> Left | None:
        """It has the earliest start there is; or what the day is short of, where there is none."""
        soonest = one.procedure + (self.late.ticks if one.key == self.late.key else 0)
        # What stands outside the hours already, by somebody's leave, is not asked to keep them now.
        is_bound = _short_of_hours(self.rest.hours, one, one.procedure) is None
        latest = max(self.rest.until - one.phases.procedure - one.phases.after, one.procedure)
        failed = Left(one.key, Short.NO_TIME)
        for is_over in (False, True) if is_bound and self.late.may_run_over else (False,):
            for at in range(soonest, latest + 1):
                short = self._short(one, at, is_bound=is_bound and not is_over)
                if short is None:
                    was_outside = _short_of_hours(self.rest.hours, one, at) is not None
                    self._settle(one, at, is_over=is_bound and was_outside)
                    return None
                if failed.would is None and short is not Short.NO_TIME:
                    failed = Left(one.key, short, at)
        return failed

    def _short(self, one: Listed, at: int, *, is_bound: bool) -> Short | None:
        """What stands against the start; None where the visit fits, and then it has a place."""
        ends = at + one.phases.procedure
        if any(overlaps(*row[1:], *taken) for row in one.taking(at) for taken in self._busy.get(row[0], ())):
            return Short.NO_TIME
        if one.begins_before is not None and at >= one.begins_before:
            return Short.START_HOURS
        if any(overlaps(at, ends, *barred) for barred in one.barred):
            return Short.KEPT_APART
        short = _short_of_hours(self.rest.hours, one, at) if is_bound else None
        return short or self._short_of_recovery(one, at)

    def _short_of_recovery(self, one: Listed, at: int) -> Short | None:
        stay = one.staying(at)
        if stay is None:
            return None
        stays = [(held.starts, held.ends) for held in self._held.values() if held.key > 0]
        if self.rest.shifts and not has_nurse(
            self.rest.shifts, self.rest.days, self.rest.zone, stays, (stay.starts, stay.ends)
        ):
            return Short.NO_NURSE
        at_own = [held for held in self._held.values() if held.place_id == stay.place_id]
        if stay.place_id in self.rest.pool and not any(
            overlaps(stay.starts, stay.ends, held.starts, held.ends) for held in at_own
        ):
            self._held[stay.key] = stay
            return None
        held = tuple(self._held.values())
        packed = repack(self.rest.pool, held, stay.starts, stay.ends, places=stay.places, effort=_EFFORT)
        if packed is None:
            return Short.NO_RECOVERY
        for move in packed.moves:
            self._held[move.key] = replace(self._held[move.key], place_id=move.to_place_id)
        self._held[stay.key] = replace(stay, place_id=packed.place_id)
        return None

    def _settle(self, one: Listed, at: int, *, is_over: bool) -> None:
        self.take(one.taking(at))
        self.shifted.append(Shifted(one.key, one.procedure, at, is_over=is_over))

    def placed(self, listed: Mapping[int, Listed]) -> tuple[Shifted, ...]:
        """The starts with the places as they are once all are in: a later one may have sent an earlier elsewhere."""
        return tuple(replace(one, place_id=self._place_of(listed[one.key])) for one in self.shifted)

    def _place_of(self, one: Listed) -> int | None:
        return None if one.stay is None else self._held[one.stay.key].place_id


def _short_of_hours(lists: Sequence[OpenHours], one: Listed, at: int) -> Short | None:
    """Why no list of the room and its operator carries a procedure then; None where one does."""
    mine = [hours for hours in lists if hours.room_id == one.room_id and one.operator_id in hours.operator_ids]
    if any(not hours.refuses(one.phases, at) for hours in mine):
        return None
    misfit = nearest_misfit(mine, one.phases, at)
    return Short.LAST_OUT if misfit == "last_out" else Short.HOURS
