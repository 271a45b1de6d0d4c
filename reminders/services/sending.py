"""Claimed messages leave: prepared, sent outside every transaction, marked.

A worker that dies in between leaves a lease that runs out; whoever claims the message then sends the same octets.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from django.db import transaction
from django.db.models.functions import Now

from reminders.channels import adapter_of
from reminders.models import Message, Purpose
from reminders.rules import next_try
from reminders.services.claiming import Claim, begin_try, end
from reminders.services.preparing import Outcome, Ready, fail, load, prepare
from reminders.transport import NotDelivered

State = Message.State
# A look at the visit, the patient and the plan is good for so long; then it is taken again.
FRESH_S = 1.0


def send(claim: Claim, prepared: Mapping[Claim, Outcome] | None = None) -> str | None:
    """The claimed message is sent, or ends or waits with a reason. Returns its new state, None where it was not ours.

    `prepared` saves a look where one has just been taken. Raises: NotDelivered with `is_line_down`, after putting the
    message back, so that the caller can stop trying.
    """
    ready = prepared[claim] if prepared is not None and claim in prepared else prepare(claim)
    if isinstance(ready, Ready) and not _may_begin(ready):
        ready = prepare(claim)
        if isinstance(ready, Ready) and not _may_begin(ready):
            return None
    if not isinstance(ready, Ready):
        return ready
    try:
        provider_id = adapter_of(ready.channel).send(
            ready.raw, sender=ready.sender, recipient=ready.recipient, reference=ready.reference
        )
    except NotDelivered as failure:
        is_out = ready.was_possibly_out if failure.is_certain else True
        state = put_back(claim, why=failure.words, is_for_good=failure.is_for_good, is_possibly_out=is_out)
        if failure.is_line_down:
            raise
        return state
    return end(claim, state=State.SENT, sent_at=Now(), why="", **({"provider_id": provider_id} if provider_id else {}))


def is_old(look: Outcome) -> bool:
    """Whether what was seen is too long ago to send by it."""
    return isinstance(look, Ready) and time.monotonic() - look.at_s >= FRESH_S


def _may_begin(ready: Ready) -> bool:
    return not is_old(ready) and begin_try(ready.claim, version=ready.version)


def put_back(claim: Claim, *, why: str, is_for_good: bool = False, is_possibly_out: bool | None = None) -> str | None:
    """A failed try: the message waits for its next one, or has failed and is somebody's task.

    `is_possibly_out` says whether any try so far may have arrived; None leaves that as it is.
    """
    with transaction.atomic():
        at, messages = load([claim], is_waiting=True)
        message = messages.get(claim)
        if at is None or message is None:
            return None
        if is_possibly_out is not None:
            Message.objects.filter(pk=message.pk).update(is_possibly_out=is_possibly_out)
        again = next_try(
            message.attempts,
            at=at,
            arrive_at=message.appointment.arrives_at,
            is_cancellation=message.purpose == Purpose.CANCEL,
        )
        if is_for_good or again is None:
            return fail(claim, message, why=why)
        return end(claim, state=State.PENDING, due_at=again, lease_until=None, why=why)
