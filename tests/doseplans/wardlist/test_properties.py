"""Whatever the bytes: no crash, and nothing said that a person could not act on."""

from datetime import date

from hypothesis import example, given, settings
from hypothesis import strategies as st

from doseplans.wardlist import Reading, Severity, read_ward_list
from doseplans.wardlist.dates import read_day, said
from doseplans.wardlist.names import tidied
from tests.doseplans.wardlist.lists import AT, GOOD, sheet

NASTY = [
    "", " ", "\0", "\u202e", "\ufeff", "\ud7ff", "=1+1", "'; DROP TABLE x; --", '"', "\n", "07700 900416",
    "31/02/2020", "45947",
    "²/²/2020", "1e400", "9" * 40, "NaN", "-", "#REF!", "Yes - review 99/99/9999", "a@b", "01/01/0001", "٣/٤/٢٠٢٠",
    "Ⅷ", "Total 3", "sep=,", "\x03end of list\x03", "()", "(((((", "0" * 300 + "/1/2020", "x, y",
    "Polish interpreter" * 30,
]  # fmt: skip
cells = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=40), st.dates().map(said), st.sampled_from(list(GOOD.values()))
)
headings = st.one_of(
    st.sampled_from(list(GOOD)), st.text(max_size=12), st.sampled_from(["Dose 7", "Name", "Doses given"])
)


def check(reading: Reading) -> None:
    keys = [finding.key for finding in reading.findings]
    assert len(keys) == len(set(keys))
    for finding in reading.findings:
        assert finding.line >= 1
        assert finding.column
        assert len(finding.value) <= 120
        assert "\n" not in finding.value
        assert finding.problem.endswith((".", "?"))
        assert finding.advice.endswith((".", "?"))
    refused = {finding.line for finding in reading.findings if finding.severity is Severity.REFUSE}
    for row in reading.rows:
        assert row.line not in refused
        assert row.who.hospital_number
        assert row.who.family_name
        assert len(row.who.family_name) <= 80
        assert all(day <= AT for day in row.course.given_on)
        assert sorted(set(row.course.given_on)) == list(row.course.given_on)
        assert "\0" not in repr(row)


@settings(deadline=None)
@given(st.binary(max_size=2000))
@example(b"\xff\xfe")
@example(b'"' * 7)
@example(b"sep=;")
@example(b"\0a\0,\0b")
def test_any_bytes_never_raise(content: bytes) -> None:
    check(read_ward_list(content, at=AT))


@given(st.lists(st.lists(cells, max_size=28), max_size=6), st.sampled_from([",", ";", "\t"]))
def test_any_cells_under_good_headings_never_raise(rows: list[list[str]], delimiter: str) -> None:
    check(read_ward_list(sheet([list(GOOD), *rows], delimiter=delimiter), at=AT))


@given(st.data())
def test_a_good_row_with_any_one_cell_never_raises(data: st.DataObject) -> None:
    row = list(GOOD.values())
    row[data.draw(st.integers(0, len(row) - 1))] = data.draw(cells)
    check(read_ward_list(sheet([list(GOOD), row]), at=AT))


@settings(deadline=None)
@given(st.lists(headings, min_size=1, max_size=30), st.lists(cells, max_size=30))
def test_any_headings_never_raise(names: list[str], row: list[str]) -> None:
    check(read_ward_list(sheet([names, row]), at=AT))


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31)))
def test_read_day_reads_back_what_is_written_day_first(day: date) -> None:
    for spelling in (said(day), f"{day:%d.%m.%Y}", f"{day:%d %b %Y}", f"{day:%-d %B %Y}", day.isoformat()):
        assert read_day(spelling, at=AT).day == day


@given(st.text(alphabet="abcóéñ’'- ABCÓ", max_size=30))
def test_tidied_changes_case_only_and_once(name: str) -> None:
    assert tidied(name).casefold() == name.casefold()
    assert tidied(tidied(name)) == tidied(name)
