"""Waking a worker after a commit. Never more than a convenience: the beat sweep finds what a nudge missed."""

import logging
import time

from celery import current_app
from django.conf import settings
from django.db import transaction

log = logging.getLogger(__name__)

_PAUSE_AFTER_FAILURE_S = 10.0
_quiet_until = 0.0


def nudge_after_commit(task: str, *args: int, countdown: float | None = None) -> None:
    """After this transaction commits, the task is on its queue or nothing is: the caller never fails and never waits.

    `task` is named by a string, because scheduling must not import the apps above it. `countdown` is in seconds.
    """
    transaction.on_commit(lambda: _send(task, args, countdown), robust=True)


def _send(task: str, args: tuple[int, ...], countdown: float | None) -> None:
    global _quiet_until  # noqa: PLW0603  one process's memory that the broker has just failed
    if not settings.CELERY_BROKER_URL or time.monotonic() < _quiet_until:
        return
    try:
        current_app.send_task(task, args=args, countdown=countdown, retry=False, ignore_result=True)
    except Exception as failure:  # noqa: BLE001  whatever the broker's client raises, the booking stands
        # With a dead broker each publish costs its time-out: do not let every booking pay for it.
        _quiet_until = time.monotonic() + _PAUSE_AFTER_FAILURE_S
        log.warning("nudge failed, the sweep will follow", extra={"failure": type(failure).__name__})
