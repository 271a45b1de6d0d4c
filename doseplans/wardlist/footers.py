"""Rows among the patients that are not patients: totals, section titles, repeated headings."""

import re

from doseplans.wardlist.columns import Meaning, heading_key
from doseplans.wardlist.findings import Severity
from doseplans.wardlist.sheet_row import SheetRow

_FOOTER = re.compile(
    r"^(?:grand\s+)?(?:total|totals|sum|count|number of patients|no\.? of patients|n\s*=|printed|print date|key|legend|"
    r"page|end of list|end|last updated|updated|produced|prepared|source|nb|n\.b\.|\*)",
    re.IGNORECASE,
)
_TOTAL = re.compile(r"^(?:grand\s+)?(?:total|totals|count|number of patients|no\.? of patients|n\s*=)", re.IGNORECASE)
_MOST_FILLED = 2
_IDENTITY = (
    Meaning.NHS_NUMBER, Meaning.FAMILY_NAME, Meaning.GIVEN_NAME, Meaning.FULL_NAME, Meaning.BIRTH_DATE, Meaning.DRUG,
)  # fmt: skip


def is_heading_again(row: SheetRow) -> bool:
    """Whether the row repeats the headings, as lists pasted together do."""
    again = {heading_key(text) for _, text in row.line.filled}
    headings = {heading_key(text) for text in row.header.headings if text}
    return len(again) > 2 and again <= headings


def is_footer(row: SheetRow) -> bool:
    """Whether the row is a total, a remark or a section's title; told, and left out.

    At most two cells are filled, and the first reads like one of those, or is a phrase where a number should be
    while nothing else says who the patient is.
    """
    filled = row.line.filled
    if not 0 < len(filled) <= _MOST_FILLED:
        return False
    text = filled[0][1]
    names_nobody = not any(row.text(meaning) for meaning in _IDENTITY)
    is_phrase = names_nobody and " " in text and len(filled) == 1
    if not (_FOOTER.match(text) or is_phrase):
        return False
    problem = "This row is not a patient: it is left out."
    row.add(Severity.NOTE, "whole row", "row-left-out", " | ".join(each for _, each in filled), problem, "Nothing.")
    return True


def stated_total(row: SheetRow) -> int | None:
    """How many patients a total row says there are, or None where it says no number.

    "Total: 58" and "Total", "58" both say 58.
    """
    text = " ".join(each for _, each in row.line.filled)
    numbers = re.findall(r"\d+", text)
    return int(numbers[0]) if _TOTAL.match(text) and len(numbers) == 1 and len(numbers[0]) <= 5 else None


def compare_total(row: SheetRow, stated: int, counted: int) -> None:
    """A question where the list's own total is not the number of its rows: somebody may be missing."""
    if stated == counted:
        return
    row.add(
        Severity.ASK,
        "whole row",
        "total-differs",
        str(stated),
        f"The list says {stated}, and {counted} patients stand above.",
        "Look for a row that was lost or pasted twice; say yes if the total is simply out of date.",
    )
