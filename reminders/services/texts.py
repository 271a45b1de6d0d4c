"""Message texts: checked before they are kept, and never changed once kept: a new wording is a new version."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import unified_diff

from django.db.models import Max

from doseplans.models import Protocol
from patients.models import AntithromboticRow
from reminders.errors import TextRefused
from reminders.models import MessageText, Purpose
from reminders.texts import indiscretions, postcodes, problems_of
from units.actors import Actor
from units.history import recorded_as
from units.models import Unit
from units.policy import Act

Variant = MessageText.Variant
# Without these a text would not do its work.
MUST_NAME: Mapping[str, tuple[str, ...]] = {
    Purpose.CANCEL: ("arrive_day", "arrive_time"),
    Purpose.OFFER: ("arrive_day", "arrive_time", "answer_by", "booked_day", "phone"),
    Purpose.OFFER_OVER: ("arrive_day", "booked_day"),
}
MUST_NAME_OTHERWISE = ("arrive_day", "arrive_time", "phone")


def problems_with(purpose: str, subject: str, body: str, variant: str = Variant.STANDARD) -> list[str]:
    """Why a text cannot be used, a sentence each. Names of protocols and medicines in use are refused too."""
    must_name = MUST_NAME.get(purpose, MUST_NAME_OTHERWISE)
    found = problems_of(subject, body, must_name=must_name, also_refused=names_in_use())
    if variant != Variant.SHORT and not subject.strip():
        found.append("A text for e-mail needs a subject.")
    return found


def names_in_use() -> list[str]:
    """What the protocols and the medicines of the units are called: words that no message may say."""
    protocols = Protocol.objects.values_list("name", flat=True).distinct()
    drugs = Protocol.objects.values_list("medicine", flat=True).distinct()
    medicines = AntithromboticRow.objects.values_list("medicine", flat=True).distinct()
    return list(dict.fromkeys([*protocols, *drugs, *medicines]))


def indiscreet_in_unit(text: str, *, address: str) -> list[str]:
    """Words in a unit's own text about its place that would stand in messages and must not. Its postcode may."""
    return indiscretions(text, names_in_use(), allowed=postcodes(address))


def publish_text(
    actor: Actor,
    *,
    unit: Unit | None,
    purpose: str,
    language: str,
    subject: str,
    body: str,
    variant: str = Variant.STANDARD,
    is_everywhere_allowed: bool = False,
) -> MessageText:
    """The words are in use from now on, as the next version; earlier versions stay as they were.

    A text for all units needs the act in every active unit, or `is_everywhere_allowed`: the installer, who belongs to
    none. Raises: TextRefused with every problem; NotAllowed.
    """
    if not is_everywhere_allowed:
        for unit_id in [unit.pk] if unit else Unit.objects.filter(is_active=True).values_list("pk", flat=True):
            actor.require(Act.SET_UP_MESSAGES, unit_id)
    if problems := problems_with(purpose, subject, body, variant):
        raise TextRefused(" ".join(problems), problems=problems)
    with recorded_as(actor, act="publish_text"):
        same = MessageText.objects.filter(unit=unit, purpose=purpose, variant=variant, language=language)
        # Two administrators publishing at once take turns.
        list(same.order_by("pk").select_for_update(of=("self",)))
        newest = same.aggregate(newest=Max("version"))["newest"] or 0
        return MessageText.objects.create(
            unit=unit,
            purpose=purpose,
            variant=variant,
            language=language,
            version=newest + 1,
            subject=subject,
            body=body,
        )


def version_before(text: MessageText) -> MessageText | None:
    """The version that a text took the place of; None for the first."""
    same = MessageText.objects.filter(
        unit=text.unit_id, purpose=text.purpose, variant=text.variant, language=text.language
    )
    return same.filter(version__lt=text.version).order_by("-version").first()


def difference(before: MessageText, after: MessageText) -> list[tuple[str, str]]:
    """What the later version says otherwise, line by line: ("+", added), ("-", taken away), (" ", beside it)."""
    old, new = ([f"{text.subject}", "", *text.body.replace("\r\n", "\n").split("\n")] for text in (before, after))
    found = [line for line in unified_diff(old, new, lineterm="", n=1) if not line.startswith(("---", "+++", "@@"))]
    return [(line[0], line[1:]) for line in found]
