"""Time as the engine counts it: whole ticks of five minutes since 1970 in UTC, and the one overlap test.

Ticks are plain integers, so a night on which the clocks change is a day of 276 or 300 ticks and nothing else
is special about it. Wall-clock rules become ticks in one place, `wall_clock`, and only there.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

TICK_MINUTES = 5
_TICK_SECONDS = TICK_MINUTES * 60

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Moment = TypeVar("Moment", int, date, datetime, time)


def overlaps(a_starts: Moment, a_ends: Moment, b_starts: Moment, b_ends: Moment) -> bool:
    """Whether two half-open stretches share a moment; one may begin as the other ends.

    >>> overlaps(0, 3, 3, 6), overlaps(0, 4, 3, 6)
    (False, True)
    """
    return a_starts < b_ends and b_starts < a_ends


def floor_tick(instant: datetime) -> int:
    """The tick an instant lies in. Raises ValueError for a time without a zone."""
    return int(_seconds(instant) // _TICK_SECONDS)


def ceil_tick(instant: datetime) -> int:
    """The first tick that begins at or after an instant. Raises ValueError for a time without a zone."""
    return -int(-_seconds(instant) // _TICK_SECONDS)


def instant_at(tick: int) -> datetime:
    """When a tick begins, in UTC."""
    return datetime.fromtimestamp(tick * _TICK_SECONDS, UTC)


def ticks_in(minutes: int) -> int:
    """Whole ticks that hold so many minutes, rounded up.

    >>> ticks_in(45), ticks_in(7)
    (9, 2)
    """
    return -(-minutes // TICK_MINUTES)


def wall_clock(on: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which clocks in the zone show a time.

    A time that comes twice means its first coming; one that never comes means as many hours after midnight as if
    the clocks had not changed. Source: RFC 5545 section 3.3.5.

    >>> wall_clock(date(2026, 3, 29), time(1, 30), ZoneInfo("Europe/London")).isoformat()
    '2026-03-29T01:30:00+00:00'
    >>> wall_clock(date(2026, 10, 25), time(1, 30), ZoneInfo("Europe/London")).isoformat()
    '2026-10-25T00:30:00+00:00'
    """
    return datetime.combine(on, at.replace(tzinfo=None, fold=0), zone).astimezone(UTC)


def is_shown(on: date, at: time, zone: ZoneInfo) -> bool:
    """Whether clocks in the zone ever show this time on this date.

    >>> is_shown(date(2026, 3, 29), time(1, 30), ZoneInfo("Europe/London"))
    False
    """
    back = wall_clock(on, at, zone).astimezone(zone)
    return (back.date(), back.time()) == (on, at.replace(tzinfo=None, fold=0))


def days_as_ticks(since: date, until: date, zone: ZoneInfo) -> tuple[int, int]:
    """The ticks from the midnight that begins `since` to the midnight that begins `until`, in the zone.

    >>> since, until = days_as_ticks(date(2026, 3, 29), date(2026, 3, 30), ZoneInfo("Europe/London"))
    >>> (until - since) * TICK_MINUTES // 60
    23
    """
    return (floor_tick(wall_clock(since, time(0), zone)), ceil_tick(wall_clock(until, time(0), zone)))


def days_between(since: date, until: date) -> list[date]:
    """Every date from `since` up to, and without, `until`."""
    return [since + timedelta(days=day) for day in range((until - since).days)]


def day_words(on: date) -> str:
    """A date as a ward says it, whatever the process's locale.

    >>> day_words(date(2026, 12, 25))
    'Fri 25 Dec'
    """
    return f"{_WEEKDAYS[on.weekday()]} {on.day} {_MONTHS[on.month - 1]}"


def length_words(minutes: int) -> str:
    """A length as a ward says it.

    >>> length_words(45), length_words(120), length_words(255)
    ('45 min', '2 h', '4 h 15 min')
    """
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part) or "0 min"


def _seconds(instant: datetime) -> float:
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.timestamp()
