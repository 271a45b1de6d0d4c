"""What a worklist item is about, read from its key: which visit, and which reader of its messages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from patients.models import Patient, WorklistItem
from reminders.models import REQUEST_PURPOSES, DeliveryReport, Message
from reminders.people import PATIENT
from scheduling.models import Appointment
from scheduling.selectors.appointments import appointments
from units.actors import Actor

Kind = WorklistItem.Kind
RING = "ring"
BY_PUBLIC_ID = frozenset({"declined", "tentative", "unanswered", "unwritten", "move", "stranded", RING})
BY_UID = frozenset({"derive", "tell", "reminder"})


def visit_of_item(actor: Actor, item: WorklistItem) -> Appointment | None:
    """The visit that the item is about, with what was answered; None for an item about none."""
    head, _colon, rest = item.key.partition(":")
    try:
        key = UUID(rest.partition(":")[0])
    except ValueError:
        return None
    if head in BY_PUBLIC_ID:
        found = appointments(actor).filter(public_id=key)
    elif head in BY_UID:
        found = appointments(actor).filter(uid=key)
    elif head == "message":
        found = appointments(actor).filter(messages__public_id=key)
    else:
        return None
    return found.filter(patient=item.patient_id).prefetch_related("responses").first()


def visits_asked_about(actor: Actor, items: Iterable[WorklistItem]) -> dict[int, Appointment]:
    """The visits about which somebody asked to be rung, by their items' keys in the database; no query for none."""
    keys = {item.pk: item.key.split(":")[1] for item in items if item.key.startswith(f"{RING}:")}
    if not keys:
        return {}
    visits = {str(visit.public_id): visit for visit in appointments(actor).filter(public_id__in=keys.values())}
    return {pk: visits[key] for pk, key in keys.items() if key in visits}


def recipient_of_item(item: WorklistItem) -> str:
    """The key of the reader whose address the item asks for, or whose message failed; the patient where it names none.

    >>> recipient_of_item(WorklistItem(key="address:carer:12"))
    'carer:12'
    >>> recipient_of_item(WorklistItem(key="bounced:5d4e:carer:12:"))
    'carer:12'
    """
    parts = item.key.rstrip(":").split(":")
    if len(parts) >= 2 and parts[-2] == "carer":
        return ":".join(parts[-2:])
    if parts[0] == "message":
        return Message.objects.filter(public_id=parts[1]).values_list("recipient", flat=True).first() or PATIENT
    return PATIENT


def visits_to_come(actor: Actor, patient: Patient, *, at: datetime) -> list[Appointment]:
    """The patient's booked visits that are still to come, soonest first, with what was answered."""
    booked = appointments(actor).filter(patient=patient, status=Appointment.Status.BOOKED, starts_at__gt=at)
    return list(booked.prefetch_related("responses", "patient__carers").order_by("starts_at"))


def first_untold(actor: Actor, patient: Patient, recipient: str, *, at: datetime) -> Appointment | None:
    """The soonest visit to come whose invite that reader does not have: never sent, failed, or come back."""
    back = [DeliveryReport.Fate.BOUNCED, DeliveryReport.Fate.GIVEN_UP]
    for visit in visits_to_come(actor, patient, at=at):
        has_it = (
            visit.messages.filter(
                recipient=recipient,
                purpose__in=REQUEST_PURPOSES,
                ical_sequence=visit.ical_sequence,
                state__in=[Message.State.PENDING, Message.State.SENDING, Message.State.SENT],
            )
            .exclude(delivery_reports__fate__in=back)
            .exists()
        )
        if not has_it:
            return visit
    return None
