"""When a message is due. Plain functions: the clock, the zone and the quiet hours are arguments.

Three promises. A reminder is never later than its step means: where the step falls into quiet hours it goes
on the evening before. A reminder never arrives in quiet hours, even after an outage. An invite, an update and
a cancellation go at once, at any hour: a journey to a visit that is off is worse than a sound at night.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Step(StrEnum):
    """How long before the arrival a reminder speaks."""

    SEVEN_DAYS = "reminder_7d"
    TWO_DAYS = "reminder_48h"
    ONE_DAY = "reminder_24h"


# A shifted reminder aims at some time before the quiet hours, so that a queue does not carry it into them.
EVENING_MARGIN = timedelta(minutes=30)
# A reminder held up by an outage is still worth sending for so long; after that the next step speaks.
STILL_WORTH_SENDING = timedelta(hours=6)
# So shortly before the arrival the patient is on the way, and a reminder only alarms.
ON_THE_WAY = timedelta(hours=2)
# A cancellation this close to the arrival may be read too late: somebody calls as well.
CLOSE_TO_ARRIVAL = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The part of the local day, `[starts, ends)`, in which nobody is reminded. Equal times mean: none."""

    starts: time = time(20)
    ends: time = time(8)

    def __contains__(self, local: datetime) -> bool:
        """Whether a local wall-clock time is quiet.

        >>> datetime(2026, 11, 24, 20, 0) in QuietHours(), datetime(2026, 11, 24, 8, 0) in QuietHours()
        (True, False)
        """
        clock = local.time()
        if self.starts <= self.ends:
            return self.starts <= clock < self.ends
        return clock >= self.starts or clock < self.ends

    @property
    def margin(self) -> timedelta:
        """How long before the quiet hours a shifted reminder aims; half the waking day if that is short."""
        quiet = datetime.combine(_ANY_DAY, self.ends) - datetime.combine(_ANY_DAY, self.starts)
        waking = timedelta(days=1) - (quiet % timedelta(days=1))
        return min(EVENING_MARGIN, waking / 2)


_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC).date()


@dataclass(frozen=True, slots=True)
class DueStep:
    step: Step
    due_at: datetime


@dataclass(frozen=True, slots=True)
class SendNow:
    pass


@dataclass(frozen=True, slots=True)
class Defer:
    """Not now: try again at this instant."""

    until: datetime


@dataclass(frozen=True, slots=True)
class TooLate:
    """Never: a reminder held up this long would confuse. The next step, if any, still speaks."""


Verdict = SendNow | Defer | TooLate


def reminder_due_at(step: Step, arrive_at: datetime, zone: ZoneInfo, quiet: QuietHours) -> datetime:
    """The instant, in UTC, at which a step's reminder is due.

    Seven days are counted on the local calendar; 48 h and 24 h are hours that pass, also over a night with
    a clock change. In quiet hours the reminder moves to the evening before, never to the morning after.

    >>> london, arrive_at = ZoneInfo("Europe/London"), datetime(2026, 12, 3, 7, 45, tzinfo=UTC)
    >>> reminder_due_at(Step.ONE_DAY, arrive_at, london, QuietHours()).isoformat()
    '2026-12-01T19:30:00+00:00'
    """
    arrive_at = _in_utc(arrive_at)
    match step:
        case Step.SEVEN_DAYS:
            local = arrive_at.astimezone(zone)
            meant = _instant(local.replace(tzinfo=None, fold=0) - timedelta(days=7), zone)
        case Step.TWO_DAYS:
            meant = arrive_at - timedelta(hours=48)
        case Step.ONE_DAY:
            meant = arrive_at - timedelta(hours=24)
    return _evening_before(meant, zone, quiet)


def reminders_ahead(
    arrive_at: datetime,
    zone: ZoneInfo,
    quiet: QuietHours,
    *,
    at: datetime,
    steps: Sequence[Step] = tuple(Step),
) -> list[DueStep]:
    """The reminders still to come at `at`, soonest first. A step already past is left out, not sent late."""
    at = _in_utc(at)
    due = (DueStep(step, reminder_due_at(step, arrive_at, zone, quiet)) for step in steps)
    return sorted((one for one in due if one.due_at > at), key=lambda one: one.due_at)


def judge_reminder(
    due_at: datetime, arrive_at: datetime, zone: ZoneInfo, quiet: QuietHours, *, at: datetime
) -> Verdict:
    """Whether a due reminder may leave at `at`.

    Raises nothing and remembers nothing: it is asked again at the last moment before each try.

    >>> due_at, arrive_at = datetime(2026, 12, 1, 19, 30, tzinfo=UTC), datetime(2026, 12, 3, 9, 0, tzinfo=UTC)
    >>> late = datetime(2026, 12, 1, 22, 0, tzinfo=UTC)
    >>> judge_reminder(due_at, arrive_at, ZoneInfo("Europe/London"), QuietHours(), at=late).until.isoformat()
    '2026-12-02T08:00:00+00:00'
    """
    due_at, arrive_at, at = (_in_utc(instant) for instant in (due_at, arrive_at, at))
    local = at.astimezone(zone)
    leaves_at = _next_time(quiet.ends, at, zone) if local in quiet else at
    if leaves_at >= arrive_at - ON_THE_WAY:
        return TooLate()
    if _waking_time(due_at, leaves_at, zone, quiet) > STILL_WORTH_SENDING:
        return TooLate()
    return SendNow() if leaves_at == at else Defer(leaves_at)


def needs_call_as_well(arrive_at: datetime, *, at: datetime) -> bool:
    """Whether a cancellation told at `at` comes so close to the arrival that somebody should ring too."""
    return timedelta(0) < _in_utc(arrive_at) - _in_utc(at) <= CLOSE_TO_ARRIVAL


def _in_utc(instant: datetime) -> datetime:
    # Python subtracts two times of one zone by their clocks, which is an hour out over a clock change.
    if instant.utcoffset() is None:
        raise ValueError("An instant without a zone cannot be scheduled.")
    return instant.astimezone(UTC)


def _instant(local: datetime, zone: ZoneInfo) -> datetime:
    """A wall-clock time as an instant. One that a clock change skips is taken by the old clock."""
    return local.replace(tzinfo=zone).astimezone(UTC)


def _evening_before(instant: datetime, zone: ZoneInfo, quiet: QuietHours) -> datetime:
    local = instant.astimezone(zone)
    if local not in quiet:
        return instant
    began_on = local.date() if local.time() >= quiet.starts else local.date() - timedelta(days=1)
    return _instant(datetime.combine(began_on, quiet.starts) - quiet.margin, zone)


def _next_time(clock: time, after: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after `after` at which the zone's clock stands at `clock`.

    In the night the clocks go back a time comes twice, and the first may already be gone.
    """
    on = after.astimezone(zone).date()
    for days in (0, 1):
        for fold in (0, 1):
            local = datetime.combine(on + timedelta(days=days), clock).replace(tzinfo=zone, fold=fold)
            instant = local.astimezone(UTC)
            if instant > after:
                return instant
    raise ValueError("A clock change of more than a day.")


def _waking_time(start: datetime, end: datetime, zone: ZoneInfo, quiet: QuietHours) -> timedelta:
    """How much of the span lies outside the quiet hours, as far as it matters."""
    passed, at = timedelta(0), start
    while at < end and passed <= STILL_WORTH_SENDING:
        if at.astimezone(zone) in quiet:
            at = _next_time(quiet.ends, at, zone)
        else:
            until = min(end, _next_time(quiet.starts, at, zone))
            passed += until - at
            at = until
    return passed
