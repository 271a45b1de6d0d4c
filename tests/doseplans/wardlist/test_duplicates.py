"""One patient twice, and patients that could be taken for one another."""

import pytest

from doseplans.wardlist import Severity
from tests.doseplans.wardlist.lists import GOOD, InShort, in_short, read, sheet, ward_list

REFUSE, ASK, NOTE = Severity.REFUSE, Severity.ASK, Severity.NOTE
SAME = {"Hosp No": GOOD["Hosp No"], "NHS No": GOOD["NHS No"], "Surname": GOOD["Surname"]}


def found(content: bytes, *, line: int) -> list[InShort]:
    return [
        in_short(each) for each in read(content).findings if each.line == line and each.code != "nhs-number-missing"
    ]


def test_copied_row_is_asked_about_and_read_once() -> None:
    content = sheet([list(GOOD), list(GOOD.values()), list(GOOD.values())])
    assert found(content, line=3) == [(ASK, "row-copied", "Hosp No")]
    assert len(read(content).rows) == 1


@pytest.mark.parametrize(
    ("change", "findings"),
    [
        ({**SAME, "Tel": ""}, [(REFUSE, "hospital-number-twice", "Hosp No"), (REFUSE, "nhs-number-twice", "NHS No")]),
        ({"Hosp No": "q300001 "}, [(REFUSE, "hospital-number-twice", "Hosp No")]),
        ({"NHS No": "9996815595"}, [(REFUSE, "nhs-number-twice", "NHS No")]),
        ({"Surname": "ADEYEMI"}, [(ASK, "same-person-perhaps", "Surname"), (NOTE, "email-shared", "E-mail")]),
        (
            {"Surname": "Adeyemi", "DOB": "07/09/1980"},
            [(NOTE, "same-name", "Surname"), (NOTE, "email-shared", "E-mail")],
        ),
        ({"E-mail": "PATIENT02@example.org"}, [(NOTE, "email-shared", "E-mail")]),
        ({"E-mail": "other@example.org"}, []),
    ],
)
def test_second_row(change: dict[str, str], findings: list[InShort]) -> None:
    assert found(ward_list({}, change), line=3) == findings


def test_a_number_of_a_refused_row_still_clashes() -> None:
    content = ward_list({"DOB": "31/02/1960"}, {"Hosp No": GOOD["Hosp No"]})
    assert found(content, line=3) == [(REFUSE, "hospital-number-twice", "Hosp No")]


def test_the_clash_names_the_other_row() -> None:
    finding = read(ward_list({}, {"Hosp No": GOOD["Hosp No"]})).refusals[0]
    assert finding.problem == "Row 2 has the same hospital number, and the two rows differ."
