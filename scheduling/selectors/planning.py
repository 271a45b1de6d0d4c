"""A better plan that is being looked for, as it stands."""

from __future__ import annotations

from uuid import UUID

from scheduling.models import Horizon, PlanningRun, Replan
from units.actors import Actor
from units.errors import NotFound
from units.policy import Act
from units.scope import scoped


def run_for(actor: Actor, run_id: UUID, *, act: Act = Act.VIEW_SCHEDULE) -> PlanningRun:
    """The run; NotFound outside the actor's units, NotAllowed where the role may see it but not do `act`."""
    rows = scoped(PlanningRun.objects.filter(public_id=run_id), actor, Act.VIEW_SCHEDULE)
    found = rows.select_related("unit", "replan", "horizon").first()
    if found is None:
        raise NotFound("There is no such run in your units.")
    actor.require(act, found.unit_id)
    return found


def latest_run(draft: Replan | Horizon) -> PlanningRun | None:
    """The last try to better the draft; None where there was none. One query."""
    return draft.runs.select_related("unit", "replan", "horizon").first()
