"""However the cells are separated, the same patients come out."""

import csv
import io

import pytest

from doseplans.wardlist import Severity
from tests.doseplans.wardlist.lists import GOOD, read, sheet, ward_list

EXPECTED = read(ward_list()).rows


@pytest.mark.parametrize(("delimiter", "name"), [(",", "commas"), (";", "semicolons"), ("\t", "tabs")])
def test_lay_out_every_delimiter(delimiter: str, name: str) -> None:
    reading = read(ward_list(delimiter=delimiter))
    assert (reading.rows, reading.separated_by) == (EXPECTED, name)


@pytest.mark.parametrize("newline", [b"\r\n", b"\n", b"\r"])
def test_lay_out_every_line_ending(newline: bytes) -> None:
    assert read(ward_list().replace(b"\r\n", newline)).rows == EXPECTED


def test_lay_out_excels_own_first_line_is_not_a_row() -> None:
    reading = read(b"sep=;\r\n" + ward_list(delimiter=";"))
    assert (reading.rows, reading.header_line) == (EXPECTED, 1)


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_lay_out_rows_saved_as_one_quoted_cell_each(delimiter: str) -> None:
    lines = ward_list(delimiter=delimiter).decode().splitlines()
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([line] for line in lines)
    assert read(out.getvalue().encode()).rows == EXPECTED


def test_lay_out_every_cell_quoted() -> None:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([list(GOOD), list(GOOD.values())])
    assert read(out.getvalue().encode()).rows == EXPECTED


def test_lay_out_lines_are_numbered_as_the_spreadsheet_shows_them() -> None:
    title = ["Tofersen list, as at 20/11/2026\nsecond line of the title"]
    content = sheet([title, [], list(GOOD), [], list(GOOD.values()), [""] * 26, []])
    assert [row.line for row in read(content).rows] == [5]


def test_lay_out_a_quote_never_closed_loses_nobody() -> None:
    content = ward_list({"Comments": "x"}, {}, {}).replace(b",x\r\n", b',"rings back\r\n')
    (finding,) = read(content).findings
    assert (finding.severity, finding.code, finding.line) == (Severity.REFUSE, "quote-not-closed", 2)
    assert finding.value == "rings back"


def test_lay_out_a_quote_closed_rows_later_loses_nobody() -> None:
    content = ward_list({"Comments": "x"}, {}, {"Consultant": "y"})
    content = content.replace(b",x\r\n", b',"rings back\r\n').replace(b",y,", b',Dr "A" Malik,')
    assert [finding.code for finding in read(content).findings] == ["quote-not-closed"]


def test_lay_out_a_line_break_inside_a_comment_stays() -> None:
    (row,) = read(ward_list({"Comments": "first\nsecond"})).rows
    assert row.comments == "first\nsecond"


def test_lay_out_a_cell_beyond_any_spreadsheet() -> None:
    content = ward_list({"Comments": "a" * 200_000})
    assert [finding.code for finding in read(content).findings] == ["cell-too-large"]


def test_lay_out_more_columns_than_any_list() -> None:
    content = sheet([[*GOOD, *(f"x{number}" for number in range(400))], list(GOOD.values())])
    assert [finding.code for finding in read(content).findings] == ["too-many-columns"]


def test_lay_out_a_wide_empty_sheet_is_fine() -> None:
    content = sheet([[*GOOD, *[""] * 2000], [*GOOD.values(), *[""] * 2000]])
    assert read(content).rows == EXPECTED


def test_lay_out_too_many_rows() -> None:
    content = sheet([list(GOOD), *[[*GOOD.values()]] * 5100])
    (finding,) = read(content).findings
    assert finding.problem == "The list has more than 5000 rows."


def test_lay_out_an_unquoted_comma_shifts_cells() -> None:
    content = ward_list({"Consultant": "x"}).replace(b",x,", b",Malik, Dr A.,")
    refused = [finding.code for finding in read(content).refusals]
    assert "drug-unknown" in refused or "cells-beyond-headings" in refused
