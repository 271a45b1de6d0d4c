"""Due messages leave: claimed by one worker, asked about in the last moment, sent outside every transaction, marked.

Three short transactions a message: claim, prepare, mark. A worker that dies between them leaves a lease that runs
out; whoever claims the message then sends the same octets again. `attempts` goes up with each claim and fences off a
worker that comes back late: what it wants to write no longer fits.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from reminders.models import Message, Purpose
from reminders.people import PATIENT, Person, reader_of
from reminders.rules import (
    MOST_TRIES,
    Defer,
    QuietHours,
    Step,
    TooLate,
    Verdict,
    judge_reminder,
    next_try,
    reminder_due_at,
)
from reminders.services.calls import ask_to_tell, report_failure, report_lost_reminder
from reminders.services.composing import COMPOSED_FIELDS, compose, mail_of
from reminders.services.standing import standing_of, why_not_now, why_stale
from reminders.transport import NotDelivered, deliver
from units.errors import ClinicError

log = logging.getLogger(__name__)

State = Message.State
BATCH = 20
# Longer than the slowest mail server is waited for; renewed for each message just before it is sent.
LEASE = timedelta(minutes=2)

# The partial index message_due holds only what has not ended, so that 100,000 future messages cost nothing here. A
# message waits for every earlier one to the same reader about the same visit that could still be on its way: a
# cancellation never overtakes its request.
CLAIM = """
UPDATE reminders_message
SET state = 'sending', attempts = attempts + 1,
    lease_until = statement_timestamp() + make_interval(secs => %(lease_s)s)
WHERE id IN (
    SELECT due.id
    FROM reminders_message due
    WHERE due.state IN ('pending', 'sending')
      AND due.due_at <= statement_timestamp()
      AND (due.state = 'pending' OR due.lease_until <= statement_timestamp())
      AND NOT EXISTS (
          SELECT 1
          FROM reminders_message earlier
          WHERE earlier.uid = due.uid
            AND earlier.id < due.id
            AND earlier.recipient = due.recipient
            AND (earlier.state = 'sending'
                 OR (earlier.state = 'pending' AND earlier.purpose IN ('invite', 'update', 'cancel')))
      )
    ORDER BY due.due_at, due.id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
RETURNING id, attempts, due_at
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this worker alone may send, until its lease runs out."""

    message_id: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Ready:
    """A message as octets, checked a moment ago."""

    claim: Claim
    raw: bytes
    sender: str
    recipient: str
    was_possibly_out: bool


def claim_due(*, limit: int = BATCH, lease: timedelta = LEASE) -> list[Claim]:
    """Up to `limit` due messages are this worker's, earliest first."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"lease_s": lease.total_seconds(), "limit": limit})
        rows = sorted(cursor.fetchall(), key=lambda row: (row[2], row[0]))
    return [Claim(message_id, attempts) for message_id, attempts, _due_at in rows]


def send(claim: Claim) -> str | None:
    """The claimed message is sent, or ends or waits with a reason. Returns its new state, None where it was not ours.

    Raises: NotDelivered with `is_line_down`, after putting the message back, so that the caller can stop trying.
    """
    ready = prepare(claim)
    if not isinstance(ready, Ready):
        return ready
    try:
        deliver(ready.raw, sender=ready.sender, recipient=ready.recipient)
    except NotDelivered as failure:
        is_out = ready.was_possibly_out if failure.is_certain else True
        state = put_back(claim, why=failure.words, is_for_good=failure.is_for_good, is_possibly_out=is_out)
        if failure.is_line_down:
            raise
        return state
    return _end(claim, state=State.SENT, sent_at=Now(), why="")


def prepare(claim: Claim, *, lease: timedelta = LEASE) -> Ready | str | None:
    """The octets, when the message may leave at this moment; else its new state, or None where it was not ours.

    Holds a share lock on the visit: a booking, move, cancellation or undo in progress is waited for, and its outcome
    seen. What commits after this is followed by a message of its own.
    """
    with transaction.atomic():
        at = _lock_visit_of(claim)
        message = _owned(claim)
        if at is None or message is None:
            return None
        reader = reader_of(message)
        if stopped := _stop(claim, message, reader, at):
            return stopped
        assert reader is not None  # noqa: S101  a message without a reader has just been stopped
        try:
            if message.dated_at is None:
                compose(message, reader, at=at)
            raw = mail_of(message)
        except (ClinicError, ValueError) as error:
            log.exception("message cannot be composed", extra={"message_id": message.pk})
            return _fail(claim, message, why=getattr(error, "sentence", "It could not be put into words."))
        was_possibly_out = message.is_possibly_out
        message.is_possibly_out = True
        message.lease_until = at + lease
        message.save(update_fields=[*COMPOSED_FIELDS, "is_possibly_out", "lease_until"])
    return Ready(claim, raw, message.facts["from_address"], message.address, was_possibly_out)


def put_back(claim: Claim, *, why: str, is_for_good: bool = False, is_possibly_out: bool | None = None) -> str | None:
    """A failed try: the message waits for its next one, or has failed and is somebody's task.

    `is_possibly_out` says whether any try so far may have arrived; None leaves that as it is.
    """
    with transaction.atomic():
        at = _lock_visit_of(claim)
        message = _owned(claim)
        if at is None or message is None:
            return None
        if is_possibly_out is not None:
            Message.objects.filter(pk=message.pk).update(is_possibly_out=is_possibly_out)
        again = next_try(
            message.attempts,
            at=at,
            arrive_at=message.appointment.starts_at,
            is_cancellation=message.purpose == Purpose.CANCEL,
        )
        if is_for_good or again is None:
            return _fail(claim, message, why=why)
        return _end(claim, state=State.PENDING, due_at=again, lease_until=None, why=why)


def release(claims: Sequence[Claim], *, after: timedelta) -> None:
    """Claims that were not tried are anybody's again after a while, and have cost no try."""
    for claim in claims:
        _end(claim, state=State.PENDING, due_at=Now() + after, lease_until=None, attempts=F("attempts") - 1)


def _stop(claim: Claim, message: Message, reader: Person | None, at: datetime) -> str | None:
    """The message's new state where it must not leave now; None when it may."""
    appointment = message.appointment
    standing = standing_of(appointment)
    reason = why_not_now(message, standing, reader)
    if reason is None and message.purpose == Purpose.CANCEL and not _had_request(message):
        reason = "No invite had gone out, so there is nothing to take back."
    if reason is not None:
        if reader is not None and reader.key == PATIENT and message.is_calendar and not why_stale(message, standing):
            ask_to_tell(appointment, reader, message.purpose, at=at, due_at=at)
        return _end(claim, state=State.SKIPPED, why=reason)
    if message.attempts > MOST_TRIES:
        return _fail(claim, message, why=message.why or "Every try was broken off.")
    if message.is_calendar:
        return None
    match _judge(message, at):
        case Defer(until):
            return _end(claim, state=State.PENDING, due_at=until, lease_until=None, attempts=F("attempts") - 1)
        case TooLate():
            if message.purpose != Step.SEVEN_DAYS:
                report_lost_reminder(message)
            return _end(claim, state=State.SKIPPED, why="It was held up for too long to be of use.")
    return None


def _judge(message: Message, at: datetime) -> Verdict:
    unit, arrive_at = message.appointment.unit, message.appointment.starts_at
    quiet = QuietHours(unit.quiet_from, unit.quiet_until)
    # Counted from when it was meant, not from the row's due_at, which each try moves.
    meant_at = max(reminder_due_at(Step(message.purpose), arrive_at, unit.zone, quiet), message.event.releases_at)
    return judge_reminder(meant_at, arrive_at, unit.zone, quiet, at=at)


def _lock_visit_of(claim: Claim) -> datetime | None:
    """The database's clock, under a share lock on the message's visit: always the visit before its messages."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT clock_timestamp()
            FROM scheduling_appointment
            WHERE id = (SELECT appointment_id FROM reminders_message WHERE id = %s)
            FOR SHARE
            """,
            [claim.message_id],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _owned(claim: Claim) -> Message | None:
    return (
        Message.objects.select_for_update(of=("self",), no_key=True)
        .select_related(
            "event", "appointment__unit", "appointment__patient", "appointment__dose__plan", "patient", "carer"
        )
        .filter(pk=claim.message_id, state=State.SENDING, attempts=claim.attempts)
        .first()
    )


def _had_request(message: Message) -> bool:
    """Whether the reader may have a request of this visit: only then is there something to cancel."""
    return Message.objects.filter(
        uid=message.uid, recipient=message.recipient, purpose__in=[Purpose.INVITE, Purpose.UPDATE], is_possibly_out=True
    ).exists()


def _end(claim: Claim, **changes: Any) -> str | None:
    """The claim is over and the message changed; None where the lease had run out and somebody else has it."""
    updated = Message.objects.filter(pk=claim.message_id, state=State.SENDING, attempts=claim.attempts).update(
        **changes
    )
    return changes["state"] if updated else None


def _fail(claim: Claim, message: Message, *, why: str) -> str | None:
    report_failure(message, why=why)
    return _end(claim, state=State.FAILED, why=why)
