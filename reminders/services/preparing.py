"""The last look before a message leaves: may it still, and in which octets."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef

from doseplans.models import PlanHold
from patients.models import Channel
from reminders.channels import adapter_of
from reminders.models import OFFER_PURPOSES, Message, PersonalLink, Purpose
from reminders.people import PATIENT, Person, reader_of
from reminders.rules import (
    MOST_TRIES,
    Defer,
    QuietHours,
    Step,
    TooLate,
    Verdict,
    judge_reminder,
    reminder_due_at,
)
from reminders.selectors import ChosenText, text_for
from reminders.services.calls import ask_to_tell, report_failure, report_lost_reminder
from reminders.services.claiming import Claim, end
from reminders.services.composing import compose, save_composed, variant_for
from reminders.services.links import Key, links_for
from reminders.services.offers import why_no_offer
from reminders.services.routing import fall_back, is_carried_otherwise
from reminders.standing import standing_of, why_not_now, why_stale
from scheduling.models import AppointmentEvent
from units.errors import ClinicError

log = logging.getLogger(__name__)

State = Message.State


@dataclass(frozen=True, slots=True)
class Ready:
    """A message as octets, looked at a moment ago (`at_s`, monotonic) when its visit stood at `version`."""

    claim: Claim
    raw: bytes
    sender: str
    recipient: str
    version: int
    was_possibly_out: bool
    channel: str = Channel.EMAIL
    reference: str = ""
    at_s: float = field(default_factory=time.monotonic)


Outcome = Ready | str | None


def prepare(claim: Claim) -> Outcome:
    """The octets, when the message may leave at this moment; else its new state, or None where it was not ours.

    Holds a share lock on the visit: a booking, move, cancellation or undo in progress is waited for, and its outcome
    seen. What commits after this is followed by a message of its own.
    """
    return _prepare([claim], is_waiting=True).get(claim)


def prepare_many(claims: Sequence[Claim], known: Mapping[Claim, Outcome] | None = None) -> Mapping[Claim, Outcome]:
    """The same for many in one transaction. A visit that is being changed right now is left out, not waited for.

    `known` is what an earlier look gave: octets never change, so that only whether they may leave is asked again.
    """
    return _prepare(claims, is_waiting=False, known=known or {})


def load(claims: Sequence[Claim], *, is_waiting: bool) -> tuple[datetime | None, dict[Claim, Any]]:
    """The database's clock and the claimed messages, under locks: the visits first, then their messages, as deriving.

    Only inside a transaction. Waiting for one visit is safe; waiting for one while holding another is not.
    """
    skip = "" if is_waiting else "SKIP LOCKED"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT id, clock_timestamp()
            FROM scheduling_appointment
            WHERE id IN (SELECT appointment_id FROM reminders_message WHERE id = ANY(%s))
            ORDER BY id
            FOR SHARE {skip}
            """,  # noqa: S608  one of two fixed words
            [[claim.message_id for claim in claims]],
        )
        rows = cursor.fetchall()
    if not rows:
        return None, {}
    hold = PlanHold.objects.filter(plan_id=OuterRef("appointment__dose__plan_id"), lifted_at__isnull=True)
    undoing = AppointmentEvent.objects.filter(undoes_id=OuterRef("event_id"))
    messages = (
        Message.objects.select_for_update(of=("self",), no_key=True, skip_locked=not is_waiting)
        .select_related("event", "appointment__unit", "appointment__patient", "appointment__dose__plan")
        .select_related("patient", "carer")
        .prefetch_related("patient__flags")
        .annotate(is_on_hold=Exists(hold), is_event_undone=Exists(undoing))
        .filter(pk__in=[claim.message_id for claim in claims], state=State.SENDING)
        .filter(appointment_id__in=[row[0] for row in rows])
        .order_by("pk")
    )
    found = {(message.pk, message.attempts): message for message in messages}
    owned = {claim: found.get((claim.message_id, claim.attempts)) for claim in claims}
    return rows[0][1], {claim: message for claim, message in owned.items() if message is not None}


def _prepare(
    claims: Sequence[Claim], *, is_waiting: bool, known: Mapping[Claim, Outcome] = MappingProxyType({})
) -> dict[Claim, Outcome]:
    texts = cache(text_for)
    with transaction.atomic():
        at, messages = load(claims, is_waiting=is_waiting)
        if at is None:
            return {}
        links = links_for(messages.values())
        fresh = {claim for claim, message in messages.items() if message.dated_at is None}
        looks = {claim: _look(message, at, texts, links, known=known.get(claim)) for claim, message in messages.items()}
        # All in one go: written one by one, this would be a third of the statements of a mail.
        save_composed([messages[claim] for claim in fresh if messages[claim].dated_at is not None])
    return looks


def _look(message: Any, at: datetime, texts: Any, links: Mapping[Key, PersonalLink], *, known: Outcome) -> Outcome:
    claim, reader = Claim(message.pk, message.attempts), reader_of(message)
    if stopped := _stop(claim, message, reader, at):
        return stopped
    assert reader is not None  # noqa: S101  a message without a reader has just been stopped
    try:
        if message.dated_at is None:
            variant = variant_for(message.channel, reader)
            unit_id, language = message.appointment.unit_id, reader.language
            chosen: ChosenText = texts(unit_id, message.purpose, language, variant, is_to_carer=reader.is_carer)
            link = links.get((message.appointment_id, message.recipient))
            compose(message, reader, at=at, chosen=chosen, link=link)
        raw = known.raw if isinstance(known, Ready) else adapter_of(message.channel).render(message)
    except (ClinicError, ValueError) as error:
        log.exception("message cannot be composed", extra={"message_id": message.pk})
        return fail(claim, message, why=getattr(error, "sentence", "It could not be put into words."))
    return Ready(
        claim=claim,
        raw=raw,
        sender=message.facts["from_address"],
        recipient=message.address,
        version=message.appointment.version,
        was_possibly_out=message.is_possibly_out,
        channel=message.channel,
        reference=str(message.public_id),
    )


def fail(claim: Claim, message: Message, *, why: str) -> str | None:
    """The message has failed for good: the next channel carries it, or it is somebody's task. Returns its new state."""
    other = fall_back(message, reader_of(message))
    if other is not None:
        return end(claim, state=State.FAILED, why=f"{why} Goes another way instead: {other.lower()}."[:200])
    report_failure(message, why=why)
    return end(claim, state=State.FAILED, why=why)


def _stop(claim: Claim, message: Any, reader: Person | None, at: datetime) -> str | None:
    """The message's new state where it must not leave now; None when it may."""
    appointment = message.appointment
    standing = standing_of(appointment, is_on_hold=message.is_on_hold)
    reason = why_not_now(message, standing, reader, is_event_undone=message.is_event_undone)
    if reason is None and message.purpose == Purpose.CANCEL and not had_request(message):
        reason = "No invite had gone out, so there is nothing to take back."
    if reason is None and message.purpose in OFFER_PURPOSES:
        reason = why_no_offer(message, at=at)
    if reason is not None:
        is_news = message.is_calendar and not why_stale(message, standing, is_event_undone=message.is_event_undone)
        if is_news and reader is not None and reader.key == PATIENT and not goes_otherwise(message, reader):
            ask_to_tell(appointment, reader, message.purpose, at=at, due_at=at)
        return end(claim, state=State.SKIPPED, why=reason)
    if message.attempts > MOST_TRIES:
        return fail(claim, message, why=message.why or "Every try was broken off.")
    if message.is_calendar or message.purpose in {*OFFER_PURPOSES, Purpose.ASK_BACK}:
        return None
    match _judge(message, at):
        case Defer(until):
            return end(claim, state=State.PENDING, due_at=until, lease_until=None, attempts=F("attempts") - 1)
        case TooLate():
            if message.purpose != Step.SEVEN_DAYS:
                report_lost_reminder(message)
            return end(claim, state=State.SKIPPED, why="It was held up for too long to be of use.")
    return None


def goes_otherwise(message: Message, reader: Person) -> bool:
    """Whether another channel brings the same news, or does from now on."""
    return is_carried_otherwise(message) or fall_back(message, reader) is not None


def _judge(message: Message, at: datetime) -> Verdict:
    unit, arrive_at = message.appointment.unit, message.appointment.arrives_at
    quiet = QuietHours(unit.quiet_from, unit.quiet_until)
    # Counted from when it was meant, not from the row's due_at, which each try moves.
    meant_at = max(reminder_due_at(Step(message.purpose), arrive_at, unit.zone, quiet), message.event.releases_at)
    return judge_reminder(meant_at, arrive_at, unit.zone, quiet, at=at)


def had_request(message: Message) -> bool:
    """Whether the reader may have a request of this visit: only then is there something to cancel."""
    requests = Message.objects.filter(
        uid=message.uid, recipient=message.recipient, purpose__in=[Purpose.INVITE, Purpose.UPDATE], is_possibly_out=True
    )
    if message.channel == Channel.EMAIL:
        requests = requests.filter(channel=Channel.EMAIL)
    return requests.exists()
