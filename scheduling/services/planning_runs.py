"""A better plan looked for in a worker: asked for, given up, taken up, kept alive and ended. Parts of use cases.

Every change of state is one conditional UPDATE: whoever gets a count of one has made it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from scheduling.engine.replan.solving import is_installed
from scheduling.models import Horizon, PlanningRun, Replan
from scheduling.selectors.planning import run_for
from scheduling.services.nudging import nudge_after_commit
from units.actors import Actor
from units.policy import Act

State = PlanningRun.State
LIVE_RUN = (State.QUEUED, State.RUNNING)

TASK = "planning.better"
SECONDS = 20
"""How long a better plan is looked for."""

LEASE = timedelta(seconds=15)
"""A worker that has not been heard of for so long is dead. It says so every half second."""

KEPT_FOR = timedelta(minutes=10)
"""A run that no worker took up for so long is not taken up any more."""

DIED = "The worker that was at it has ended before it was done."
NOBODY = "No worker took it up in time."


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
    _end(live, State.CANCELLED, f"Cancelled by {actor.name}.", at=timezone.now())
    return run_for(actor, run_id)


def end_runs(draft: Replan | Horizon, words: str, *, at: datetime) -> None:
    """What is under way for the draft is given up."""
    _end(PlanningRun.objects.filter(**{_of(draft): draft}, state__in=LIVE_RUN), State.CANCELLED, words, at=at)


def claim_run(run_id: int, *, at: datetime) -> UUID | None:
    """The run is this worker's, whose word is returned; None where it is somebody's already, or over."""
    claim = uuid4()
    waiting = PlanningRun.objects.filter(pk=run_id, state=State.QUEUED)
    taken = waiting.update(state=State.RUNNING, claim=claim, started_at=at, lease_until=at + LEASE)
    return claim if taken == 1 else None


def keep_run(run_id: int, claim: UUID, *, percent: int, stage: str) -> bool:
    """The lease is renewed and how far it is stands in the row; False where the run is this worker's no more."""
    ours = PlanningRun.objects.filter(pk=run_id, claim=claim, state=State.RUNNING)
    return ours.update(lease_until=timezone.now() + LEASE, percent=percent, stage=stage[:60]) == 1


def finish_run(run_id: int, claim: UUID, state: str, outcome: str) -> bool:
    """The run is over with that outcome; False, and the caller changes nothing, where it was given up or has died."""
    ours = PlanningRun.objects.filter(pk=run_id, claim=claim, state=State.RUNNING)
    return _end(ours, state, outcome, at=timezone.now()) == 1


def settle_runs(*, at: datetime) -> list[int]:
    """Runs whose worker has died, and those nobody came for, are ended; returns the keys of those that still wait."""
    live = PlanningRun.objects.filter(state__in=LIVE_RUN)
    _end(live.filter(state=State.RUNNING, lease_until__lt=at), State.FAILED, DIED, at=at)
    _end(live.filter(state=State.QUEUED, queued_at__lt=at - KEPT_FOR), State.FAILED, NOBODY, at=at)
    return list(live.filter(state=State.QUEUED).order_by("queued_at", "pk").values_list("pk", flat=True))


def _end(runs: QuerySet[PlanningRun], state: str, outcome: str, *, at: datetime) -> int:
    return runs.update(state=state, outcome=outcome[:300], ended_at=at)


def _of(draft: Replan | Horizon) -> str:
    return "replan" if isinstance(draft, Replan) else "horizon"
