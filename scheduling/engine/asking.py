"""When somebody rings a patient who has not said whether they will come. No Django."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from doseplans.readiness import is_working_day, working_days_before

ASKED_BEFORE = timedelta(hours=48)
"""So long before a visit a mail asks for an answer, and no answer makes a call."""

RUNG_BEFORE = timedelta(hours=24)
"""The call is made so long before the visit, while the slot can still be given to somebody else (local policy)."""

OFFICE_CLOSES = time(17)
"""Where that is no working day: by the end of the last one before it (local policy)."""


@dataclass(frozen=True, slots=True)
class Call:
    """From when it is on the worklist, and by when it is made."""

    opens_at: datetime
    due_at: datetime


def call_for(arrives_at: datetime, zone: ZoneInfo, holidays: Container[date]) -> Call:
    """The call about a visit that nobody has answered: 48 hours before, or on the last working day before that.

    Monday's visits, and Tuesday's, come up on Friday, and those after a bank holiday on the last working day before:

    >>> london = ZoneInfo("Europe/London")
    >>> monday = datetime(2026, 11, 30, 9, 30, tzinfo=london)
    >>> calls = [call_for(monday + timedelta(days=n), london, ()) for n in range(4)]
    >>> [f"{call.opens_at:%a %H:%M} to {call.due_at:%a %H:%M}" for call in calls]
    ['Fri 00:00 to Fri 17:00', 'Fri 00:00 to Mon 09:30', 'Mon 09:30 to Tue 09:30', 'Tue 09:30 to Wed 09:30']
    >>> christmas = {date(2026, 12, 25), date(2026, 12, 28)}
    >>> call_for(datetime(2026, 12, 29, 9, 30, tzinfo=london), london, christmas).opens_at.isoformat()
    '2026-12-24T00:00:00+00:00'
    """
    local = arrives_at.astimezone(zone)
    opens_at, due_at = ((arrives_at - before).astimezone(zone) for before in (ASKED_BEFORE, RUNG_BEFORE))
    if not is_working_day(opens_at.date(), holidays):
        opens_at = datetime.combine(working_days_before(opens_at.date(), 1, holidays), time(0), zone)
    if not is_working_day(due_at.date(), holidays):
        due_at = datetime.combine(working_days_before(due_at.date(), 1, holidays), OFFICE_CLOSES, zone)
    return Call(opens_at, min(due_at, local))
