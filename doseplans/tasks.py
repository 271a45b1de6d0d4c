"""Periodic work about plans."""

from collections.abc import Sequence

from celery import shared_task
from django.utils import timezone

from doseplans.models import ImportRun
from doseplans.services.registry import open_registry_returns
from doseplans.services.ward_list import forget_uploads
from doseplans.services.ward_list.running import TASK, work_on_import
from units.runs import settle


@shared_task(name="doseplans.forget_ward_lists")
def forget_ward_lists() -> None:
    """Ward lists that nobody decided about in time are erased. May run twice, late, or beside another."""
    forget_uploads(timezone.now())


@shared_task(name="doseplans.open_registry_returns")
def open_returns() -> int:
    """Yearly returns that are due are on the worklist. May run twice, late, or beside another. Returns how many."""
    return open_registry_returns(timezone.now())


@shared_task(name=TASK)
def import_lists(run_ids: Sequence[int]) -> int:
    """Long lists are imported, one after the other. Returns how many were this worker's to import."""
    return sum(work_on_import(run_id) for run_id in run_ids)


@shared_task(name="doseplans.import_sweep")
def sweep_imports() -> int:
    """Imports whose worker died are ended, those no nudge brought here are carried out. Returns how many of these."""
    return sum(work_on_import(run_id) for run_id in settle(ImportRun, at=timezone.now()))
