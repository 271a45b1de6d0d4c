"""When a message is due. Plain functions: the clock, the zone and the quiet hours are arguments.

Three promises. A reminder is never later than its step means: where the step falls into quiet hours it goes
on the evening before. A reminder never arrives in quiet hours, even after an outage. An invite, an update and
a cancellation go at once, at any hour: a journey to a visit that is off is worse than a sound at night. So does an
offer of an earlier time, which may be gone by the morning.
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


class Kind(StrEnum):
    """What a message does, as far as its standing goes."""

    REQUEST = "request"
    CANCEL = "cancel"
    REMINDER = "reminder"
    OFFER = "offer"


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand with a visit and its patient at one moment. `status` is a FHIR Appointment status."""

    status: str
    sequence: int
    dtstamp: datetime
    is_deceased: bool = False
    is_on_hold: bool = False
    is_plan_ended: bool = False


def reason_against(
    kind: Kind,
    *,
    sequence: int,
    dtstamp: datetime,
    standing: Standing,
    is_event_undone: bool = False,
    unreachable: str = "",
) -> str | None:
    """Why a message written for (sequence, dtstamp) must not leave as things stand, in words; None when it may.

    `unreachable` says in words why the reader cannot be mailed. Asked when messages are derived and again, under a
    lock on the visit, in the last moment before each try.

    >>> at = datetime(2026, 11, 24, 11, 42, tzinfo=UTC)
    >>> reason_against(Kind.REMINDER, sequence=0, dtstamp=at, standing=Standing("cancelled", 1, at))
    'The visit was cancelled.'
    """
    is_reminder = kind is Kind.REMINDER
    reasons = (
        (standing.is_deceased, "The patient has died. Nothing more is sent."),
        (is_event_undone, "It was undone before anything was sent."),
        (bool(unreachable), f"{unreachable}."),
        _reason_of_visit(kind, standing),
        (
            (sequence, dtstamp) != (standing.sequence, standing.dtstamp),
            "The visit was changed. A newer message takes the place of this one.",
        ),
        (is_reminder and standing.is_on_hold, "The plan is on hold, so nobody is reminded."),
        (is_reminder and standing.is_plan_ended, "The plan has ended, so nobody is reminded."),
    )
    return next((words for applies, words in reasons if applies), None)


def _reason_of_visit(kind: Kind, standing: Standing) -> tuple[bool, str]:
    is_cancel = kind is Kind.CANCEL
    match standing.status:
        case "booked":
            return is_cancel, "The visit stands again."
        case "cancelled":
            return not is_cancel, "The visit was cancelled."
        case "entered-in-error":
            return not is_cancel, "The booking was undone."
        case "noshow":
            return True, "The patient did not come."
        case _:
            return True, "The patient has arrived."


# Minutes between the tries of a mail that did not go, and with that the end: after the last try a person is asked.
RETRY_MINUTES = (1, 2, 5, 10, 20, 40, 60, 120, 240)
MOST_TRIES = len(RETRY_MINUTES) + 1


def next_try(tries: int, *, at: datetime, arrive_at: datetime, is_cancellation: bool = False) -> datetime | None:
    """When a mail that has failed `tries` times is tried again; None when it is given up.

    It is given up after the last try, and at once where the next would come after the patient has set out: then only
    a call helps. News of a cancellation is tried until the arrival itself.

    >>> at = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    >>> next_try(1, at=at, arrive_at=at + timedelta(days=3)).isoformat()
    '2026-11-24T12:01:00+00:00'
    >>> next_try(MOST_TRIES, at=at, arrive_at=at + timedelta(days=3)) is None
    True
    """
    if tries >= MOST_TRIES:
        return None
    again = _in_utc(at) + timedelta(minutes=RETRY_MINUTES[tries - 1])
    last = _in_utc(arrive_at) if is_cancellation else _in_utc(arrive_at) - ON_THE_WAY
    return again if again < last else None
