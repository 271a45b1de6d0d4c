"""Periodic work about plans."""

from celery import shared_task
from django.utils import timezone

from doseplans.services.registry import open_registry_returns
from doseplans.services.ward_list import forget_uploads


@shared_task(name="doseplans.forget_ward_lists")
def forget_ward_lists() -> None:
    """Ward lists that nobody decided about in time are erased. May run twice, late, or beside another."""
    forget_uploads(timezone.now())


@shared_task(name="doseplans.open_registry_returns")
def open_returns() -> int:
    """Yearly returns that are due are on the worklist. May run twice, late, or beside another. Returns how many."""
    return open_registry_returns(timezone.now())
