"""Letters as a PDF that readers of screens can read too (PDF/UA-1), fonts embedded; the same letters, the same octets.

The PDF is set by typst, which needs nothing of the system it runs on. It is imported when the first letter is made:
no page or worker that prints nothing pays for it.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import segno
from django.conf import settings

HERE = Path(__file__).parent
STANDARD = "ua-1"
# The name and five lines are what a window shows in large print; more are put together.
MOST_ADDRESS_LINES = 6


class CannotPrint(Exception):
    """The letter has characters that no font at hand can show: somebody must tell the reader otherwise."""


@dataclass(frozen=True, slots=True)
class AnswerBox:
    """How to answer a letter: a sentence, the address of the reader's own page, and the same as a square for a camera.

    The address comes in the parts between which a line may end. `square` is an SVG, `square_words` what it is called
    for those who have the PDF read to them.
    """

    words: str
    address: Sequence[str]
    square: str
    square_words: str


@dataclass(frozen=True, slots=True)
class PaperLetter:
    """One letter, all of it in words. `paragraphs` are lists of (label, text) lines; `lang` is a code of ISO 639.

    The `answer` stands where a paragraph has no lines.
    """

    address: Sequence[str]
    site: str
    sender: Sequence[str]
    dated: str
    heading: str
    subject: str
    paragraphs: Sequence[Sequence[tuple[str, str]]]
    page_words: str
    about: str = ""
    answer: AnswerBox | None = None
    lang: str = "en"
    is_right_to_left: bool = False
    is_large_print: bool = False


def render_letters(letters: Sequence[PaperLetter], *, title: str) -> bytes:
    """All letters in one PDF, each beginning on a page of its own. Raises: CannotPrint."""
    return bytes(_compiled(letters, title, _as_pdf))


def render_sheet(template: Path, data: Mapping[str, str], *, title: str) -> bytes:
    """Another kind of paper in the same type: a template of typst, given `data` as its inputs. Raises: CannotPrint."""
    return bytes(_set(template, data, title, _as_pdf))


def pages_of(letter: PaperLetter) -> int:
    """On how many pages the letter comes. Raises: CannotPrint, here and not when a whole run is made."""

    def count(compiler: Any) -> int:
        compiler.compile(format="pdf", pdf_standards=STANDARD)
        (end,) = json.loads(compiler.query("<end>", field="value", format="json"))
        return int(end["pages"])

    return int(_compiled([letter], letter.heading, count))


def address_lines(name: str, postal_address: str) -> tuple[str, ...]:
    """The name and the lines below it, as many as the window shows.

    >>> address_lines("Ines Fairweather", "1 Quay Road, Flat 2\\nHarbour View\\nOldtown\\nAnytown\\nShire\\nAN1 2AA")
    ('Ines Fairweather', '1 Quay Road, Flat 2', 'Harbour View', 'Oldtown', 'Anytown, Shire', 'AN1 2AA')
    """
    lines = [line for line in (printable(line) for line in (name, *postal_address.splitlines())) if line]
    while len(lines) > MOST_ADDRESS_LINES:
        lines[-3:-1] = [", ".join(lines[-3:-1])]
    return tuple(lines)


def square_of(address: str) -> str:
    """A QR code of the address as an SVG, with the white edge that cameras need: the same one at every call."""
    return str(segno.make_qr(address, error="m").svg_inline(border=4))


def printable(text: str) -> str:
    """The text on one line without what paper cannot show: emoji, control characters and their like.

    >>> printable("Ann \\N{SMILING FACE WITH SUNGLASSES}  O’Neill\\x07")
    'Ann O’Neill'
    """
    kept = (character for character in text if unicodedata.category(character) not in _NOT_ON_PAPER)
    return " ".join("".join(kept).split())


# Directional marks (Cf) go too: the typesetter orders right-to-left text by itself.
_NOT_ON_PAPER = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Sk", "So"})


@cache
def _fonts() -> Any:
    import typst

    folders = [str(HERE / "fonts"), *([settings.LETTER_FONTS] if settings.LETTER_FONTS else [])]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


def _as_pdf(compiler: Any) -> Any:
    return compiler.compile(format="pdf", pdf_standards=STANDARD)


def _compiled(letters: Sequence[PaperLetter], title: str, work: Any) -> Any:
    data = {"letters": json.dumps([asdict(letter) for letter in letters])}
    return _set(HERE / "letter.typ", data, title, work)


def _set(template: Path, data: Mapping[str, str], title: str, work: Any) -> Any:
    import typst

    others = sorted(set(_fonts().families()) - {"Inter"})
    inputs = {**data, "families": json.dumps(["Inter", *others]), "title": title}
    try:
        return work(typst.Compiler(template, root=template.parent, font_paths=_fonts(), sys_inputs=inputs))
    except typst.TypstError as error:
        # What it says quotes the paper: it goes no further.
        if "could not be displayed" in str(error):
            raise CannotPrint("It has characters in it that our fonts cannot show.") from None
        raise
