"""Who is asked first when a slot comes free, and who cannot come then. Plain functions: the clock is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from scheduling.engine.ticks import day_words, length_words

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms a patient would come earlier: notice needed, ISO weekdays (empty: any), hours of the day."""

    notice: timedelta
    weekdays: frozenset[int] = frozenset()
    arrive_from: time | None = None
    leave_by: time | None = None

    def problem(self, arrives: datetime, leaves: datetime, *, at: datetime) -> str:
        """Why a visit in local time is not on these terms, in words; empty where it is.

        >>> from datetime import UTC
        >>> terms = Terms(notice=timedelta(hours=24), weekdays=frozenset({2, 4}), leave_by=time(15))
        >>> visit = datetime(2026, 11, 25, 9, tzinfo=UTC), datetime(2026, 11, 25, 12, tzinfo=UTC)
        >>> terms.problem(*visit, at=datetime(2026, 11, 24, 8, tzinfo=UTC))
        'Can come on Tue and Thu only'
        """
        left = arrives - at
        if left < self.notice:
            return f"Needs {_hours(self.notice)} of notice; it begins in {_hours(left)}"
        if self.weekdays and arrives.isoweekday() not in self.weekdays:
            return f"Can come on {_and([_DAYS[day - 1] for day in sorted(self.weekdays)])} only"
        if self.arrive_from is not None and arrives.time() < self.arrive_from:
            return f"Can arrive from {self.arrive_from:%H:%M} only"
        if self.leave_by is not None and (leaves.date() > arrives.date() or leaves.time() > self.leave_by):
            return f"Must leave by {self.leave_by:%H:%M}, and would leave at {leaves:%H:%M}"
        return ""

    @property
    def words(self) -> str:
        """The terms as a coordinator reads them.

        >>> Terms(notice=timedelta(hours=24), weekdays=frozenset({2}), arrive_from=time(9)).words
        '24 h of notice, Tue, arriving from 09:00'
        """
        parts = [f"{_hours(self.notice)} of notice" if self.notice else "at any notice"]
        if self.weekdays:
            parts.append(_and([_DAYS[day - 1] for day in sorted(self.weekdays)]))
        if self.arrive_from is not None:
            parts.append(f"arriving from {self.arrive_from:%H:%M}")
        if self.leave_by is not None:
            parts.append(f"leaving by {self.leave_by:%H:%M}")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a patient stands among those who may have a slot; local policy.

    Loading doses before others, then the window that closes first, then who has waited longest.
    """

    is_later_dose: bool
    closes_on: date
    since: datetime
    key: int

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why here, in words."""
        words = [] if self.is_later_dose else ["Loading dose"]
        return (*words, f"Window closes {day_words(self.closes_on)}", f"Waiting since {day_words(self.since.date())}")


def earlier_words(days: int, minutes: int) -> str:
    """How much earlier than the visit booked.

    >>> earlier_words(3, 4000), earlier_words(1, 1300), earlier_words(0, 95)
    ('3 days earlier', '1 day earlier', '1 h 35 min earlier')
    """
    if days:
        return f"{days} day{'' if days == 1 else 's'} earlier"
    return f"{length_words(minutes)} earlier"


def _hours(span: timedelta) -> str:
    minutes = max(0, int(span.total_seconds() // 60))
    return f"{minutes // 60} h" if minutes >= 60 else f"{minutes} min"


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
