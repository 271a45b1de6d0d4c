"""One cell's text: what spreadsheet programs leave around a value, and what they leave instead of one."""

import re
import unicodedata

# Written by people where a value is not known or does not apply. Never asked of names: "Na" is a surname.
BLANKS = frozenset(
    {
        "",
        "-",
        "--",
        "–",
        "—",
        ".",
        "?",
        "??",
        "n/a",
        "na",
        "n.a.",
        "nil",
        "none",
        "null",
        "unknown",
        "not known",
        "nk",
    }
    | {"n/k", "not available", "not applicable"}
)
SPREADSHEET_ERROR = re.compile(r"^(#+|#(REF|N/A|NAME|VALUE|DIV/0|NUM|NULL|SPILL|CALC)[!?]?|Err:\d+)$", re.IGNORECASE)
SCIENTIFIC = re.compile(r"^\d(?:[.,]\d+)?E\+?\d{1,2}$", re.IGNORECASE)
_TEXT_FORMULA = re.compile(r'^="([^"]*)"$')
_LINE_BREAKS = re.compile(r"\r\n?|\v|\f|\x85|\u2028|\u2029")


def clean(raw: str) -> str:
    """The text without what cannot be seen: odd spaces made plain, control characters gone, accents composed (NFC).

    Line breaks stay. A number forced to text by ="…" or by a leading apostrophe before a digit is unwrapped: both are
    tricks to keep a spreadsheet program from eating zeros.

    >>> clean("THOMPSON\\u00a0 "), clean('="0123"'), clean("'07700 900416")
    ('THOMPSON', '0123', '07700 900416')
    """
    if raw.isascii() and raw.isprintable():
        return _unwrapped(" ".join(raw.split()))
    text = _LINE_BREAKS.sub("\n", raw)
    kept = []
    for character in text:
        category = unicodedata.category(character)
        if character in "\n\t" or category == "Zs":
            kept.append("\n" if character == "\n" else " ")
        elif category[0] != "C":
            kept.append(character)
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", "".join(kept)).split("\n"))
    return _unwrapped("\n".join(lines).strip())


def _unwrapped(text: str) -> str:
    if forced := _TEXT_FORMULA.match(text):
        return forced[1].strip()
    return text[1:] if re.match(r"'[\d+=]", text) else text


def is_blank(text: str) -> bool:
    """Whether the cell says that there is nothing to say.

    >>> is_blank("N/A"), is_blank("none"), is_blank("Osei")
    (True, True, False)
    """
    return text.casefold() in BLANKS


def is_formula(text: str) -> bool:
    """Whether a spreadsheet program would run the text instead of showing it.

    A dash with a space after it is a bullet.

    >>> is_formula("=HYPERLINK(1)"), is_formula("- rings back"), is_formula("-2+3"), is_formula("@SUM(A1)")
    (True, False, True, True)
    """
    return bool(re.match(r"[=@+]|-\S", text)) and text not in BLANKS


def folded(text: str) -> str:
    """For comparing what people typed: case, accents, spaces and punctuation do not count.

    >>> folded("O’Brien ") == folded("O'BRIEN"), folded("Siân")
    (True, 'sian')
    """
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in decomposed if character.isalnum())
