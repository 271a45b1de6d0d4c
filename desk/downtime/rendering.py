"""The list as a PDF, by the same typesetter as the letters."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from desk.downtime.content import NO_BREAK, DowntimeList
from reminders.letters.rendering import CannotPrint, printable, render_sheet

TEMPLATE = Path(__file__).with_name("downtime.typ")
LAST_LATIN = "\u024f"


def pdf_of_list(made: DowntimeList) -> bytes:
    """The list on A4. What no font shows is a question mark: one odd name must not cost the ward its list."""
    words = _words_of(made)
    try:
        return _set(words, made.day)
    except CannotPrint:
        return _set(_plain(words), made.day)


def _set(words: Mapping[str, Any], title: str) -> bytes:
    return render_sheet(TEMPLATE, {"sheet": json.dumps(words)}, title=title)


def _words_of(made: DowntimeList) -> dict[str, Any]:
    fields = {name: getattr(made, name) for name in made.__slots__ if name != "patients"}
    found: dict[str, Any] = _each(fields, _line)
    return found


def _line(text: str) -> str:
    """What paper can show; spaces that must not break stay."""
    return NO_BREAK.join(printable(part) for part in text.split(NO_BREAK))


def _plain(words: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = _each(words, _latin)
    return found


def _latin(text: str) -> str:
    """
    >>> _latin("Łucja – 王")
    'Łucja – ?'
    """
    return "".join(letter if letter <= LAST_LATIN or letter in "–’“”…" else "?" for letter in text)


def _each(value: Any, act: Any) -> Any:
    """The same structure with `act` done to every text in it."""
    if isinstance(value, str):
        return act(value)
    if isinstance(value, Mapping):
        return {name: _each(inner, act) for name, inner in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return _each(asdict(value), act)
    if isinstance(value, (Sequence, Iterable)):
        return [_each(inner, act) for inner in value]
    return value
