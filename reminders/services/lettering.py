"""A message on paper: what stands in the letter besides its words, fixed with them, and the letter made of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import formats, translation
from django.utils.translation import gettext as _

from reminders.errors import CannotCompose
from reminders.letters import PaperLetter
from reminders.letters.rendering import address_lines, printable
from reminders.models import Message
from reminders.people import Person
from reminders.words import is_right_to_left

# A line of the text whose beginning up to a colon is no longer than this is "label: value".
LONGEST_LABEL = 24


def paper_facts(values: Mapping[str, str], person: Person, language: str, *, local: datetime) -> dict[str, Any]:
    """What a letter says besides its text: to whom, from whom, the date of the day it is made."""
    with translation.override(language):
        return {
            "to": address_lines(person.name, person.postal_address),
            "from": [line for line in (values["address"], values["phone"], values["email"]) if line],
            "dated": formats.date_format(local, "j F Y"),
            "page": _("Page %(page)s of %(pages)s"),
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
        paragraphs=[_lines_of(paragraph) for paragraph in message.body_text.split("\n\n")],
        page_words=facts["paper"]["page"],
        about=printable(facts["about"]),
        lang=message.language.partition("-")[0],
        is_right_to_left=is_right_to_left(message.language),
        is_large_print=message.is_large_print,
    )


def _lines_of(paragraph: str) -> list[tuple[str, str]]:
    lines = []
    for line in paragraph.split("\n"):
        label, colon, rest = line.partition(": ")
        is_labelled = colon and len(label) <= LONGEST_LABEL
        lines.append((printable(label), printable(rest)) if is_labelled else ("", printable(line)))
    return lines
