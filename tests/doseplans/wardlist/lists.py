"""Small ward lists for the tests, written as a ward would."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from doseplans.wardlist import Finding, Reading, Severity, WardRow, read_ward_list

AT = date(2026, 11, 20)
InShort = tuple[Severity, str, str]
DATA = Path(__file__).parent / "data"

GOOD = {
    "Hosp No": "Q300001",
    "NHS No": "999 681 5595",
    "Surname": "Adeyemi",
    "Forename": "Priya",
    "DOB": "06/09/1980",
    "Sex": "F",
    "Tel": "07700 900455",
    "E-mail": "patient02@example.org",
    "Carer": "Ewa Adeyemi (wife)",
    "Carer tel": "07700 900483",
    "Carer e-mail": "carer01@example.org",
    "Consultant": "Dr A. Malik",
    "Drug": "Tofersen",
    "LP route": "CT",
    "Needs": "",
    "Contact by": "email",
    "Genetic test": "SOD1 +ve",
    "Consent date": "17/11/2025",
    "Biogen consent": "17/11/2025",
    "Funding": "EAP free of charge",
    "Dose 1": "20/12/2025",
    "Dose 2": "05/01/2026",
    "Dose 3": "20/01/2026",
    "Maintenance doses given": "03/03/2026; 02/04/2026",
    "On hold?": "",
    "Comments": "",
}


def sheet(rows: Sequence[Sequence[str]], *, delimiter: str = ",") -> bytes:
    """The rows as a CSV file in UTF-8."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode()


def ward_list(*changes: Mapping[str, str], headings: Mapping[str, str] | None = None, delimiter: str = ",") -> bytes:
    """A list with a good patient a change, each with those cells replaced; headings renamed where asked.

    An own hospital number and no NHS number is given to every patient after the first, unless the change says.
    """
    names = [(headings or {}).get(name, name) for name in GOOD]
    rows = [names]
    for place, change in enumerate(changes or ({},)):
        own = (
            {}
            if place == 0
            else {"Hosp No": f"Q30000{place + 1}", "NHS No": "", "Surname": f"Adeyemi-{'ABCDEF'[place]}"}
        )
        rows.append(list({**GOOD, **own, **change}.values()))
    return sheet(rows, delimiter=delimiter)


def read(content: bytes, *, at: date = AT) -> Reading:
    return read_ward_list(content, at=at)


def read_one(**change: str) -> tuple[Any, list[InShort]]:
    """The one row of a list with these cells changed (None when it is refused), and its findings in short."""
    reading = read(ward_list(change))
    return (reading.rows[0] if reading.rows else None), [in_short(each) for each in reading.findings]


def patient(**change: str) -> WardRow:
    """The one row, which must be fit to be saved."""
    row, findings = read_one(**change)
    assert isinstance(row, WardRow), findings
    return row


def in_short(finding: Finding) -> InShort:
    return finding.severity, finding.code, finding.column
