"""A message on paper: what stands in the letter besides its words, fixed with them, and the letter made of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import formats, translation
from django.utils.translation import gettext as _

from reminders.errors import CannotCompose
from reminders.letters import PaperLetter
from reminders.letters.rendering import AnswerBox, address_lines, printable, square_of
from reminders.links import MARK, address_of
from reminders.models import Message
from reminders.people import Person
from reminders.words import is_right_to_left

# A line of the text whose beginning up to a colon is no longer than this is "label: value".
LONGEST_LABEL = 24
# After a dot or a slash; never inside the secret, where a hyphen at the end of a line would look like one that divides.
_PARTS = re.compile(r"(?<=[./])(?=[^/])")


def paper_facts(values: Mapping[str, str], person: Person, language: str, *, local: datetime) -> dict[str, Any]:
    """What a letter says besides its text: to whom, from whom, the date of the day it is made."""
    with translation.override(language):
        return {
            "to": address_lines(person.name, person.postal_address),
            "from": [line for line in (values["address"], values["phone"], values["email"]) if line],
            "dated": formats.date_format(local, "j F Y"),
            "page": _("Page %(page)s of %(pages)s"),
            "answer": _(
                "To answer, point the camera of a telephone at the square, or open this address. You are asked for the "
                "date of birth."
            ),
            "square": _("Square code that opens the same address"),
        }


def paper_of(message: Message) -> PaperLetter:
    """The letter of a composed message: the same at every call. Raises: CannotCompose."""
    facts = message.facts
    if "paper" not in facts:
        raise CannotCompose("The message has not been put into words for paper.")
    return PaperLetter(
        address=facts["paper"]["to"],
        site=printable(facts["site"]),
        sender=[printable(line) for line in facts["paper"]["from"]],
        dated=facts["paper"]["dated"],
        heading=facts["heading"],
        subject=", ".join(facts["when"]),
        paragraphs=[_paragraph(part, facts) for part in message.body_text.split("\n\n")],
        page_words=facts["paper"]["page"],
        about=printable(facts["about"]),
        answer=_answer_box(facts),
        lang=message.language.partition("-")[0],
        is_right_to_left=is_right_to_left(message.language),
        is_large_print=message.is_large_print,
    )


def _answer_box(facts: Mapping[str, Any]) -> AnswerBox | None:
    """How to answer, where the letter has a personal link. It is put together anew each time: nothing keeps it."""
    if "link" not in facts:
        return None
    address, paper = address_of(facts), facts["paper"]
    square = square_of(f"{address}?s={facts['link']['sequence']}")
    return AnswerBox(printable(paper["answer"]), _PARTS.split(address), square, printable(paper["square"]))


def _paragraph(text: str, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A paragraph's lines; none where it is nothing but the mark, whose place the answer takes."""
    if text.strip() == MARK:
        return []
    return _lines_of(text.replace(MARK, address_of(facts)))


def _lines_of(paragraph: str) -> list[tuple[str, str]]:
    lines = []
    for line in paragraph.split("\n"):
        label, colon, rest = line.partition(": ")
        is_labelled = colon and len(label) <= LONGEST_LABEL
        lines.append((printable(label), printable(rest)) if is_labelled else ("", printable(line)))
    return lines
