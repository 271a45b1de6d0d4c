"""Ask for one person to operate for a plan, or let anybody do it again."""

from __future__ import annotations

from uuid import UUID

from doseplans.errors import PlanEnded
from scheduling.locking import patient_key
from scheduling.models import OnlyOperator, Resource
from scheduling.selectors.courses import plan_for
from scheduling.selectors.operators import operators_of
from units.actors import Actor
from units.errors import invalid
from units.history import recorded_as
from units.policy import Act


def choose_only_operator(actor: Actor, *, plan_id: UUID, operator: UUID | None) -> Resource | None:
    """From now on only this person is proposed and booked for the plan; with None anybody who may operate is.

    Visits that are booked stay as they are. Raises NotFound, NotAllowed, PlanEnded, InvalidInput.
    """
    plan = plan_for(actor, plan_id, act=Act.BOOK)
    with recorded_as(actor, act="choose_only_operator", locks={patient_key(plan.patient_id)}):
        plan.refresh_from_db(fields=["ended_on"])
        if plan.ended_on is not None:
            raise PlanEnded("The plan has ended. Nothing more is booked for it.")
        if operator is None:
            OnlyOperator.objects.filter(plan=plan).delete()
            return None
        chosen = operators_of(actor, unit=plan.patient.unit).filter(public_id=operator).first()
        if chosen is None:
            raise invalid("operator", "Choose a person who works in this unit.")
        OnlyOperator.objects.update_or_create(plan=plan, defaults={"operator": chosen})
    return chosen
