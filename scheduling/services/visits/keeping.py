"""A visit outside its dose's window stays there, because a clinician says so."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from scheduling.errors import NotInThatState, OutsideWindow
from scheduling.models import AppointmentEvent, MoveProposal
from scheduling.selectors.appointments import appointment_for
from scheduling.services.courses.proposals import close_proposal
from scheduling.services.visits.booking import reread
from scheduling.services.visits.events import write_event
from scheduling.services.visits.wanted import keys_of
from units.actors import Actor
from units.errors import invalid
from units.history import recorded_as
from units.policy import Act

State = MoveProposal.State


def keep_visit(actor: Actor, *, appointment_id: UUID, reason: str, version: int | None = None) -> MoveProposal:
    """The visit stays where it is although it lies outside its dose's window: a clinician wrote down why.

    Raises: NotAllowed, InvalidInput without a reason, StalePage, NotInThatState, OutsideWindow for who may not.
    """
    seen = appointment_for(actor, appointment_id, act=Act.BOOK)
    if not actor.may(Act.OVERRIDE_DOSE_LIMITS, seen.unit_id):
        raise OutsideWindow("The visit lies outside its dose's window. Move it, or ask a doctor to keep it.")
    if not reason.strip():
        raise invalid("reason", "Write down why the visit stays outside the window.")
    with recorded_as(actor, act="keep_visit", reason=reason, locks=keys_of(seen)):
        appointment = reread(seen, version=version)
        proposal = MoveProposal.objects.filter(appointment=appointment, state=State.OPEN).first()
        if proposal is None:
            raise NotInThatState("Nobody proposes to move this visit any more.")
        at = timezone.now()
        close_proposal(appointment, State.KEPT, reason.strip(), at=at, by=actor.name)
        appointment.override_reason = reason.strip()[:300]
        appointment.version += 1
        appointment.save(update_fields=["override_reason", "version"])
        write_event(actor, appointment, AppointmentEvent.Kind.KEPT, at=at, reason=reason.strip()[:300])
    proposal.refresh_from_db()
    return proposal
