"""Days as people write them."""

from datetime import date

import pytest

from doseplans.wardlist.dates import DayProblem, DayUnreadable, read_day
from tests.doseplans.wardlist.lists import AT


@pytest.mark.parametrize(
    "text",
    [
        "17/10/2025",
        "17/10/25",
        "17-10-2025",
        "17.10.2025",
        "17 10 2025",
        "17/ 10 /2025",
        "2025-10-17",
        "2025/10/17",
        "2025-10-17 00:00:00",
        "17/10/2025 09:30",
        "17 Oct 2025",
        "17-Oct-25",
        "17 October 2025",
        "17th October 2025",
        "17th of October, 2025",
        "17 oct. 2025",
        "17Oct2025",
        "October 17, 2025",
        "Fri 17/10/2025",
        "Friday, 17 October 2025",
        "20251017",
        "17102025",
        "45947",
        "45947.0",
        "  17/10/2025\n",
    ],
)
def test_read_day_the_same_day_in_every_spelling(text: str) -> None:
    assert read_day(text, at=AT).day == date(2025, 10, 17)


@pytest.mark.parametrize("text", ["1 Sept 2025", "01/09/2025", "1/9/2025", "1 September 2025", "1 sep 25"])
def test_read_day_september(text: str) -> None:
    assert read_day(text, at=AT).day == date(2025, 9, 1)


@pytest.mark.parametrize(
    ("text", "problem", "sentence"),
    [
        ("31/02/1960", DayProblem.IMPOSSIBLE, "February 1960 has 29 days, not 31."),
        ("29/02/2025", DayProblem.IMPOSSIBLE, "February 2025 has 28 days, not 29."),
        ("14/13/2025", DayProblem.IMPOSSIBLE, "There is no month 13."),
        ("00/10/2025", DayProblem.IMPOSSIBLE, "October 2025 has 31 days, not 0."),
        ("17/00/2025", DayProblem.IMPOSSIBLE, "There is no month 0."),
        ("17/10/0202", DayProblem.IMPOSSIBLE, "The year 202 cannot be meant."),
        ("17/10/2205", DayProblem.IMPOSSIBLE, "The year 2205 cannot be meant."),
        ("10/17/2025", DayProblem.AMERICAN, "There is no month 17; it looks like the American order, month first."),
        ("2/30/2025", DayProblem.IMPOSSIBLE, "There is no month 30."),
        ("Mon 17/10/2025", DayProblem.WRONG_WEEKDAY, "17/10/2025 is not a Mon."),
        ("soon", DayProblem.WORDS, "This is not a day."),
        ("", DayProblem.WORDS, "This is not a day."),
        ("17 Octember 2025", DayProblem.UNREADABLE, "“octember” is not a month."),
        ("Oct 2025", DayProblem.UNREADABLE, "This cannot be read as a day."),
        ("17/10", DayProblem.UNREADABLE, "This cannot be read as a day."),
        ("17/10/202", DayProblem.UNREADABLE, "This cannot be read as a day."),
        ("about 17/10/2025", DayProblem.UNREADABLE, "This cannot be read as a day."),
        ("2025-10-16T23:00:00Z", DayProblem.UNREADABLE, "This cannot be read as a day."),
        ("4512", DayProblem.UNREADABLE, "This cannot be read as a day."),
        ("99999", DayProblem.UNREADABLE, "This is a number, not a day."),
        ("1" * 500, DayProblem.UNREADABLE, "This cannot be read as a day."),
        ("########", DayProblem.UNREADABLE, None),
        ("#REF!", DayProblem.UNREADABLE, None),
    ],
)
def test_read_day_refuses_and_says_why(text: str, problem: DayProblem, sentence: str | None) -> None:
    with pytest.raises(DayUnreadable) as raised:
        read_day(text, at=AT)
    assert raised.value.problem is problem
    if sentence:
        assert raised.value.sentence == sentence


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("17-10-77", date(1977, 10, 17)),
        ("17/10/45", date(1945, 10, 17)),
        ("17/10/05", date(2005, 10, 17)),
        ("01/01/27", date(1927, 1, 1)),
        ("01/01/08", date(2008, 1, 1)),
        # A child's year stays a child's: 1915 would make the patient 111.
        ("05/06/15", date(2015, 6, 5)),
    ],
)
def test_read_day_century_of_a_birth(text: str, born: date) -> None:
    read = read_day(text, at=AT, is_birth=True)
    assert read.day == born
    assert read.assumed == f"the year {text[-2:]} taken as {born.year}"


def test_read_day_century_of_anything_else() -> None:
    assert read_day("17/10/77", at=AT).day == date(2077, 10, 17)


def test_read_day_a_spreadsheets_number_is_told() -> None:
    assert read_day("28415", at=AT, is_birth=True).assumed == "the spreadsheet's day number 28415, that is 17/10/1977"
