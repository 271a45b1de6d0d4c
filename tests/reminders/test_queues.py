"""Who works off which queue: a flood of one kind of work keeps no other waiting, and nothing waits in the broker."""

from __future__ import annotations

import re
import socket
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django_celery_beat.models import PeriodicTask
from kombu import Connection, Consumer, Queue

from clinic.celery import app
from clinic.embedded import programs

OURS = ("desk.", "reminders.", "planning.", "scheduling.", "patients.", "doseplans.", "units.")


def queues_of(command: list[str]) -> list[str]:
    return command[command.index("--queues") + 1].split(",")


def queue_for(task: str) -> str:
    route = app.amqp.router.route({}, task)
    return str(route["queue"].name)


def test_what_goes_out_has_a_worker_of_its_own_and_no_queue_is_without_one(db: None) -> None:
    workers = [queues_of(programs.mailer()), queues_of(programs.worker())]
    assert workers[0] == ["mail"]
    worked = Counter(queue for queues in workers for queue in queues)
    assert set(worked.values()) == {1}
    used = {queue_for(name) for name in app.tasks if name.startswith(OURS)} | {settings.CELERY_TASK_DEFAULT_QUEUE}
    named = set(PeriodicTask.objects.exclude(queue=None).values_list("queue", flat=True))
    assert used | named <= worked.keys()


@pytest.mark.parametrize(
    ("task", "queue"),
    [
        ("reminders.derive", "mail"),
        ("reminders.send_due", "mail"),
        ("reminders.sweep", "mail"),
        ("reminders.poll_mailbox", "housekeeping"),
        ("reminders.poll_texts", "housekeeping"),
        ("reminders.forget_mail", "housekeeping"),
        ("planning.run", "planning"),
        ("scheduling.watch_answers", "housekeeping"),
    ],
)
def test_task_goes_to_its_queue(task: str, queue: str) -> None:
    assert queue_for(task) == queue


def test_schedule_is_in_the_database_and_names_tasks_that_exist_on_the_queues_that_are_meant(db: None) -> None:
    assert settings.CELERY_BEAT_SCHEDULER == "django_celery_beat.schedulers:DatabaseScheduler"
    assert not app.conf.beat_schedule
    app.loader.import_default_modules()
    rows = [row for row in PeriodicTask.objects.all() if row.task.startswith(OURS)]
    assert {"reminders.sweep", "reminders.poll_mailbox"} <= {row.task for row in rows}
    for row in rows:
        assert row.task in app.tasks
        assert row.queue in {None, queue_for(row.task)}
        assert row.interval is None or row.expire_seconds, f"{row.task} would pile up while no worker runs"


def test_worker_takes_from_its_queues_in_turn() -> None:
    """As Celery does it, on the real broker: one task of housekeeping behind fifty of planning is not the last."""
    name = f"turns-{socket.gethostname()}"
    flooded, quiet = Queue(f"{name}-flooded"), Queue(f"{name}-quiet")
    order: list[str] = []
    with Connection(app.conf.broker_url, transport_options=app.conf.broker_transport_options) as line:
        channel = line.channel()
        producer = line.Producer(channel)
        for queue, count in ((flooded, 50), (quiet, 1)):
            for _ in range(count):
                producer.publish({}, routing_key=queue.name, declare=[queue(channel)])

        def take(_body: object, message: object) -> None:
            order.append(message.delivery_info["routing_key"])
            message.ack()

        with Consumer(channel, [flooded, quiet], callbacks=[take], prefetch_count=1):
            while quiet.name not in order:
                line.drain_events(timeout=5)
        for queue in (flooded, quiet):
            queue(channel).delete()
    assert len(order) <= 3


def test_nothing_is_put_into_the_broker_for_later() -> None:
    """Redis forgets, and hands out again what waits longer than its visibility time-out: later is a row's `due_at`."""
    found = {
        str(path.relative_to(settings.BASE_DIR))
        for app_folder in (
            "reminders",
            "scheduling",
            "doseplans",
            "patients",
            "units",
            "desk",
            "portal",
            "api",
            "clinic",
        )
        for path in Path(settings.BASE_DIR, app_folder).rglob("*.py")
        if re.search(r"\b(countdown|eta)=", path.read_text(encoding="utf-8"))
    }
    assert found == {"reminders/tasks.py"}  # seconds only: test_derive_asks_for_no_send_far_ahead
