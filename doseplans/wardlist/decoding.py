"""From a file's bytes to its text, whichever of the usual programs wrote it."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass

from doseplans.wardlist.findings import Finding, whole_file

MOST_BYTES = 5 * 1024 * 1024
SAVE_AS_CSV = "Open it in the spreadsheet program and save it as “CSV UTF-8 (comma delimited)”, then upload that file."

NOT_TEXT = (
    (b"PK\x03\x04", "This is a workbook (.xlsx or .ods), not a CSV file."),
    (b"\xd0\xcf\x11\xe0", "This is an old Excel workbook (.xls), not a CSV file."),
    (b"%PDF", "This is a PDF, not a CSV file."),
    (b"{\\rtf", "This is a word processor's document, not a CSV file."),
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text without its byte-order mark, and the encoding's name in words."""

    text: str
    encoding: str


def decode(content: bytes) -> Decoded | Finding:
    """The file's text, or the one reason why it cannot be read.

    >>> decode("Ní".encode("utf-8-sig"))
    Decoded(text='Ní', encoding='UTF-8')
    >>> decode("O’Brien".encode("cp1252")).text
    'O’Brien'
    >>> decode(b"PK\\x03\\x04...").code
    'not-csv'
    """
    if len(content) > MOST_BYTES:
        size = f"{len(content) / 1024 / 1024:.1f} MB"
        return whole_file(
            "file-too-large",
            size,
            f"The file is {size}; the most is 5 MB.",
            "Split the list and import the parts one by one.",
        )
    if not content.strip(b"\0 \t\r\n"):
        return whole_file("file-empty", "", "The file is empty.", "Save the list again as CSV and upload that file.")
    for magic, problem in NOT_TEXT:
        if content.startswith(magic):
            return whole_file("not-csv", content[:4].decode("latin-1"), problem, SAVE_AS_CSV)
    for codec, encoding in _candidates(content):
        try:
            text = content.decode(codec)
        except UnicodeDecodeError:
            continue
        return Decoded(text.lstrip("\ufeff"), encoding)
    return whole_file("not-text", "", "The file is not text in any encoding a spreadsheet program writes.", SAVE_AS_CSV)


def _candidates(content: bytes) -> list[tuple[str, str]]:
    """Codecs to try, surest first. Windows-1252 is last: almost any bytes pass for it."""
    if content.startswith(BOM_UTF8):
        return [("utf-8-sig", "UTF-8")]
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return [("utf-16", "UTF-16")]
    start = content[:400]
    if b"\0" in start:
        # Mostly Latin text without a mark: the zero bytes stand where the high halves are.
        codec = "utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"
        return [(codec, "UTF-16")]
    return [("utf-8", "UTF-8"), ("cp1252", "Windows-1252")]
