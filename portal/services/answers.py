"""What somebody tells us on their own page: the desk's use cases, cut down to one's own record."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Value
from django.db.models.functions import Concat, Left

from patients.models import WorklistItem
from patients.services import open_item
from portal.selectors import calls_asked_for, own_visit
from reminders.models import PersonalLink
from scheduling.engine.ticks import day_words
from scheduling.errors import NotInThatState, StalePage
from scheduling.models import Appointment, AppointmentResponse
from scheduling.services.answers.responses import Answer, record_answer
from scheduling.services.waiting.offers import accept_offer, decline_offer
from units.actors import Actor
from units.errors import NotAllowed
from units.history import recorded_as
from units.policy import Act

LONGEST_DETAIL = 300
"""What a task on the worklist holds in words."""
TAKEN_BACK = "They need no call any more: taken back on their own page."


def answer_visit(
    actor: Actor, *, link: PersonalLink, visit_id: UUID, status: str, sequence: int, note: str = ""
) -> AppointmentResponse | None:
    """The answer of whoever bears the link is on record; None where they had said exactly that already.

    Raises StalePage where the time they answered is no longer the visit's, NotInThatState, NotFound.
    """
    visit = own_visit(actor, visit_id)
    # Before the time is compared: a cancellation counts it up too, and nobody is to look for a new one then.
    if visit.status != Appointment.Status.BOOKED:
        raise NotInThatState("This visit needs no answer any more.")
    if visit.ical_sequence != sequence:
        raise StalePage("The time of this appointment has changed.")
    said = next((one for one in visit.answers if one.respondent == link.recipient), None)
    if said is not None and said.participant_status == status and not note:
        return None
    response = record_answer(
        actor,
        appointment_id=visit_id,
        answer=Answer(
            status,
            AppointmentResponse.Channel.PAGE,
            note=note,
            ical_sequence=sequence,
            respondent=link.recipient,
        ),
    )
    if response.appointment.ical_sequence != sequence:  # moved in this very moment: kept, and counting for nothing
        raise StalePage("The time of this appointment has changed.")
    return response


def ask_to_be_rung(actor: Actor, *, link: PersonalLink, visit_id: UUID, at: datetime, note: str = "") -> bool:
    """Somebody rings them: one open task, however often they press. False where it was open already.

    A note that comes with a later press stands on the task as well: it may say when they can be reached.
    """
    visit = own_visit(actor, visit_id)
    if not actor.may_own(Act.RECORD_ANSWER, visit.patient_id):
        raise NotAllowed("That is not yours to ask.")
    local = visit.unit.local(visit.arrives_at)
    who = "The patient" if link.carer_id is None else f"The carer {link.carer.name}" if link.carer else "A carer"
    about = f"{who} asks to be rung. Visit of {day_words(local.date())}, {local:%H:%M}."
    asked = calls_asked_for(actor, link=link)
    with recorded_as(actor, act="ask_to_be_rung"):
        is_new = not asked.exists() and open_item(
            unit=visit.unit,
            patient=link.patient,
            kind=WorklistItem.Kind.CALL,
            key=f"ring:{visit.public_id}:{link.recipient}",
            title="Ring back: asked for on their own page",
            detail=f"{about} {note}".strip(),
            due_at=at,
        )
        if note and not is_new:
            # The newest note stays whole, whatever has to give way to it.
            asked.exclude(detail__endswith=note).update(
                detail=Concat(Left("detail", LONGEST_DETAIL - 1 - len(note)), Value(f" {note}"))
            )
    return is_new


def need_no_call(actor: Actor, *, link: PersonalLink, at: datetime) -> bool:
    """The call they asked for is off the worklist, on record as taken back. False where none was open any more.

    Nobody stands as the one who did it: nobody rang.
    """
    with recorded_as(actor, act="need_no_call"):
        return calls_asked_for(actor, link=link).update(done_at=at, outcome=TAKEN_BACK) > 0


def answer_offer(actor: Actor, *, offered_id: UUID, is_wanted: bool) -> Appointment | None:
    """The earlier time is theirs, or is refused. Returns the visit that stands at the time taken.

    Raises OfferOver, NotFound, and what moving the visit refuses.
    """
    if is_wanted:
        return accept_offer(actor, offered_id=offered_id)
    decline_offer(actor, offered_id=offered_id, reason="Declined on their own page.")
    return None
