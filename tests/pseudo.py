"""A language that nobody speaks, in which whatever is not translated shows as plain English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.test import override_settings

from reminders.catalogue import PSEUDO, PSEUDO_RIGHT_TO_LEFT, write_pseudo

_NOT_WORDS = re.compile(r"https?://\S+|\S+@\S+|<style.*?</style>|<[^>]+>|&\w+;", re.DOTALL)
_ENGLISH = re.compile(r"\b[A-Za-z]{2,}\b")


@contextmanager
def spoken(folder: Path) -> Iterator[None]:
    """The made-up languages can be used, from left to right (qps) and from right to left (qpr)."""
    write_pseudo(Path(settings.BASE_DIR), folder)
    with override_settings(
        LOCALE_PATHS=[str(folder)],
        LANGUAGES_BIDI=[*settings.LANGUAGES_BIDI, PSEUDO_RIGHT_TO_LEFT],
        PATIENT_LANGUAGES=("en", PSEUDO, PSEUDO_RIGHT_TO_LEFT),
    ):
        yield


def english_in(text: str) -> list[str]:
    """Words without accents, which nobody has translated; addresses and markup are no words."""
    return sorted(set(_ENGLISH.findall(_NOT_WORDS.sub(" ", text))))
