"""Finding the header row, and columns as people name them."""

import pytest

from doseplans.wardlist import Severity
from doseplans.wardlist.columns import Meaning, known_headings, meaning_of
from tests.doseplans.wardlist.lists import GOOD, read, sheet, ward_list

REFUSE, ASK, NOTE = Severity.REFUSE, Severity.ASK, Severity.NOTE


@pytest.mark.parametrize(
    ("heading", "meaning"),
    [
        ("Hosp No", Meaning.HOSPITAL_NUMBER),
        ("MRN", Meaning.HOSPITAL_NUMBER),
        ("Hospital number", Meaning.HOSPITAL_NUMBER),
        ("hospital_number", Meaning.HOSPITAL_NUMBER),
        ("Hospital No.", Meaning.HOSPITAL_NUMBER),
        ("PAS number", Meaning.HOSPITAL_NUMBER),
        ("NHS No", Meaning.NHS_NUMBER),
        ("NHS Number", Meaning.NHS_NUMBER),
        ("N.H.S. No.", Meaning.NHS_NUMBER),
        ("CHI", Meaning.NHS_NUMBER),
        ("DOB", Meaning.BIRTH_DATE),
        ("D.O.B.", Meaning.BIRTH_DATE),
        ("Date of birth (dd/mm/yyyy)", Meaning.BIRTH_DATE),
        ("SURNAME", Meaning.FAMILY_NAME),
        ("Last name", Meaning.FAMILY_NAME),
        ("Forename(s)", Meaning.GIVEN_NAME),
        ("First name", Meaning.GIVEN_NAME),
        ("Patient name", Meaning.FULL_NAME),
        ("Gender", Meaning.SEX),
        ("Mobile", Meaning.PHONE),
        ("Tel. no.", Meaning.PHONE),
        ("E-mail address", Meaning.EMAIL),
        ("Next of kin", Meaning.CARER),
        ("NOK tel", Meaning.CARER_PHONE),
        ("Carer e-mail", Meaning.CARER_EMAIL),
        ("Medication", Meaning.DRUG),
        ("Image guidance", Meaning.ACCESS_ROUTE),
        ("Additional needs", Meaning.NEEDS),
        ("Preferred contact", Meaning.CHANNEL),
        ("SOD1", Meaning.GENETIC_TEST),
        ("Consent", Meaning.PROCEDURE_CONSENT),
        ("EAP consent", Meaning.MAKER_CONSENT),
        ("Funding source", Meaning.FUNDING),
        ("Maintenance doses given", Meaning.MAINTENANCE_DOSES),
        ("Doses given", Meaning.ALL_DOSES),
        ("On hold?", Meaning.HOLD),
        ("NOTES", Meaning.COMMENTS),
    ],
)
def test_meaning_of_headings_as_people_write_them(heading: str, meaning: Meaning) -> None:
    assert meaning_of(heading) == (meaning, 0)


@pytest.mark.parametrize(
    ("heading", "dose"),
    [
        ("Dose 1", 1),
        ("Dose 12", 12),
        ("Loading 1", 1),
        ("Loading dose 3", 3),
        ("LD2", 2),
        ("Dose 2 given on", 2),
        ("1st dose", 1),
        ("Second dose", 2),
        ("Third loading dose", 3),
        ("Maintenance 1", 4),
        ("M2", 5),
    ],
)
def test_meaning_of_a_numbered_dose(heading: str, dose: int) -> None:
    assert meaning_of(heading) == (Meaning.DOSE, dose)


@pytest.mark.parametrize("heading", ["", "Shoe size", "Next dose due", "Dose 0", "Maintenance 0", "Loading 4", "Dose"])
def test_meaning_of_what_is_not_known(heading: str) -> None:
    assert meaning_of(heading) == (None, 0)


def test_known_headings_counts_meanings_once() -> None:
    assert known_headings(["Hosp No", "MRN", "", "Shoe size", "Dose 1", "Dose 2"]) == 3


def test_find_header_under_titles_and_blank_lines() -> None:
    content = sheet([["Day Care Unit"], [], ["Ward 7", "", "page 1"], [], list(GOOD), list(GOOD.values())])
    reading = read(content)
    assert (reading.header_line, len(reading.rows), reading.refusals) == (5, 1, ())


def test_find_header_without_one() -> None:
    (finding,) = read(sheet([["Adeyemi", "Priya", "06/09/1980"], ["Murphy", "Grace", "27/09/1961"]])).findings
    assert (finding.code, finding.line, finding.column) == ("no-header", 1, "whole file")
    assert finding.value == "Adeyemi | Priya | 06/09/1980"


def test_find_header_missing_columns_are_one_finding() -> None:
    (finding,) = read(sheet([["Hosp No", "Surname", "Tel", "Dose 1"], ["Q1", "Adeyemi", "", ""]])).refusals
    assert (finding.code, finding.line) == ("column-missing", 1)
    assert finding.problem == "The list has no column for: forename, date of birth, drug."


def test_find_header_a_full_name_stands_for_two_columns() -> None:
    names = ["Hosp No", "Name", "DOB", "Drug", "LP route", "Dose 1"]
    reading = read(sheet([names, ["Q1", "O’BRIEN, Hannah", "04/10/1981", "Tofersen", "US", ""]]))
    (row,) = reading.rows
    assert (row.who.family_name, row.who.given_name) == ("O’Brien", "Hannah")


def test_find_header_a_full_name_without_comma_is_refused() -> None:
    names = ["Hosp No", "Name", "DOB", "Drug", "LP route", "Dose 1"]
    reading = read(sheet([names, ["Q1", "Hannah O’Brien", "04/10/1981", "Tofersen", "US", ""]]))
    assert [(each.code, each.column) for each in reading.refusals] == [("name-not-split", "Name")]


def test_find_header_two_columns_for_one_meaning() -> None:
    content = ward_list({"Comments": "x"}, headings={"Comments": "Mobile"})
    (finding,) = read(content).refusals
    assert (finding.code, finding.column) == ("column-twice", "Mobile")
    assert finding.problem == "2 columns claim to be the telephone: “Tel” and “Mobile”."


def test_find_header_the_same_dose_twice() -> None:
    (finding,) = read(ward_list(headings={"Dose 2": "Loading 1"})).refusals
    assert finding.problem == "2 columns claim to be dose 1: “Dose 1” and “Loading 1”."


def test_find_header_an_empty_rival_column_is_passed_over() -> None:
    reading = read(ward_list(headings={"Comments": "Mobile"}))
    assert (len(reading.rows), reading.findings) == (1, ())
    assert reading.rows[0].contact.phone == "+447700900455"


def test_find_header_unknown_columns_are_told() -> None:
    reading = read(ward_list({"Carer e-mail": "43"}, headings={"Carer e-mail": "Shoe size"}))
    assert [(each.severity, each.code, each.column, each.value) for each in reading.findings] == [
        (NOTE, "column-ignored", "Shoe size", "43")
    ]


def test_find_header_a_column_without_heading_is_named_by_letter() -> None:
    reading = read(ward_list({"Carer e-mail": "43"}, headings={"Carer e-mail": ""}))
    assert [(each.code, each.column) for each in reading.findings] == [("column-ignored", "column K")]


def test_find_header_no_dose_columns_is_a_question() -> None:
    names = ["Hosp No", "Surname", "Forename", "DOB", "Drug", "LP route"]
    reading = read(sheet([names, ["Q1", "Adeyemi", "Priya", "06/09/1980", "Tofersen", "US"]]))
    assert [each.key for each in reading.questions] == ["1:no-dose-columns"]


def test_find_header_no_route_column_is_a_question() -> None:
    reading = read(ward_list(headings={"LP route": "Shoe size"}))
    assert [(each.key, each.column) for each in reading.questions] == [("1:no-route-column", "LP route")]
    assert reading.rows[0].care.access_route == "unguided"


def test_find_header_all_doses_beside_single_ones() -> None:
    reading = read(ward_list({"Comments": "20/12/2025"}, headings={"Comments": "Doses given"}))
    assert "column-twice" in [each.code for each in reading.refusals]


@pytest.mark.parametrize(
    ("title", "as_at"),
    [
        ("Tofersen list, as at 20/11/2026", "2026-11-20"),
        ("List as of 3rd November 2026", "2026-11-03"),
        ("Updated: 2026-11-19", "2026-11-19"),
        ("as at 31/02/2026", "None"),
        ("Tofersen list", "None"),
    ],
)
def test_find_header_the_lists_own_day(title: str, as_at: str) -> None:
    assert str(read(sheet([[title], list(GOOD), list(GOOD.values())])).as_at) == as_at


def test_find_header_a_list_from_the_future_is_asked_about() -> None:
    reading = read(sheet([["as at 20/12/2026"], list(GOOD), list(GOOD.values())]))
    assert [each.key for each in reading.questions] == ["1:list-from-the-future"]


def test_find_header_no_patients() -> None:
    assert [each.code for each in read(sheet([list(GOOD)])).refusals] == ["no-patients"]


def test_find_header_absent_columns_are_told_once() -> None:
    names = ["Hosp No", "Surname", "Forename", "DOB", "Drug", "LP route", "Dose 1"]
    reading = read(sheet([names, ["Q1", "Adeyemi", "Priya", "06/09/1980", "Tofersen", "US", "20/12/2025"]]))
    (note,) = reading.findings
    assert (note.severity, note.code, note.line) == (NOTE, "columns-absent", 1)
    assert note.problem == (
        "The list has no column for: NHS number, sex, telephone, e-mail, consultant, needs, contact by, genetic test, "
        "consent date, funding, on hold. They stay unknown, or as they are on record."
    )
