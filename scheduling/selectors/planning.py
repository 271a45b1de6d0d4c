"""A better plan that is being looked for, as it stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from scheduling.models import Horizon, PlanningRun, Replan
from units.actors import Actor
from units.errors import NotFound
from units.policy import Act
from units.scope import scoped

NOBODY_AFTER = timedelta(seconds=15)
"""A worker that is there takes a run up within a second or two. After so long nobody is expected any more."""


class Standing(StrEnum):
    """A run as its reader should take it: its state, but for those that wait or work in name only."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"
    NOBODY_CAME = "nobody_came"
    DIED = "died"


def standing_of(run: PlanningRun, *, at: datetime) -> Standing:
    """A queued run that nobody takes up, and one whose worker is not heard of any more, are told apart from live ones.

    They are so from the instant on, whether the sweep has come or not.
    """
    if run.state == PlanningRun.State.QUEUED and run.queued_at + NOBODY_AFTER < at:
        return Standing.NOBODY_CAME
    if run.state == PlanningRun.State.RUNNING and (run.lease_until is None or run.lease_until < at):
        return Standing.DIED
    return Standing(run.state)


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
