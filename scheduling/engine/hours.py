"""When rooms are open: weekly patterns in wall-clock time, and what they come to on a date."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from math import lcm
from zoneinfo import ZoneInfo

from scheduling.engine.bits import ones, positions, runs, stretch
from scheduling.engine.ticks import ceil_tick, days_between, floor_tick, is_shown, overlaps, ticks_in, wall_clock
from scheduling.engine.visit import Phases

_MIDNIGHT = time(0)


class Misfit(StrEnum):
    """What of a list's hours a procedure's start would not keep."""

    CLOSED = "closed"
    BREAK = "break"
    FIRST_IN = "first_in"
    LAST_OUT = "last_out"


@dataclass(frozen=True, slots=True)
class OpenHours:
    """One room's list on one date, in ticks.

    `opens` is the first procedure's earliest start, `closes` the last procedure's latest end (cleaning may follow),
    `last_out` when the last patient has left the unit, `first_in` when the first may arrive (None: any time).
    `grid` has the bookable starts and `breaks` the ticks in which no procedure runs, as bits counted from `opens`.
    `turnover` ticks after a procedure are the room's, not the operator's.
    """

    on: date
    room_id: int
    operator_ids: tuple[int, ...]
    opens: int
    closes: int
    last_out: int
    grid: int
    breaks: int = 0
    first_in: int | None = None
    turnover: int = 0

    @property
    def pauses(self) -> tuple[tuple[int, int], ...]:
        """The breaks as stretches of ticks, each with the tick after its last; inside the hours of procedures."""
        inside = self.breaks & ones(self.closes - self.opens)
        begins, ends = inside & ~(inside << 1), ~inside & (inside << 1)
        return tuple(
            (self.opens + first, self.opens + last)
            for first, last in zip(positions(begins), positions(ends), strict=True)
        )

    def starts(self, phases: Phases) -> int:
        """Bookable procedure starts that the whole visit fits around, as bits counted from `opens`."""
        first_in = None if self.first_in is None else self.first_in - self.opens
        return _fitting(self.grid, self.breaks, self.closes - self.opens, self.last_out - self.opens, first_in, phases)

    def refuses(self, phases: Phases, procedure: int) -> bool:
        """Whether a procedure at this tick would leave the hours; a start between the bookable ones is let pass."""
        at = procedure - self.opens
        any_start = ones(max(self.closes - self.opens, 0))
        first_in = None if self.first_in is None else self.first_in - self.opens
        fits = _fitting(any_start, self.breaks, self.closes - self.opens, self.last_out - self.opens, first_in, phases)
        return at < 0 or not fits >> at & 1

    def misfit(self, phases: Phases, procedure: int) -> Misfit | None:
        """Why `refuses` says what it says, the plainest reason first; None where it lets the start pass."""
        ends = procedure + phases.procedure
        if procedure < self.opens or ends > self.closes:
            return Misfit.CLOSED
        if self.breaks & stretch(procedure - self.opens, ends - self.opens):
            return Misfit.BREAK
        if self.first_in is not None and procedure - phases.before < self.first_in:
            return Misfit.FIRST_IN
        return Misfit.LAST_OUT if ends + phases.after > self.last_out else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPattern:
    """A weekly list: a room, the people who operate there and its wall-clock hours in the unit's zone.

    `weekday` is ISO (Monday 1). Starts are every `step_minutes` from `opens`, or exactly `fixed_starts`. A pattern of
    every nth week counts its weeks from `valid_from`. `closes` or `last_out` at 00:00 is the midnight ending the day.
    An extra list is held on a day on which the unit is otherwise closed too.
    """

    room_id: int
    operator_ids: tuple[int, ...]
    weekday: int
    opens: time
    closes: time
    last_out: time
    step_minutes: int = 15
    fixed_starts: tuple[time, ...] = ()
    breaks: tuple[tuple[time, time], ...] = ()
    first_in: time | None = None
    turnover_minutes: int = 0
    valid_from: date = date.min
    valid_to: date | None = None
    every_weeks: int = 1
    is_extra: bool = False

    def is_on(self, on: date) -> bool:
        """Whether the list is held on a date."""
        if on.isoweekday() != self.weekday or on < self.valid_from:
            return False
        if self.valid_to is not None and on > self.valid_to:
            return False
        if self.every_weeks == 1:
            return True
        monday = self.valid_from.toordinal() - self.valid_from.weekday()
        return (on.toordinal() - monday) // 7 % self.every_weeks == 0

    def hours_on(self, on: date, zone: ZoneInfo) -> OpenHours | None:
        """What the pattern comes to on a date; None where a change of the clocks leaves no time."""
        opens = ceil_tick(wall_clock(on, self.opens, zone))
        closes = floor_tick(_ending(on, self.closes, zone))
        if closes <= opens:
            return None
        return OpenHours(
            on=on,
            room_id=self.room_id,
            operator_ids=self.operator_ids,
            opens=opens,
            closes=closes,
            last_out=floor_tick(_ending(on, self.last_out, zone)),
            grid=self._grid(on, zone, opens, closes),
            breaks=self._breaks(on, zone, opens),
            first_in=None if self.first_in is None else ceil_tick(wall_clock(on, self.first_in, zone)),
            turnover=ticks_in(self.turnover_minutes),
        )

    def _grid(self, on: date, zone: ZoneInfo, opens: int, closes: int) -> int:
        if not self.fixed_starts:
            return _every(ticks_in(self.step_minutes), closes - opens)
        # A start at a time the clocks skip is no start: its patients could not read it off any clock.
        shown = (ceil_tick(wall_clock(on, at, zone)) - opens for at in self.fixed_starts if is_shown(on, at, zone))
        return sum({1 << at for at in shown if 0 <= at < closes - opens})

    def _breaks(self, on: date, zone: ZoneInfo, opens: int) -> int:
        taken = 0
        for starts, ends in self.breaks:
            first, last = floor_tick(wall_clock(on, starts, zone)), ceil_tick(_ending(on, ends, zone))
            taken |= stretch(first - opens, last - opens)
        return taken


def open_hours(
    patterns: Iterable[DayPattern], since: date, until: date, zone: ZoneInfo, closed_on: Container[date] = ()
) -> tuple[OpenHours, ...]:
    """Every list held from `since` up to, and without, `until`; on a `closed_on` date only the extra ones.

    Returns them in order of day, opening and room.
    """
    known = list(patterns)
    held = [
        hours
        for on in days_between(since, until)
        for pattern in known
        if pattern.is_on(on) and (pattern.is_extra or on not in closed_on)
        if (hours := pattern.hours_on(on, zone)) is not None
    ]
    return tuple(sorted(held, key=lambda hours: (hours.on, hours.opens, hours.room_id)))


def clash_on(one: DayPattern, other: DayPattern, since: date) -> date | None:
    """The first day from `since` on which both lists have one room open at the same time; None where there is none."""
    if one.room_id != other.room_id or one.weekday != other.weekday:
        return None
    if not overlaps(one.opens, _closing(one), other.opens, _closing(other)):
        return None
    first = max(since, one.valid_from, other.valid_from)
    first += timedelta(days=(one.weekday - first.isoweekday()) % 7)
    # After so many weeks the two meet, or miss each other, as before.
    weeks = (first + timedelta(weeks=n) for n in range(lcm(one.every_weeks, other.every_weeks)))
    return next((on for on in weeks if one.is_on(on) and other.is_on(on)), None)


def _closing(pattern: DayPattern) -> time:
    return time.max if pattern.closes == _MIDNIGHT else pattern.closes


def _ending(on: date, at: time, zone: ZoneInfo) -> datetime:
    return wall_clock(on + timedelta(days=1) if at == _MIDNIGHT else on, at, zone)


def _every(step: int, length: int) -> int:
    """Every `step`th of `length` bits, bit 0 the first: a geometric series of ones."""
    count = -(-length // step)
    return ones(count * step) // ones(step)


@lru_cache(maxsize=512)
def _fitting(grid: int, breaks: int, closes: int, last_out: int, first_in: int | None, phases: Phases) -> int:
    """Cached because the same list comes every week: only the change of the clocks makes two of them differ."""
    latest = min(closes - phases.procedure, last_out - phases.procedure - phases.after)
    earliest = 0 if first_in is None else max(first_in + phases.before, 0)
    return grid & stretch(earliest, latest + 1) & runs(ones(max(closes, 0)) & ~breaks, phases.procedure)
