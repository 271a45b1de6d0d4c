"""What is asked after a dose, as its pages read it."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from doseplans.models import DosePlan, FollowUp
from patients.models import Patient, WorklistItem
from units.actors import Actor
from units.errors import NotFound
from units.policy import Act
from units.scope import scoped

KEY = "follow-up:"
"""How the key of a follow-up's worklist item begins; its public id stands after."""


def follow_up_for(actor: Actor, follow_up_id: UUID) -> FollowUp:
    """The follow-up with its dose, patient and unit. Raises NotFound outside the actor's units."""
    found = _follow_ups(actor, Act.WORK_WORKLIST).filter(public_id=follow_up_id).first()
    if found is None:
        raise NotFound("There is no such follow-up in your units.")
    return found


def follow_up_of_item(actor: Actor, item: WorklistItem) -> FollowUp | None:
    """The follow-up that a worklist item asks for; None for an item of another kind."""
    if item.kind != WorklistItem.Kind.FOLLOW_UP:
        return None
    return follow_up_for(actor, UUID(item.key.removeprefix(KEY)))


def follow_ups_of(actor: Actor, patient: Patient) -> QuerySet[FollowUp]:
    """What was and will be asked after the patient's doses, the latest first; none of a dose that was not given."""
    return (
        _follow_ups(actor, Act.VIEW_PLANS)
        .filter(administration__dose__plan__patient=patient, administration__is_entered_in_error=False)
        .order_by("-due_from", "-pk")
    )


def open_items_of_follow_ups(actor: Actor, patient: Patient) -> dict[str, WorklistItem]:
    """The worklist items of the patient's follow-ups that wait or are to come, by the follow-up's public id."""
    items = WorklistItem.objects.filter(patient=patient, kind=WorklistItem.Kind.FOLLOW_UP, done_at__isnull=True)
    return {item.key.removeprefix(KEY): item for item in scoped(items, actor, Act.VIEW_PATIENTS)}


def live_plans_of(actor: Actor, patient: Patient) -> QuerySet[DosePlan]:
    """The patient's plans that have not ended, held or not."""
    plans = scoped(DosePlan.objects.all(), actor, Act.VIEW_PLANS, through="patient__unit_id")
    return (
        plans.filter(patient=patient, ended_on__isnull=True).select_related("patient__unit", "protocol").order_by("pk")
    )


def _follow_ups(actor: Actor, act: Act) -> QuerySet[FollowUp]:
    rows = scoped(FollowUp.objects.all(), actor, act, through="administration__dose__plan__patient__unit_id")
    return rows.select_related("administration__dose__plan__patient__unit", "administration__dose__plan__protocol")
