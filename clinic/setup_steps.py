"""What a unit still needs before it can book: shown on the admin's first page."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from doseplans.models import Protocol
from reminders.models import MessageText, Purpose
from scheduling.models import Resource, Schedule
from units.actors import Actor
from units.models import Membership, Unit
from units.policy import Act, Role
from units.selectors import units_of


class SetupStep(NamedTuple):
    """One thing to set up, whether it is done, and the page where it is done."""

    done: bool
    text: str
    url: str


def setup_steps(actor: Actor) -> list[SetupStep]:
    """The steps from an empty installation to a first booking, in order, for the units the actor sets up.

    A step about units is done when it is done in each of them; the text names the first in which it is not.
    """
    units = list(units_of(actor, Act.SET_UP_UNIT))
    if not units:
        return [SetupStep(False, _("Add your first unit"), reverse("admin:units_unit_add"))]
    keys = [unit.pk for unit in units]

    def step(text: str, found: Callable[[], QuerySet[Unit]], page: str) -> SetupStep:
        ready = set(found().values_list("pk", flat=True))
        lacking = next((unit for unit in units if unit.pk not in ready), None)
        words = text if lacking is None or len(units) == 1 else f"{text} ({lacking})"
        return SetupStep(lacking is None, words, reverse(f"admin:{page}"))

    ours = Unit.objects.filter(pk__in=keys)
    with_people = Membership.objects.filter(unit__in=keys).values("unit")
    return [
        step(
            _("Say where the unit is and how it is reached"),
            lambda: ours.exclude(Q(address="") | Q(phone="") | Q(what_to_bring="")),
            "units_unit_changelist",
        ),
        step(
            _("Add a coordinator"),
            lambda: ours.filter(pk__in=with_people.filter(role=Role.COORDINATOR)),
            "units_user_changelist",
        ),
        step(
            _("Add a nurse or a doctor"),
            lambda: ours.filter(pk__in=with_people.filter(role__in=[Role.NURSE, Role.DOCTOR])),
            "units_user_changelist",
        ),
        *(
            step(
                text,
                lambda kind=kind: ours.filter(  # type: ignore[misc]
                    pk__in=Resource.objects.filter(is_active=True, kind=kind).values("unit")
                ),
                "scheduling_resource_changelist",
            )
            for kind, text in [
                (Resource.Kind.ROOM, _("Add the procedure rooms")),
                (Resource.Kind.RECOVERY, _("Add the recovery places")),
                (Resource.Kind.PERSON, _("Add the people who operate")),
            ]
        ),
        step(
            _("Say when each room is open and who operates"),
            lambda: ours.filter(pk__in=Schedule.objects.filter(operators__isnull=False).values("unit")),
            "scheduling_schedule_changelist",
        ),
        SetupStep(
            Protocol.objects.filter(status=Protocol.Status.ACTIVE).exists(),
            _("Put a protocol in use"),
            reverse("admin:doseplans_protocol_changelist"),
        ),
        _message_texts(keys),
    ]


def _message_texts(unit_keys: list[int]) -> SetupStep:
    """Done when every purpose has a text for each unit, its own or the common one."""
    texts = MessageText.objects.filter(is_active=True).filter(Q(unit__isnull=True) | Q(unit__in=unit_keys))
    found: set[tuple[int | None, str]] = set(texts.values_list("unit_id", "purpose"))
    done = all(
        (None, purpose) in found or all((key, purpose) in found for key in unit_keys) for purpose in Purpose.values
    )
    return SetupStep(done, _("Read through the message texts"), reverse("admin:reminders_messagetext_changelist"))
