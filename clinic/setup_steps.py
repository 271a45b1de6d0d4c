"""What a unit still needs before it can book: shown on the admin's first page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from doseplans.models import Protocol
from patients.models import Patient
from reminders.models import MessageText, Purpose
from scheduling.models import Resource, Schedule
from units.actors import Actor
from units.models import Membership, Unit
from units.policy import Act, Role
from units.selectors import units_of


class SetupStep(NamedTuple):
    """One thing to set up, whether it is done, and the page where it is done: "" where the reader may not open it."""

    done: bool
    text: str
    url: str


def setup_steps(actor: Actor, opened: Iterable[str]) -> list[SetupStep]:
    """The steps from an empty installation to a first booking, in order, for the units the actor sets up.

    A step about units is done when it is done in each of them; the text names the first in which it is not, and the
    page is one on which that is done for it. `opened` are the addresses of the lists that the reader may open.
    """
    lists = tuple(opened)
    return [
        step if step.url.startswith(lists) else step._replace(url="")
        for step in _steps(list(units_of(actor, Act.SET_UP_UNIT)))
    ]


def _steps(units: list[Unit]) -> list[SetupStep]:
    if not units:
        return [SetupStep(False, _("Add your first unit"), reverse("admin:units_unit_add"))]
    keys = [unit.pk for unit in units]
    ours = Unit.objects.filter(pk__in=keys)

    def step(text: str, found: QuerySet[Unit], place: str, add: str) -> SetupStep:
        """`add`: the address below the list where it is done for a unit that lacks it."""
        ready = set(found.values_list("pk", flat=True))
        lacking = next((unit for unit in units if unit.pk not in ready), None)
        words = text if lacking is None or len(units) == 1 else f"{text} ({lacking})"
        page = reverse(f"admin:{place}_changelist")
        return SetupStep(lacking is None, words, page if lacking is None else page + add.format(unit=lacking.pk))

    def people(text: str, *roles: Role) -> SetupStep:
        held = Membership.objects.filter(unit__in=keys, user__is_active=True, role__in=roles)
        return step(text, ours.filter(pk__in=held.values("unit")), "units_user", "add/")

    def resources(text: str, kind: Resource.Kind) -> SetupStep:
        there = Resource.objects.filter(is_active=True, kind=kind)
        add = f"add/?unit={{unit}}&kind={kind}"
        return step(text, ours.filter(pk__in=there.values("unit")), "scheduling_resource", add)

    held = Schedule.objects.filter(room__is_active=True, operators__is_active=True)
    return [
        step(
            _("Say where the unit is and how it is reached: address, telephone, what to bring"),
            ours.exclude(Q(address="") | Q(phone="") | Q(what_to_bring="")),
            "units_unit",
            "{unit}/change/",
        ),
        people(_("Add an administrator"), Role.ADMINISTRATOR),
        people(_("Add a coordinator"), Role.COORDINATOR),
        people(_("Add a nurse"), Role.NURSE),
        people(_("Add a doctor, who starts the plans"), Role.DOCTOR),
        resources(_("Add the procedure rooms"), Resource.Kind.ROOM),
        resources(_("Add the recovery places"), Resource.Kind.RECOVERY),
        resources(_("Add the people who operate"), Resource.Kind.PERSON),
        step(
            _("Say when each room is open and who operates"),
            ours.filter(pk__in=held.values("unit")),
            "scheduling_schedule",
            "add/?unit={unit}",
        ),
        SetupStep(
            Protocol.objects.filter(status=Protocol.Status.ACTIVE).exists(),
            _("Put a protocol in use"),
            reverse("admin:doseplans_protocol_changelist"),
        ),
        _message_texts(keys),
        step(
            _("Bring in the ward's list, or let a coordinator add the first patient"),
            ours.filter(pk__in=Patient.objects.values("unit")),
            "doseplans_wardlistupload",
            "add/?unit={unit}",
        ),
    ]


def _message_texts(unit_keys: list[int]) -> SetupStep:
    """Done when every purpose has a text for each unit, its own or the common one."""
    texts = MessageText.objects.filter(is_active=True).filter(Q(unit__isnull=True) | Q(unit__in=unit_keys))
    found: set[tuple[int | None, str]] = set(texts.values_list("unit_id", "purpose"))
    done = all(
        (None, purpose) in found or all((key, purpose) in found for key in unit_keys) for purpose in Purpose.values
    )
    return SetupStep(done, _("Read through the message texts"), reverse("admin:reminders_messagetext_changelist"))
