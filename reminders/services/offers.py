"""An earlier time is offered for a visit, or gone: who is told, and whether the offer still stands when it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from patients.models import WorklistItem
from patients.services import open_item
from reminders.channels.planning import PHONE
from reminders.models import Message, Purpose
from reminders.people import PATIENT, Person, people_of, wants_other_channel
from reminders.services.routing import plan_for
from reminders.services.rows import message_row
from scheduling.engine.ticks import day_words
from scheduling.models import Appointment, AppointmentEvent, OfferedVisit
from scheduling.selectors.waiting import why_offered_over
from scheduling.services.waiting.endings import call_key, when_in_words

PURPOSES = {AppointmentEvent.Kind.OFFERED: Purpose.OFFER, AppointmentEvent.Kind.OFFER_OVER: Purpose.OFFER_OVER}


def tell_offers(appointment: Appointment, events: Sequence[AppointmentEvent]) -> None:
    """Everybody who is told of the visit is told of the offer; who cannot be written to is rung. Once an event."""
    if not events or appointment.patient.deceased_at is not None:
        return
    people, wanted = people_of(appointment.patient), []
    for event in events:
        offered = _offered_of(event)
        purpose = PURPOSES[AppointmentEvent.Kind(event.kind)]
        if offered is None or (purpose == Purpose.OFFER and why_offered_over(offered, at=timezone.now())):
            continue
        for person in people:
            channels = plan_for(appointment, person, purpose, at=event.at).at_once
            if purpose == Purpose.OFFER and person.key == PATIENT and PHONE in channels:
                _ask_to_ring(offered, person, event)
            wanted += [
                message_row(appointment, event, person, purpose, due_at=event.releases_at, channel=channel)
                for channel in channels
                if channel != PHONE
            ]
    Message.objects.bulk_create(wanted, ignore_conflicts=True)


def why_no_offer(message: Message, *, at: datetime) -> str | None:
    """Why this message about an offer must not leave at this moment, in words; None when it may."""
    if message.purpose == Purpose.OFFER:
        offered = _offered_of(message.event)
        return "The offer is not on record." if offered is None else why_offered_over(offered, at=at) or None
    was_offered = Message.objects.filter(
        appointment=message.appointment_id,
        recipient=message.recipient,
        purpose=Purpose.OFFER,
        is_possibly_out=True,
        event__snapshot__offer__id=message.event.snapshot["offer"]["id"],
    )
    return None if was_offered.exists() else "No offer had gone out, so there is nothing to take back."


def _offered_of(event: AppointmentEvent) -> OfferedVisit | None:
    rows = OfferedVisit.objects.select_related("offer__unit", "dose__plan__patient")
    return rows.filter(public_id=event.snapshot["offer"]["id"]).first()


def _ask_to_ring(offered: OfferedVisit, person: Person, event: AppointmentEvent) -> None:
    patient = offered.dose.plan.patient
    reasons = [reason for reason in (person.why_not, wants_other_channel(person.preferred)) if reason]
    if WorklistItem.objects.filter(key=call_key(offered)).exists():
        return
    unit = offered.offer.unit
    until = unit.local(offered.offer.expires_at)
    kept = f"Kept until {day_words(until.date())}, {until:%H:%M}"
    open_item(
        unit=unit,
        patient=patient,
        kind=WorklistItem.Kind.CALL,
        key=call_key(offered),
        title="Offer the patient an earlier time",
        detail=f"{'. '.join([when_in_words(offered), kept, *reasons])}.",
        due_at=event.releases_at,
    )
