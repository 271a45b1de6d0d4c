"""How names are compared: folded to plain letters, by their sound, and by slips of the keyboard.

The trigger that writes a patient's keys works them out in SQL as well (`patients.models.WRITE_NAME_KEYS`), so that an
import or a statement by hand keeps them right; a test holds the two together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from jellyfish import damerau_levenshtein_distance, soundex

# Letters that Unicode does not take apart into a plain one and a mark.
FOLDED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"})

SHORTEST = 3
"""A name shorter than this is taken as it is typed: with one letter changed, Li is half the telephone book."""

SURE = 3
"""So many digits of its sound a word must have before its beginning says anything."""

REMEMBERED = 10_000
"""Answers kept of each comparison: one page compares the same few names many times."""

_LETTER_SOUNDS = str.maketrans("AEIOUYHWBFPVCGJKQSXZDTLMNR", "00000000111122222222334556")


def folded(text: str) -> str:
    """Small letters without accents: how names are compared.

    >>> folded("Łukasz O’Brien-Müller")
    'lukasz o’brien-muller'
    """
    apart = unicodedata.normalize("NFD", text)
    plain = "".join(letter for letter in apart if not "\u0300" <= letter <= "\u036f")
    return plain.lower().translate(FOLDED)


def joined(text: str) -> str:
    """The folded letters and digits alone, without spaces, hyphens and apostrophes.

    >>> joined("van der Berg"), joined("O’Neill")
    ('vanderberg', 'oneill')
    """
    return "".join(letter for letter in folded(text) if letter.isalnum())


@lru_cache(REMEMBERED)
def words_of(name: str) -> frozenset[str]:
    """Each part of a name, what stands between two spaces, and the whole of it.

    >>> sorted(words_of("Anne-Marie O'Neill"))
    ['anne', 'annemarie', 'annemarieoneill', 'marie', 'neill', 'o', 'oneill']
    """
    plain = folded(name)
    parts = set(re.split(r"[\W_]+", plain)) | {joined(token) for token in plain.split()} | {joined(name)}
    return frozenset(parts - {""})


def sound_of(word: str) -> str:
    """The Soundex of a folded word with its first letter as a digit too: Katherine and Catherine begin alike.

    A word with other letters than a to z has no sound but itself.

    Source: Soundex, United States National Archives.

    >>> sound_of("kowalczyk"), sound_of("kowalchik"), sound_of("cowalczyk")
    ('2422', '2422', '2422')
    """
    if not (word.isascii() and word.isalpha()):
        return word
    code = soundex(word)
    return code[0].translate(_LETTER_SOUNDS) + code[1:]


def beyond(beginning: str) -> str:
    """What no word that begins so comes after, in the order of an index by letters' codes.

    >>> "kow" <= "kowalczyk" < beyond("kow") < "koz"
    True
    """
    return beginning + "\U0010ffff"


def slips_of(word: str) -> set[str]:
    """The word and what is left of it without one letter: two words with one slip between them have one in common.

    >>> sorted(slips_of("anna"))
    ['ana', 'ann', 'anna', 'nna']
    >>> slips_of("ng")
    {'ng'}
    """
    if len(word) < SHORTEST:
        return {word}
    return {word} | {word[:n] + word[n + 1 :] for n in range(len(word))}


@lru_cache(REMEMBERED)
def likeness(typed: str, word: str) -> int | None:
    """How many slips lie between two folded words, a turned pair counting once; None where they are not alike.

    One slip is always allowed from three letters on. Words that sound alike may differ by two from five letters on,
    and by three from eight.

    >>> likeness("kowalchik", "kowalczyk"), likeness("sorenson", "sorensen"), likeness("petorv", "petrov")
    (2, 1, 1)
    >>> likeness("lee", "lowe") is None, likeness("bell", "wells") is None
    (True, True)
    """
    slips = damerau_levenshtein_distance(typed, word)
    length = min(len(typed), len(word))
    if slips == 0:
        return 0
    if length < SHORTEST:
        return None
    most = 1
    if sound_of(typed) == sound_of(word):
        most = 3 if length >= 8 else 2 if length >= 5 else 1
    return slips if slips <= most else None


@lru_cache(REMEMBERED)
def nearness(typed: str, word: str) -> int | None:
    """As `likeness`, where `typed` may be the beginning of a word that is still being typed; 0 where it begins so.

    >>> nearness("kowalch", "kowalczyk"), nearness("kow", "kowalczyk"), nearness("fairwaeth", "fairweather")
    (1, 0, 1)
    """
    if word.startswith(typed):
        return 0
    sizes = {len(word)}
    if len(typed) > SHORTEST:
        sizes |= {size for size in range(len(typed) - 1, len(typed) + 2) if size < len(word)}
    found = [apart for size in sizes if (apart := likeness(typed, word[:size])) is not None]
    return max(1, min(found)) if found else None


def sound_beginning(word: str) -> str:
    """What the sound of a word begins with while it is still being typed; empty while that says too little.

    >>> sound_beginning("kowalch"), sound_beginning("kow")
    ('242', '')
    """
    sound = sound_of(word).rstrip("0")
    return sound if len(sound) >= SURE else ""


@lru_cache(REMEMBERED)
def are_namesakes(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two people, each a surname and forenames, might be taken for each other by name.

    >>> are_namesakes(("Kowalczyk", "Anna"), ("Kowalczuk", "Anna Maria")), are_namesakes(("Li", "Wen"), ("Wen", "Li"))
    (True, True)
    >>> are_namesakes(("Kowalczyk", "Anna"), ("Kowalczyk", "Jerzy"))
    False
    """
    (family, given), (other_family, other_given) = name_words(*one), name_words(*other)
    straight = likeness(family, other_family), likeness(given, other_given)
    crossed = likeness(family, other_given), likeness(given, other_family)
    return None not in straight or None not in crossed


def name_keys(family_name: str, given_name: str, birth_date: date) -> Iterator[tuple[str, str]]:
    """What a patient is found by, as (kind, key): each word; how the whole name sounds; the surname with the birthday.

    >>> sorted(name_keys("Li", "Wen", date(1971, 7, 2)))
    [('alike', '4000 0500'), ('born', 'li 1971-07-02'), ('word', 'li'), ('word', 'wen')]
    """
    for word in words_of(family_name) | words_of(given_name):
        yield "word", word
    yield "alike", " ".join(sound_of(word) for word in name_words(family_name, given_name))
    yield "born", born_key(family_name, birth_date)


def searched(names: tuple[str, str], birth_date: date, *, nhs_number: str | None, hospital_number: str) -> str:
    """All of a patient that may be typed to find them: the words of the name, and each other after its own sign.

    `names` are surname and forenames; `hospital_number` is in capitals, as the database writes them.

    >>> searched(("Li", "Wen"), date(1971, 7, 2), nhs_number=None, hospital_number="H 7")
    ' li wen =1971-07-02 + #H 7'
    """
    words = " ".join(sorted(words_of(names[0]) | words_of(names[1])))
    return f" {words} ={birth_date.isoformat()} +{nhs_number or ''} #{hospital_number}"


def born_key(family_name: str, birth_date: date) -> str:
    """The surname with the birthday.

    >>> born_key("O’Neill", date(1971, 7, 2))
    'oneill 1971-07-02'
    """
    return f"{joined(family_name)} {birth_date.isoformat()}"


@lru_cache(REMEMBERED)
def name_words(family_name: str, given_name: str) -> tuple[str, str]:
    """The surname in one, and the first of the forenames.

    >>> name_words("van der Berg", "Anne-Marie Louise")
    ('vanderberg', 'annemarie')
    """
    return joined(family_name), joined((folded(given_name).split() or [""])[0])
