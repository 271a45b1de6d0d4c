"""A text on a sample visit: as a mail reads, as a letter, and as a text message with what it costs in parts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from patients.models import Channel, Patient
from reminders.channels.gsm7 import Size, size_of
from reminders.ical import RecipientKind
from reminders.letters import render_letters
from reminders.links import withheld
from reminders.models import LINKED_PURPOSES, Message, MessageText, PersonalLink
from reminders.people import PATIENT, Person
from reminders.selectors import ChosenText
from reminders.services.composing import compose, html_of
from reminders.services.lettering import paper_of
from reminders.services.rows import message_row
from scheduling.models import Appointment, AppointmentEvent
from units.models import Unit

Variant = MessageText.Variant


@dataclass(frozen=True, slots=True)
class Preview:
    """What a reader would get. `size` is that of a text message, None for what goes by e-mail and letter."""

    subject: str
    body: str
    size: Size | None = None


def preview(unit: Unit, purpose: str, text: ChosenText, variant: str) -> Preview:
    """Subject and words for a sample visit of the unit, four days from now at 9:30."""
    channel = Channel.TEXT if variant == Variant.SHORT else Channel.EMAIL
    message = sample(unit, purpose, text, channel)
    size = size_of(message.body_text) if variant == Variant.SHORT else None
    return Preview(message.subject, withheld(message.body_text), size)


def preview_html(unit: Unit, purpose: str, text: ChosenText, *, is_large_print: bool = False) -> str:
    """The same as the HTML part of a mail. Its links lead nowhere."""
    return html_of(sample(unit, purpose, text, Channel.EMAIL, is_large_print=is_large_print))


def preview_letter(unit: Unit, purpose: str, text: ChosenText, *, is_large_print: bool = False) -> bytes:
    """The same as a letter. Raises: CannotPrint."""
    message = sample(unit, purpose, text, Channel.LETTER, is_large_print=is_large_print)
    return render_letters([paper_of(message)], title=message.facts["heading"])


def sample(unit: Unit, purpose: str, text: ChosenText, channel: str, *, is_large_print: bool = False) -> Message:
    """A composed message to Sam Sample about a visit that is not, never saved."""
    at = timezone.now()
    arrive = at.astimezone(unit.zone).replace(hour=9, minute=30, second=0, microsecond=0) + timedelta(days=4)
    leave = arrive + timedelta(hours=3, minutes=30)
    place = {"site": unit.site_name, "address": unit.address, "phone": str(unit.phone), "zone": unit.timezone}
    offer = {
        "arrive_at": (arrive - timedelta(days=1)).isoformat(),
        "leave_at": (leave - timedelta(days=1)).isoformat(),
        "expires_at": (at + timedelta(hours=2)).isoformat(),
    }
    patient = Patient(unit=unit, given_name="Sam", family_name="Sample")
    visit = Appointment(unit=unit, patient=patient, starts_at=arrive, ends_at=leave, uid=uuid4(), booked_at=at)
    event = AppointmentEvent(
        appointment=visit,
        uid=visit.uid,
        ical_sequence=0,
        dtstamp=at,
        at=at,
        snapshot={"arrive_at": arrive.isoformat(), "leave_at": leave.isoformat(), "offer": offer, **place},
    )
    reader = Person(PATIENT, RecipientKind.PATIENT, "Sam Sample", "sam@example.org", text.language, is_large_print)
    reader = replace(reader, mobile="+447700900000", postal_address="1 Sample Street\nSampletown\nAN1 2AA")
    message = message_row(visit, event, reader, purpose, due_at=at, channel=channel)
    link = PersonalLink(appointment=visit, recipient=PATIENT) if purpose in LINKED_PURPOSES else None
    compose(message, reader, at=at, chosen=text, link=link)
    return message
