"""Periodic work of the desk. May run twice, late, or beside another of its kind."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from desk.downtime.keeping import forget_old_lists, is_kept, keep_lists
from units.actors import Actor
from units.models import Unit

log = logging.getLogger(__name__)


@shared_task(name="desk.keep_downtime_lists")
def keep_downtime_lists() -> int:
    """Each unit's list of the next day is in the folder from its own hour on. Returns how many were made now."""
    at = timezone.now()
    made = 0
    for unit in Unit.objects.filter(is_active=True).order_by("pk"):
        if is_kept(unit, at=at):
            continue
        try:
            made += len(keep_lists(Actor.system("downtime list"), unit=unit, at=at))
        except Exception:  # one unit's trouble must not cost the others their list
            log.exception("downtime list could not be kept", extra={"unit": unit.pk})
    forget_old_lists(timezone.localdate(at))
    return made
