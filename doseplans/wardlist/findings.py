"""What reading a ward list turned up, each thing said so that a clerk can act on it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

SHOWN_CHARACTERS = 120
WHOLE_FILE = "whole file"


class Severity(StrEnum):
    """How much a finding stops.

    REFUSE: the row is wrong and the whole file is refused. ASK: suspicious; nothing is saved until a person says yes.
    NOTE: harmless, told.
    """

    REFUSE = "refuse"
    ASK = "ask"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong, doubtful or worth telling, at one cell.

    `line` is the row as the spreadsheet shows it (1 for the whole file), `column` the heading as the person wrote it,
    `value` the cell's text. For an ASK, `advice` says what a yes means.

    >>> Finding(Severity.ASK, "odd-name", 7, "Forename", "Bob1", "A name with a digit.", "Say yes to keep it.").key
    '7:odd-name'
    """

    severity: Severity
    code: str
    line: int
    column: str
    value: str
    problem: str
    advice: str
    ordinal: int = 1

    @property
    def key(self) -> str:
        """What a person names to say yes: the line, the code, and a number where the line has several of them."""
        return f"{self.line}:{self.code}" if self.ordinal == 1 else f"{self.line}:{self.code}:{self.ordinal}"


def shown(value: str) -> str:
    """A cell's text on one line, shortened.

    >>> shown("a\\nb")
    'a b'
    """
    flat = " ".join(value.split())
    return flat if len(flat) <= SHOWN_CHARACTERS else flat[: SHOWN_CHARACTERS - 1] + "…"


def whole_file(code: str, value: str, problem: str, advice: str, *, line: int = 1) -> Finding:
    """A refusal of the file as such."""
    return Finding(Severity.REFUSE, code, line, WHOLE_FILE, shown(value), problem, advice)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings by line, every key different, so that one yes never answers two questions."""
    seen: Counter[tuple[int, str]] = Counter()
    ordered = []
    for finding in sorted(findings, key=lambda each: each.line):
        seen[finding.line, finding.code] += 1
        ordered.append(replace(finding, ordinal=seen[finding.line, finding.code]))
    return tuple(ordered)
