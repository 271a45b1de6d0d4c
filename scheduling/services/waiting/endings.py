"""An offer ends, for one patient or for all: its slot is free, its calls are closed, who was asked is told. Parts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from patients.models import WorklistItem
from patients.services import close_items, open_item
from scheduling.engine.ticks import day_words
from scheduling.models import Appointment, AppointmentEvent, Offer, OfferedVisit, Reservation
from scheduling.services.visits.events import announce, event_of
from units.actors import Actor

State = OfferedVisit.State

NOBODY_LEFT = "Everybody it was offered to has said no or cannot have it any more."


def call_key(offered: OfferedVisit) -> str:
    """The key of the worklist item by which the patient is asked on the telephone."""
    return f"offer:{offered.public_id}"


def when_in_words(offered: OfferedVisit) -> str:
    """Tue 24 Nov, 10:00: when the patient would arrive."""
    local = offered.offer.unit.local(offered.starts_at)
    return f"{day_words(local.date())}, {local:%H:%M}"


def tell_of(actor: Actor, offered: OfferedVisit, kind: str, *, at: datetime) -> None:
    """The outbox says of the patient's visit that an earlier time is offered, or is gone."""
    appointment = offered.appointment
    if appointment is None:
        return
    event = event_of(actor, appointment, kind, at=at)
    event.snapshot["offer"] = facts_of(offered)
    event.save(force_insert=True)
    announce(event)


def facts_of(offered: OfferedVisit) -> dict[str, Any]:
    """What a message says of the offer, as JSON."""
    return {
        "id": str(offered.public_id),
        "arrive_at": offered.starts_at.isoformat(),
        "leave_at": offered.ends_at.isoformat(),
        "expires_at": offered.offer.expires_at.isoformat(),
    }


def answer(offered: OfferedVisit, state: str, note: str, *, at: datetime, by: str = "") -> None:
    """The patient's answer, or what came instead of one, is on the record; nobody need ring them about it."""
    offered.state, offered.note, offered.answered_at, offered.answered_by_name = state, note[:300], at, by
    offered.save(update_fields=["state", "note", "answered_at", "answered_by_name"])
    close_items(patient=offered.dose.plan.patient, outcome=note[:300], at=at, key_starts=call_key(offered))


def let_others_know(actor: Actor, offered: Iterable[OfferedVisit], state: str, note: str, *, at: datetime) -> None:
    """Those who have not answered are asked no more, and are told so as they were asked."""
    for one in offered:
        if one.state != State.ASKED:
            continue
        was_called = WorklistItem.objects.filter(key=call_key(one), done_by__isnull=False).exists()
        answer(one, state, note, at=at)
        tell_of(actor, one, AppointmentEvent.Kind.OFFER_OVER, at=at)
        patient = one.dose.plan.patient
        if was_called and patient.deceased_at is None:
            open_item(
                unit=patient.unit,
                patient=patient,
                kind=WorklistItem.Kind.CALL,
                key=f"offer-gone:{one.public_id}",
                title="Tell the patient: earlier time gone",
                detail=f"They were offered {when_in_words(one)} on the telephone and had not answered. {note}",
                due_at=at,
            )


def close_offer(offer: Offer, state: str, outcome: str, *, at: datetime, by: str = "") -> None:
    """The offer is over and its slot free; a page that shows it says how it ended."""
    Reservation.objects.filter(offer=offer).delete()
    offer.state, offer.outcome, offer.ended_at, offer.ended_by_name = state, outcome[:300], at, by
    offer.save(update_fields=["state", "outcome", "ended_at", "ended_by_name"])


def close_if_nobody_is_left(offer: Offer, *, at: datetime) -> None:
    """An offer that waits for nobody keeps no slot."""
    is_waiting = offer.offered.filter(state=State.ASKED).exists()
    if not is_waiting and offer.state == Offer.State.OPEN:
        close_offer(offer, Offer.State.OVER, NOBODY_LEFT, at=at)


def end_offers_about(appointment: Appointment, note: str, *, at: datetime) -> None:
    """The visit changed, so an earlier time for it is no longer on offer. Part of use cases that hold its locks."""
    _end(OfferedVisit.objects.filter(appointment=appointment, state=State.ASKED), note, at=at)


def end_offers_of_plan(plan_id: int, note: str, *, at: datetime) -> None:
    """Nothing of the plan is offered any more. Part of use cases that hold the patient's lock."""
    _end(OfferedVisit.objects.filter(dose__plan=plan_id, state=State.ASKED), note, at=at)


def _end(rows: Any, note: str, *, at: datetime) -> None:
    for offered in rows.select_related("offer", "dose__plan__patient__unit"):
        answer(offered, State.OVER, note, at=at)
        close_if_nobody_is_left(offered.offer, at=at)


def take_acceptance_back(event: AppointmentEvent) -> None:
    """The move or booking by which an offer was accepted was undone: the wish counts again, the slot is free."""
    offered = OfferedVisit.objects.filter(event=event).select_related("offer", "wish").first()
    if offered is None:
        return
    note = "The acceptance was undone within its seconds."
    offered.state, offered.note = State.OVER, note
    offered.save(update_fields=["state", "note"])
    offer = offered.offer
    offer.state, offer.outcome = Offer.State.WITHDRAWN, note
    offer.save(update_fields=["state", "outcome"])
    wish = offered.wish
    newer = type(wish).objects.filter(dose=wish.dose_id, ended_at__isnull=True)
    if wish.ended_at is not None and not newer.exists():
        wish.ended_at, wish.outcome = None, ""
        wish.save(update_fields=["ended_at", "outcome"])
