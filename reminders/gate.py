"""How long a personal link works, and what wrong birthdays do to it. Plain functions; the figures are local policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS_AFTER_VISIT = 1
"""A link works until the end of so many days after the visit. Local policy."""

TRIES_BEFORE_PAUSE = 5
PAUSE = timedelta(minutes=15)
TRIES_BEFORE_END = 20
"""So many wrong birthdays, counted from the last right one, pause a link and where they came from, or end the link.
Local policy.
"""

FORGOTTEN_AFTER = timedelta(days=1)
"""Where wrong birthdays came from is remembered for so long."""


@dataclass(frozen=True, slots=True)
class Tries:
    """Wrong birthdays so far, since the last right one, and until when no other is looked at."""

    wrong: int = 0
    locked_until: datetime | None = None

    def is_locked(self, at: datetime) -> bool:
        """Whether even the right birthday is not looked at yet."""
        return self.locked_until is not None and at < self.locked_until


def after_wrong(tries: Tries, *, at: datetime) -> Tries:
    """One more: every fifth is followed by a pause.

    >>> at = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    >>> after_wrong(Tries(3), at=at).is_locked(at), after_wrong(Tries(4), at=at).locked_until.isoformat()
    (False, '2026-11-24T12:15:00+00:00')
    """
    wrong = tries.wrong + 1
    return Tries(wrong, at + PAUSE if wrong % TRIES_BEFORE_PAUSE == 0 else tries.locked_until)


def is_spent(tries: Tries) -> bool:
    """Whether the link ends: somebody is guessing."""
    return tries.wrong >= TRIES_BEFORE_END


def link_ends_at(leave_at: datetime, zone: ZoneInfo) -> datetime:
    """The end of the local day after the visit.

    >>> link_ends_at(datetime(2026, 12, 1, 13, 0, tzinfo=UTC), ZoneInfo("Europe/London")).isoformat()
    '2026-12-03T00:00:00+00:00'
    """
    day = leave_at.astimezone(zone).date() + timedelta(days=DAYS_AFTER_VISIT + 1)
    return datetime.combine(day, time(0), zone).astimezone(UTC)
