"""Text from people's keyboards made fit for a calendar line, a mail header and a screen."""

import re
import unicodedata

# A name may be written right to left, but nothing typed into a name may turn round the text after it.
BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
INVISIBLE = frozenset("\ufeff\ufff9\ufffa\ufffb\u00ad")
BREAKING_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Readers disagree on these inside a parameter (RFC 5545 forbids the quote, RFC 6868 gives the caret a
# meaning many do not know, some unescape a backslash there), so no line of ours carries them.
LOOKALIKES = str.maketrans({'"': "'", "\\": "/", "^": " "})
LONGEST_LINE = 200

_LINE_ENDS = re.compile(r"\r\n|\r|\n|\u2028|\u2029")


def clean_line(text: str, *, longest: int = LONGEST_LINE) -> str:
    """The text stands on one line and no reader can take a part of it for syntax.

    >>> clean_line('Ann "Annie"\\r\\nBEGIN:VALARM')
    "Ann 'Annie' BEGIN:VALARM"
    >>> clean_line("\\u202egpj.exe")
    'gpj.exe'
    """
    if text.isascii() and text.isprintable():  # nearly all of them, and several times cheaper
        return " ".join(text.translate(LOOKALIKES).split())[:longest].rstrip()
    kept = (
        " " if unicodedata.category(character) in BREAKING_CATEGORIES else character
        for character in text
        if character not in BIDI_CONTROLS and character not in INVISIBLE
    )
    return " ".join("".join(kept).translate(LOOKALIKES).split())[:longest].rstrip()


def clean_text(text: str) -> str:
    """The text keeps its lines, each as clean as `clean_line` makes it; blank lines never pile up.

    >>> clean_text("Main entrance\\r\\n\\r\\n\\r\\nWard 4")
    'Main entrance\\n\\nWard 4'
    """
    lines = [clean_line(line, longest=2000) for line in _LINE_ENDS.split(text)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def one_line(text: str) -> str:
    """The lines of an address follow one another after commas.

    >>> one_line("Level 2\\nMill Road\\n Anytown ")
    'Level 2, Mill Road, Anytown'
    """
    lines = (clean_line(line).rstrip(",") for line in _LINE_ENDS.split(text))
    return ", ".join(line for line in lines if line)


def address_beside(site: str, address: str) -> str:
    """The address on one line as it stands after the site's name: without it, where that is what it begins with.

    >>> address_beside("Mill Road Hospital", "Mill Road Hospital\\nLevel 2")
    'Level 2'
    >>> address_beside("Mill Road Hospital", "Level 2")
    'Level 2'
    """
    name, line = one_line(site), one_line(address)
    return line.removeprefix(f"{name}, ") if name else line


def whereabouts(site: str, address: str) -> str:
    """The site and where it is, on one line; its name once.

    >>> whereabouts("Mill Road Hospital", "Mill Road Hospital\\nLevel 2")
    'Mill Road Hospital, Level 2'
    >>> whereabouts("Mill Road Hospital", "Mill Road Hospital")
    'Mill Road Hospital'
    """
    parts = dict.fromkeys((one_line(site), address_beside(site, address)))
    return ", ".join(part for part in parts if part)
