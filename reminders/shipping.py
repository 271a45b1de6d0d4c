"""The texts that ship, by purpose and variant, in English and as far as a catalogue has them in other languages.

A catalogue holds them paragraph by paragraph, so that a translator meets each only once.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import translation
from django.utils.translation import gettext

from reminders.shipped import SHIPPED, ShippedText
from reminders.shipped_easy_read import EASY_READ
from reminders.shipped_short import SHORT
from reminders.shipped_to_carers import TO_CARERS


def shipped_text(purpose: str, variant: str) -> ShippedText:
    """The English words for a purpose, written as the variant says: standard, easy_read or short."""
    if variant == "short":
        return ShippedText("", SHORT[purpose])
    return (EASY_READ if variant == "easy_read" else SHIPPED)[purpose]


def said_to_carer(text: ShippedText) -> ShippedText:
    """An English text for somebody whom the patient wants to be told too: what ships is said of the patient.

    >>> said_to_carer(ShippedText("Hello", "Dear {name}\\n\\nYou have a hospital appointment.")).body
    'Dear {name}\\n\\n{patient} has a hospital appointment.'
    """
    paragraphs = [TO_CARERS.get(part, part) for part in text.body.replace("\r\n", "\n").split("\n\n")]
    return ShippedText(TO_CARERS.get(text.subject, text.subject), "\n\n".join(paragraphs))


def translated_text(purpose: str, variant: str, language: str, *, is_to_carer: bool = False) -> ShippedText | None:
    """The same in another language; None where the catalogue lacks any of it, so that nothing is half translated."""
    english = shipped_text(purpose, variant)
    if is_to_carer:
        english = said_to_carer(english)
    with translation.override(language):
        found = {part: gettext(part) for part in parts_of(english)}
    if any(part == words for part, words in found.items() if _needs_translating(part)):
        return None
    body = "\n\n".join(found[part] for part in english.body.split("\n\n"))
    return ShippedText(found.get(english.subject, ""), body)


def parts_of(text: ShippedText) -> Iterator[str]:
    """What a catalogue holds of a text: its subject and its paragraphs."""
    if text.subject:
        yield text.subject
    yield from text.body.split("\n\n")


def all_parts() -> Iterator[str]:
    """Every entry of a catalogue, each once, in the order in which patients meet them."""
    texts = [shipped_text(purpose, variant) for variant in ("standard", "easy_read", "short") for purpose in SHIPPED]
    texts += [said_to_carer(shipped_text(purpose, "standard")) for purpose in SHIPPED]
    yield from dict.fromkeys(part for text in texts for part in parts_of(text) if _needs_translating(part))


def _needs_translating(part: str) -> bool:
    """Whether there are words besides the variables."""
    return not (part.startswith("{") and part.endswith("}") and part.count("{") == 1)
