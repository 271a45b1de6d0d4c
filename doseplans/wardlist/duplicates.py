"""The same patient twice in one list, and different patients that could be taken for one another."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from doseplans.wardlist.cells import folded
from doseplans.wardlist.columns import Meaning
from doseplans.wardlist.dates import said
from doseplans.wardlist.identity import nhs_digits
from doseplans.wardlist.rows import WardRow
from doseplans.wardlist.sheet_row import SheetRow


@dataclass(slots=True)
class Register:
    """The lines seen so far by what identifies a patient; refused rows count too, so that a clash is never missed."""

    by_contents: dict[tuple[str, ...], int] = field(default_factory=dict)
    by_hospital_number: dict[str, int] = field(default_factory=dict)
    by_nhs_number: dict[str, int] = field(default_factory=dict)

    def is_copy(self, row: SheetRow) -> bool:
        """Whether the row repeats an earlier one in every cell; asked about, and then not read again.

        A copy is one patient told twice, or a row pasted over another patient's, who would then be missing.
        """
        first = self.by_contents.setdefault(row.line.cells, row.line.number)
        if first == row.line.number:
            return False
        row.ask(
            Meaning.HOSPITAL_NUMBER,
            "row-copied",
            f"The row is the same as row {first} in every cell.",
            "Look whether it was pasted over another patient's row; say yes to read the patient once.",
        )
        return True

    def enter(self, row: SheetRow) -> None:
        """Refusals where the row uses a number that an earlier row has."""
        number = folded(row.text(Meaning.HOSPITAL_NUMBER))
        self._claim(
            row, Meaning.HOSPITAL_NUMBER, self.by_hospital_number, number if any(map(str.isdigit, number)) else "",
            "hospital-number-twice",
        )  # fmt: skip
        digits = nhs_digits(row.text(Meaning.NHS_NUMBER))
        number = digits if digits.isdigit() and len(set(digits)) > 1 else ""
        self._claim(row, Meaning.NHS_NUMBER, self.by_nhs_number, number, "nhs-number-twice")

    @staticmethod
    def _claim(row: SheetRow, meaning: Meaning, seen: dict[str, int], number: str, code: str) -> None:
        if not number:
            return
        first = seen.setdefault(number, row.line.number)
        if first != row.line.number:
            problem = f"Row {first} has the same {meaning.value}, and the two rows differ."
            advice = "Find out whose number it is and correct the other; if both rows are one patient, keep one."
            row.refuse(meaning, code, problem, advice)


def compare_people(rows: Sequence[tuple[SheetRow, WardRow]]) -> None:
    """Findings where two rows bear one name: a question if the birth is the same, else a note; and shared addresses."""
    by_name: dict[tuple[str, str], list[WardRow]] = {}
    by_email: dict[str, WardRow] = {}
    for row, read in rows:
        namesakes = by_name.setdefault((folded(read.who.family_name), folded(read.who.given_name)), [])
        for other in namesakes[-1:]:
            _tell_namesake(row, read, next((each for each in namesakes if _born_together(each, read)), other))
        namesakes.append(read)
        email = read.contact.email.casefold()
        if email and (other_reader := by_email.setdefault(email, read)) is not read:
            problem = f"Row {other_reader.line} has the same e-mail address."
            row.note(Meaning.EMAIL, "email-shared", problem, "Nothing if they share it; else correct one.")


def _born_together(one: WardRow, other: WardRow) -> bool:
    return one.who.birth_date == other.who.birth_date


def _tell_namesake(row: SheetRow, read: WardRow, other: WardRow) -> None:
    meaning = Meaning.FAMILY_NAME if Meaning.FAMILY_NAME in row.header.by_meaning else Meaning.FULL_NAME
    if _born_together(read, other):
        problem = f"Row {other.line} has the same name and date of birth under another hospital number."
        advice = "If it is one patient keep one row; say yes if they are two people."
        row.ask(meaning, "same-person-perhaps", problem, advice)
    else:
        problem = f"Row {other.line} bears the same name, born on {said(other.who.birth_date)}."
        row.note(
            meaning, "same-name", problem, "Nothing: they are kept apart by number and birth. Take care at the desk."
        )
