"""How things stand with a visit right now; before sending it is read under the caller's lock on its row."""

from __future__ import annotations

from dataclasses import replace

from doseplans.models import PlanHold
from reminders.models import Message, Purpose
from reminders.people import Person
from reminders.rules import Kind, Standing, reason_against
from scheduling.models import Appointment


def kind_of(purpose: str) -> Kind:
    """What a message does: invite and update are both a request."""
    match Purpose(purpose):
        case Purpose.CANCEL:
            return Kind.CANCEL
        case Purpose.INVITE | Purpose.UPDATE:
            return Kind.REQUEST
        case Purpose.OFFER | Purpose.OFFER_OVER:
            return Kind.OFFER
        case _:
            return Kind.REMINDER


def standing_of(appointment: Appointment, *, is_on_hold: bool | None = None) -> Standing:
    """The visit, its patient and its plan as they are. The hold is asked for where the caller does not know it."""
    dose = appointment.dose
    if is_on_hold is None:
        is_on_hold = dose is not None and PlanHold.objects.filter(plan_id=dose.plan_id, lifted_at__isnull=True).exists()
    return Standing(
        status=appointment.status,
        sequence=appointment.ical_sequence,
        dtstamp=appointment.dtstamp,
        is_deceased=appointment.patient.deceased_at is not None,
        is_on_hold=is_on_hold,
        is_plan_ended=dose is not None and dose.plan.ended_on is not None,
    )


def why_stale(message: Message, standing: Standing, *, is_event_undone: bool) -> str | None:
    """Why the message can never leave any more, in words; None while it still may.

    Leaves out what can be turned back before the message is due: a hold, an ended plan, a missing address.
    """
    lasting = replace(standing, is_on_hold=False, is_plan_ended=False)
    return _reason(message, lasting, is_event_undone=is_event_undone)


def why_not_now(message: Message, standing: Standing, reader: Person | None, *, is_event_undone: bool) -> str | None:
    """Why the message must not leave at this moment, in words; None when it may."""
    unreachable = "Is no longer to be told" if reader is None else reader.why_not_by(message.channel)
    return _reason(message, standing, is_event_undone=is_event_undone, unreachable=unreachable)


def _reason(message: Message, standing: Standing, *, is_event_undone: bool, unreachable: str = "") -> str | None:
    return reason_against(
        kind_of(message.purpose),
        sequence=message.ical_sequence,
        dtstamp=message.dtstamp,
        standing=standing,
        is_event_undone=is_event_undone,
        unreachable=unreachable,
    )
