"""Where the list starts: its header row under whatever stands above, and the day the list says it is of."""

import re
from dataclasses import dataclass
from datetime import date

from doseplans.wardlist.columns import EXPECTED, REQUIRED, Column, Meaning, known_headings, read_columns
from doseplans.wardlist.dates import DayUnreadable, read_day, said
from doseplans.wardlist.dialect import TRIED_LINES, Grid, Line
from doseplans.wardlist.findings import WHOLE_FILE, Finding, Severity, shown, whole_file

LEAST_KNOWN_HEADINGS = 3
LONGEST_TITLE = 300
_AS_AT = re.compile(
    r"\b(?:as\s+at|as\s+of|correct\s+at|up\s*dated|dated|on)\W{0,3}"
    r"(\d{1,4}[./\- ]\d{1,2}[./\- ]\d{2,4}|\d{1,2}(?:st|nd|rd|th)?\s+[a-z]+\s+\d{4})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Header:
    """The header row's number, its columns by meaning, the dose columns in the doses' order, and the list's own day."""

    line: int
    headings: tuple[str, ...]
    by_meaning: dict[Meaning, Column]
    doses: tuple[Column, ...]
    ignored: tuple[Column, ...]
    as_at: date | None

    def name(self, meaning: Meaning) -> str:
        """The heading as the person wrote it, or our word where the list has no such column."""
        column = self.by_meaning.get(meaning)
        return column.name if column else meaning.value


def find_header(grid: Grid, *, at: date) -> tuple[Header | None, list[Finding]]:
    """The header and what is wrong or worth telling about it; None where the list cannot be read on."""
    first = grid.lines[:TRIED_LINES]
    line = max(first, key=lambda each: known_headings(each.cells), default=None)
    if line is None or known_headings(line.cells) < LEAST_KNOWN_HEADINGS:
        value = next((" | ".join(text for _, text in each.filled) for each in first), "")
        advice = "Put one row of headings above the patients: Hosp No, NHS No, Surname, Forename, DOB, Drug, Dose 1."
        return None, [whole_file("no-header", value, "No row of headings was found.", advice)]
    columns = read_columns(line.cells)
    below = [each for each in grid.lines if each.number > line.number]
    columns, findings = _without_empty_rivals(columns, line, below)
    findings += _missing(columns, line)
    if any(finding.severity is Severity.REFUSE for finding in findings):
        return None, findings
    header = _header(columns, line, _as_at(first, line.number, at))
    return header, findings + _told(header, below, at)


def _header(columns: tuple[Column, ...], line: Line, as_at: date | None) -> Header:
    doses = sorted((column for column in columns if column.meaning is Meaning.DOSE), key=lambda column: column.dose)
    return Header(
        line=line.number,
        headings=line.cells,
        by_meaning={column.meaning: column for column in columns if column.meaning and not column.dose},
        doses=tuple(doses),
        ignored=tuple(column for column in columns if column.meaning is None),
        as_at=as_at,
    )


def _without_empty_rivals(
    columns: tuple[Column, ...], line: Line, below: list[Line]
) -> tuple[tuple[Column, ...], list[Finding]]:
    """Where two columns claim one meaning: the only one in use stays; two in use are a refusal."""
    kept: list[Column] = []
    findings = []
    claims: dict[tuple[Meaning | None, int], list[Column]] = {}
    for column in columns:
        claims.setdefault((column.meaning, column.dose), []).append(column)
    for (meaning, dose), rivals in claims.items():
        used = rivals if meaning is None else [each for each in rivals if _is_used(each, below)] or rivals[:1]
        kept += used
        if meaning is not None and len(used) > 1:
            names = " and ".join(f"“{column.name}”" for column in used)
            what = f"dose {dose}" if dose else f"the {meaning.value}"
            problem = f"{len(used)} columns claim to be {what}: {names}."
            advice = "Keep one of them, or rename the other so that it says what it is."
            findings.append(
                Finding(Severity.REFUSE, "column-twice", line.number, used[1].name, used[1].heading, problem, advice)
            )
    return tuple(sorted(kept, key=lambda column: column.index)), findings


def _is_used(column: Column, below: list[Line]) -> bool:
    return any(column.index < len(line.cells) and line.cells[column.index] for line in below)


def _missing(columns: tuple[Column, ...], line: Line) -> list[Finding]:
    present = {column.meaning for column in columns}
    if Meaning.FULL_NAME in present:
        present |= {Meaning.FAMILY_NAME, Meaning.GIVEN_NAME}
    missing = [meaning.value for meaning in REQUIRED if meaning not in present]
    if not missing:
        return []
    headings = " | ".join(column.heading for column in columns if column.heading)
    advice = "Add the column, or name it so that it is understood: Hosp No, Surname, Forename, DOB, Drug."
    problem = f"The list has no column for: {', '.join(missing)}."
    return [whole_file("column-missing", headings, problem, advice, line=line.number)]


def _told(header: Header, below: list[Line], at: date) -> list[Finding]:
    findings = []
    for column in header.ignored:
        example = next((line.cells[column.index] for line in below if len(line.cells) > column.index), "")
        if column.heading or _is_used(column, below):
            problem = f"Column {column.name} is not one the import knows: it is left out."
            advice = (
                "Nothing, unless it holds something that belongs in the record; then rename it or move it to Comments."
            )
            findings.append(
                Finding(Severity.NOTE, "column-ignored", header.line, column.name, shown(example), problem, advice)
            )
    return findings + _about_absent(header) + _about_doses(header) + _about_route(header) + _about_age(header, at)


def _about_absent(header: Header) -> list[Finding]:
    absent = [meaning.value for meaning in EXPECTED if meaning not in header.by_meaning]
    if not absent:
        return []
    problem = f"The list has no column for: {', '.join(absent)}. They stay unknown, or as they are on record."
    advice = "Nothing, unless the list should have them."
    return [Finding(Severity.NOTE, "columns-absent", header.line, WHOLE_FILE, "", problem, advice)]


def _about_doses(header: Header) -> list[Finding]:
    together = header.by_meaning.get(Meaning.ALL_DOSES)
    if together and (header.doses or Meaning.MAINTENANCE_DOSES in header.by_meaning):
        problem = f"“{together.name}” claims to hold every dose, and other columns hold doses too."
        advice = "Keep one way: every dose in one column, or the loading doses and the maintenance doses apart."
        return [Finding(Severity.REFUSE, "column-twice", header.line, together.name, together.heading, problem, advice)]
    if header.doses or together or Meaning.MAINTENANCE_DOSES in header.by_meaning:
        return []
    problem = "No column says which doses were given: every patient would start at the first dose."
    advice = "Say yes only if nobody on this list has had a dose; else add the columns Dose 1, Dose 2, Dose 3."
    return [Finding(Severity.ASK, "no-dose-columns", header.line, "Dose 1", "", problem, advice)]


def _about_route(header: Header) -> list[Finding]:
    if Meaning.ACCESS_ROUTE in header.by_meaning:
        return []
    problem = "No column says how the lumbar puncture is guided: everybody would be unguided."
    advice = "Say yes if that is so; else add a column LP route (unguided, ultrasound, fluoroscopy, CT)."
    return [Finding(Severity.ASK, "no-route-column", header.line, "LP route", "", problem, advice)]


def _about_age(header: Header, at: date) -> list[Finding]:
    if not header.as_at or header.as_at <= at:
        return []
    value = said(header.as_at)
    problem = f"The list says it is as at {value}, a day that has not come."
    advice = "Say yes if the day above the list is a slip; the list is read as of today."
    return [Finding(Severity.ASK, "list-from-the-future", 1, "as at", value, problem, advice)]


def _as_at(first: tuple[Line, ...], header_line: int, at: date) -> date | None:
    """The day that a title above the header gives, or None."""
    for line in first:
        for _, text in line.filled:
            if line.number < header_line and (found := _AS_AT.search(text[:LONGEST_TITLE])):
                try:
                    return read_day(found[1], at=at).day
                except DayUnreadable:
                    continue
    return None
