"""From text to a grid of cells, whichever way the file separates them."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from doseplans.wardlist.cells import clean
from doseplans.wardlist.findings import Finding, whole_file

MOST_ROWS = 5000
MOST_COLUMNS = 300
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
TRIED_LINES = 40
_END = "\x03end of list\x03"  # after the last row: a quotation mark never closed swallows it
_SWALLOWED_DELIMITERS = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the spreadsheet that holds anything: its number as shown there, its cells cleaned."""

    number: int
    cells: tuple[str, ...]

    @property
    def filled(self) -> list[tuple[int, str]]:
        """Position and text of the cells that hold something."""
        return [(index, text) for index, text in enumerate(self.cells) if text]


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows that hold anything, and how the file separates its cells."""

    lines: tuple[Line, ...]
    delimiter: str
    is_wrapped: bool = False

    @property
    def separated_by(self) -> str:
        return DELIMITERS[self.delimiter]


def lay_out(text: str, *, score: Callable[[tuple[str, ...]], int]) -> Grid | Finding:
    """The grid under the delimiter that makes the best header row.

    `score` says how many headings it knows among a row's cells. A file in which every row was saved as one quoted cell
    is unwrapped.
    """
    text, declared = _declared(text)
    choices = [(declared, False)] if declared else [(each, wrapped) for wrapped in (False, True) for each in DELIMITERS]
    try:
        best = max(choices, key=lambda choice: _best_score(text, *choice, score=score))
        lines = _filled_lines(_rows(text, *best))
    except csv.Error:
        problem = "A cell holds more text than any spreadsheet would."
        return whole_file("cell-too-large", "", problem, "Look for a quotation mark that is never closed.")
    return _too_large(lines) or _not_closed(lines, best[0]) or Grid(lines[:-1], *best)


def _filled_lines(rows: Iterator[tuple[str, ...]]) -> tuple[Line, ...]:
    """The rows that hold anything, with their numbers, up to what can be refused as too many."""
    filled = (Line(number, cells) for number, cells in enumerate(rows, start=1) if cells)
    return tuple(islice(filled, MOST_ROWS + TRIED_LINES + 1))


def _too_large(lines: tuple[Line, ...]) -> Finding | None:
    if len(lines) > MOST_ROWS + TRIED_LINES:
        problem = f"The list has more than {MOST_ROWS} rows."
        return whole_file("too-many-rows", "", problem, "Split the list and import the parts one by one.")
    for line in lines:
        if len(line.cells) > MOST_COLUMNS:
            problem = f"Row {line.number} has more than {MOST_COLUMNS} columns."
            advice = "Delete what stands far to the right of the list, or save it again as CSV."
            return whole_file("too-many-columns", line.cells[MOST_COLUMNS], problem, advice, line=line.number)
    return None


def _declared(text: str) -> tuple[str, str]:
    """The text without Excel's own first line "sep=;", and the delimiter that line names."""
    first, _, rest = text.partition("\n")
    name = first.strip().strip('"').casefold()
    if name.startswith("sep=") and name[4:] in DELIMITERS:
        return rest, name[4:]
    if name == "sep=":  # the tab was stripped
        return rest, "\t"
    return text, ""


def _rows(text: str, delimiter: str, is_wrapped: bool) -> Iterator[tuple[str, ...]]:
    ended = f"{text}\n{_END}"
    for cells in csv.reader(io.StringIO(ended, newline=""), delimiter=delimiter):
        if is_wrapped and len(cells) == 1 and cells[0] != _END:
            yield _cells(next(csv.reader(io.StringIO(cells[0], newline=""), delimiter=delimiter), []))
        else:
            yield _cells(cells)


def _cells(raw: list[str]) -> tuple[str, ...]:
    """The cells cleaned, without the empty ones that trail; none at all for an empty row."""
    while raw and not raw[-1].strip():
        raw.pop()
    cells = [text if text.endswith(_END) else clean(text) for text in raw[: MOST_COLUMNS + 1]]
    return tuple(cells) if any(cells) else ()


def _best_score(text: str, delimiter: str, is_wrapped: bool, *, score: Callable[[tuple[str, ...]], int]) -> int:
    tried = zip(range(TRIED_LINES), _rows(text, delimiter, is_wrapped), strict=False)
    return max((score(cells) for _, cells in tried), default=0)


def _not_closed(lines: tuple[Line, ...], delimiter: str) -> Finding | None:
    """A refusal where a quotation mark was opened and not closed: rows would vanish inside one cell."""
    for line in lines:
        for text in line.cells:
            inner = text.split("\n", 1)[1] if "\n" in text else ""
            swallowed_end = text.endswith(_END) and text != _END
            if swallowed_end or inner.count(delimiter) >= _SWALLOWED_DELIMITERS:
                start = text.split("\n", 1)[0].removesuffix(_END)
                return whole_file(
                    "quote-not-closed",
                    start,
                    f"A quotation mark in row {line.number} is never closed, so the rows after it run into one cell.",
                    "Remove the lone quotation mark, or save the list again as CSV.",
                    line=line.number,
                )
    return None
