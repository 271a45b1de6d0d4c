"""Rules about identifiers and about finding people by what somebody types, as plain functions."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
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


def age_on(born: date, day: date) -> int:
    """Completed years on a day.

    >>> from datetime import date
    >>> age_on(date(1971, 7, 2), date(2026, 7, 1)), age_on(date(1971, 7, 2), date(2026, 7, 2))
    (54, 55)
    """
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


# Letters that Unicode does not take apart into a plain one and a mark. The trigger that writes a patient's name keys
# folds in the same way (patients.models.WRITE_NAME_KEYS); a test holds the two together.
FOLDED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"})


def folded(text: str) -> str:
    """Small letters without accents: how names are compared.

    >>> folded("Łukasz O’Brien-Müller")
    'lukasz o’brien-muller'
    """
    apart = unicodedata.normalize("NFD", text)
    plain = "".join(letter for letter in apart if not "\u0300" <= letter <= "\u036f")
    return plain.lower().translate(FOLDED)


@dataclass(frozen=True)
class Search:
    """What somebody typed into the search field, understood. All of it must fit."""

    names: tuple[str, ...] = ()
    nhs_number: str = ""
    hospital_numbers: tuple[str, ...] = ()
    birth_date: date | None = None

    @property
    def is_empty(self) -> bool:
        return self == Search()


_DATE = re.compile(r"(?<!\d)(?:(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d{4})-(\d{2})-(\d{2}))(?!\d)")
_NHS_NUMBER = re.compile(r"(?<![\w-])(\d{3})[ -]?(\d{3})[ -]?(\d{4})(?![\w-])")


def understand_search(text: str) -> Search:
    """Names by their beginnings, an NHS number, a hospital number, a date of birth, in any order.

    >>> understand_search("fairw ines")
    Search(names=('fairw', 'ines'), nhs_number='', hospital_numbers=(), birth_date=None)
    >>> understand_search("999 089 9452").nhs_number
    '9990899452'
    >>> understand_search("O'Neill, 02/07/1971").birth_date
    datetime.date(1971, 7, 2)
    >>> understand_search("q204000").hospital_numbers
    ('Q204000',)
    """
    birth_date: date | None = None
    if found := _DATE.search(text):
        birth_date = _date_of(found)
        if birth_date is not None:
            text = text[: found.start()] + " " + text[found.end() :]
    number = ""
    if found := _NHS_NUMBER.search(text):
        number = "".join(found.groups())
        text = text[: found.start()] + " " + text[found.end() :]
    names, numbers = [], []
    for word in re.split(r"[\s,;]+", text):
        if any(letter.isdigit() for letter in word):
            numbers.append(word.upper())
        elif plain := "".join(letter for letter in folded(word) if letter.isalnum()):
            names.append(plain)
    return Search(tuple(names), number, tuple(numbers), birth_date)


def _date_of(found: re.Match[str]) -> date | None:
    day, month, year, iso_year, iso_month, iso_day = found.groups()
    try:
        return date(int(year or iso_year), int(month or iso_month), int(day or iso_day))
    except ValueError:
        return None
