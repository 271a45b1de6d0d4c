"""Looking into the mailbox: one look at a time, one mail after the other, each put away only once it is dealt with.

A look that dies in between is repeated harmlessly: a mail whose octets are on record changes nothing again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from reminders.inbound.handling import Arrived, handle
from reminders.inbound.mailbox import (
    HANDLED,
    LINE_FAULTS,
    QUARANTINE,
    Mailbox,
    MailboxDown,
    MailRefused,
    Waiting,
    Where,
    open_mailbox,
)
from reminders.inbound.stuck import BROKE_OFF, forget_tries, is_header_enough, is_stepped_over, note_try, tries_of
from reminders.models import MailboxState, Reply, StuckMail

log = logging.getLogger(__name__)

WORKING_TIME_S = 45.0
TOO_LARGE = "It is too large."
# After so long without a look that went through, something is wrong that nobody has seen (local policy).
STALE_AFTER = timedelta(minutes=15)
_LOCK = 7_046_029_254_386_353_131  # any number that nothing else locks


def poll() -> int:
    """What waits in the mailbox is dealt with, as far as the time goes. Returns how many mails were.

    Nothing where there is no mailbox, or where another worker is looking into it. A mailbox that is down is on record
    and tried at the next look.
    """
    where = settings.INBOUND_MAILBOX
    if where is None:
        return 0
    with _alone() as is_alone:
        return _look(where) if is_alone else 0


def _look(where: Where) -> int:
    done, left, why = 0, 0, ""
    until = time.monotonic() + WORKING_TIME_S
    try:
        with open_mailbox(where, timeout_s=settings.INBOUND_TIMEOUT) as mailbox:
            validity = mailbox.validity
            stuck = tries_of(validity)
            waiting, more = mailbox.waiting(but=_stepped_over(stuck))
            left = len(waiting) + more
            # What failed before comes last: should the line break there again, nothing else is held up.
            for one in sorted(waiting, key=lambda one: stuck[one.uid].tries if one.uid in stuck else 0):
                if time.monotonic() > until:
                    break
                if _deal_with(mailbox, validity, one, stuck.get(one.uid)):
                    done, left = done + 1, left - 1
    except MailboxDown as down:
        why = down.words
        log.warning("mailbox cannot be read")
    at = timezone.now()
    found = {"tried_at": at, "why": why, "waiting": left} | ({} if why else {"polled_at": at})
    MailboxState.objects.update_or_create(pk=1, defaults=found)
    return done


def _stepped_over(stuck: Mapping[str, StuckMail]) -> set[str]:
    at = timezone.now()
    return {uid for uid, one in stuck.items() if is_stepped_over(one, at=at)}


def _deal_with(mailbox: Mailbox, validity: int, one: Waiting, before: StuckMail | None) -> bool:
    """Whether it waits no more. Where the line breaks that is counted against the mail, and raised."""
    why_cut = BROKE_OFF if is_header_enough(before) else ""
    if one.octets > settings.INBOUND_LARGEST_OCTETS:
        why_cut = TOO_LARGE
    reply = None
    try:
        raw = mailbox.fetch(one.uid, header_only=bool(why_cut))
        if raw:  # else somebody has taken it out of the mailbox meanwhile
            reply = handle(Arrived(raw, one.received_at, why_cut))
            mailbox.put_away(one.uid, QUARANTINE if reply.outcome == Reply.Outcome.QUARANTINED else HANDLED)
    except MailRefused:
        note_try(validity, one, is_read=False, at=timezone.now())
        return False
    except LINE_FAULTS:
        note_try(validity, one, is_read=reply is not None, at=timezone.now())
        raise
    if before is not None:
        forget_tries(validity, one.uid)
    return True


def forget_old_mail() -> int:
    """Mail dealt with so long ago is out of the mailbox, and what somebody wrote off the record. Returns how many.

    What nobody has read yet stays. How long is local policy.
    """
    before = timezone.now() - timedelta(days=settings.INBOUND_KEEP_DAYS)
    is_read = Q(task__isnull=True) | Q(task__done_at__lt=before)
    texts = Reply.objects.filter(is_read, handled_at__lt=before).exclude(text="").update(text="")
    StuckMail.objects.filter(tried_at__lt=before).delete()
    if settings.INBOUND_MAILBOX is None:
        return texts
    with _alone() as is_alone:
        if not is_alone:
            return texts
        try:
            with open_mailbox(settings.INBOUND_MAILBOX, timeout_s=settings.INBOUND_TIMEOUT) as mailbox:
                return texts + mailbox.forget_before(before.date())
        except MailboxDown:
            log.warning("mailbox cannot be read")
            return texts


def mailbox_word() -> str:
    """How the mailbox stands, in one word: off, ok, or down."""
    if settings.INBOUND_MAILBOX is None:
        return "off"
    state = MailboxState.objects.filter(pk=1).first()
    is_fresh = state is not None and state.polled_at is not None and state.polled_at > timezone.now() - STALE_AFTER
    return "ok" if is_fresh else "down"


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else looks into the mailbox meanwhile. A worker that dies lets go with its connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        is_alone = bool(cursor.fetchone()[0])
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
