"""Whose turn a message is: one worker's at a time, for as long as its lease lasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from reminders.models import Message

State = Message.State
BATCH = 20
# Longer than the slowest mail server is waited for; renewed for each message just before it is sent.
LEASE = timedelta(minutes=2)

# The partial index message_due holds only what has not ended, so that 100,000 future messages cost nothing here. A
# message waits for every earlier one to the same reader about the same visit that could still be on its way: a
# cancellation never overtakes its request. Letters wait for the printer, and nothing waits for them.
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
      AND due.channel <> 'letter'
      AND NOT EXISTS (
          SELECT 1
          FROM reminders_message earlier
          WHERE earlier.uid = due.uid
            AND earlier.id < due.id
            AND earlier.recipient = due.recipient
            AND earlier.channel = due.channel
            AND (earlier.state = 'sending'
                 OR (earlier.state = 'pending' AND earlier.purpose IN ('invite', 'update', 'cancel')))
      )
    ORDER BY due.due_at, due.id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
RETURNING id, attempts, due_at
"""

# The last statement before the octets leave: still this worker's, and the visit still as it was looked at.
BEGIN_TRY = """
UPDATE reminders_message
SET is_possibly_out = true, lease_until = statement_timestamp() + make_interval(secs => %(lease_s)s)
WHERE id = %(id)s AND state = 'sending' AND attempts = %(attempts)s
  AND EXISTS (SELECT 1 FROM scheduling_appointment WHERE id = appointment_id AND version = %(version)s)
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this worker alone may send, until its lease runs out.

    `attempts` goes up with each claim and fences off a worker that comes back late: what it writes no longer fits.
    """

    message_id: int
    attempts: int


def claim_due(*, limit: int = BATCH, lease: timedelta = LEASE) -> list[Claim]:
    """Up to `limit` due messages are this worker's, earliest first."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"lease_s": lease.total_seconds(), "limit": limit})
        rows = sorted(cursor.fetchall(), key=lambda row: (row[2], row[0]))
    return [Claim(message_id, attempts) for message_id, attempts, _due_at in rows]


def begin_try(claim: Claim, *, version: int, lease: timedelta = LEASE) -> bool:
    """The message counts as possibly out from now on. False where it is another's or its visit has changed since."""
    with connection.cursor() as cursor:
        cursor.execute(
            BEGIN_TRY,
            {
                "id": claim.message_id,
                "attempts": claim.attempts,
                "version": version,
                "lease_s": lease.total_seconds(),
            },
        )
        return bool(cursor.rowcount == 1)


def end(claim: Claim, **changes: Any) -> str | None:
    """The claim is over and the message changed. Returns its new state; None where somebody else has it by now."""
    mine = Message.objects.filter(pk=claim.message_id, state=State.SENDING, attempts=claim.attempts)
    return changes["state"] if mine.update(**changes) else None


def release(claims: Sequence[Claim], *, after: timedelta) -> None:
    """Claims that were not tried are anybody's again after a while, and have cost no try."""
    for claim in claims:
        end(claim, state=State.PENDING, due_at=Now() + after, lease_until=None, attempts=F("attempts") - 1)
