"""What somebody typed to find a patient, understood. No clock: a year of two digits stands for both centuries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from patients.rules.spelling import joined

MOST_WORDS = 6
SHORTEST_NHS = 3
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_MONTH = "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\\.?"
_YEAR = r"(\d{4}|\d{2})"
_WRITTEN = (
    (re.compile(rf"(?<!\d)(\d{{1,2}})[/.-](\d{{1,2}})[/.-]{_YEAR}(?![\d/.-])"), "dmy"),
    (re.compile(r"(?<!\d)(\d{1,2}) (\d{1,2}) ((?:19|20)\d{2})(?!\d)"), "dmy"),
    (re.compile(r"(?<!\d)(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?!\d)"), "ymd"),
    (re.compile(rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?[ .-]*{_MONTH}[ ,.-]*{_YEAR}(?!\d)", re.IGNORECASE), "dmy"),
    (re.compile(rf"\b{_MONTH} *(\d{{1,2}})(?:st|nd|rd|th)?[ ,]+{_YEAR}(?!\d)", re.IGNORECASE), "mdy"),
)
_SPACED_NHS = re.compile(
    r"(?<![\w/.-])(\d{3})[ -](\d{3})[ -]?(\d{1,4})(?![\w/.-])|(?<![\w/.-])(\d{3})[ -](\d{1,3})(?![\w/.-])"
)


@dataclass(frozen=True)
class Number:
    """A word with digits in it. It fits whom one of these fits: a hospital number that begins so, an NHS number that
    begins so, a birthday, a year of birth."""

    hospital: str = ""
    nhs: str = ""
    days: tuple[date, ...] = ()
    year: int | None = None


@dataclass(frozen=True)
class Search:
    """All of it must fit: each name (the beginning of one), each number, and one of the `days` if there are any."""

    names: tuple[str, ...] = ()
    numbers: tuple[Number, ...] = ()
    days: tuple[date, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self == Search()


def understand_search(text: str) -> Search:
    """Names by their beginnings, NHS number, hospital number, date or year of birth, in any order.

    >>> understand_search("fairw ines").names
    ('fairw', 'ines')
    >>> understand_search("999 089 9452").numbers[0].nhs, understand_search("q204000").numbers[0].hospital
    ('9990899452', 'Q204000')
    >>> understand_search("O'Neill, 02/07/1971")
    Search(names=('oneill',), numbers=(), days=(datetime.date(1971, 7, 2),))
    >>> understand_search("14 Mar 68").days
    (datetime.date(1968, 3, 14), datetime.date(2068, 3, 14))
    >>> understand_search("14031968").numbers[0].days, understand_search("petrov 1968").numbers[0].year
    ((datetime.date(1968, 3, 14),), 1968)
    """
    days, text = _take_date(text)
    numbers = []
    if found := _SPACED_NHS.search(text):
        digits = "".join(group for group in found.groups() if group)
        numbers.append(Number(hospital=found[0].upper(), nhs=digits))
        text = f"{text[: found.start()]} {text[found.end() :]}"
    names = []
    for word in re.split(r"[\s,;]+", text)[:MOST_WORDS]:
        if any(letter.isdigit() for letter in word):
            numbers.append(_number(word))
        elif plain := joined(word):
            names.append(plain)
    return Search(tuple(names), tuple(numbers), days)


def _take_date(text: str) -> tuple[tuple[date, ...], str]:
    """The days that a written date may mean, and the text without it."""
    for pattern, order in _WRITTEN:
        if found := pattern.search(text):
            part = dict(zip(order, found.groups(), strict=True))
            if days := _days(part["d"], part["m"], part["y"]):
                return days, f"{text[: found.start()]} {text[found.end() :]}"
    return (), text


def _number(word: str) -> Number:
    """
    >>> _number("140368").days[0], _number("19680314").days
    (datetime.date(1968, 3, 14), (datetime.date(1968, 3, 14),))
    """
    if not (word.isascii() and word.isdigit()):
        digits = word.replace("-", "")
        return Number(word.upper(), digits if digits.isascii() and digits.isdigit() else "")
    days: tuple[date, ...] = ()
    if len(word) in {6, 8}:
        days = _days(word[:2], word[2:4], word[4:])
    if len(word) == 8:
        days += _days(word[6:], word[4:6], word[:4])
    year = int(word) if len(word) == 4 and 1900 <= int(word) < 2100 else None
    return Number(word, word if SHORTEST_NHS <= len(word) <= 10 else "", tuple(dict.fromkeys(days)), year)


def _days(day: str, month: str, year: str) -> tuple[date, ...]:
    """The dates so written, in both centuries where two digits leave it open; none where there is no such day.

    The day comes first, unless only the other order is a date.
    """
    number = int(month) if month.isdigit() else MONTHS.index(month[:3].lower()) + 1
    years = [int(year)] if len(year) == 4 else [1900 + int(year), 2000 + int(year)]
    straight = [found for each in years if (found := _date(each, number, int(day)))]
    return tuple(straight or [found for each in years if (found := _date(each, int(day), number))])


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if 1850 <= year < 2100 else None
    except ValueError:
        return None
