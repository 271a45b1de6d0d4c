"""How often somebody was rung and not reached, counted in the words that tell of it."""

from __future__ import annotations

import re

_TRIED = re.compile(r"^Not reached (?:(once)|(\d+) times) \(last .*?\)\.")


def attempt_in_words(number: int, when: str, by: str) -> str:
    """How often it was tried.

    >>> attempt_in_words(1, "Wed 25 Nov, 11:00", "Ada Nurse"), attempt_in_words(3, "Wed 25 Nov, 11:00", "Ada Nurse")
    ... # doctest: +NORMALIZE_WHITESPACE
    ('Not reached once (last Wed 25 Nov, 11:00, Ada Nurse).',
     'Not reached 3 times (last Wed 25 Nov, 11:00, Ada Nurse).')
    """
    often = "once" if number == 1 else f"{number} times"
    return f"Not reached {often} (last {when}, {by})."


def attempts_in(note: str) -> int:
    """How often nobody was reached, as the note says.

    >>> attempts_in("Not reached once (last Wed 25 Nov, 11:00, Dr A. Malik). Voicemail."), attempts_in("Fine.")
    (1, 0)
    """
    found = _TRIED.match(note)
    if found is None:
        return 0
    return 1 if found[1] else int(found[2])


def with_attempts(before: str, note: str) -> str:
    """The note of the answer, after how often it was tried.

    >>> with_attempts("Not reached once (last Wed 25 Nov, 11:00, Dr A. Malik). Voicemail.", "Well.")
    'Not reached once (last Wed 25 Nov, 11:00, Dr A. Malik). Well.'
    """
    found = _TRIED.match(before)
    return " ".join(part for part in (found[0] if found else "", note.strip()) if part)[:300]
