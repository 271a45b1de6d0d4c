"""Keys of advisory transaction locks: `recorded_as` takes them once, in order, before anything is re-read and decided.

One lock a (unit, local date) makes the recovery pool and the exclusion constraints race-free and keeps p99 low; one a
patient covers the plan's rules (hold, minimum interval, one visit a dose); one a person shared between units covers
people who are booked from two places. Taking all of them sorted, in one statement, is what prevents deadlock.
"""

from datetime import date

_PATIENT, _PERSON, _UNIT_DAY = 1, 2, 3
_KIND_BITS = 60
_DAY_BITS = 22
"""Ordinals of dates need 22 bits at most (the year 9999); that leaves 38 for the unit."""


def patient_key(patient_id: int) -> int:
    """The lock under which a patient's visits and plans change."""
    return (_PATIENT << _KIND_BITS) | patient_id


def person_key(resource_id: int) -> int:
    """The lock of somebody who works in several units."""
    return (_PERSON << _KIND_BITS) | resource_id


def unit_day_key(unit_id: int, day: date) -> int:
    """The lock of one unit's local day.

    >>> unit_day_key(1, date(2026, 11, 24)) < unit_day_key(1, date(2026, 11, 25)) < unit_day_key(2, date(2026, 1, 1))
    True
    """
    return (_UNIT_DAY << _KIND_BITS) | (unit_id << _DAY_BITS) | day.toordinal()
