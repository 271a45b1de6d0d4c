"""A ward's list, read whole: the patients it holds and everything that is to be said about it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from doseplans.wardlist.care import read_care, read_drug, read_genetics
from doseplans.wardlist.cells import is_formula
from doseplans.wardlist.columns import Meaning, known_headings
from doseplans.wardlist.contacts import read_contact
from doseplans.wardlist.dates import said
from doseplans.wardlist.decoding import decode
from doseplans.wardlist.dialect import Grid, lay_out
from doseplans.wardlist.doses import Terms, look_at_sense, read_course
from doseplans.wardlist.duplicates import Register, compare_people
from doseplans.wardlist.findings import Finding, Severity, in_order, shown, whole_file
from doseplans.wardlist.footers import compare_total, is_footer, is_heading_again, stated_total
from doseplans.wardlist.header import Header, find_header
from doseplans.wardlist.identity import read_identity
from doseplans.wardlist.needs import ReadNeeds, read_needs
from doseplans.wardlist.rows import WardRow
from doseplans.wardlist.sheet_row import SheetRow

Told = Callable[[int, int], None]
"""Hears how many rows are read, of how many."""

TELLS_EVERY = 10
LONGEST_NEEDS = 400
LONGEST_COMMENTS = 4000
OLD_LIST_DAYS = 28


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says. `rows` are the patients fit to be saved; none may be while the file is refused or asks.

    `encoding` and `separated_by` tell in words how the file was read, empty where it did not come to that.
    """

    rows: tuple[WardRow, ...]
    findings: tuple[Finding, ...]
    encoding: str = ""
    separated_by: str = ""
    header_line: int = 0
    as_at: date | None = None
    headings: Mapping[Meaning, str] = field(default_factory=dict)

    def heading(self, meaning: Meaning) -> str:
        """The column as the person named it, or our word where the list has none."""
        return self.headings.get(meaning, meaning.value)

    @property
    def is_refused(self) -> bool:
        return bool(self.refusals)

    @property
    def refusals(self) -> tuple[Finding, ...]:
        return self._of(Severity.REFUSE)

    @property
    def questions(self) -> tuple[Finding, ...]:
        return self._of(Severity.ASK)

    @property
    def notes(self) -> tuple[Finding, ...]:
        return self._of(Severity.NOTE)

    def unanswered(self, accepted: Collection[str]) -> tuple[Finding, ...]:
        """The questions whose key is not among those a person said yes to."""
        return tuple(question for question in self.questions if question.key not in accepted)

    def _of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is severity)


def read_ward_list(content: bytes, *, at: date, minimum_interval_days: int = 14, told: Told | None = None) -> Reading:
    """Everything a file of a ward's patients says, as known on the day `at`. Never raises, whatever the bytes.

    `minimum_interval_days` is the protocol's: doses closer together are asked about. `told` hears how many rows are
    read, of how many; what it raises goes on to the caller.
    """
    decoded = decode(content)
    if isinstance(decoded, Finding):
        return Reading((), (decoded,))
    grid = lay_out(decoded.text, score=known_headings)
    if isinstance(grid, Finding):
        return Reading((), (grid,), decoded.encoding)
    header, findings = find_header(grid, at=at)
    if header is None:
        return Reading((), in_order(findings), decoded.encoding, grid.separated_by)
    reading = _read_rows(grid, header, Terms(at, timedelta(days=minimum_interval_days)), told)
    return replace(reading, findings=in_order([*findings, *reading.findings]), encoding=decoded.encoding)


def _told_of(rows: Sequence[SheetRow], told: Told | None) -> Iterator[SheetRow]:
    for number, row in enumerate(rows):
        if told is not None and number % TELLS_EVERY == 0:
            told(number, len(rows))
        yield row


def _read_rows(grid: Grid, header: Header, terms: Terms, told: Told | None) -> Reading:
    rows = [SheetRow(line, header) for line in grid.lines if line.number > header.line]
    register = Register()
    read: list[tuple[SheetRow, WardRow]] = []
    counted = 0
    for row in _told_of(rows, told):
        if is_heading_again(row):
            continue
        if is_footer(row):
            stated = stated_total(row)
            if stated is not None:
                compare_total(row, stated, counted)
            continue
        counted += 1
        if register.is_copy(row):
            continue
        register.enter(row)
        patient = _read_row(row, terms)
        if patient:
            read.append((row, patient))
    compare_people(read)
    findings = _about_list(header, counted, terms.at) + [finding for row in rows for finding in row.findings]
    return Reading(
        rows=tuple(patient for row, patient in read if not row.is_refused),
        findings=tuple(findings),
        separated_by=grid.separated_by,
        header_line=header.line,
        as_at=header.as_at,
        headings=_headings(header),
    )


def _headings(header: Header) -> dict[Meaning, str]:
    """Every column's own name; that of the first dose for doses in general, wherever it stands."""
    first = header.doses[0].name if header.doses else header.name(Meaning.ALL_DOSES)
    return {Meaning.DOSE: first, **{meaning: column.name for meaning, column in header.by_meaning.items()}}


def _read_row(row: SheetRow, terms: Terms) -> WardRow | None:
    """The patient of a row, or None after refusing; every finding of the row is made, so that one look mends it."""
    _refuse_shifted(row)
    who = read_identity(row, at=terms.at)
    needs = _needs(row)
    contact = read_contact(row, language=needs.language)
    protocol_code = read_drug(row)
    care = read_care(row, needs=needs.needs, at=terms.at)
    course = read_course(row, protocol_code=protocol_code or "", terms=terms)
    if who:
        look_at_sense(row, course, who, care, genetics=read_genetics(row).state)
    comments = _comments(row)
    if who is None or row.is_refused:
        return None
    return WardRow(row.line.number, who, contact, care, course, comments)


def _refuse_shifted(row: SheetRow) -> None:
    beyond = [text for index, text in row.line.filled if index >= len(row.header.headings)]
    if beyond:
        row.add(
            Severity.REFUSE,
            "whole row",
            "cells-beyond-headings",
            shown(" | ".join(beyond)),
            "The row has more cells than there are headings, so its values stand in wrong columns.",
            "Look for a comma or semicolon inside a cell; save the list again from the spreadsheet program.",
        )


def _needs(row: SheetRow) -> ReadNeeds:
    read = read_needs(row.words(Meaning.NEEDS, most=LONGEST_NEEDS))
    if read.unknown:
        words = "; ".join(read.unknown)
        advice = "Nothing: it is shown on the banner in these words. It changes no visit's length."
        row.note(
            Meaning.NEEDS, "need-in-words", "This is not one of the needs the unit plans for.", advice, value=words
        )
    return read


def _comments(row: SheetRow) -> str:
    text = row.words(Meaning.COMMENTS, most=LONGEST_COMMENTS)
    if text and not is_formula(text):
        advice = "Read it: it is kept as words, nothing is planned from it."
        row.note(Meaning.COMMENTS, "comment-kept", "The row has a comment.", advice)
    return "\n".join([*([text] if text else []), *row.set_aside])


def _about_list(header: Header, counted: int, at: date) -> list[Finding]:
    if not counted:
        advice = "Put one patient a row under the headings."
        return [whole_file("no-patients", "", "No patient stands under the headings.", advice, line=header.line)]
    if header.as_at and (at - header.as_at).days > OLD_LIST_DAYS:
        days = (at - header.as_at).days
        problem = f"The list is {days} days old: doses given since then are not in it."
        advice = "Ask the ward for a newer list, or record the doses given since one by one."
        return [Finding(Severity.NOTE, "list-old", 1, "as at", said(header.as_at), problem, advice)]
    return []
