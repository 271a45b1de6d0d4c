"""Sending a visit's invite once more: who would get it, in which words, and doing so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.models import Channel, WorklistItem
from patients.services import close_items
from reminders.channels.planning import PHONE
from reminders.errors import NobodyToWriteTo
from reminders.links import withheld
from reminders.models import CALENDAR_PURPOSES, Message, PersonalLink, Purpose
from reminders.people import PATIENT, Person, people_of
from reminders.services.composing import compose
from reminders.services.routing import plan_for
from reminders.services.rows import message_row
from scheduling.models import Appointment, AppointmentEvent
from scheduling.selectors.appointments import appointment_for
from scheduling.services.answers.retelling import tell_again
from scheduling.services.visits.events import event_of
from units.actors import Actor
from units.history import recorded_as
from units.policy import Act

SENT_AGAIN = "Sent again."
PENDING, SENDING = Message.State.PENDING, Message.State.SENDING


@dataclass(frozen=True, slots=True)
class ReaderAgain:
    """One reader of a visit's messages: the channels that would bring it again; without any, why not, in words."""

    person: Person
    channels: tuple[str, ...]
    why_not: str = ""

    @property
    def channel_words(self) -> list[str]:
        """The channels as staff read them."""
        return [str(Channel(channel).label) for channel in self.channels]


@dataclass(frozen=True, slots=True)
class Words:
    """What the first who gets it would read, without their personal link."""

    reader: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class AgainPreview:
    """What sending again would do."""

    visit: Appointment
    readers: Sequence[ReaderAgain]
    words: Words | None

    @property
    def version(self) -> int:
        """The version of the visit that was looked at."""
        return self.visit.version


def readers_again(visit: Appointment, *, at: datetime) -> list[ReaderAgain]:
    """Everybody who is told of the visit, and what would reach them in writing now."""
    found = []
    for person in people_of(visit.patient):
        at_once = plan_for(visit, person, Purpose.INVITE, at=at).at_once
        written = tuple(channel for channel in at_once if channel != PHONE)
        why_not = "" if written else person.why_not or _("Asked to be rung")
        found.append(ReaderAgain(person, written, why_not))
    return found


def preview_again(actor: Actor, *, appointment_id: UUID, to: str = "") -> AgainPreview:
    """Who would get the invite again, by which channels, and its words; nothing is saved. Raises NotFound, NotAllowed.

    `to` is one reader's key; empty: everybody.
    """
    visit = appointment_for(actor, appointment_id, act=Act.BOOK)
    at = timezone.now()
    readers = readers_again(visit, at=at)
    first = next((one for one in readers if one.channels and to in {"", one.person.key}), None)
    words = _words(actor, visit, first, at=at) if first and visit.status == Appointment.Status.BOOKED else None
    return AgainPreview(visit, readers, words)


def _words(actor: Actor, visit: Appointment, reader: ReaderAgain, *, at: datetime) -> Words:
    event = event_of(actor, visit, AppointmentEvent.Kind.TOLD_AGAIN, at=at)
    row = message_row(visit, event, reader.person, Purpose.INVITE, due_at=at, channel=reader.channels[0])
    compose(row, reader.person, at=at, link=PersonalLink(appointment=visit, recipient=reader.person.key))
    return Words(reader.person.name, row.subject, withheld(row.body_text))


def send_again(actor: Actor, *, appointment_id: UUID, to: str = "", version: int) -> list[str]:
    """The invite goes again to the reader whose key is `to`, or to everybody. Returns the names of who gets it.

    `version` is the visit's as it was read: sending again changes nothing else of a visit by which a call repeated
    could be told from a new one. What asked somebody to see to a message of the visit that failed is finished with it.
    Raises NotFound, NotAllowed, StalePage (also for the second of two presses), NotInThatState, NobodyToWriteTo.
    """
    visit = appointment_for(actor, appointment_id, act=Act.BOOK)
    at = timezone.now()
    readers = [one for one in readers_again(visit, at=at) if one.channels and to in {"", one.person.key}]
    if not readers:
        raise NobodyToWriteTo("Nobody can be reached in writing. Ring them.")
    keys = [one.person.key for one in readers]
    with recorded_as(actor, act="send_again"):
        told = tell_again(actor, appointment_id=appointment_id, to=keys, version=version)
        # What waits and is no invite is as true as before: it goes on with the visit, a worker that has it included.
        waiting = Message.objects.filter(
            appointment=told, ical_sequence=told.ical_sequence, dtstamp=visit.dtstamp, state__in=[PENDING, SENDING]
        )
        waiting.exclude(purpose__in=CALENDAR_PURPOSES).update(dtstamp=told.dtstamp)
        failed = Message.objects.filter(appointment=told, recipient__in=keys, state=Message.State.FAILED)
        items = [f"message:{public_id}" for public_id in failed.values_list("public_id", flat=True)]
        WorklistItem.objects.filter(key__in=items, done_at__isnull=True).update(
            done_at=at, done_by_id=actor.user_id, outcome=SENT_AGAIN
        )
        if PATIENT in keys:
            # Nobody rang, so nobody stands as the one who did; who asked to be rung still is.
            close_items(
                patient=visit.patient,
                outcome=SENT_AGAIN,
                at=at,
                key_starts=f"tell:{visit.uid}:",
                kind=WorklistItem.Kind.NO_ADDRESS,
            )
    return [one.person.name for one in readers]
