"""Mails that the mail server does not hand over: tried last and a few times only, so that they hold up no other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from patients.models import WorklistItem
from patients.services import open_item
from reminders.inbound.mailbox import Waiting
from reminders.models import StuckMail
from scheduling.engine.ticks import day_words
from units.models import Unit

MOST_TRIES = 3
# A server that was ill may be well again: so long after its last try a mail is tried once more (local policy).
AGAIN_AFTER = timedelta(days=1)

BROKE_OFF = "The mail server does not hand it over."


def tries_of(validity: int) -> Mapping[str, StuckMail]:
    """The mails of the mailbox that were tried in vain, by their UIDs, which count in that UIDVALIDITY only."""
    return {str(one.uid): one for one in StuckMail.objects.filter(uid_validity=validity)}


def is_stepped_over(one: StuckMail, *, at: datetime) -> bool:
    """Whether it is left lying for now, for people to look at."""
    return one.tries >= MOST_TRIES and one.tried_at > at - AGAIN_AFTER


def is_header_enough(one: StuckMail | None) -> bool:
    """Whether its header alone is asked for at this try: that may come where the whole does not, and says who wrote."""
    return one is not None and one.tries == MOST_TRIES - 1


def note_try(validity: int, mail: Waiting, *, is_read: bool, at: datetime) -> None:
    """It was tried in vain once more. At the last try somebody is asked to read it, unless that is done already."""
    with transaction.atomic():
        row, _ = StuckMail.objects.select_for_update().get_or_create(
            uid_validity=validity, uid=int(mail.uid), defaults={"tried_at": at}
        )
        row.tries, row.tried_at = row.tries + 1, at
        row.save(update_fields=["tries", "tried_at"])
        if row.tries == MOST_TRIES and not is_read:
            _ask_to_look(mail, at=at)


def forget_tries(validity: int, uid: str) -> None:
    """It was dealt with, or is gone."""
    StuckMail.objects.filter(uid_validity=validity, uid=int(uid)).delete()


def _ask_to_look(mail: Waiting, *, at: datetime) -> None:
    """Nobody knows whose it is, so each unit is asked, once for however many there are."""
    for unit in Unit.objects.filter(is_active=True).order_by("pk"):
        local = unit.local(mail.received_at)
        open_item(
            unit=unit,
            patient=None,
            kind=WorklistItem.Kind.UNMATCHED_REPLY,
            key=f"stuck-mail:{unit.public_id}",
            title="Look into the mailbox: a mail cannot be read",
            detail=f"It came on {day_words(local.date())}, {local:%H:%M}. {BROKE_OFF} Open the clinic's mailbox with a "
            "mail program, read it there, and move it out of the inbox.",
            due_at=at,
        )
