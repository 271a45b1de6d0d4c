"""Personal links: one for each reader of a visit's messages, ended by staff, by too many guesses, or with the visit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from patients.models import Patient
from patients.selectors import patient_by_public_id
from reminders.models import LINKED_PURPOSES, FeedToken, Message, PersonalLink
from units.actors import Actor
from units.history import recorded_as
from units.policy import Act

Key = tuple[int, str]
"""A visit and a reader of its messages."""


def links_for(messages: Iterable[Message]) -> Mapping[Key, PersonalLink]:
    """The live link of each message that is to have one and has not been put into words yet; made where there is none.

    Three statements at most, however many messages. Part of preparing, inside its transaction.
    """
    wanted = {
        (message.appointment_id, message.recipient): message
        for message in messages
        if message.dated_at is None and message.purpose in LINKED_PURPOSES
    }
    if not wanted:
        return {}
    found = _live(wanted)
    missing = [
        PersonalLink(
            appointment_id=message.appointment_id,
            patient_id=message.patient_id,
            carer_id=message.carer_id,
            recipient=message.recipient,
        )
        for key, message in sorted(wanted.items())
        if key not in found
    ]
    if missing:
        # Another worker may be writing to the same reader: whose row is first is the link of both.
        PersonalLink.objects.bulk_create(missing, ignore_conflicts=True)
        found = _live(wanted)
    return found


def _live(wanted: Iterable[Key]) -> dict[Key, PersonalLink]:
    rows = PersonalLink.objects.filter(appointment_id__in={key[0] for key in wanted}, revoked_at__isnull=True)
    return {(row.appointment_id, row.recipient): row for row in rows}


def with_link_ended(messages: Collection[Message], *, since: datetime) -> set[int]:
    """The keys of the messages, put into words before `since`, whose reader's link was ended afterwards."""
    rows = PersonalLink.objects.filter(
        appointment_id__in={message.appointment_id for message in messages}, revoked_at__gt=since
    )
    ended: set[Key] = set(rows.values_list("appointment_id", "recipient"))
    return {
        message.pk
        for message in messages
        if message.purpose in LINKED_PURPOSES and (message.appointment_id, message.recipient) in ended
    }


def live_links(actor: Actor, patient: Patient) -> list[PersonalLink]:
    """The patient's and their carers' links that nobody has ended, newest first, each with its visit.

    One that has come to its end with its visit is among them; `reminders.gate.link_ends_at` says when that is.
    """
    actor.require(Act.VIEW_MESSAGES, patient.unit_id)
    rows = PersonalLink.objects.filter(patient=patient, revoked_at__isnull=True)
    return list(rows.select_related("appointment__unit", "carer"))


def live_feeds(actor: Actor, patient: Patient) -> list[FeedToken]:
    """The patient's and their carers' calendar addresses that nobody has ended, newest first."""
    actor.require(Act.VIEW_MESSAGES, patient.unit_id)
    return list(FeedToken.objects.filter(patient=patient, revoked_at__isnull=True).select_related("carer"))


def revoke_links(actor: Actor, *, patient_id: UUID) -> int:
    """Every personal link and calendar address of the patient and their carers works no more. Returns how many.

    The next message about a visit brings a new link. Raises NotFound, NotAllowed.
    """
    patient = patient_by_public_id(actor, patient_id)
    actor.require(Act.EDIT_PATIENTS, patient.unit_id)
    with recorded_as(actor, act="revoke_links"):
        ended = {"revoked_at": timezone.now(), "revoked_by_name": actor.name}
        links = PersonalLink.objects.filter(patient=patient, revoked_at__isnull=True).update(**ended)
        return links + FeedToken.objects.filter(patient=patient, revoked_at__isnull=True).update(**ended)
