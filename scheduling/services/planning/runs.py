"""A better plan looked for in a worker: asked for and given up. Parts of use cases."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from scheduling.engine.replan.solving import is_installed
from scheduling.models import Horizon, PlanningRun, Replan
from scheduling.selectors.planning import run_for
from units import runs
from units.actors import Actor
from units.nudging import nudge_after_commit
from units.policy import Act
from units.runs import LIVE_RUN

State = PlanningRun.State

TASK = "planning.better"
SECONDS = 20
"""How long a better plan is looked for."""


def start_run(actor: Actor, draft: Replan | Horizon, *, at: datetime) -> PlanningRun | None:
    """A worker is asked for a better plan than the draft, under its lock; what was under way for it is given up.

    None where nobody could: the extra is not installed, or there is no broker.
    """
    end_runs(draft, "The draft was planned again.", at=at)
    if not can_better():
        return None
    run = PlanningRun.objects.create(
        **{_of(draft): draft},
        unit=draft.unit,
        planned_at=draft.planned_at,
        seconds=SECONDS,
        queued_at=at,
        asked_by_id=actor.user_id,
        asked_by_name=actor.name,
    )
    nudge_after_commit(TASK, run.pk)
    return run


def can_better() -> bool:
    """Whether a better plan than the stepwise one can be asked for at all here."""
    return is_installed() and bool(settings.CELERY_BROKER_URL)


def cancel_run(actor: Actor, *, run_id: UUID) -> PlanningRun:
    """The run is given up at once, and its answer will not count; one that is over stays as it is.

    Raises NotFound, NotAllowed.
    """
    seen = run_for(actor, run_id, act=Act.BOOK)
    live = PlanningRun.objects.filter(pk=seen.pk, state__in=LIVE_RUN)
    runs.end(live, State.CANCELLED, f"Cancelled by {actor.name}.", at=timezone.now())
    return run_for(actor, run_id)


def end_runs(draft: Replan | Horizon, words: str, *, at: datetime) -> None:
    """What is under way for the draft is given up."""
    runs.end(PlanningRun.objects.filter(**{_of(draft): draft}, state__in=LIVE_RUN), State.CANCELLED, words, at=at)


def _of(draft: Replan | Horizon) -> str:
    return "replan" if isinstance(draft, Replan) else "horizon"
