"""Periodic work about visits. May run twice, late, or beside another of its kind."""

from celery import shared_task
from django.utils import timezone

from scheduling.services.watching import watch_readiness
from units.models import Unit


@shared_task(name="scheduling.watch_readiness")
def watch() -> int:
    """Visits that come near and are not ready are on the worklist; those that are ready are not. Returns how many."""
    at = timezone.now()
    return sum(watch_readiness(unit, at=at) for unit in Unit.objects.filter(is_active=True))
