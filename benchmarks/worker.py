"""The two tasks that only the mail figures know: nothing at all, and a mark that everything before it is done."""

from __future__ import annotations

import redis
from celery import shared_task

from clinic.celery import app

DONE_KEY = "benchmarks-done"


@shared_task(name="benchmarks.nothing")
def nothing() -> None:
    """Nothing: what a task costs by itself."""


@shared_task(name="benchmarks.mark")
def mark() -> None:
    """The mark is set; a queue is first in, first out, and the worker is one process."""
    redis.Redis.from_url(app.conf.broker_url).set(DONE_KEY, "1")
