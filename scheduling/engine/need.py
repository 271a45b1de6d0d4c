"""What one dose needs of a slot, and what its patient would like."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduling.engine.ticks import overlaps

NextDoses = Callable[[date], Sequence[date]]
"""From the date of this dose to the dates of the doses after it, nearest first: booked, or else due."""

Window = tuple[date, date, date]
"""The earliest, the due and the latest date of a dose."""


def no_more(_on: date) -> tuple[date, ...]:
    """No dose is foreseen after this one."""
    return ()


def after_days(*intervals: int) -> NextDoses:
    """Next doses at fixed intervals from this one.

    >>> after_days(14, 28)(date(2026, 11, 27))
    (datetime.date(2026, 12, 11), datetime.date(2027, 1, 8))
    """

    def next_doses(on: date) -> tuple[date, ...]:
        found = []
        for interval in intervals:
            on = on + timedelta(days=interval)
            found.append(on)
        return tuple(found)

    return next_doses


@dataclass(frozen=True, slots=True)
class NextBooked:
    """The visit that is booked for the dose after this one, on a date.

    `last_before` is the last date of this dose that keeps that one's minimum interval. `window` gives that one's window
    from the date of this dose.
    """

    on: date
    last_before: date
    window: Callable[[date], Window]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoGo:
    """Wall-clock times, some weekdays (ISO; empty: all) and dates, at which the patient had better not be in the unit.

    `words` say why, as a clerk would: "transport leaves at 15:30".
    """

    words: str
    starts: time = time.min
    ends: time = time.max
    weekdays: frozenset[int] = frozenset()
    since: date = date.min
    until: date = date.max

    def clashes(self, arrives: datetime, leaves: datetime) -> bool:
        """Whether a visit, in local time, touches it. Seen from the date of arrival: `until` is its last date."""
        on = arrives.date()
        if not self.since <= on <= self.until or (self.weekdays and on.isoweekday() not in self.weekdays):
            return False
        leaves_by = leaves.time() if leaves.date() == on else time.max
        return overlaps(arrives.time(), leaves_by, self.starts, self.ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartHours:
    """When procedures of a protocol may begin, by the unit's clock: local rules of a protocol.

    `weekdays` are ISO (empty: all). `first_on` is the first date for which it is still ordered in time.
    """

    since: time | None = None
    before: time | None = None
    weekdays: frozenset[int] = frozenset()
    first_on: date | None = None

    def allows_on(self, on: date) -> bool:
        """Whether a procedure may begin on the date at all."""
        return (not self.weekdays or on.isoweekday() in self.weekdays) and (
            self.first_on is None or on >= self.first_on
        )

    def allows(self, on: date, at: time) -> bool:
        """Whether a procedure may begin then.

        >>> hours = StartHours(since=time(10), before=time(17), weekdays=frozenset(range(1, 6)))
        >>> [hours.allows(date(2026, 11, 27), at) for at in (time(9, 55), time(10), time(17))]
        [False, True, False]
        >>> hours.allows(date(2026, 11, 28), time(10))
        False
        """
        is_early = self.since is not None and at < self.since
        is_late = self.before is not None and at >= self.before
        return self.allows_on(on) and not is_early and not is_late


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One dose's window and one patient's circumstances.

    The window is `earliest_on` to `latest_on`, both included; all dates are local to `zone`. No visit begins before
    `not_before` (now, and the notice needed). `minimum_on` is the hard minimum interval: `find` offers nothing earlier,
    and nothing so late that `next_booked` would fall below its own.
    `drift_days` is the plan's deviation from its ideal calendar so far. `taken` are the patient's own visits, in ticks.
    Skills are what a resource must all have: a room "fluoroscopy", an operator "lumbar puncture", a place "stretcher".
    Imaging skills are the room's own, or those of a device that is brought there. An assistant is somebody of the list
    besides the operator. `only_*` narrow the choice to some resources (None: any); `only_operator_name` says to whom.
    Usual weekday, arrival time and operator are wishes.
    """

    zone: ZoneInfo
    target_on: date
    earliest_on: date
    latest_on: date
    not_before: datetime
    minimum_on: date | None = None
    next_booked: NextBooked | None = None
    drift_days: int = 0
    usual_weekday: int | None = None
    usual_time: time | None = None
    usual_operator_id: int | None = None
    only_operator_ids: frozenset[int] | None = None
    only_room_ids: frozenset[int] | None = None
    operator_skills: frozenset[str] = frozenset()
    room_skills: frozenset[str] = frozenset()
    place_skills: frozenset[str] = frozenset()
    is_assisted: bool = False
    assistant_skills: frozenset[str] = frozenset()
    imaging_skills: frozenset[str] = frozenset()
    start_hours: StartHours | None = None
    only_operator_name: str = ""
    taken: tuple[tuple[int, int], ...] = ()
    no_go: tuple[NoGo, ...] = ()
    next_doses: NextDoses = no_more
    bank_holidays: Container[date] = frozenset()

    def __post_init__(self) -> None:
        if not self.earliest_on <= self.target_on <= self.latest_on:
            raise ValueError("the target lies inside the window")
        if self.not_before.tzinfo is None:
            raise ValueError("not_before needs a time zone")

    @property
    def from_on(self) -> date:
        """The local date on which the patient can come at the soonest."""
        return self.not_before.astimezone(self.zone).date()

    @property
    def soonest_on(self) -> date:
        """The first date that the patient can come and that keeps the minimum interval."""
        return self.from_on if self.minimum_on is None else max(self.from_on, self.minimum_on)

    @property
    def last_on(self) -> date:
        """The last date that leaves the next visit its minimum interval."""
        return date.max if self.next_booked is None else self.next_booked.last_before
