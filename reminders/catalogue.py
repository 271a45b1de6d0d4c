"""Everything a patient or carer may read, gathered for translators, and a language made of it that nobody speaks.

GNU gettext is not needed: catalogues are written and compiled here. The made-up languages (`qps`, and `qpr` from right
to left) show what is not translated, too narrow, or cut off; they are for tests and never offered to a patient.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from django.utils.translation.template import templatize

from reminders.shipping import all_parts

# What patients meet: mail, calendar objects, letters, text messages, and their own page.
SOURCES = ("reminders", "templates/reminders", "portal", "templates/portal")
NOT_FOR_PATIENTS = (
    "migrations", "admin.py", "forms.py", "models", "selectors.py", "untold.py", "resending.py", "printing.py", "tests",
)  # fmt: skip
HEADER = {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Transfer-Encoding": "8bit",
    "MIME-Version": "1.0",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}
PSEUDO, PSEUDO_RIGHT_TO_LEFT = "qps", "qpr"

_CALLS = {"_": 1, "gettext": 1, "gettext_lazy": 1, "ngettext": 2, "ngettext_lazy": 2}
_IN_TEMPLATE = re.compile(
    r"""\b(n?)gettext\(u?(['"])((?:\\.|(?!\2).)*)\2(?:,\s*u?(['"])((?:\\.|(?!\4).)*)\4)?""", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One text to translate; `plural` is empty where it has none."""

    words: str
    plural: str = ""


def entries(base: Path) -> list[Entry]:
    """Every text once, in a stable order: the shipped messages as patients meet them, then the rest by file."""
    found = [Entry(part) for part in all_parts()]
    for path in _files(base):
        source = path.read_text(encoding="utf-8")
        found += _in_python(source) if path.suffix == ".py" else _in_template(source, path.name)
    return list(dict.fromkeys(found))


def template_of(base: Path) -> polib.POFile:
    """The catalogue with nothing translated yet, as a translator begins."""
    return _catalogue((entry, "", "") for entry in entries(base))


def pseudo_of(base: Path) -> polib.POFile:
    """The catalogue of the made-up language, with what Django says of days, months and hours."""
    made_up = _catalogue((entry, pseudo(entry.words), pseudo(entry.plural)) for entry in entries(base))
    for context, words in _of_the_calendar():
        made_up.append(polib.POEntry(msgctxt=context, msgid=words, msgstr=words.translate(_ACCENTED)))
    return made_up


def pseudo(text: str) -> str:
    """The text with accents on every letter, in brackets line by line, and 40 % longer; variables stay.

    >>> pseudo("Day: {arrive_day}")
    '[Ďáý: {arrive_day} õõ]'
    """
    return "\n".join(_pseudo_line(line) for line in text.split("\n"))


def write_pseudo(base: Path, folder: Path) -> None:
    """Both made-up languages, compiled, in a folder for LOCALE_PATHS."""
    catalogue = pseudo_of(base)
    for language in (PSEUDO, PSEUDO_RIGHT_TO_LEFT):
        (folder / language / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
        catalogue.save_as_mofile(str(folder / language / "LC_MESSAGES" / "django.mo"))


def update_and_compile(base: Path) -> list[str]:
    """locale/patients.pot is as the sources are; each language has its new entries, and is compiled. Their codes."""
    locale, template = base / "locale", template_of(base)
    locale.mkdir(exist_ok=True)
    template.save(str(locale / "patients.pot"))
    done = []
    for path in sorted(locale.glob("*/LC_MESSAGES/django.po")):
        catalogue = polib.pofile(str(path))
        catalogue.merge(template)
        catalogue.save()
        catalogue.save_as_mofile(str(path.with_suffix(".mo")))
        done.append(path.parent.parent.name)
    return done


def _files(base: Path) -> Iterator[Path]:
    for source in SOURCES:
        for path in sorted((base / source).rglob("*")):
            is_ours = not set(path.relative_to(base).parts) & set(NOT_FOR_PATIENTS)
            if is_ours and path.suffix in {".py", ".html", ".txt"}:
                yield path


def _in_python(source: str) -> Iterator[Entry]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in _CALLS:
            continue
        words = [arg.value for arg in node.args[: _CALLS[node.func.id]] if isinstance(arg, ast.Constant)]
        if words and all(isinstance(word, str) for word in words):
            yield Entry(*map(str, words))


def _in_template(source: str, name: str) -> Iterator[Entry]:
    for match in _IN_TEMPLATE.finditer(templatize(source, origin=name)):
        words, plural = (ast.literal_eval(f'"""{part}"""') if part else "" for part in match.group(3, 5))
        yield Entry(words, plural if match.group(1) else "")


def _catalogue(rows: Iterable[tuple[Entry, str, str]]) -> polib.POFile:
    catalogue = polib.POFile(wrapwidth=120)
    catalogue.metadata = dict(HEADER)
    for entry, words, plural in rows:
        if entry.plural:
            forms = {0: words, 1: plural}
            catalogue.append(polib.POEntry(msgid=entry.words, msgid_plural=entry.plural, msgstr_plural=forms))
        else:
            catalogue.append(polib.POEntry(msgid=entry.words, msgstr=words))
    return catalogue


_ACCENTED = str.maketrans(
    "abcdefghijklmnoprstuvwxyzABCDEFGHIJKLMNOPRSTUVWXYZ", "áḃčďéḟğĥíĵķľḿñóṗŕšťúṽŵẋýžÁḂČĎÉḞĞĤÍĴĶĽḾÑÓṖŔŠŤÚṼŴẊÝŽ"
)
_KEPT = re.compile(r"(%\([a-z_]+\)[sd]|\{[a-z_]+\}|<[^>]+>|&[a-z]+;|https?://\S+)")


def _pseudo_line(line: str) -> str:
    pieces = _KEPT.split(line)
    words = "".join(piece if n % 2 else piece.translate(_ACCENTED) for n, piece in enumerate(pieces))
    letters = sum(character.isalpha() for piece in pieces[::2] for character in piece)
    return f"[{words} {'õ' * max(1, round(0.4 * (letters + 1)))}]" if letters else line


_MONTHS = "January February March April May June July August September October November December"
_SHORT_MONTHS = "Jan. Feb. March April May June July Aug. Sept. Oct. Nov. Dec."
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"


def _of_the_calendar() -> Iterator[tuple[str | None, str]]:
    months, short, days = (words.split() for words in (_MONTHS, _SHORT_MONTHS, _DAYS))
    yield from ((None, word) for word in (*months, *days, *(day[:3] for day in days), *(m[:3].lower() for m in months)))
    yield from (("abbrev. month", word) for word in short)
    yield from (("alt. month", word) for word in months)
    yield from ((None, word) for word in ("a.m.", "p.m.", "AM", "PM", "midnight", "noon"))
