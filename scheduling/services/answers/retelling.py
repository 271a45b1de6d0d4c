"""Telling people of a visit once more, as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from scheduling.errors import NotInThatState
from scheduling.models import Appointment, AppointmentEvent
from scheduling.selectors.appointments import appointment_for
from scheduling.services.visits.booking import reread
from scheduling.services.visits.events import announce, event_of, next_dtstamp
from scheduling.services.visits.wanted import keys_of
from units.actors import Actor
from units.history import recorded_as
from units.policy import Act


def tell_again(actor: Actor, *, appointment_id: UUID, to: Sequence[str], version: int) -> Appointment:
    """The readers named, by their keys, get the visit once more: its SEQUENCE stays, its DTSTAMP rises.

    A calendar takes it for the visit it knows. `version` as it was read makes a second press harmless.
    Raises NotFound, NotAllowed, StalePage, and NotInThatState for a visit that does not stand or is past.
    """
    seen = appointment_for(actor, appointment_id, act=Act.BOOK)
    with recorded_as(actor, act="tell_again", locks=keys_of(seen)):
        visit = reread(seen, version=version)
        at = timezone.now()
        if visit.status != Appointment.Status.BOOKED:
            raise NotInThatState(f"This visit is {visit.get_status_display().lower()}: nobody is asked to come to it.")
        if visit.arrives_at <= at:
            raise NotInThatState("The time of this visit is past: nobody is asked to come to it.")
        visit.dtstamp = next_dtstamp(at, visit.dtstamp)
        visit.version += 1
        visit.save(update_fields=["dtstamp", "version"])
        event = event_of(actor, visit, AppointmentEvent.Kind.TOLD_AGAIN, at=at)
        event.snapshot["to"] = sorted(to)
        event.save(force_insert=True)
        announce(event)
    return visit
