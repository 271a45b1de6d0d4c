"""Numbers and ages of people, as plain functions."""

from __future__ import annotations

import re
from datetime import date

import nhs_number


def nhs_number_problem(value: str) -> str | None:
    """What is wrong with an NHS number, in words, or None when it can be used.

    Source: NHS Data Dictionary, modulus 11 with weights 10..2; all-same-digit numbers pass the sum and are refused.

    >>> nhs_number_problem("9990899452") is None
    True
    >>> nhs_number_problem("9991234567")
    'Its check digit does not fit: a digit is mistyped.'
    >>> nhs_number_problem("2222222222")
    'All its digits are the same: that is a placeholder, not a number.'
    """
    digits = nhs_number_digits(value)
    if not (digits.isascii() and digits.isdigit() and len(digits) == 10):
        return "An NHS number has ten digits."
    if len(set(digits)) == 1:
        return "All its digits are the same: that is a placeholder, not a number."
    if not nhs_number.is_valid(digits):
        return "Its check digit does not fit: a digit is mistyped."
    return None


def nhs_number_digits(value: str) -> str:
    """The number without the spaces and hyphens people write in it.

    >>> nhs_number_digits("999 089-9452")
    '9990899452'
    """
    return re.sub(r"[\s-]", "", value)


def nhs_number_spaced(value: str | None) -> str:
    """As it is printed, 3-3-4; an empty text for none.

    >>> nhs_number_spaced("9990899452"), nhs_number_spaced(None)
    ('999 089 9452', '')
    """
    return f"{value[:3]} {value[3:6]} {value[6:]}" if value else ""


def hospital_number_plain(value: str) -> str:
    """The number without spaces, in capitals: as a ward's list and the desk both write it.

    >>> hospital_number_plain(" h 1234567 ")
    'H1234567'
    """
    return "".join(value.split()).upper()


OLDEST_AGE = 120


def birth_date_problem(born: date, today: date) -> str | None:
    """What is wrong with a date of birth, in words, or None when it can be one.

    >>> birth_date_problem(date(2027, 1, 1), date(2026, 11, 24))
    'The date of birth has not come yet. Check the year.'
    >>> birth_date_problem(date(1066, 1, 1), date(2026, 11, 24))
    'Nobody is 960 years old. Check the year.'
    """
    if born > today:
        return "The date of birth has not come yet. Check the year."
    if (age := age_on(born, today)) > OLDEST_AGE:
        return f"Nobody is {age} years old. Check the year."
    return None


def age_on(born: date, day: date) -> int:
    """Completed years on a day.

    >>> from datetime import date
    >>> age_on(date(1971, 7, 2), date(2026, 7, 1)), age_on(date(1971, 7, 2), date(2026, 7, 2))
    (54, 55)
    """
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
