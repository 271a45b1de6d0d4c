"""Where nobody vouches for whoever answered, the person is asked at the address on record, with their own link."""

from __future__ import annotations

from datetime import datetime

from reminders.models import Message, Purpose
from reminders.people import people_of
from reminders.services.rows import message_row
from scheduling.models import Appointment, AppointmentEvent

Kind = AppointmentEvent.Kind
CHANGES_NOTHING = (Kind.ANSWERED, Kind.OFFERED, Kind.OFFER_OVER)


def ask_back(visit: Appointment, respondent: str, *, at: datetime) -> bool:
    """They are mailed "was it you?" once for each state of the visit, however many answers come; the page behind the
    link takes the answer. False where no mail reaches them.
    """
    person = next((one for one in people_of(visit.patient) if one.key == respondent and one.address), None)
    stands = visit.events.filter(ical_sequence=visit.ical_sequence, dtstamp=visit.dtstamp)
    event = stands.exclude(kind__in=CHANGES_NOTHING).order_by("-pk").first()
    if person is None or event is None:
        return False
    row = message_row(visit, event, person, Purpose.ASK_BACK, due_at=at)
    Message.objects.bulk_create([row], ignore_conflicts=True)
    return True
