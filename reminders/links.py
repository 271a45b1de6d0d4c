"""A reader's own page in a message: where it is, what its buttons say, and the message without them for staff.

The token never stands in the database: a message's text keeps `{answer_link}`, its facts keep what the address is made
of, and both come together only in the mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from reminders.models import Message, PersonalLink, Purpose
from reminders.secret import token_of
from scheduling.engine.answers import PATIENT

MARK = "{answer_link}"
PAGE = "/v/"


def link_facts(link: PersonalLink, message: Message, language: str) -> dict[str, Any]:
    """What the addresses in a message are made of, fixed before its first try."""
    with translation.override(language):
        if message.purpose == Purpose.OFFER:
            rows = [[_("Answer the offer"), ""]]
        else:
            rows = [
                [_("I'll be there"), "&answer=accepted"],
                [_("I can't come"), "&answer=declined"],
                [_("Please ring me"), "&answer=ring"],
                [_("See your appointment") if link.recipient == PATIENT else _("See the appointment"), ""],
            ]
    return {"nonce": link.nonce, "site": settings.PUBLIC_URL, "sequence": message.ical_sequence, "rows": rows}


def address_of(facts: Mapping[str, Any]) -> str:
    """The page's address, without what it was asked for; empty where the message has no link."""
    link = facts.get("link")
    return f"{link['site']}{PAGE}{token_of('PersonalLink', link['nonce'])}/" if link else ""


def rows_of(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Label and address of each button. The address says which SEQUENCE of the visit the message was about."""
    address, link = address_of(facts), facts.get("link")
    return [(label, f"{address}?s={link['sequence']}{query}") for label, query in link["rows"]] if link else []


def written_out(text: str, facts: Mapping[str, Any]) -> str:
    """The text with its links: a line that is nothing but the mark becomes one line a button."""
    rows = "\n".join(f"{label}: {address}" for label, address in rows_of(facts))
    lines = [rows if line.strip() == MARK else line for line in text.split("\n")]
    return "\n".join(lines).replace(MARK, address_of(facts))


def withheld(text: str) -> str:
    """The text for somebody else than its reader: that there was a link, not which."""
    return text.replace(MARK, _("(personal link)"))
