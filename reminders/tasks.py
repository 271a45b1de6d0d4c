"""Work for the mail queue. Each task takes keys only and may run twice, late, or beside another of its kind.

The nudge after a booking is the fast path: derive, and send a second after the time to undo is over. The sweep is the
safe path: every few seconds it finds whatever the nudges missed, so that Redis may be down or emptied at any time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db import DatabaseError
from django.db.models import Max
from django.utils import timezone
from kombu.exceptions import OperationalError

from reminders.inbound.polling import forget_old_mail, poll
from reminders.models import Message
from reminders.services import claim_due, derive_visit, prepare_many, put_back, release, send, visits_to_derive
from reminders.services.calls import report_underivable
from reminders.services.claiming import Claim
from reminders.services.preparing import Outcome
from reminders.services.sending import is_old
from reminders.services.texting import ask_provider
from reminders.transport import NotDelivered

log = logging.getLogger(__name__)

# A task ends after so long whatever is left; the next sweep goes on. Well under the broker's visibility time-out.
WORKING_TIME_S = 45.0
LINE_DOWN_PAUSE = timedelta(minutes=1)
# So long after the time to undo is over: the database's clock decides, and ours may be a little ahead of it.
AFTER_RELEASE_S = 1.0


@shared_task(name="reminders.derive")
def derive(event_ids: Sequence[int]) -> None:
    """The events' visits have their messages; what they release is looked for as soon as the time to undo is over."""
    _derive(visits_to_derive(event_ids), is_waiting=True)
    soon = timezone.now() + timedelta(seconds=WORKING_TIME_S)  # nothing waits in the broker for longer
    waiting = Message.objects.filter(event_id__in=event_ids, state=Message.State.PENDING, due_at__lt=soon)
    due = waiting.aggregate(at=Max("due_at"))["at"]
    if due is None:
        return
    wait = (due - timezone.now()).total_seconds() + AFTER_RELEASE_S
    try:
        send_due.apply_async(countdown=max(0.0, wait), retry=False)
    except (OperationalError, OSError):
        log.warning("broker did not take the send, the sweep will")


@shared_task(name="reminders.send_due")
def send_due() -> int:
    """What is due now has been sent, or has a reason. Returns how many were worked off."""
    worked, until = 0, time.monotonic() + WORKING_TIME_S
    while time.monotonic() < until and (claims := claim_due()):
        prepared = _prepare(claims)
        for index, claim in enumerate(claims):
            if is_old(prepared.get(claim)):
                # The rest together again: one by one, a slow moment would make each of them slow.
                prepared = {**prepared, **_prepare(claims[index:], prepared)}
            try:
                send(claim, prepared)
                worked += 1
            except NotDelivered:
                release(claims[index + 1 :], after=LINE_DOWN_PAUSE)
                return worked
            except DatabaseError:
                raise  # nothing can be written down either: the lease runs out and the message is tried again
            except Exception:  # whatever is wrong with one message must not hold up everybody after it
                log.exception("message could not be worked", extra={"message_id": claim.message_id})
                put_back(claim, why="It could not be worked. The log says more.")
    return worked


@shared_task(name="reminders.sweep")
def sweep() -> int:
    """Every visit with news has its messages, and what is due has been sent."""
    _derive(visits_to_derive(), is_waiting=False)
    return int(send_due())


@shared_task(name="reminders.poll_mailbox")
def poll_mailbox() -> int:
    """What waits in the mailbox has been dealt with. Returns how many mails were; none where there is no mailbox."""
    return poll()


@shared_task(name="reminders.forget_mail")
def forget_mail() -> int:
    """Mail dealt with long ago is gone, and what was kept of its words. Returns how many."""
    return forget_old_mail()


@shared_task(name="reminders.poll_texts")
def poll_texts() -> None:
    """What people answered by text message, and what became of those sent, is on record."""
    if settings.SMS.provider:
        ask_provider()


def _prepare(claims: Sequence[Claim], known: Mapping[Claim, Outcome] | None = None) -> Mapping[Claim, Outcome]:
    """All at once, which is several times cheaper; where one spoils it for all, each is prepared by itself."""
    try:
        return prepare_many(claims, known)
    except DatabaseError:
        raise
    except Exception:  # whatever one of them raises, each is tried again by itself, where its own fault is told
        log.exception("messages could not be prepared together")
        return {}


def _derive(appointment_ids: Iterable[int], *, is_waiting: bool) -> None:
    for appointment_id in appointment_ids:
        try:
            derive_visit(appointment_id, is_waiting=is_waiting)
        except DatabaseError:
            raise
        except Exception:  # whatever is wrong with one visit must not keep everybody after it from being told
            log.exception("messages of a visit could not be derived", extra={"appointment": appointment_id})
            report_underivable(appointment_id)
