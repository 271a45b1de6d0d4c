"""Who a row is about."""

from datetime import date

import pytest

from doseplans.wardlist import Severity
from tests.doseplans.wardlist.lists import InShort, patient, read_one

REFUSE, ASK, NOTE = Severity.REFUSE, Severity.ASK, Severity.NOTE


@pytest.mark.parametrize(
    "text", ["9996815595", "999 681 5595", "999-681-5595", "9996815595.0", '="9996815595"', "'9996815595"]
)
def test_nhs_number_in_every_spelling(text: str) -> None:
    assert patient(**{"NHS No": text}).who.nhs_number == "9996815595"


@pytest.mark.parametrize("text", ["", "unknown", "N/A", "-", "not known"])
def test_nhs_number_may_be_unknown(text: str) -> None:
    row, findings = read_one(**{"NHS No": text})
    assert (row.who.nhs_number, findings) == (None, [(NOTE, "nhs-number-missing", "NHS No")])


@pytest.mark.parametrize(
    "text",
    ["999 681 5596", "99968155", "999 681 55951", "2222222222", "abc 681 5595", "9.99682E+09", "#REF!", "٩٩٩٦٨١٥٥٩٥"],
)
def test_nhs_number_wrong_is_refused(text: str) -> None:
    assert read_one(**{"NHS No": text}) == (None, [(REFUSE, "nhs-number-wrong", "NHS No")])


@pytest.mark.parametrize(
    ("text", "number"), [("Q204000", "Q204000"), (" q 204000 ", "Q204000"), ("204000.0", "204000")]
)
def test_hospital_number(text: str, number: str) -> None:
    assert patient(**{"Hosp No": text}).who.hospital_number == number


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "hospital-number-missing"),
        ("n/a", "hospital-number-missing"),
        ("2.04E+05", "hospital-number-unreadable"),
        ("=A1", "hospital-number-unreadable"),
        ("new", "hospital-number-unreadable"),
        ("Q" + "1" * 30, "hospital-number-unreadable"),
    ],
)
def test_hospital_number_wrong_is_refused(text: str, code: str) -> None:
    assert read_one(**{"Hosp No": text}) == (None, [(REFUSE, code, "Hosp No")])


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"Surname": ""}, (REFUSE, "surname-missing", "Surname")),
        ({"Surname": "?"}, (REFUSE, "surname-missing", "Surname")),
        ({"Forename": ""}, (REFUSE, "forename-missing", "Forename")),
        ({"Surname": "#NAME?"}, (REFUSE, "name-unreadable", "Surname")),
        ({"Surname": "A" * 81}, (REFUSE, "too-long", "Surname")),
        ({"Surname": "Smith (deceased)"}, (ASK, "odd-name", "Surname")),
        ({"Forename": "=1+1"}, (ASK, "odd-name", "Forename")),
        ({"DOB": ""}, (REFUSE, "birth-date-missing", "DOB")),
        ({"DOB": "soon"}, (REFUSE, "birth-date-wrong", "DOB")),
        ({"DOB": "10/17/1977"}, (REFUSE, "birth-date-wrong", "DOB")),
        ({"DOB": "31/02/1960"}, (REFUSE, "birth-date-wrong", "DOB")),
        ({"DOB": "12/03/2031"}, (REFUSE, "birth-date-in-future", "DOB")),
        ({"DOB": "05/06/2015"}, (REFUSE, "not-an-adult", "DOB")),
        ({"DOB": "05/06/2008"}, (REFUSE, "not-an-adult", "DOB")),
        ({"DOB": "05/06/1915"}, (ASK, "very-old", "DOB")),
        ({"DOB": "17-10-77"}, (NOTE, "day-assumed", "DOB")),
        ({"Sex": "?"}, None),
        ({"Sex": "banana"}, (ASK, "sex-unknown", "Sex")),
    ],
)
def test_identity_finding(change: dict[str, str], finding: InShort | None) -> None:
    assert read_one(**change)[1] == ([finding] if finding else [])


def test_surname_that_looks_like_nothing_is_a_name() -> None:
    assert patient(Surname="Na").who.family_name == "Na"


def test_odd_names_are_kept_exactly_as_typed() -> None:
    assert patient(Surname="SMITH 2").who.family_name == "SMITH 2"


def test_birth_of_somebody_who_turned_eighteen_before_the_first_dose() -> None:
    assert patient(DOB="20/12/2007").who.birth_date == date(2007, 12, 20)


@pytest.mark.parametrize(
    ("text", "sex"),
    [("M", "male"), ("f", "female"), ("Female", "female"), ("Non-binary", "other"), ("", "unknown"), ("X", "other")],
)
def test_sex(text: str, sex: str) -> None:
    assert patient(Sex=text).who.sex == sex
