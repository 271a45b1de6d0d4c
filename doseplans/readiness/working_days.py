"""Counting back in working days, for warnings that somebody must still be there to act on."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, timedelta

SATURDAY = 5


def is_working_day(day: date, holidays: Container[date]) -> bool:
    """Monday to Friday, without bank holidays."""
    return day.weekday() < SATURDAY and day not in holidays


def working_days_before(day: date, number: int, holidays: Container[date]) -> date:
    """The day that lies so many working days before another: Monday to Friday, without bank holidays.

    Two working days before Tuesday after a Christmas on Friday, with its bank holiday on Monday, is the Wednesday:

    >>> christmas = {date(2026, 12, 25), date(2026, 12, 28)}
    >>> working_days_before(date(2026, 12, 29), 2, christmas).isoformat()
    '2026-12-23'
    """
    while number:
        day -= timedelta(days=1)
        if is_working_day(day, holidays):
            number -= 1
    return day
