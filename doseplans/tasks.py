"""Periodic work about plans."""

from celery import shared_task
from django.utils import timezone

from doseplans.services.ward_list import forget_uploads


@shared_task(name="doseplans.forget_ward_lists")
def forget_ward_lists() -> None:
    """Ward lists that nobody decided about in time are erased. May run twice, late, or beside another."""
    forget_uploads(timezone.now())
