"""Putting a message into words once, before its first try, and into the same octets at every try after that."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.db import connection
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients.models import Channel
from reminders.channels.gsm7 import plain
from reminders.errors import CannotCompose
from reminders.ical import (
    Organizer,
    Recipient,
    RecipientKind,
    VisitSnapshot,
    VisitStatus,
    build_cancel,
    build_request,
)
from reminders.ical.cleaning import address_beside, clean_line, one_line
from reminders.links import MARK, address_of, link_facts, rows_of, written_out
from reminders.mime import Calendar, Letter, render
from reminders.models import CALENDAR_PURPOSES, OFFER_PURPOSES, Message, MessageText, PersonalLink, Purpose
from reminders.people import Person
from reminders.selectors import ChosenText, text_for
from reminders.services.lettering import paper_facts
from reminders.texts import fill, indiscretions, postcodes
from reminders.words import (
    day_words,
    in_one_piece,
    is_right_to_left,
    length_words,
    phone_words,
    short_day_words,
    time_words,
)
from units.models import Unit

log = logging.getLogger(__name__)

COMPOSED_FIELDS = (
    "recipient_name", "address", "language", "is_large_print", "text", "subject", "body_text", "facts", "dated_at",
)  # fmt: skip


def compose(
    message: Message,
    person: Person,
    *,
    at: datetime,
    chosen: ChosenText | None = None,
    link: PersonalLink | None = None,
) -> None:
    """Everything the mail is made of stands on the message (not saved), fixed for all tries.

    `link` leads to the reader's own page. Needs `event` and `appointment.unit` loaded. Raises: CannotCompose where the
    event's snapshot is not usable.
    """
    snapshot, unit = message.event.snapshot, message.appointment.unit
    text = chosen or text_for(
        unit.pk, message.purpose, person.language, variant_for(message.channel, person), is_to_carer=person.is_carer
    )
    arrive_at, leave_at = times_of(message.purpose, snapshot)
    values = values_for(message.purpose, snapshot, unit, person, text.language)
    is_mail = message.channel == Channel.EMAIL
    # A text message has no room for it: see reminders.shipped_short.
    link = link if message.channel != Channel.TEXT else None
    values["answer_link"] = MARK if link else ""
    values["patient"] = clean_line(message.patient.given_name) if person.is_carer else ""
    values["calendar"] = calendar_words(message.purpose, text.language) if is_mail else ""
    name, address = sender_of(values["site"])
    message.recipient_name = clean_line(person.name, longest=120)
    message.address = person.address_by(message.channel)
    message.language = text.language
    message.is_large_print = person.is_large_print
    message.text_id = text.pk
    message.subject = clean_line(fill(text.subject, values), longest=120)
    message.body_text = fill(text.body, values)
    if message.channel == Channel.TEXT:
        message.body_text = plain(message.body_text)
    message.facts = {
        "text_version": text.version,
        "from_name": name,
        "from_address": address,
        "created": message.appointment.booked_at.isoformat(),
        "heading": heading_of(message.purpose, text.language, is_to_carer=person.is_carer),
        "about": _about(message, person),
        # Words of a unit's own, which may say "your appointment", come after whose it is.
        "is_about_first": person.is_carer and "{patient}" not in text.body,
        "site": values["site"],
        "when": [values["arrive_day"], values["arrive_time"]],
        "length": values["length"],
        "title": calendar_title(text.language),
        "description": calendar_description(values, text.language),
        "kind": person.kind.value,
        "seconds": int((leave_at - arrive_at).total_seconds()),
        **({"link": link_facts(link, message, text.language)} if link else {}),
        **({"paper": _paper(values, person, text.language, at, unit)} if message.channel == Channel.LETTER else {}),
    }
    message.dated_at = at.replace(microsecond=0)


def variant_for(channel: str, person: Person) -> str:
    """How a message by this channel is written for this reader."""
    if channel == Channel.TEXT:
        return MessageText.Variant.SHORT
    return MessageText.Variant.EASY_READ if person.is_easy_read else MessageText.Variant.STANDARD


def save_composed(messages: Sequence[Message]) -> None:
    """What `compose` put onto the messages is in the database: one statement, planned once, for all of them."""
    fields = [field for field in Message._meta.concrete_fields if field.name in COMPOSED_FIELDS]
    columns = ", ".join(f'"{field.column}" = %s' for field in fields)
    rows = [
        [*(field.get_db_prep_save(getattr(message, field.attname), connection) for field in fields), message.pk]
        for message in messages
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE reminders_message SET {columns} WHERE id = %s", rows)  # noqa: S608  our columns


def mail_of(message: Message) -> bytes:
    """The message's octets: the same at every call, whatever has happened to anything else since it was composed.

    Raises: CannotCompose for a message that was not composed.
    """
    facts = message.facts
    if message.dated_at is None or not facts:
        raise CannotCompose("The message has not been put into words.")
    sender = Organizer(facts["from_name"], facts["from_address"])
    recipient = Recipient(message.recipient_name, message.address, RecipientKind(facts["kind"]))
    return render(
        Letter(
            sender=sender,
            recipient=recipient,
            subject=message.subject,
            text=with_about(written_out(message.body_text, facts), facts),
            html=html_of(message),
            message_id=message.mime_message_id,
            dated_at=message.dated_at,
            calendar=_calendar(message, sender, recipient) if message.is_calendar else None,
        )
    )


def with_about(body: str, facts: Mapping[str, Any]) -> str:
    """The words of a message and why a carer gets them, in the order of the mail."""
    about = facts.get("about", "")
    parts = (about, body) if facts.get("is_about_first") else (body, about)
    return "\n\n".join(part for part in parts if part)


def html_of(message: Message) -> str:
    """The mail as a page, in the reader's language and print size."""
    return render_to_string(
        "reminders/mail.html",
        {
            "language": message.language,
            "is_right_to_left": is_right_to_left(message.language),
            "facts": message.facts,
            "subject": message.subject,
            "paragraphs": [_paragraph(part, message.facts) for part in message.body_text.split("\n\n")],
            "is_cancelled": message.purpose == Purpose.CANCEL,
            "is_large_print": message.is_large_print,
        },
    )


def instants_of(snapshot: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """When to arrive and when to leave, from an event's snapshot. Raises CannotCompose."""
    try:
        return datetime.fromisoformat(snapshot["arrive_at"]), datetime.fromisoformat(snapshot["leave_at"])
    except (KeyError, TypeError, ValueError) as error:
        raise CannotCompose("The visit's record of its times cannot be read.") from error


def times_of(purpose: str, snapshot: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """The times a message is about: those offered by an offer's, else the visit's. Raises CannotCompose."""
    return instants_of(snapshot.get("offer", {}) if purpose in OFFER_PURPOSES else snapshot)


def values_for(purpose: str, snapshot: Mapping[str, Any], unit: Unit, person: Person, language: str) -> dict[str, str]:
    """The variables of a text, filled from the visit.

    A calendar message says of the place what its calendar object says; a reminder, written weeks later, says what is
    true on the day it is written.
    """
    arrive_at, leave_at = times_of(purpose, snapshot)
    arrive, leave = arrive_at.astimezone(unit.zone), leave_at.astimezone(unit.zone)
    is_reminder = Purpose(purpose) not in {*CALENDAR_PURPOSES, *OFFER_PURPOSES}
    place: Mapping[str, Any] = (
        {"site": unit.site_name, "address": unit.address, "phone": str(unit.phone)} if is_reminder else snapshot
    )
    return {
        "name": clean_line(person.name),
        "arrive_day": day_words(arrive, language),
        "short_day": short_day_words(arrive, language),
        "arrive_time": time_words(arrive, language),
        "leave_time": time_words(leave, language),
        "length": length_words(leave_at - arrive_at, language),
        "site": one_line(place.get("site", "")),
        "address": address_beside(place.get("site", ""), place.get("address", "")),
        "phone": in_one_piece(phone_words(place.get("phone", "")), language),
        "email": clean_line(unit.email),
        "directions": discreet(unit, "directions", unit.directions),
        "bring": discreet(unit, "what_to_bring", unit.what_to_bring),
        **(_about_offer(snapshot, unit, language) if purpose in OFFER_PURPOSES else {}),
    }


def _about_offer(snapshot: Mapping[str, Any], unit: Unit, language: str) -> dict[str, str]:
    """The visit as it stands, and until when the earlier time is kept."""
    booked = instants_of(snapshot)[0].astimezone(unit.zone)
    until = datetime.fromisoformat(snapshot["offer"]["expires_at"]).astimezone(unit.zone)
    return {
        "booked_day": day_words(booked, language),
        "short_booked_day": short_day_words(booked, language),
        "booked_time": time_words(booked, language),
        "answer_by": f"{day_words(until, language)}, {time_words(until, language)}",
        "short_answer_by": f"{short_day_words(until, language)}, {time_words(until, language)}",
    }


HEADINGS: Mapping[str, Any] = {
    Purpose.INVITE: gettext_lazy("Your appointment"),
    Purpose.UPDATE: gettext_lazy("New time"),
    Purpose.CANCEL: gettext_lazy("Cancelled"),
    Purpose.OFFER: gettext_lazy("An earlier time"),
    Purpose.OFFER_OVER: gettext_lazy("The earlier time is gone"),
    Purpose.ASK_BACK: gettext_lazy("Was it you?"),
}


def heading_of(purpose: str, language: str, *, is_to_carer: bool = False) -> str:
    """What the mail is, in two or three words above everything else."""
    if is_to_carer and purpose == Purpose.INVITE:
        return calendar_title(language)
    with translation.override(language):
        return str(HEADINGS.get(purpose, _("Reminder")))


def calendar_words(purpose: str, language: str) -> str:
    """What a mail does to the reader's calendar; only said in a mail."""
    with translation.override(language):
        match Purpose(purpose):
            case Purpose.INVITE:
                return _(
                    "Open the invite in this e-mail to put the appointment into your calendar. If the time changes, "
                    "we send you a new one."
                )
            case Purpose.UPDATE:
                return _("Your calendar shows the new time once you open the invite in this e-mail.")
            case Purpose.CANCEL:
                return _("It goes from your calendar once you open this e-mail.")
    return ""


def sender_of(site: str) -> tuple[str, str]:
    """Name and address that the mail is from. The site's name, never the unit's: that may say what is treated there."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return site or clean_line(name) or calendar_title("en"), address


def message_id_for(public_id: object) -> str:
    """The Message-ID of a message: fixed with its row, and saying nothing."""
    _name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return f"<{public_id}@{address.rpartition('@')[2] or 'localhost'}>"


def _paper(values: Mapping[str, str], person: Person, language: str, at: datetime, unit: Unit) -> dict[str, Any]:
    return paper_facts(values, person, language, local=at.astimezone(unit.zone))


def _calendar(message: Message, sender: Organizer, recipient: Recipient) -> Calendar:
    facts, event = message.facts, message.event
    arrive_at, _leave_at = instants_of(event.snapshot)
    is_cancel = message.purpose == Purpose.CANCEL
    visit = VisitSnapshot(
        uid=str(message.uid),
        sequence=message.ical_sequence,
        dtstamp=message.dtstamp,
        last_modified=message.dtstamp,
        created=datetime.fromisoformat(facts["created"]),
        arrive_at=arrive_at,
        leave_at=arrive_at + timedelta(seconds=facts["seconds"]),
        site_name=event.snapshot.get("site", ""),
        address=event.snapshot.get("address", ""),
        phone=event.snapshot.get("phone", ""),
        zone=event.snapshot.get("zone", "UTC"),
        status=VisitStatus.CANCELLED if is_cancel else VisitStatus.CONFIRMED,
    )
    build = build_cancel if is_cancel else build_request
    raw = build(visit, recipient, sender, description=facts["description"], title=facts["title"])
    return Calendar("CANCEL" if is_cancel else "REQUEST", raw)


def calendar_title(language: str) -> str:
    with translation.override(language):
        return _("Hospital appointment")


def calendar_description(values: Mapping[str, str], language: str) -> str:
    """What stands in the calendar: where, when in words, how long, and how to reach us. Nothing else."""
    with translation.override(language):
        lines = [
            ", ".join(part for part in (values["site"], values["address"]) if part),
            _("%(day)s: please arrive at %(time)s. It takes %(length)s.")
            % {"day": values["arrive_day"], "time": values["arrive_time"], "length": values["length"]},
            _("To change it or to ask something, tell us in good time."),
            _("Telephone: %(phone)s") % {"phone": values["phone"]} if values["phone"] else "",
            _("E-mail: %(email)s") % {"email": values["email"]} if values["email"] else "",
        ]
    return "\n".join(line for line in lines if line)


def _about(message: Message, person: Person) -> str:
    """Why a carer gets this, so that one who looks after two people knows whose visit it is."""
    if not person.is_carer:
        return ""
    with translation.override(message.language):
        return _("You get this because %(name)s asked us to tell you too.") % {
            "name": clean_line(message.patient.given_name)
        }


def discreet(unit: Unit, field: str, text: str) -> str:
    """A unit's free text on one line, or nothing where it would name a drug, a diagnosis or a procedure."""
    if indiscretions(text, allowed=postcodes(unit.address)):
        log.warning("unit text left out of a message", extra={"unit": unit.pk, "field": field})
        return ""
    return one_line(text)


def _paragraph(text: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """A paragraph's lines; or, where it is nothing but the mark, its buttons."""
    if text.strip() == MARK:
        return {"buttons": rows_of(facts)}
    return {"lines": _lines_of(text.replace(MARK, address_of(facts)))}


def _lines_of(paragraph: str) -> list[tuple[str, str]]:
    """The lines of a paragraph as (label, text); the label is empty where a line is a plain sentence."""
    lines = []
    for line in paragraph.split("\n"):
        label, colon, rest = line.partition(": ")
        lines.append((label, rest) if colon and len(label) <= 24 else ("", line))
    return lines
