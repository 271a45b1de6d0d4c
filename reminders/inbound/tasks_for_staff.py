"""Worklist items about mail that came in. Their words say who and when, never what was written."""

from __future__ import annotations

from datetime import datetime, timedelta

from patients.models import WorklistItem
from patients.services import open_item
from patients.services.addresses import bounced_key
from reminders.inbound.on_record import Writer
from reminders.models import Message, Reply
from reminders.people import PATIENT
from scheduling.engine.ticks import day_words

TITLES = {
    Reply.Kind.TEXT: "Read what was written in reply",
    Reply.Kind.ANSWER: "Look at an answer that does not fit",
    Reply.Kind.UNREADABLE: "Ring: their e-mail could not be read",
}


def ask_to_read(reply: Reply, writer: Writer) -> None:
    """Somebody reads it, and rings. One open item a patient, however much is written; the mail hangs on it."""
    about = writer.patient.public_id if writer.patient else f"unit-{writer.unit.public_id}"
    key = f"reply:{about}"
    local = writer.unit.local(reply.received_at)
    open_item(
        unit=writer.unit,
        patient=writer.patient,
        kind=WorklistItem.Kind.UNMATCHED_REPLY,
        key=key,
        title=TITLES[Reply.Kind(reply.kind)],
        detail=f"{_from_whom(writer)}, {day_words(local.date())}, {local:%H:%M}. {reply.why}".rstrip(),
        due_at=reply.handled_at,
    )
    reply.task = WorklistItem.objects.filter(key=key, done_at__isnull=True).first()


def _from_whom(writer: Writer) -> str:
    if writer.patient is None:
        return "From an address that several patients share"
    match writer.respondent:
        case "":
            return "From an address that is not on record"
        case respondent if respondent == PATIENT:
            return "From the patient"
        case _:
            return "From a carer"


def ask_to_mend(message: Message, status: str, *, other: str, at: datetime) -> None:
    """Mail to somebody came back: their address is asked for, and they are told what was in it."""
    visit = message.appointment
    local = visit.unit.local(visit.arrives_at)
    who = "the patient" if message.recipient == PATIENT else "a carer"
    open_item(
        unit=visit.unit,
        patient=message.patient,
        kind=WorklistItem.Kind.BOUNCED,
        key=bounced_key(message.patient, message.recipient),
        title=f"Mail to {who} came back",
        detail=f"{message.get_purpose_display()}, visit of {day_words(local.date())}, {local:%H:%M}"
        f"{f' ({status})' if status else ''}.{f' It goes another way: {other.lower()}.' if other else ''}"
        " Ring, and ask for the right address.",
        due_at=max(at, min(visit.arrives_at, at + timedelta(days=1))),
    )
