"""Message texts: checked before they are kept, and never changed once kept: a new wording is a new version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.db.models import Max
from django.utils import timezone

from doseplans.models import Protocol
from reminders.errors import TextRefused
from reminders.ical import RecipientKind
from reminders.models import MessageText, Purpose
from reminders.people import PATIENT, Person
from reminders.services.composing import values_for
from reminders.texts import fill, problems_of
from units.actors import Actor
from units.history import recorded_as
from units.models import Unit
from units.policy import Act

# Without these a text would not do its work.
MUST_NAME: Mapping[str, tuple[str, ...]] = {
    Purpose.CANCEL: ("arrive_day", "arrive_time"),
    Purpose.OFFER: ("arrive_day", "arrive_time", "answer_by", "booked_day", "phone"),
    Purpose.OFFER_OVER: ("arrive_day", "booked_day"),
}
MUST_NAME_OTHERWISE = ("arrive_day", "arrive_time", "phone")


def problems_with(purpose: str, subject: str, body: str) -> list[str]:
    """Why a text cannot be used, a sentence each. Asks which protocols are in use: their names are refused too."""
    names = Protocol.objects.values_list("name", flat=True).distinct()
    return problems_of(subject, body, must_name=MUST_NAME.get(purpose, MUST_NAME_OTHERWISE), also_refused=list(names))


def publish_text(
    actor: Actor,
    *,
    unit: Unit | None,
    purpose: str,
    language: str,
    subject: str,
    body: str,
    is_everywhere_allowed: bool = False,
) -> MessageText:
    """The words are in use from now on, as the next version; earlier versions stay as they were.

    A text for all units needs the act in every active unit, or `is_everywhere_allowed`: the installer, who belongs to
    none. Raises: TextRefused with every problem; NotAllowed.
    """
    if not is_everywhere_allowed:
        for unit_id in [unit.pk] if unit else Unit.objects.filter(is_active=True).values_list("pk", flat=True):
            actor.require(Act.SET_UP_MESSAGES, unit_id)
    if problems := problems_with(purpose, subject, body):
        raise TextRefused(" ".join(problems), problems=problems)
    with recorded_as(actor, act="publish_text"):
        same = MessageText.objects.filter(unit=unit, purpose=purpose, language=language)
        # Two administrators publishing at once take turns.
        list(same.order_by("pk").select_for_update(of=("self",)))
        newest = same.aggregate(newest=Max("version"))["newest"] or 0
        return MessageText.objects.create(
            unit=unit, purpose=purpose, language=language, version=newest + 1, subject=subject, body=body
        )


def preview_of(unit: Unit, purpose: str, language: str, subject: str, body: str) -> tuple[str, str]:
    """Subject and text as they would read for a sample visit of the unit, four days from now at 9:30."""
    day = timezone.now().astimezone(unit.zone) + timedelta(days=4)
    arrive = day.replace(hour=9, minute=30, second=0, microsecond=0)
    snapshot = {
        "arrive_at": arrive.isoformat(),
        "leave_at": (arrive + timedelta(hours=3, minutes=30)).isoformat(),
        "site": unit.site_name,
        "address": unit.address,
        "phone": str(unit.phone),
        "offer": {
            "arrive_at": (arrive - timedelta(days=1)).isoformat(),
            "leave_at": (arrive - timedelta(hours=20, minutes=30)).isoformat(),
            "expires_at": (timezone.now() + timedelta(hours=2)).isoformat(),
        },
    }
    reader = Person(PATIENT, RecipientKind.PATIENT, "Sam Sample", "", language, is_large_print=False)
    values = values_for(purpose, snapshot, unit, reader, language)
    return fill(subject, values), fill(body, values)
