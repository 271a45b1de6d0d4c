"""People's names as the record keeps them: as people write them, not as a form shouts them."""

import re
import unicodedata

# Written small inside a surname by those who bear them. Only used to undo capitals, never against what was typed.
PARTICLES = frozenset(
    {
        "van",
        "von",
        "der",
        "den",
        "de",
        "del",
        "della",
        "di",
        "da",
        "das",
        "do",
        "dos",
        "du",
        "la",
        "le",
        "ten",
        "ter",
        "te",
    }
    | {"zu", "zum", "zur", "bin", "ibn", "bint", "al", "el", "e", "y"}
)
_CAPITALISED_PREFIXES = frozenset({"al", "el"})  # joined by a hyphen they are written with a capital here: Al-Hashimi
_PARTS = re.compile(r"([\s\-‐‑'’ʼ]+)")
_MOJIBAKE = re.compile(r"Ã.|â€|Â[\x80-\xbf]|\ufffd")
_ALLOWED_MARKS = frozenset(" -‐‑'’ʼ.·")


def tidied(name: str, *, is_family: bool = True) -> str:
    """The name with its capitals put right where it was typed in one case only; anything else is left as typed.

    >>> [tidied(name) for name in ("THOMPSON", "O’BRIEN", "Ó SÚILLEABHÁIN", "DOS SANTOS", "VAN DER BERG", "MCKENZIE")]
    ['Thompson', 'O’Brien', 'Ó Súilleabháin', 'dos Santos', 'van der Berg', 'McKenzie']
    >>> [tidied(name) for name in ("MacDonald", "van der Berg", "GARCÍA MÁRQUEZ", "SMITH-JONES", "D'SOUZA")]
    ['MacDonald', 'van der Berg', 'García Márquez', 'Smith-Jones', "D'Souza"]
    """
    letters = [character for character in name if character.isalpha()]
    if len(letters) < 2 or not (name.isupper() or name.islower()):
        return name
    pieces = _PARTS.split(name)
    words = [piece for index, piece in enumerate(pieces) if index % 2 == 0 and piece]
    tidy = []
    for index, piece in enumerate(pieces):
        is_last = index == len(pieces) - 1
        follows_hyphen = not is_last and index % 2 == 0 and pieces[index + 1].strip() in {"-", "‐", "‑"}
        small = is_family and len(words) > 1 and not is_last and piece.casefold() in PARTICLES
        if small and not (follows_hyphen and piece.casefold() in _CAPITALISED_PREFIXES):
            tidy.append(piece.lower())
        else:
            tidy.append(_capitalised(piece))
    return "".join(tidy)


def tidied_in_full(name: str) -> str:
    """A forename and surname in one text, each word shouted alone put right.

    >>> tidied_in_full("Kwame FRASER"), tidied_in_full("Fatima dos Santos"), tidied_in_full("DR J. OSEI")
    ('Kwame Fraser', 'Fatima dos Santos', 'Dr J. Osei')
    """
    if name.isupper() or name.islower():
        return tidied(name)
    return " ".join(tidied(word) if word.isupper() and len(word) > 2 else word for word in name.split())


def _capitalised(piece: str) -> str:
    if not piece or not piece[0].isalpha():
        return piece
    word = piece[0].upper() + piece[1:].lower()
    return word[:2] + word[2].upper() + word[3:] if re.match(r"Mc[a-z]{2}", word) else word


def split_full(text: str) -> tuple[str, str] | None:
    """Surname and forename out of "THOMPSON, Aoife"; None where no comma says which is which.

    >>> split_full("THOMPSON, Aoife"), split_full("Aoife Thompson")
    (('THOMPSON', 'Aoife'), None)
    """
    family, comma, given = (part.strip() for part in text.partition(","))
    return (family, given) if comma and family and given else None


def oddity(name: str) -> str:
    """What in a name does not belong into one, in words; empty where nothing is odd.

    >>> oddity("Ní Dhomhnaill"), oddity("Smith-Jones"), oddity("Kowalczyk 2")
    ('', '', 'It holds “2”.')
    """
    if _MOJIBAKE.search(name):
        return "Its accents were lost when the file was saved."
    odd = [character for character in name if not _belongs(character)]
    if odd:
        return f"It holds “{''.join(dict.fromkeys(odd))}”."
    if not any(unicodedata.category(character).startswith("L") for character in name):
        return "It holds no letter."
    return ""


def _belongs(character: str) -> bool:
    return unicodedata.category(character)[0] in "LM" or character in _ALLOWED_MARKS
