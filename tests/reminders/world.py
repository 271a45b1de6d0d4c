"""Visits and what happens to them, written by scheduling's own hand, without its slots: reminders reads only events.

The database's clock decides what is due, so these tests live in the present and visits lie a given time ahead of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from patients.models import Carer, Patient
from reminders.models import Message
from reminders.services import claim_due, derive_messages, send
from reminders.services.claiming import Claim, begin_try
from reminders.services.preparing import Ready, prepare
from scheduling.models import Appointment, AppointmentEvent
from scheduling.services.visits.events import next_dtstamp, state_of, write_event
from tests.cast import Cast
from tests.reminders.mailserver import MailServer
from tests.reminders.reading import Mail, read_mail
from units.actors import Actor
from units.models import Unit

CLERK = Actor(None, "Ada Coordinator", is_system=True)
Kind = AppointmentEvent.Kind
DAY = timedelta(days=1)


@dataclass
class World:
    """The cast's unit, awake round the clock and without seconds to undo, unless a test says otherwise."""

    cast: Cast

    @property
    def unit(self) -> Unit:
        return self.cast.unit

    @property
    def patient(self) -> Patient:
        return self.cast.patient

    def book(
        self,
        patient: Patient | None = None,
        *,
        ahead: timedelta = 10 * DAY,
        arrives_at: datetime | None = None,
        booked_before: timedelta = timedelta(0),
        **fields: Any,
    ) -> Appointment:
        """A visit so far ahead of now, booked so long before now."""
        at = timezone.now() - booked_before
        patient = patient or self.patient
        arrive_at = arrives_at or (timezone.now() + ahead).replace(microsecond=0)
        visit = Appointment.objects.create(
            unit=patient.unit,
            patient=patient,
            starts_at=arrive_at,
            ends_at=arrive_at + timedelta(hours=3, minutes=30),
            uid=uuid4(),
            dtstamp=next_dtstamp(at, None),
            booked_at=at,
            booked_by_name=CLERK.name,
            **fields,
        )
        write_event(CLERK, visit, Kind.BOOKED, at=at)
        return visit

    def move(self, visit: Appointment, by: timedelta) -> AppointmentEvent:
        previous = state_of(visit, [])
        at = timezone.now()
        visit.starts_at += by
        visit.ends_at += by
        visit.ical_sequence += 1
        visit.dtstamp = next_dtstamp(at, visit.dtstamp)
        visit.version += 1
        visit.save()
        return write_event(CLERK, visit, Kind.MOVED, at=at, previous=previous)

    def cancel(self, visit: Appointment) -> AppointmentEvent:
        previous = state_of(visit, [])
        at = timezone.now()
        visit.status = Appointment.Status.CANCELLED
        visit.cancelled_by = Appointment.CancelledBy.UNIT
        visit.ical_sequence += 1
        visit.dtstamp = next_dtstamp(at, visit.dtstamp)
        visit.version += 1
        visit.save()
        return write_event(CLERK, visit, Kind.CANCELLED, at=at, previous=previous)

    def undo(self, visit: Appointment) -> AppointmentEvent:
        """The last event never happened, as `undo_change` leaves it."""
        last = visit.events.latest("pk")
        old = last.snapshot["previous"]
        if old is None:
            visit.status = Appointment.Status.ENTERED_IN_ERROR
        else:
            visit.status = Appointment.Status.BOOKED
            visit.starts_at = datetime.fromisoformat(old["arrive_at"])
            visit.ends_at = datetime.fromisoformat(old["leave_at"])
            visit.ical_sequence = old["ical_sequence"]
            visit.dtstamp = datetime.fromisoformat(old["dtstamp"])
        visit.version += 1
        visit.save()
        return write_event(CLERK, visit, Kind.UNDONE, at=timezone.now(), undoes=last)

    def arrive(self, visit: Appointment) -> AppointmentEvent:
        visit.status = Appointment.Status.ARRIVED
        visit.version += 1
        visit.save()
        return write_event(CLERK, visit, Kind.ARRIVED, at=timezone.now())

    def carer_too(self) -> Carer:
        """The patient's carer gets invites from now on."""
        self.cast.carer.receives_invites = True
        self.cast.carer.save()
        return self.cast.carer


def world_of(cast: Cast) -> World:
    """The cast's unit, made ready for messages."""
    Unit.objects.filter(pk=cast.unit.pk).update(
        undo_seconds=0,
        quiet_from=time(0),
        quiet_until=time(0),
        address="Quay Road\nAnytown AN1 2AA",
        email="dayunit@harbour.example",
        directions="Level 2, past the café",
        what_to_bring="This e-mail and a list of your medicines",
    )
    cast.unit.refresh_from_db()
    cast.patient.unit = cast.unit
    return World(cast)


def send_all() -> list[str | None]:
    """Everything due is worked off, as the task does it; the states that came of it."""
    states = []
    while claims := claim_due():
        states += [send(claim) for claim in claims]
    return states


def derive_and_send() -> list[str | None]:
    derive_messages()
    return send_all()


def told(visit: Appointment, **wanted: Any) -> list[tuple[str, str, str]]:
    """The visit's messages as (recipient, purpose, state), in order."""
    rows = Message.objects.filter(appointment=visit, **wanted).order_by("pk")
    return [(row.recipient.partition(":")[0], row.purpose, row.state) for row in rows]


def calendar_only(visit: Appointment) -> list[tuple[str, str, str]]:
    return told(visit, purpose__in=["invite", "update", "cancel"])


def reminders_only(visit: Appointment) -> list[tuple[str, str, str]]:
    return told(visit, purpose__startswith="reminder")


def mails(server: MailServer) -> list[Mail]:
    return [read_mail(caught.raw) for caught in server.caught]


def make_due(**wanted: Any) -> None:
    """The messages' time has come, as if the clock had run."""
    Message.objects.filter(**wanted).update(due_at=timezone.now() - timedelta(seconds=1))


def expire_leases() -> None:
    """As if a worker had been killed and its lease had run out."""
    Message.objects.filter(state="sending").update(lease_until=timezone.now() - timedelta(seconds=1))


def die_while_sending(claim: Claim) -> Ready:
    """A worker has begun to send, and nobody knows how far it got."""
    ready = prepare(claim)
    assert isinstance(ready, Ready)
    assert begin_try(claim, version=ready.version)
    return ready
