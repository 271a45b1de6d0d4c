"""Waking a worker after a commit. Never more than a convenience: the beat sweep finds what a nudge missed.

A thread of each process publishes, so that nobody at a desk waits for the broker, be it slow, hung or gone; what is
committed within one short pause goes as one task.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from queue import Empty, SimpleQueue

from celery import current_app
from django.conf import settings
from django.db import transaction

log = logging.getLogger(__name__)

_GATHERING_S = 0.1
_PAUSE_AFTER_FAILURE_S = 10.0
_MOST_AT_ONCE = 500


def nudge_after_commit(task: str, key: int) -> None:
    """After this transaction commits, `task` gets a list of keys with this one in it: the caller never fails or waits.

    `task` is named by a string, because no app may import those above it.
    """
    if settings.CELERY_BROKER_URL:
        transaction.on_commit(lambda: _publisher().put((task, key)), robust=True)


_lock = threading.Lock()
_running: tuple[int, SimpleQueue[tuple[str, int]]] | None = None


def _publisher() -> SimpleQueue[tuple[str, int]]:
    """The queue of this process's publishing thread, which a fork does not take along."""
    global _running  # noqa: PLW0603  one thread a process
    with _lock:
        if _running is None or _running[0] != os.getpid():
            _running = (os.getpid(), SimpleQueue())
            threading.Thread(target=_publish_for_ever, args=(_running[1],), name="nudging", daemon=True).start()
        return _running[1]


def _publish_for_ever(waiting: SimpleQueue[tuple[str, int]]) -> None:
    while True:
        first = waiting.get()
        time.sleep(_GATHERING_S)
        keys: dict[str, list[int]] = {}
        for task, key in [first, *_drained(waiting)]:
            keys.setdefault(task, []).append(key)
        try:
            for task, gathered in keys.items():
                current_app.send_task(task, args=(gathered,), retry=False, ignore_result=True)
        except Exception as failure:  # noqa: BLE001  whatever the broker's client raises, the sweep will follow
            log.warning("nudge failed, the sweep will follow", extra={"failure": type(failure).__name__})
            time.sleep(_PAUSE_AFTER_FAILURE_S)
            # What came meanwhile is the sweep's by now.
            _drained(waiting, most=None)


def _drained(waiting: SimpleQueue[tuple[str, int]], *, most: int | None = _MOST_AT_ONCE) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    while most is None or len(found) < most:
        try:
            found.append(waiting.get_nowait())
        except Empty:
            break
    return found
