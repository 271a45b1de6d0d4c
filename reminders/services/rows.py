"""A message to one reader, derived from an event; not saved."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from patients.models import Channel
from reminders.models import Message
from reminders.people import Person
from reminders.services.composing import message_id_for
from scheduling.models import Appointment, AppointmentEvent


def message_row(
    appointment: Appointment,
    event: AppointmentEvent,
    person: Person,
    purpose: str,
    *,
    due_at: datetime,
    channel: str = Channel.EMAIL,
) -> Message:
    """Its key says what it is for, so that writing it twice writes it once."""
    public_id = uuid4()
    by = "" if channel == Channel.EMAIL else f":{channel}"
    return Message(
        public_id=public_id,
        purpose_key=f"{appointment.uid}:{event.ical_sequence}:{event.pk}:{purpose}:{person.key}{by}",
        event=event,
        appointment=appointment,
        patient_id=appointment.patient_id,
        carer_id=person.carer_id,
        recipient=person.key,
        purpose=purpose,
        recipient_name=person.name[:120],
        channel=channel,
        address=person.address_by(channel),
        language=person.language,
        is_large_print=person.is_large_print,
        uid=event.uid,
        ical_sequence=event.ical_sequence,
        dtstamp=event.dtstamp,
        mime_message_id=message_id_for(public_id),
        due_at=due_at,
    )
