"""The doses given: the anchor of every date after them."""

from datetime import date

import pytest

from doseplans.wardlist import Severity, read_ward_list
from tests.doseplans.wardlist.lists import AT, GOOD, InShort, patient, read, read_one, sheet, ward_list

REFUSE, ASK, NOTE = Severity.REFUSE, Severity.ASK, Severity.NOTE
LATER = "Maintenance doses given"
NONE = {"Dose 1": "", "Dose 2": "", "Dose 3": "", LATER: ""}


def doses(*loading: str, later: str = "") -> dict[str, str]:
    named = dict(zip(("Dose 1", "Dose 2", "Dose 3"), (*loading, "", "", ""), strict=False))
    return {**named, LATER: later}


def test_course_across_columns_and_in_one_cell() -> None:
    assert patient().course.given_on == (
        date(2025, 12, 20),
        date(2026, 1, 5),
        date(2026, 1, 20),
        date(2026, 3, 3),
        date(2026, 4, 2),
    )


@pytest.mark.parametrize(
    "later",
    [
        "03/03/2026; 02/04/2026",
        "03/03/2026, 02/04/2026",
        "03/03/2026\n02/04/2026",
        "03/03/2026 02/04/2026",
        "03/03/2026 and 02/04/2026",
        "03/03/26 & 02/04/26",
        "2026-03-03, 2026-04-02",
        "3 Mar 2026; 2 Apr 2026;",
        "March 3, 2026; April 2, 2026",
        "46084; 46114",
    ],
)
def test_course_many_days_in_one_cell(later: str) -> None:
    assert patient(**{LATER: later}).course.given_on[3:] == (date(2026, 3, 3), date(2026, 4, 2))


@pytest.mark.parametrize("blank", ["", "-", "n/a"])
def test_course_not_started(blank: str) -> None:
    row, findings = read_one(**dict.fromkeys(NONE, blank))
    assert (row.course.given_on, row.course.starts_on, findings) == ((), None, [])


def test_course_a_dose_today_was_given() -> None:
    assert patient(**doses("20/11/2026"), **{"Consent date": ""}).course.given_on == (AT,)


def test_course_every_dose_in_one_column() -> None:
    names = ["MRN", "Surname", "Forename", "DOB", "Drug", "LP route", "Doses given"]
    row = ["Q1", "Adeyemi", "Priya", "06/09/1980", "Tofersen", "US", "20/12/2025; 05/01/2026; 20/01/2026; 17/02/2026"]
    (read_row,) = read(sheet([names, row])).rows
    assert len(read_row.course.given_on) == 4


def test_course_maintenance_in_columns_of_their_own() -> None:
    content = ward_list({"Comments": "30/04/2026"}, headings={LATER: "Maintenance 1", "Comments": "Maintenance 2"})
    content = content.replace(b"03/03/2026; 02/04/2026", b"02/04/2026")
    assert read(content).rows[0].course.given_on[3:] == (date(2026, 4, 2), date(2026, 4, 30))


@pytest.mark.parametrize(
    ("change", "findings"),
    [
        (doses("20/12/2025", "", "20/01/2026"), [(REFUSE, "dose-missing", "Dose 2")]),
        (doses("", "05/01/2026", "20/01/2026"), [(REFUSE, "dose-missing", "Dose 1")]),
        (doses("20/12/2025", "05/01/2026", "", later="03/03/2026"), [(REFUSE, "dose-missing", "Dose 3")]),
        (doses("20/12/2025", "soon", "20/01/2026"), [(REFUSE, "dose-missing", "Dose 2")]),
        (doses("20/12/2025", "20/12/2025"), [(REFUSE, "dose-twice", "Dose 2")]),
        (doses("05/01/2026", "20/12/2025"), [(REFUSE, "doses-out-of-order", "Dose 2")]),
        (doses("31/02/2026"), [(REFUSE, "dose-day-wrong", "Dose 1")]),
        (doses("20/12/2025", "14/13/2025", "20/01/2026"), [(REFUSE, "dose-day-wrong", "Dose 2")]),
        (doses("20/12/2025", "05/01/2026 or 06/01/2026"), [(REFUSE, "dose-day-wrong", "Dose 2")]),
        (doses("20/12/2005"), [(REFUSE, "dose-day-wrong", "Dose 1"), (NOTE, "consent-after-dose", "Consent date")]),
        (doses("30/10/2026", "21/11/2026"), [(REFUSE, "dose-to-come", "Dose 2")]),
        (doses("21/11/2026", "05/12/2026"), [(REFUSE, "dose-to-come", "Dose 1"), (REFUSE, "dose-to-come", "Dose 2")]),
        (doses("20/08/2026", "05/09/2026", "20/10/2026", later="17/11/2027"), [(REFUSE, "dose-to-come", LATER)]),
    ],
)
def test_course_refused(change: dict[str, str], findings: list[InShort]) -> None:
    row, found = read_one(**change)
    assert (row, [each for each in found if each[0] is not ASK]) == (None, findings)


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (doses("20/12/2025", "25/12/2025"), (ASK, "doses-too-close", "Dose 2")),
        (doses("20/12/2025", "02/01/2026"), (ASK, "doses-too-close", "Dose 2")),
        (doses("20/12/2025", "03/01/2026"), None),
        (doses("20/12/2025", "14/02/2026"), None),
        (doses("20/12/2025", "15/02/2026"), (NOTE, "long-gap", "Dose 2")),
        (doses("01/12/2024", "02/12/2025"), (ASK, "gap-over-a-year", "Dose 2")),
        (doses("20/12/2025", "05/01/2026 (late)"), (ASK, "dose-with-words", "Dose 2")),
        (doses("20/12/2025", "soon"), (ASK, "dose-without-day", "Dose 2")),
        (doses("20/12/2025", "DNA"), (ASK, "dose-without-day", "Dose 2")),
        (doses("20/12/2025", "05/01/26"), (NOTE, "day-assumed", "Dose 2")),
        (doses("20/12/2025", "46027"), (NOTE, "day-assumed", "Dose 2")),
    ],
)
def test_course_finding(change: dict[str, str], finding: InShort | None) -> None:
    row, found = read_one(**{"Consent date": "01/01/2024", **change})
    assert row is not None
    assert found == ([finding] if finding else [])


def test_course_a_first_dose_to_come_is_a_plan() -> None:
    row, findings = read_one(**doses("30/11/2026"), **{"Consent date": ""})
    assert (row.course.given_on, row.course.starts_on) == ((), date(2026, 11, 30))
    assert findings == [(ASK, "first-dose-to-come", "Dose 1")]


def test_course_words_at_the_end_are_kept_in_the_comments() -> None:
    row, _ = read_one(**doses("20/12/2025", "soon"))
    assert (row.course.given_on, row.comments) == ((date(2025, 12, 20),), "Dose 2: soon")


def test_course_the_childs_first_dose_is_refused() -> None:
    change = {"DOB": "01/01/2008", **doses("20/12/2025"), "Consent date": ""}
    assert (REFUSE, "not-an-adult", "DOB") in read_one(**change)[1]


def test_course_the_minimum_is_the_protocols() -> None:
    content = ward_list({"Dose 2": "03/01/2026"})
    assert [each.key for each in read_ward_list(content, at=AT, minimum_interval_days=21).questions] == [
        "2:doses-too-close",
        "2:doses-too-close:2",
    ]


def test_course_several_questions_on_a_row_have_keys_of_their_own() -> None:
    questions = read(ward_list(doses("20/12/2025", "25/12/2025", "30/12/2025"))).questions
    assert [(each.key, each.column) for each in questions] == [
        ("2:doses-too-close", "Dose 2"),
        ("2:doses-too-close:2", "Dose 3"),
    ]


def test_course_more_doses_than_a_life_holds() -> None:
    later = "; ".join(["03/03/2026"] * 500)
    assert (REFUSE, "too-many-doses", LATER) in read_one(**{LATER: later})[1]


def test_course_dose_columns_may_stand_in_any_order() -> None:
    names = [*GOOD]
    cells = [*GOOD.values()]
    one, three = names.index("Dose 1"), names.index("Dose 3")
    names[one], names[three] = names[three], names[one]
    cells[one], cells[three] = cells[three], cells[one]
    assert read(sheet([names, cells])).rows == read(ward_list()).rows
