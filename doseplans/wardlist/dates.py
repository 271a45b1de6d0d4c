"""Days as people write them in Britain: day first, in many spellings. What cannot be a day is refused, never bent."""

import re
from calendar import month_name, monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from doseplans.wardlist.cells import SPREADSHEET_ERROR

OLDEST_AGE = 110
LONGEST_DAY = 60
ADULT_AGE = 18
FIRST_YEAR, LAST_YEAR = 1900, 2100
_EXCEL_DAY_ZERO = date(1899, 12, 30)  # the 1900 system, after its false 29 February 1900
_MONTHS = {name.casefold()[:3]: number for number, name in enumerate(month_name) if number}
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_BETWEEN = r"\s*[./\-\s]\s*"
_NUMERIC = re.compile(rf"^(\d{{1,2}}){_BETWEEN}(\d{{1,2}}){_BETWEEN}(\d{{4}}|\d{{2}})$", re.ASCII)
_ISO = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$", re.ASCII)
_NAMED = re.compile(r"^(\d{1,2})(?:st|nd|rd|th)?[\s./-]*(?:of\s+)?([a-z]{3,9})\.?[\s./,'-]*(\d{4}|\d{2})$", re.ASCII)
_MONTH_FIRST = re.compile(r"^([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})$", re.ASCII)
_EIGHT_DIGITS = re.compile(r"^\d{8}$", re.ASCII)
_SERIAL = re.compile(r"^(\d{5})(?:\.\d+)?$", re.ASCII)
_MIDNIGHT_OR_CLOCK = re.compile(r"[t\s]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$", re.ASCII)
_WEEKDAY = re.compile(r"^(mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+(?=\d)", re.ASCII)


class DayProblem(StrEnum):
    """Why a text is not a day."""

    WORDS = "words"
    IMPOSSIBLE = "impossible"
    AMERICAN = "american"
    WRONG_WEEKDAY = "wrong_weekday"
    UNREADABLE = "unreadable"


class DayUnreadable(ValueError):
    """The text is not a day; `sentence` says why."""

    def __init__(self, problem: DayProblem, sentence: str) -> None:
        super().__init__(sentence)
        self.problem = problem
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class ReadDay:
    """A day, and in words what had to be assumed to read it (empty where nothing had)."""

    day: date
    assumed: str = ""


def said(day: date) -> str:
    """A day as the list writes it.

    >>> said(date(2026, 11, 20))
    '20/11/2026'
    """
    return f"{day:%d/%m/%Y}"


def read_day(text: str, *, at: date, is_birth: bool = False) -> ReadDay:
    """The day that the text names. `at` settles the century of two-digit years.

    Raises DayUnreadable.

    >>> at = date(2026, 11, 20)
    >>> [said(read_day(each, at=at).day) for each in ("17/10/1977", "2026-10-17", "17 Oct 1977", "17.10.1977", "45321")]
    ['17/10/1977', '17/10/2026', '17/10/1977', '17/10/1977', '30/01/2024']
    >>> said(read_day("17-10-77", at=at, is_birth=True).day)
    '17/10/1977'
    >>> read_day("10/17/1977", at=at)
    Traceback (most recent call last):
    doseplans.wardlist.dates.DayUnreadable: There is no month 17; it looks like the American order, month first.
    """
    bare = " ".join(text.casefold().split())
    _refuse_what_holds_no_day(text, bare)
    weekday = _WEEKDAY.match(bare)
    if weekday:
        bare = bare[weekday.end() :]
    bare = _MIDNIGHT_OR_CLOCK.sub("", bare)
    read = _by_serial(bare) or _by_fields(bare, at=at, is_birth=is_birth)
    if weekday and _WEEKDAYS[read.day.weekday()] != weekday[1]:
        raise DayUnreadable(DayProblem.WRONG_WEEKDAY, f"{said(read.day)} is not a {weekday[1].capitalize()}.")
    return read


def _refuse_what_holds_no_day(text: str, bare: str) -> None:
    if SPREADSHEET_ERROR.match(text):
        raise DayUnreadable(
            DayProblem.UNREADABLE,
            "The spreadsheet program wrote an error (or a too narrow column) instead of the day.",
        )
    if len(bare) > LONGEST_DAY:
        raise DayUnreadable(DayProblem.UNREADABLE, "This cannot be read as a day.")
    if not any(character.isdigit() for character in bare):
        raise DayUnreadable(DayProblem.WORDS, "This is not a day.")


def _by_serial(bare: str) -> ReadDay | None:
    """Excel's own number for a day, as it is left when a column loses its date format."""
    if serial := _SERIAL.match(bare):
        day = _EXCEL_DAY_ZERO + timedelta(days=int(serial[1]))
        if day.year > LAST_YEAR:
            raise DayUnreadable(DayProblem.UNREADABLE, "This is a number, not a day.")
        return ReadDay(day, f"the spreadsheet's day number {serial[1]}, that is {said(day)}")
    return None


def _by_fields(bare: str, *, at: date, is_birth: bool) -> ReadDay:
    day, month, year = _fields(bare)
    assumed = ""
    number = int(year)
    if len(year) == 2:
        number = _century(number, at=at, is_birth=is_birth)
        assumed = f"the year {year} taken as {number}"
    return ReadDay(_checked(int(day), month, number), assumed)


def _fields(bare: str) -> tuple[str, int, str]:
    """Day, month and year as written; the month as a number."""
    if found := _NUMERIC.match(bare):
        return found[1], int(found[2]), found[3]
    if found := _ISO.match(bare):
        return found[3], int(found[2]), found[1]
    if found := _NAMED.match(bare):
        return found[1], _month(found[2]), found[3]
    if found := _MONTH_FIRST.match(bare):
        return found[2], _month(found[1]), found[3]
    if _EIGHT_DIGITS.match(bare):
        year_first = bare[:2] in {"19", "20"} and bare[4:6] <= "12"
        return (bare[6:], int(bare[4:6]), bare[:4]) if year_first else (bare[:2], int(bare[2:4]), bare[4:])
    raise DayUnreadable(DayProblem.UNREADABLE, "This cannot be read as a day.")


def _month(name: str) -> int:
    if name[:3] in _MONTHS and month_name[_MONTHS[name[:3]]].casefold().startswith(name.replace("sept", "sep")):
        return _MONTHS[name[:3]]
    if name == "september":
        return 9
    raise DayUnreadable(DayProblem.UNREADABLE, f"“{name}” is not a month.")


def _century(year: int, *, at: date, is_birth: bool) -> int:
    """The full year of two digits.

    A dose is of this century. A birth is the latest year that makes an adult no older than OLDEST_AGE, else the latest
    that is not to come, so that a child's year stays a child's.
    """
    if not is_birth:
        return 2000 + year
    past = [full for full in (2000 + year, 1900 + year) if full <= at.year]
    adult = [full for full in past if ADULT_AGE <= at.year - full < OLDEST_AGE]
    return (adult or past)[0]


def _checked(day: int, month: int, year: int) -> date:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise DayUnreadable(DayProblem.IMPOSSIBLE, f"The year {year} cannot be meant.")
    if not 1 <= month <= 12:
        if 1 <= day <= 12 and 12 < month <= monthrange(year, day)[1]:
            raise DayUnreadable(
                DayProblem.AMERICAN,
                f"There is no month {month}; it looks like the American order, month first.",
            )
        raise DayUnreadable(DayProblem.IMPOSSIBLE, f"There is no month {month}.")
    last = monthrange(year, month)[1]
    if not 1 <= day <= last:
        raise DayUnreadable(DayProblem.IMPOSSIBLE, f"{month_name[month]} {year} has {last} days, not {day}.")
    return date(year, month, day)
