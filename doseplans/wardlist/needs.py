"""What a patient needs from the ward, out of the words in one cell."""

import re
from dataclasses import dataclass

from doseplans.wardlist.cells import is_blank
from doseplans.wardlist.rows import Need

LONGEST_TEXT = 60
_SEPARATORS = re.compile(r"[;,/\n+&]|\s+and\s+", re.IGNORECASE)

# The first pattern that fits names the need; its label is what the banner shows. Interpreters are read before these.
_KNOWN: tuple[tuple[str, str, str], ...] = (
    (r"\bbsl\b|british sign|sign language|\bsigner\b", "bsl", "BSL interpreter"),
    (r"large[\s-]*(print|font|type|text)", "large_print", "Large print"),
    (r"easy[\s-]*read", "easy_read", "Easy read"),
    (r"\bhoist\b", "hoist", "Hoist"),
    (r"\bstretcher\b", "stretcher", "Stretcher"),
    (r"wheel[\s-]*chair|\bw/?c\b", "wheelchair", "Wheelchair"),
    (r"\btransport\b|\bambulance\b|\bpts\b", "transport", "Hospital transport"),
    (r"\bniv\b|\bbipap\b|\bventilat", "niv", "NIV"),
    (r"communication aid|\baac\b|eye[\s-]*gaze|light[\s-]*writer", "communication_aid", "Communication aid"),
    (
        r"(carer|wife|husband|partner|daughter|son|family)\s+(attends|comes|present|with)",
        "carer_attends",
        "Carer attends",
    ),
)
_INTERPRETER = re.compile(r"\b(?:interpreter|interp|translator)\b\.?", re.IGNORECASE)

LANGUAGES = {
    "albanian": "sq", "amharic": "am", "arabic": "ar", "bengali": "bn", "bulgarian": "bg", "cantonese": "yue",
    "chinese": "zh", "croatian": "hr", "czech": "cs", "dari": "prs", "dutch": "nl", "farsi": "fa", "french": "fr",
    "german": "de", "greek": "el", "gujarati": "gu", "hindi": "hi", "hungarian": "hu", "italian": "it", "kurdish": "ku",
    "latvian": "lv", "lithuanian": "lt", "mandarin": "zh", "nepali": "ne", "pashto": "ps", "persian": "fa",
    "polish": "pl", "portuguese": "pt", "punjabi": "pa", "romanian": "ro", "russian": "ru", "slovak": "sk",
    "somali": "so", "spanish": "es", "swahili": "sw", "sylheti": "syl", "tamil": "ta", "tigrinya": "ti",
    "turkish": "tr",
    "ukrainian": "uk", "urdu": "ur", "vietnamese": "vi", "welsh": "cy", "yoruba": "yo",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReadNeeds:
    """The needs, each once, the language spoken (ISO 639, empty where none is named), and words for no known need."""

    needs: tuple[Need, ...]
    language: str
    unknown: tuple[str, ...]


def read_needs(text: str) -> ReadNeeds:
    """Every need of a cell; what is not known is kept in its own words as "other".

    >>> [need.code for need in read_needs("large print; carer attends").needs]
    ['large_print', 'carer_attends']
    >>> read_needs("Polish interpreter")
    ReadNeeds(needs=(Need(code='interpreter', text='Polish interpreter'),), language='pl', unknown=())
    """
    needs: dict[Need, None] = {}
    unknown = []
    language = ""
    for piece in (part.strip(" .") for part in _SEPARATORS.split(text)):
        if is_blank(piece):
            continue
        need, spoken = _one(piece)
        language = language or spoken
        needs[need] = None
        if need.code == "other":
            unknown.append(piece)
    return ReadNeeds(tuple(needs), language, tuple(unknown))


def _one(piece: str) -> tuple[Need, str]:
    lowered = piece.casefold()
    if _INTERPRETER.search(lowered) and not re.search(r"\bbsl\b|sign", lowered):
        named = _INTERPRETER.sub("", lowered).strip(" .:-()")
        language = next((word for word in re.findall(r"\w+", named) if word in LANGUAGES), "")
        label = f"{language.capitalize()} interpreter" if language else piece
        return Need("interpreter", label[:LONGEST_TEXT]), LANGUAGES.get(language, "")
    for pattern, code, label in _KNOWN:
        if re.search(pattern, lowered):
            return Need(code, _label(code, label, piece)), ""
    return Need("other", piece[:LONGEST_TEXT]), ""


def _label(code: str, label: str, piece: str) -> str:
    """Our label, or the list's own words where they say more, as "NIV at night" does."""
    says_more = code in {"niv", "communication_aid", "transport"} and len(piece) > len(label)
    return (piece[0].upper() + piece[1:])[:LONGEST_TEXT] if says_more else label
