"""The two lists of a real ward's kind: one to be met with grace, one to be judged row by row."""

from collections import Counter
from datetime import date

import pytest

from doseplans.wardlist import Reading, Severity
from doseplans.wardlist.rows import Funding, ListedCarer, ListedHold, Need
from tests.doseplans.wardlist.lists import DATA, read

REFUSE, ASK, NOTE = Severity.REFUSE, Severity.ASK, Severity.NOTE


@pytest.fixture(scope="module")
def good() -> Reading:
    return read((DATA / "ward_list.csv").read_bytes())


@pytest.fixture(scope="module")
def wrong() -> Reading:
    return read((DATA / "ward_list_with_errors.csv").read_bytes())


def test_ward_list_every_patient_is_read_without_a_question(good: Reading) -> None:
    assert (len(good.rows), good.refusals, good.questions) == (58, (), ())
    assert (good.encoding, good.separated_by, good.header_line, good.as_at) == (
        "UTF-8",
        "commas",
        3,
        date(2026, 11, 20),
    )


def test_ward_list_is_read_the_same_months_later() -> None:
    later = read((DATA / "ward_list.csv").read_bytes(), at=date(2027, 6, 1))
    assert (len(later.rows), later.refusals, later.questions) == (58, (), ())
    assert {"list-old", "funding-ended", "hold-review-past"} <= {note.code for note in later.notes}


def test_ward_list_what_is_told(good: Reading) -> None:
    assert Counter(note.code for note in good.notes) == {
        "same-name": 18,
        "maker-consent-missing": 4,
        "comment-kept": 3,
        "nhs-number-missing": 2,
        "given-before-test": 1,
        "channel-without-address": 1,
    }


def test_ward_list_first_row(good: Reading) -> None:
    row = good.rows[0]
    assert row.line == 4
    assert (row.who.hospital_number, row.who.nhs_number) == ("Q204000", "9990899452")
    assert (row.who.family_name, row.who.given_name, row.who.sex) == ("Thompson", "Aoife", "male")
    assert row.who.birth_date == date(1977, 10, 17)
    assert (row.contact.phone, row.contact.email) == ("+447700900416", "patient01@example.org")
    assert (row.contact.channel, row.contact.language) == ("letter", "")
    assert row.contact.carer == ListedCarer("Ewa Thompson", "wife", "+447700900483", "carer01@example.org")
    assert (row.care.consultant_name, row.care.access_route) == ("Dr J. Osei", "unguided")
    assert row.care.needs == (Need("large_print", "Large print"),)
    assert row.care.genetic_test == "SOD1 +ve"
    assert (row.care.procedure_consent_on, row.care.maker_consent_on) == (date(2025, 7, 13), None)
    assert row.care.funding == Funding("trust", "approved", date(2027, 3, 31), "IFR approved to 31/03/2027")
    assert row.care.hold == ListedHold("CSF WCC up", date(2026, 12, 4))
    assert (row.course.protocol_code, len(row.course.given_on), row.course.starts_on) == ("tofersen", 18, None)
    assert (row.course.given_on[0], row.course.given_on[3], row.course.given_on[-1]) == (
        date(2025, 7, 31),
        date(2025, 9, 25),
        date(2026, 11, 7),
    )
    assert row.comments == ""


def test_ward_list_a_dose_on_the_very_day_counts(good: Reading) -> None:
    assert [row.line for row in good.rows if row.course.given_on[-1:] == (date(2026, 11, 20),)] == [5, 18]


def test_ward_list_sums(good: Reading) -> None:
    assert sum(len(row.course.given_on) for row in good.rows) == 835
    assert sum(not row.course.given_on for row in good.rows) == 7
    assert sum(row.care.hold is not None for row in good.rows) == 4
    assert sum(row.contact.carer is not None for row in good.rows) == 24
    assert Counter(row.care.access_route for row in good.rows) == {
        "unguided": 32,
        "ct": 10,
        "fluoroscopy": 9,
        "ultrasound": 7,
    }
    assert Counter(need.code for row in good.rows for need in row.care.needs) == {
        "large_print": 9,
        "bsl": 6,
        "easy_read": 6,
        "communication_aid": 5,
        "wheelchair": 4,
        "hoist": 4,
        "carer_attends": 3,
        "niv": 3,
        "transport": 3,
        "interpreter": 3,
        "stretcher": 3,
    }
    assert {row.line: row.contact.language for row in good.rows if row.contact.language} == {
        7: "pl",
        30: "pl",
        62: "pl",
    }


def test_ward_list_names_as_people_write_them(good: Reading) -> None:
    names = {row.who.family_name for row in good.rows}
    assert names >= {
        "Ní Dhomhnaill",
        "MacDonald",
        "O’Brien",
        "dos Santos",
        "Ó Súilleabháin",
        "van der Berg",
        "von Habsburg",
        "García Márquez",
        "Åkesson",
        "Al-Hashimi",
        "Smith-Jones",
        "Zielińska",
        "Fraser",
        "Demir",
    }
    assert not [name for name in names if name.isupper() or name != name.strip()]


# Why each is what it is: docs/decisions/ward-list-import.md.
DECIDED = {
    6: [(REFUSE, "nhs-number-wrong", "NHS No", "999 123 4567")],
    7: [(REFUSE, "nhs-number-wrong", "NHS No", "2222222222")],
    8: [(REFUSE, "birth-date-wrong", "DOB", "31/02/1960")],
    9: [(REFUSE, "birth-date-in-future", "DOB", "12/03/2031")],
    10: [(REFUSE, "not-an-adult", "DOB", "05/06/2015")],
    11: [(ASK, "email-wrong", "E-mail", "not an address")],
    12: [(ASK, "telephone-wrong", "Tel", "ring the ward")],
    13: [(REFUSE, "drug-unknown", "Drug", "nusinersin")],
    14: [
        (REFUSE, "doses-out-of-order", "Dose 2", "01/01/2024"),
        (ASK, "gap-over-a-year", "Dose 3", "30/04/2025"),
        (NOTE, "consent-after-dose", "Consent date", "24/03/2025"),
    ],
    15: [(REFUSE, "dose-day-wrong", "Maintenance doses given", "14/13/2025")],
    16: [(ASK, "first-dose-to-come", "Dose 1", "30/11/2026")],
    17: [(ASK, "row-copied", "Hosp No", "Q204000")],
    18: [(REFUSE, "hospital-number-twice", "Hosp No", "Q204000")],
    19: [(REFUSE, "surname-missing", "Surname", "")],
    20: [
        (ASK, "doses-too-close", "Dose 2", "06/02/2025"),
        # The list's first maintenance dose, too, stands before its third loading dose.
        (REFUSE, "doses-out-of-order", "Maintenance doses given", "04/02/2025"),
    ],
    21: [(ASK, "consent-without-day", "Consent date", "soon"), (NOTE, "consent-missing", "Consent date", "soon")],
    22: [(ASK, "formula", "Comments", '=HYPERLINK("http://example.org","click")')],
    23: [
        (ASK, "odd-name", "Forename", "Robert'); DROP TABLE patients;--"),
        (NOTE, "comment-kept", "Comments", "Declined last two appts, phone daughter"),
    ],
    24: [
        (REFUSE, "dose-missing", "Dose 1", ""),
        (REFUSE, "doses-out-of-order", "Dose 3", "19/05/2024"),
        (NOTE, "maker-consent-missing", "Biogen consent", ""),
    ],
    25: [(REFUSE, "route-unknown", "LP route", "helicopter")],
}


def test_errors_the_file_is_refused_as_a_whole(wrong: Reading) -> None:
    assert wrong.is_refused
    assert (wrong.encoding, wrong.separated_by, wrong.header_line) == ("Windows-1252", "semicolons", 1)


@pytest.mark.parametrize("line", DECIDED)
def test_errors_each_wrong_row_is_named(wrong: Reading, line: int) -> None:
    found = [(each.severity, each.code, each.column, each.value) for each in wrong.findings if each.line == line]
    assert found == DECIDED[line]


def test_errors_nothing_else_is_found(wrong: Reading) -> None:
    assert {finding.line for finding in wrong.findings} == set(DECIDED)


def test_errors_every_finding_says_what_to_do(wrong: Reading) -> None:
    for finding in wrong.findings:
        assert finding.problem.endswith((".", "?"))
        assert finding.advice.endswith((".", "?"))


def test_errors_the_good_rows_are_the_same_patients(good: Reading, wrong: Reading) -> None:
    again = {row.who.hospital_number: row for row in wrong.rows}
    for row in good.rows[:4]:
        assert (again[row.who.hospital_number].who, again[row.who.hospital_number].course) == (row.who, row.course)


def test_errors_a_yes_means_what_the_advice_said(wrong: Reading) -> None:
    by_line = {row.line: row for row in wrong.rows}
    assert (by_line[11].contact.email, by_line[11].comments) == ("", "E-mail: not an address")
    assert (by_line[12].contact.phone, by_line[12].comments) == ("", "Tel: ring the ward")
    assert (by_line[16].course.given_on, by_line[16].course.starts_on) == ((), date(2026, 11, 30))
    assert 17 not in by_line
    assert (by_line[21].care.procedure_consent_on, by_line[21].comments) == (None, "Consent date: soon")
    assert by_line[22].comments == '=HYPERLINK("http://example.org","click")'
    assert by_line[23].who.given_name == "Robert'); DROP TABLE patients;--"


def test_errors_questions_wait_for_their_own_key(wrong: Reading) -> None:
    assert [question.key for question in wrong.unanswered({"11:email-wrong", "12:email-wrong"})] == [
        question.key for question in wrong.questions if question.key != "11:email-wrong"
    ]
