"""Calendar months on date ordinals. Months are clamped at the month's end, as prescribing texts count them."""

from calendar import monthrange
from datetime import date


def add_months(ordinal: int, months: int) -> int:
    """The same day of the month, `months` later; the month's last day where it has no such day.

    >>> day = lambda text: date.fromisoformat(text).toordinal()
    >>> date.fromordinal(add_months(day("2026-10-31"), 4)).isoformat()
    '2027-02-28'
    >>> date.fromordinal(add_months(day("2027-10-31"), 4)).isoformat()
    '2028-02-29'
    >>> date.fromordinal(add_months(day("2026-12-15"), 1)).isoformat()
    '2027-01-15'
    """
    day = date.fromordinal(ordinal)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    return date(year, month, min(day.day, monthrange(year, month)[1])).toordinal()
