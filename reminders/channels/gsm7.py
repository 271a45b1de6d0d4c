"""How long a text message is, and in how many parts it goes.

Source: 3GPP TS 23.038 (the GSM 7 bit alphabet and its extension), TS 23.040 (parts).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")
# What has a plain form that reads the same; anything else is left as it is.
_PLAIN = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "})


@dataclass(frozen=True, slots=True)
class Size:
    """A message as networks count it: `length` in characters of its alphabet."""

    is_gsm7: bool
    length: int
    parts: int


def size_of(text: str) -> Size:
    """The size of a message as it would be sent.

    >>> size_of("a" * 160), size_of("a" * 161).parts, size_of("ł" * 71).parts
    (Size(is_gsm7=True, length=160, parts=1), 2, 2)
    >>> size_of("[€]").length
    6
    """
    if all(character in BASIC or character in EXTENDED for character in text):
        length, whole, part = sum(2 if character in EXTENDED else 1 for character in text), 160, 153
        is_gsm7 = True
    else:
        length, whole, part = len(text.encode("utf-16-le")) // 2, 70, 67
        is_gsm7 = False
    return Size(is_gsm7, length, 1 if length <= whole else -(-length // part))


def plain(text: str) -> str:
    """The text with quotes and dashes that the alphabet has, on one line.

    Accents that the alphabet lacks are left off only where that brings the whole message into it: one foreign letter
    would more than halve what fits.

    >>> plain("Ward ‘A’ – Café"), plain("Szpital Świętej Anny")
    ("Ward 'A' - Café", 'Szpital Swietej Anny')
    """
    text = " ".join(text.translate(_PLAIN).split())
    if size_of(text).is_gsm7:
        return text
    bare = "".join(_bare(character) for character in text)
    return bare if size_of(bare).is_gsm7 else text


def _bare(character: str) -> str:
    if character in BASIC or character in EXTENDED:
        return character
    return "".join(
        part for part in unicodedata.normalize("NFD", character).translate(_STROKES) if not unicodedata.combining(part)
    )


_STROKES = str.maketrans({"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ħ": "h", "Ħ": "H", "ı": "i"})
