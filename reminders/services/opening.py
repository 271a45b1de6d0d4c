"""A message as it went, for staff to read: everything but the way to its reader's own page."""

from __future__ import annotations

import copy
import email
from email import policy

from patients.models import Channel
from reminders.errors import CannotCompose
from reminders.ical.checking import BrokenCalendar
from reminders.links import withheld
from reminders.models import Message
from reminders.services.composing import html_of, mail_of, with_about


def is_written(message: Message) -> bool:
    """Whether it has been put into words; that happens just before its first try."""
    return message.dated_at is not None and bool(message.facts)


def text_of(message: Message) -> str:
    """Its words as its reader got them, but for the personal link."""
    return with_about(withheld(message.body_text), message.facts)


def page_of(message: Message) -> str:
    """The mail as a page. Where the buttons stood it says that there was a personal link."""
    shown = copy.copy(message)
    shown.body_text = withheld(message.body_text)
    shown.facts = {**message.facts, "link": None}
    return html_of(shown)


def calendar_of(message: Message) -> str:
    """Its calendar object, character by character; empty where it carries none."""
    if not message.is_calendar or message.channel != Channel.EMAIL or not is_written(message):
        return ""
    try:
        mail = email.message_from_bytes(mail_of(message), policy=policy.default)
    except (CannotCompose, BrokenCalendar):
        return ""
    parts = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    raw = parts[0].get_payload(decode=True) if parts else b""
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""
