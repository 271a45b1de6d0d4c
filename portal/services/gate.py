"""The gate: a link opens for whoever knows the birthday, and ends where somebody guesses."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from django.db import transaction
from django.utils.crypto import constant_time_compare

from patients.models import AccessEntry, WorklistItem
from patients.services import open_item
from portal.selectors import actor_of
from reminders.gate import FORGOTTEN_AFTER, Tries, after_wrong, is_spent
from reminders.models import GateAddress, PersonalLink
from reminders.secret import digest_of
from scheduling.engine.ticks import day_words


class Gate(StrEnum):
    """How a try ended."""

    OPEN = "open"
    WRONG = "wrong"
    LOCKED = "locked"
    ENDED = "ended"


def try_birthday(link: PersonalLink, born_on: date, *, address: str, at: datetime) -> Gate:
    """Whether the page opens. While a pause lasts even the right birthday is not looked at.

    `address` is where the request came from. Tries on one link, and from one address, take turns.
    """
    digest = digest_of(f"gate|{address}")
    with transaction.atomic():
        GateAddress.objects.filter(last_wrong_at__lt=at - FORGOTTEN_AFTER).exclude(locked_until__gt=at).delete()
        source = _source(digest, at)
        fresh = PersonalLink.objects.select_for_update().get(pk=link.pk)
        if fresh.revoked_at is not None:
            return Gate.ENDED
        tries, from_there = Tries(fresh.wrong_tries, fresh.locked_until), Tries(source.wrong_tries, source.locked_until)
        if tries.is_locked(at) or from_there.is_locked(at):
            return Gate.LOCKED
        if constant_time_compare(born_on.isoformat(), link.patient.birth_date.isoformat()):
            _right(fresh, source, at)
            return Gate.OPEN
        return _wrong(fresh, source, tries=after_wrong(tries, at=at), from_there=after_wrong(from_there, at=at), at=at)


def _source(digest: str, at: datetime) -> GateAddress:
    """Where the try comes from, locked until the try is over."""
    GateAddress.objects.bulk_create([GateAddress(digest=digest, last_wrong_at=at)], ignore_conflicts=True)
    return GateAddress.objects.select_for_update().get(digest=digest)


def _right(link: PersonalLink, source: GateAddress, at: datetime) -> None:
    link.wrong_tries, link.locked_until, link.last_used_at = 0, None, at
    link.save(update_fields=["wrong_tries", "locked_until", "last_used_at"])
    source.wrong_tries, source.locked_until = 0, None
    source.save(update_fields=["wrong_tries", "locked_until"])
    AccessEntry.objects.create(patient_id=link.patient_id, actor_name=actor_of(link).name, page="own page")


def _wrong(link: PersonalLink, source: GateAddress, *, tries: Tries, from_there: Tries, at: datetime) -> Gate:
    source.wrong_tries, source.locked_until, source.last_wrong_at = from_there.wrong, from_there.locked_until, at
    source.save(update_fields=["wrong_tries", "locked_until", "last_wrong_at"])
    link.wrong_tries, link.locked_until = tries.wrong, tries.locked_until
    link.save(update_fields=["wrong_tries", "locked_until"])
    if not is_spent(tries):
        return Gate.LOCKED if tries.is_locked(at) or from_there.is_locked(at) else Gate.WRONG
    link.revoked_at, link.revoked_by_name = at, "Too many wrong birthdays"
    link.save(update_fields=["revoked_at", "revoked_by_name"])
    visit = link.appointment
    local = visit.unit.local(visit.arrives_at)
    whose = f"the carer {link.carer.name}" if link.carer else "the patient"
    open_item(
        unit=visit.unit,
        patient=link.patient,
        kind=WorklistItem.Kind.CALL,
        key=f"link-guessed:{link.pk}",
        title="A personal link was closed",
        detail=f"Visit of {day_words(local.date())}, {local:%H:%M}. {tries.wrong} wrong dates of birth were tried on "
        f"the link of {whose}. Ring them: the next message brings a new link.",
        due_at=at,
    )
    return Gate.ENDED
