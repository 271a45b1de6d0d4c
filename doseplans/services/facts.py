"""What is on record about who may have the medicine, and the yearly return to the registry."""

from __future__ import annotations

from datetime import date
from typing import TypedDict, Unpack
from uuid import UUID

from django.core.exceptions import ValidationError

from doseplans.models import DosePlan
from doseplans.services.plans import refuse_if_ended, refuse_unless_discussed_by
from units.actors import Actor
from units.errors import InvalidInput, NotFound, invalid
from units.history import recorded_as
from units.policy import Act
from units.scope import scoped


class PlanFacts(TypedDict, total=False):
    """What a doctor writes about a plan. Dates, holds and its end are other use cases' business."""

    consultant_name: str
    genetic_test_note: str
    prescriber_name: str
    review_on: date | None
    pregnancy_discussed_on: date | None
    access_route: str
    registry_returned_on: date | None


def edit_plan_facts(actor: Actor, *, plan_id: UUID, on: date, **facts: Unpack[PlanFacts]) -> DosePlan:
    """The named facts stand in the plan; what is not named stays.

    A review may be set to a day that has passed: it was missed, and stops booking until another is written down.
    Raises: NotFound, NotAllowed, InvalidInput, PlanEnded.
    """
    with recorded_as(actor, act="edit_plan_facts"):
        plan = _locked(actor, plan_id)
        actor.require(Act.EDIT_PLANS, plan.patient.unit_id)
        refuse_if_ended(plan)
        unknown = set(facts) - set(PlanFacts.__annotations__)
        if unknown:
            raise InvalidInput(f"These are not facts of a plan: {', '.join(sorted(unknown))}.")
        refuse_unless_discussed_by(facts.get("pregnancy_discussed_on"), on=on)
        _refuse_return_to_come(facts.get("registry_returned_on"), on=on)
        for name, value in facts.items():
            setattr(plan, name, value.strip() if isinstance(value, str) else value)
        try:
            plan.clean_fields(exclude={field.name for field in DosePlan._meta.fields} - set(facts))
        except ValidationError as error:
            fields = {name: " ".join(sentences) for name, sentences in error.message_dict.items()}
            raise InvalidInput("Some values cannot be used.", fields=fields) from error
        plan.save(update_fields=list(facts))
    return plan


def record_registry_return(actor: Actor, *, plan_id: UUID, returned_on: date, on: date) -> DosePlan:
    """The registry has this plan's data as of that day. Raises: NotFound, NotAllowed, InvalidInput."""
    with recorded_as(actor, act="record_registry_return"):
        plan = _locked(actor, plan_id)
        actor.require(Act.WORK_WORKLIST, plan.patient.unit_id)
        _refuse_return_to_come(returned_on, on=on)
        plan.registry_returned_on = returned_on
        plan.save(update_fields=["registry_returned_on"])
    return plan


def _refuse_return_to_come(returned_on: date | None, *, on: date) -> None:
    if returned_on is not None and returned_on > on:
        raise invalid("registry_returned_on", "The day of the return lies in the future.")


def _locked(actor: Actor, plan_id: UUID) -> DosePlan:
    plans = scoped(
        DosePlan.objects.select_for_update(of=("self",)).select_related("patient__unit", "protocol"),
        actor,
        Act.VIEW_PLANS,
        through="patient__unit_id",
    )
    plan = plans.filter(public_id=plan_id).first()
    if plan is None:
        raise NotFound("There is no such plan among your patients'.")
    return plan
