"""Reading a ward's spreadsheet: bytes in, typed rows and findings out. No Django, no clock, no database.

The steps, a module each: `decoding`, `dialect`, `header` with `columns`, then a row at a time `identity`, `contacts`,
`care` and `doses`, then `duplicates` and `footers`; `reading` runs them. What is refused, asked and told, and why,
is in docs/decisions/ward-list-import.md.
"""

from doseplans.wardlist.findings import Finding, Severity
from doseplans.wardlist.reading import Reading, Told, read_ward_list
from doseplans.wardlist.rows import WardRow

__all__ = ["Finding", "Reading", "Severity", "Told", "WardRow", "read_ward_list"]
