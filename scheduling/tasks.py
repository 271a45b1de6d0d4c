"""Periodic work about visits. May run twice, late, or beside another of its kind."""

from __future__ import annotations

from collections.abc import Sequence

from celery import shared_task
from django.utils import timezone

from scheduling.models import PlanningRun
from scheduling.services.answers.unanswered import watch_answers
from scheduling.services.day.unwritten import watch_outcomes
from scheduling.services.planning.runs import TASK
from scheduling.services.planning.work import work_on
from scheduling.services.waiting.offers import settle_offers
from scheduling.services.waiting.wishes import settle_wishes
from scheduling.services.watching import watch_readiness
from units import runs
from units.models import Unit


@shared_task(name="scheduling.watch_readiness")
def watch() -> int:
    """Visits that come near and are not ready are on the worklist; those that are ready are not. Returns how many."""
    at = timezone.now()
    return sum(watch_readiness(unit, at=at) for unit in Unit.objects.filter(is_active=True))


@shared_task(name="scheduling.watch_answers")
def watch_unanswered() -> int:
    """Visits that come near and that nobody has answered are on the worklist. Returns how many."""
    at = timezone.now()
    return sum(watch_answers(unit, at=at) for unit in Unit.objects.filter(is_active=True))


@shared_task(name="scheduling.watch_outcomes")
def watch_unwritten() -> int:
    """Visits whose day is over and that nobody wrote down are on the worklist. Returns how many."""
    at = timezone.now()
    return sum(watch_outcomes(unit, at=at) for unit in Unit.objects.filter(is_active=True))


@shared_task(name="scheduling.sweep_offers")
def sweep_offers() -> int:
    """Offers and wishes that are over are ended, with words. Nothing waits for it. Returns how many."""
    at = timezone.now()
    return settle_offers(at=at) + settle_wishes(at=at)


@shared_task(name=TASK)
def better(run_ids: Sequence[int]) -> int:
    """Better plans have been looked for, one after the other. Returns how many were this worker's to look for."""
    return sum(work_on(run_id) for run_id in run_ids)


@shared_task(name="planning.sweep")
def sweep_runs() -> int:
    """Runs whose worker died are ended, and those no nudge brought here are worked off. Returns how many of these."""
    return sum(work_on(run_id) for run_id in runs.settle(PlanningRun, at=timezone.now()))
