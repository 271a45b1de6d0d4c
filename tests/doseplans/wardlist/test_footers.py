"""Rows that are not patients."""

import pytest

from doseplans.wardlist import Severity
from tests.doseplans.wardlist.lists import GOOD, in_short, read, sheet

NOTE, ASK = Severity.NOTE, Severity.ASK
HEADINGS, ROW = list(GOOD), list(GOOD.values())


@pytest.mark.parametrize(
    "footer",
    [
        ["Total"],
        ["Total: 1"],
        ["Total", "1"],
        ["Number of patients", "1"],
        ["Printed 20/11/2026 by the ward clerk"],
        ["", "", "Key: EAP = early access"],
        ["Patients in maintenance"],
        ["* interpreter booked by the desk"],
    ],
)
def test_footer_is_told_and_left_out(footer: list[str]) -> None:
    reading = read(sheet([HEADINGS, ROW, [], footer, []]))
    assert len(reading.rows) == 1
    assert [(in_short(each), each.line) for each in reading.findings] == [((NOTE, "row-left-out", "whole row"), 4)]


def test_section_title_between_patients() -> None:
    second = [*ROW]
    second[0], second[1], second[2], second[7] = "Q300002", "", "Begum", ""
    reading = read(sheet([HEADINGS, ["New patients"], ROW, ["In maintenance"], second]))
    assert [row.line for row in reading.rows] == [3, 5]


def test_headings_repeated_between_patients() -> None:
    reading = read(sheet([HEADINGS, ROW, HEADINGS]))
    assert (len(reading.rows), reading.findings) == (1, ())


@pytest.mark.parametrize("footer", [["Total 58"], ["Total:", "58"]])
def test_total_that_differs_is_a_question(footer: list[str]) -> None:
    reading = read(sheet([HEADINGS, ROW, footer]))
    (question,) = reading.questions
    assert (question.key, question.problem) == ("3:total-differs", "The list says 58, and 1 patients stand above.")


@pytest.mark.parametrize("cells", [["Q300002"], ["Q300002", "", "Begum"], ["", "", "Begum", "Ahmed"]])
def test_half_a_patient_is_no_footer(cells: list[str]) -> None:
    reading = read(sheet([HEADINGS, ROW, cells]))
    assert reading.is_refused
    assert {each.line for each in reading.refusals} == {3}
