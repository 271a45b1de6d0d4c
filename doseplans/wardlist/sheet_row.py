"""One row while it is being read: its cells by meaning, and a place for what is found in them."""

from dataclasses import dataclass, field

from doseplans.wardlist.cells import SPREADSHEET_ERROR, is_blank, is_formula
from doseplans.wardlist.columns import Meaning
from doseplans.wardlist.dialect import Line
from doseplans.wardlist.findings import Finding, Severity, shown
from doseplans.wardlist.header import Header


@dataclass(slots=True)
class SheetRow:
    """Cells of one line under the header, with the findings so far and words to carry over into the comments."""

    line: Line
    header: Header
    findings: list[Finding] = field(default_factory=list)
    set_aside: list[str] = field(default_factory=list)

    def text(self, meaning: Meaning) -> str:
        """The cell's text; empty where the list has no such column or the row is short."""
        column = self.header.by_meaning.get(meaning)
        return self.at(column.index) if column else ""

    def at(self, index: int) -> str:
        return self.line.cells[index] if index < len(self.line.cells) else ""

    def value(self, meaning: Meaning) -> str:
        """The cell's text, empty also where it only says that nothing is known."""
        text = self.text(meaning)
        return "" if is_blank(text) else text

    def words(self, meaning: Meaning, *, most: int) -> str:
        """A cell of free words, kept literally; asked about where a spreadsheet program would run it.

        At most `most` characters, else refused.
        """
        text = self.value(meaning)
        if SPREADSHEET_ERROR.match(text):
            self.ask(
                meaning,
                "spreadsheet-error",
                "The spreadsheet program wrote an error instead of the text.",
                "Say yes to leave it empty; else mend the cell and save the list again.",
            )
            return ""
        if is_formula(text):
            self.ask(
                meaning,
                "formula",
                "The cell starts like a formula, which a spreadsheet program would run.",
                "Say yes to keep it as plain text that never runs; else replace it by the words that are meant.",
            )
        if len(text) > most:
            problem = f"The text has {len(text)} characters; the most is {most}."
            self.refuse(meaning, "too-long", problem, "Shorten it, or split it.")
        return text[:most]

    def refuse(self, meaning: Meaning, code: str, problem: str, advice: str, *, value: str | None = None) -> None:
        self._found(Severity.REFUSE, meaning, code, problem, advice, value)

    def ask(self, meaning: Meaning, code: str, problem: str, advice: str, *, value: str | None = None) -> None:
        self._found(Severity.ASK, meaning, code, problem, advice, value)

    def note(self, meaning: Meaning, code: str, problem: str, advice: str, *, value: str | None = None) -> None:
        """Told, unless the list has no such column: that is told once, with the header."""
        if meaning in self.header.by_meaning:
            self._found(Severity.NOTE, meaning, code, problem, advice, value)

    def add(self, severity: Severity, column: str, code: str, value: str, problem: str, advice: str) -> None:
        """A finding at a column that is named by hand: one dose of a cell of many, or the whole row."""
        self.findings.append(Finding(severity, code, self.line.number, column, shown(value), problem, advice))

    def keep_in_comments(self, meaning: Meaning, text: str) -> None:
        """The words survive in the patient's comments, with the column they stood in."""
        self.set_aside.append(f"{self.header.name(meaning)}: {text}")

    @property
    def is_refused(self) -> bool:
        return any(finding.severity is Severity.REFUSE for finding in self.findings)

    def _found(
        self, severity: Severity, meaning: Meaning, code: str, problem: str, advice: str, value: str | None
    ) -> None:
        value = self.text(meaning) if value is None else value
        self.add(severity, self.header.name(meaning), code, value, problem, advice)
