"""Which way a message goes: the choice of channels, asked with what is on record, and the next one where one failed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from patients.models import Channel
from reminders.channels.planning import PHONE, Plan, last_posting_day, plan_channels
from reminders.models import Message
from reminders.people import PATIENT, Person
from reminders.services.rows import message_row
from reminders.standing import kind_of
from scheduling.models import Appointment
from scheduling.selectors.lists import bank_holidays
from units.models import Unit

State = Message.State
LIVE = (State.PENDING, State.SENDING, State.SENT)


def plan_for(
    appointment: Appointment, person: Person, purpose: str, *, at: datetime, already_tried: Sequence[str] = ()
) -> Plan:
    """The channels by which this reader is told, if the message is due at `at`."""
    is_in_time = not person.why_no_letter and is_post_in_time(appointment.unit, appointment.arrives_at, at=at)
    return plan_channels(kind_of(purpose), person.reach, is_post_in_time=is_in_time, already_tried=already_tried)


def is_post_in_time(unit: Unit, arrives_at: datetime, *, at: datetime) -> bool:
    """Whether a letter posted on the day of `at` comes before the day of the visit. Local policy of the unit."""
    arrive_on = unit.local_date(arrives_at)
    holidays = bank_holidays(unit, arrive_on.year - 1, arrive_on.year)
    return unit.local_date(at) <= last_posting_day(arrive_on, unit.post_working_days, holidays)


def is_carried_otherwise(message: Message) -> bool:
    """Whether the same news is on its way to the same reader by another channel, or there already."""
    return _same_news(message).filter(state__in=LIVE).exclude(channel=message.channel).exists()


def fall_back(message: Message, person: Person | None) -> str | None:
    """The next channel carries the message, where there is one; None where only a call is left.

    A carer is reached by e-mail only. Writing it twice writes it once: its key names the channel.
    """
    if person is None or person.key != PATIENT or is_carried_otherwise(message):
        return None
    at = timezone.now()
    tried = list(_same_news(message).values_list("channel", flat=True))
    plan = plan_for(message.appointment, person, message.purpose, at=at, already_tried=tried)
    channel = next(iter(plan.order), PHONE)
    if channel == PHONE:
        return None
    row = message_row(message.appointment, message.event, person, message.purpose, due_at=at, channel=channel)
    Message.objects.bulk_create([row], ignore_conflicts=True)
    return str(Channel(channel).label)


def _same_news(message: Message) -> QuerySet[Message]:
    return Message.objects.filter(
        event_id=message.event_id,
        uid=message.uid,
        recipient=message.recipient,
        purpose=message.purpose,
        ical_sequence=message.ical_sequence,
    )
