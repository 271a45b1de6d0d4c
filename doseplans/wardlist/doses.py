"""The doses given so far, across columns and in one cell: the anchor of every date after them, so nothing is bent."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from doseplans.wardlist.cells import is_blank
from doseplans.wardlist.columns import LOADING_DOSES, Meaning
from doseplans.wardlist.dates import ADULT_AGE, DayProblem, DayUnreadable, read_day, said
from doseplans.wardlist.findings import Severity, shown
from doseplans.wardlist.rows import Care, Course, Identity
from doseplans.wardlist.sheet_row import SheetRow
from patients.rules import age_on

LONGEST_DOSE_TEXT = 200
MOST_DOSES = 400  # thirty years of 28-day doses
LONG_GAP = timedelta(days=56)  # two maintenance intervals: a dose was missed, or is missing from the list
VERY_LONG_GAP = timedelta(days=365)
FIRST_EVER = date(2016, 1, 1)  # no person had tofersen before its first trial

_BETWEEN_DAYS = re.compile(r"[;\n|&]|,(?!\s*\d{4}(?![-/.\d]))|\s+and\s+", re.IGNORECASE)
_TOUCHING_DAYS = re.compile(r"(?<=\d{4})\s+(?=\d{1,2}\s?[./-])")
_WITH_REMARK = re.compile(r"^(?P<day>[^()]*\d[^()]*?)\s*\((?P<remark>[^()]*)\)$")


@dataclass(frozen=True, slots=True)
class Terms:
    """What the doses are judged by: today, and the protocol's minimum interval (policy, not label)."""

    at: date
    minimum_interval: timedelta


@dataclass(frozen=True, slots=True)
class DoseCell:
    """One dose as written: its number in the series, its column, the text, and the day where it could be read.

    `is_refused` where the text was refused as a day already; words alone are judged by where they stand.
    """

    number: int
    column: str
    text: str
    day: date | None
    is_refused: bool = False

    @property
    def name(self) -> str:
        """The column, with the dose's number where the column holds several.

        >>> DoseCell(2, "Dose 2", "14/08/2025", None).name, DoseCell(5, "Maintenance", "23/10/2025", None).name
        ('Dose 2', 'Maintenance (dose 5)')
        """
        own = str(self.number) in re.findall(r"\d+", self.column)
        return self.column if own else f"{self.column} (dose {self.number})"


def read_course(row: SheetRow, *, protocol_code: str, terms: Terms) -> Course:
    """The doses given, or the planned first day; whatever does not fit is found on the row.

    A first dose yet to come, where nothing was given, is a plan and is asked about. Any other dose yet to come is
    refused: it would become the anchor of the dates that follow, or hide a dose really given.
    """
    at = terms.at
    cells = _cells(row, at)
    _look_for_gaps(row, cells)
    dated = [(cell, cell.day) for cell in cells if cell.day is not None]
    _look_at_order(row, dated, terms.minimum_interval)
    planned = None
    if len(cells) == 1 and dated and dated[0][1] > at:
        cell, planned = dated[0]
        row.add(
            Severity.ASK,
            cell.column,
            "first-dose-to-come",
            cell.text,
            f"{said(planned)} has not come yet, so this dose was not given.",
            "Say yes if the first dose is planned for that day; else correct it.",
        )
    else:
        _refuse_to_come(row, dated, at)
    given = () if planned else tuple(day for _, day in dated)
    return Course(protocol_code, given, planned)


def look_at_sense(row: SheetRow, course: Course, who: Identity, care: Care, *, genetics: str) -> None:
    """Findings where the doses do not fit the patient, the consents, the test or the funding."""
    if genetics == "negative":
        problem = "The genetic test is negative; this medicine is for a SOD1 mutation."
        row.ask(
            Meaning.GENETIC_TEST,
            "not-eligible",
            problem,
            "Ask the consultant; say yes if the plan stands all the same.",
        )
    if course.given_on:
        _look_at_first_dose(row, course.given_on[0], who, care)
        if genetics in {"awaited", "unknown"}:
            problem = f"Doses were given and the genetic test is {genetics}."
            row.note(Meaning.GENETIC_TEST, "given-before-test", problem, "Enter the result once it is there.")
    if genetics == "unclear":
        problem = "The genetic test cannot be read as positive, negative or awaited."
        row.note(
            Meaning.GENETIC_TEST, "test-unclear", problem, "Nothing now: the words are kept; check them on the plan."
        )
    if care.funding and care.funding.source == "maker" and not care.maker_consent_on:
        problem = "The maker supplies the medicine, and the maker's own consent is not on the list."
        row.note(Meaning.MAKER_CONSENT, "maker-consent-missing", problem, "Find the form, or have it signed.")


def _look_at_first_dose(row: SheetRow, first: date, who: Identity, care: Care) -> None:
    if age_on(who.birth_date, first) < ADULT_AGE:
        problem = f"At the first dose on {said(first)} the patient was {max(0, age_on(who.birth_date, first))}."
        advice = "This medicine is for adults: correct the date of birth or the dose."
        row.refuse(Meaning.BIRTH_DATE, "not-an-adult", problem, advice)
    if care.procedure_consent_on is None:
        problem = "Doses were given and no consent to the procedure is on the list."
        row.note(Meaning.PROCEDURE_CONSENT, "consent-missing", problem, "Find the form before the next visit.")
    elif care.procedure_consent_on > first:
        problem = f"The consent is dated after the first dose ({said(first)}): perhaps a later one replaced the first."
        row.note(
            Meaning.PROCEDURE_CONSENT, "consent-after-dose", problem, "Nothing if so; else correct it from the form."
        )


def _cells(row: SheetRow, at: date) -> list[DoseCell]:
    """Every dose cell up to the last that is filled, in the series' order; empty ones between have no text."""
    written: dict[int, tuple[str, str]] = {}
    for column in row.header.doses:
        text = row.at(column.index)
        if not is_blank(text):
            written[column.dose] = (column.name, text)
    for meaning, first in ((Meaning.ALL_DOSES, 1), (Meaning.MAINTENANCE_DOSES, LOADING_DOSES + 1)):
        text = row.value(meaning)
        # Where Dose 4 and later have columns of their own beside the cell of many, the cell goes on after them.
        start = max(first, max(written, default=0) + 1)
        for number, piece in enumerate(_pieces(text), start=start):
            written[number] = (row.header.name(meaning), piece)
    names = {column.dose: column.name for column in row.header.doses}
    last = max(written, default=0)
    if last > MOST_DOSES:
        name, text = written[last]
        advice = "Look whether another patient's days, or other words, run into this cell."
        row.add(Severity.REFUSE, name, "too-many-doses", text, f"The row would hold {last} doses.", advice)
        return []
    cells = []
    for number in range(1, last + 1):
        name, text = written.get(number, (names.get(number, f"Dose {number}"), ""))
        cells.append(_dose_cell(row, number, name, text, at) if text else DoseCell(number, name, "", None))
    return _without_words_at_the_end(row, cells)


def _pieces(text: str) -> list[str]:
    apart = _TOUCHING_DAYS.sub(";", text)
    return [piece.strip() for piece in _BETWEEN_DAYS.split(apart) if not is_blank(piece.strip())]


def _dose_cell(row: SheetRow, number: int, column: str, text: str, at: date) -> DoseCell:
    remark = _WITH_REMARK.match(text) if len(text) <= LONGEST_DOSE_TEXT else None
    try:
        read = read_day(remark["day"] if remark else text, at=at)
    except DayUnreadable as unreadable:
        if unreadable.problem is not DayProblem.WORDS:
            advice = "Correct it from the notes, day first: 31/07/2025. Put words into the comments."
            row.add(Severity.REFUSE, column, "dose-day-wrong", text, unreadable.sentence, advice)
        return DoseCell(number, column, text, None, is_refused=unreadable.problem is not DayProblem.WORDS)
    if remark:
        advice = "Say yes if the dose was given on that day, the words are kept in the comments; else clear the cell."
        row.add(Severity.ASK, column, "dose-with-words", text, "Words stand beside the day of this dose.", advice)
        row.set_aside.append(f"{column}: {text}")
    elif read.assumed:
        row.add(Severity.NOTE, column, "day-assumed", text, f"Read with {read.assumed}.", "Look that it is right.")
    if read.day < FIRST_EVER:
        problem = f"Nobody was given this medicine in {read.day.year}."
        row.add(Severity.REFUSE, column, "dose-day-wrong", text, problem, "Correct the year from the notes.")
    return DoseCell(number, column, text, read.day)


def _without_words_at_the_end(row: SheetRow, cells: list[DoseCell]) -> list[DoseCell]:
    """The series without trailing words such as "soon", each asked about: they say that no dose was given yet."""
    while cells and cells[-1].day is None and not cells[-1].is_refused:
        cell = cells.pop()
        problem = "This is not a day, so no dose is taken as given."
        advice = "Say yes if it was not given yet, the words are kept in the comments; else write the day."
        row.add(Severity.ASK, cell.name, "dose-without-day", cell.text, problem, advice)
        row.set_aside.append(f"{cell.name}: {cell.text}")
    return cells


def _look_for_gaps(row: SheetRow, cells: list[DoseCell]) -> None:
    later: DoseCell | None = None
    for cell in reversed(cells):
        if cell.day or cell.is_refused:
            later = cell
        elif later:
            what = "holds no day" if cell.text else "is empty"
            problem = f"{cell.name} {what}, but {later.name} is filled in ({shown(later.text)})."
            advice = "Fill in the day from the notes; ask where the first doses were given if it was not here."
            row.add(Severity.REFUSE, cell.column, "dose-missing", cell.text, problem, advice)


def _look_at_order(row: SheetRow, dated: list[tuple[DoseCell, date]], minimum: timedelta) -> None:
    for (before, day_before), (after, day) in pairwise(dated):
        apart = day - day_before
        later = f"{after.name} is {apart.days} days after {before.name}"
        if apart == timedelta(0):
            _refuse_order(row, after, "dose-twice", f"{after.name} has the same day as {before.name}, {said(day)}.")
        elif apart < timedelta(0):
            problem = f"{after.name} is on {said(day)}, before {before.name} on {said(day_before)}."
            _refuse_order(row, after, "doses-out-of-order", problem)
        elif after.number - before.number > 1:
            continue  # what stands between them is found missing or unreadable already
        elif apart < minimum:
            advice = "Check both days in the notes; say yes if both doses were really given then."
            problem = f"{later}; the unit's minimum is {minimum.days}."
            row.add(Severity.ASK, after.column, "doses-too-close", after.text, problem, advice)
        elif apart > VERY_LONG_GAP:
            advice = "Check the year of both days; say yes if treatment did rest that long."
            row.add(Severity.ASK, after.column, "gap-over-a-year", after.text, f"{later}, more than a year.", advice)
        elif apart > LONG_GAP:
            advice = "Nothing if a dose was missed; else add it."
            problem = f"{later}: a dose was missed, or is missing here."
            row.add(Severity.NOTE, after.column, "long-gap", after.text, problem, advice)


def _refuse_order(row: SheetRow, cell: DoseCell, code: str, problem: str) -> None:
    advice = "Correct the days from the notes: doses stand in the order in which they were given."
    row.add(Severity.REFUSE, cell.column, code, cell.text, problem, advice)


def _refuse_to_come(row: SheetRow, dated: list[tuple[DoseCell, date]], at: date) -> None:
    for cell, day in dated:
        if day > at:
            problem = f"{said(day)} has not come yet, so {cell.name} cannot have been given."
            advice = (
                "Take out planned days: the next dose is worked out from the last one given. Else correct the year."
            )
            row.add(Severity.REFUSE, cell.column, "dose-to-come", cell.text, problem, advice)
