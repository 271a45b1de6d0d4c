"""Invite mails through a Celery worker beside tasks that do nothing, and the sweep beside a mountain of future mail."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone

from benchmarks.database import analyze, ward
from benchmarks.figures import Figure
from benchmarks.worker import DONE_KEY, mark, nothing
from clinic.celery import app
from patients.models import Patient
from reminders import transport
from reminders.models import Message
from reminders.services import derive_messages
from reminders.tasks import send_due, sweep
from scheduling.models import AppointmentEvent
from tests.cast import make_patient
from tests.reminders.mailserver import MailServer
from tests.reminders.world import World, world_of

MAILS = 400
TASKS = 1000
DUE = 50
FUTURE = 100_000
PATIENCE_S = 120


def figures() -> Iterable[Figure]:
    """Mails a second beside no-op tasks a second, and seconds a sweep with and without the future."""
    world = world_of(ward().cast)
    patients = [make_patient(world.unit, f"Mail{n:04}", f"ML{n:05}") for n in range(MAILS)]
    yield _mails(world, patients)
    yield _sweep(world, patients)


def _mails(world: World, patients: list[Patient]) -> Figure:
    server = MailServer()
    server.start()
    sent = Message.objects.filter(purpose="invite", state=Message.State.SENT)
    try:
        _due_invites(world, patients)
        with _worker(server):
            nothings = TASKS / _seconds_until(_is_marked, _publish_nothings)
            mails = MAILS / _seconds_until(lambda: len(server.caught) >= MAILS, send_due.delay)
            _seconds_until(lambda: sent.count() == MAILS, lambda: None)  # the last one's mark
    finally:
        server.stop()
    note = f"{sent.count()} sent over {server.sessions} connection(s)"
    return Figure("invite mails through Celery", mails, nothings, "/s", 0.2, at_most=False, note=note)


def _sweep(world: World, patients: list[Patient]) -> Figure:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    transport.hang_up()
    Message.objects.all().delete()
    _due_invites(world, patients[:DUE], ahead=20)
    Message.objects.exclude(purpose="invite").delete()
    analyze()
    alone = _seconds_of_a_sweep()
    _pile_up_future()
    analyze()
    among_many = _seconds_of_a_sweep()
    note = f"{DUE} due, {Message.objects.count():,} rows"
    return Figure(
        "sweep with 100,000 future messages", among_many * 1000, alone * 1000, "ms", 1.5, at_most=True, note=note
    )


def _due_invites(world: World, patients: list[Patient], *, ahead: int = 10) -> None:
    for patient in patients:
        world.book(patient, ahead=timedelta(days=ahead))
    # Other figures' reference bookings say nothing that could be told.
    AppointmentEvent.objects.filter(actor_name="raw").update(messages_derived_at=timezone.now())
    derive_messages()
    _purge()  # the nudges of these bookings are not what is measured


def _seconds_of_a_sweep() -> float:
    taken = []
    for _ in range(13):
        Message.objects.filter(purpose="invite").update(
            state=Message.State.PENDING, attempts=0, due_at=timezone.now() - timedelta(seconds=1)
        )
        before = time.perf_counter()
        worked = sweep()
        taken.append(time.perf_counter() - before)
        assert worked == DUE, worked
    # The quickest: what the work costs, with the machine's other business left out.
    return min(taken)


def _pile_up_future() -> None:
    """Copies of one message, each of another visit and due later."""
    kept = [field.column for field in Message._meta.concrete_fields if not field.primary_key]
    changed = {
        "public_id": "gen_random_uuid()",
        "purpose_key": "'future-' || n",
        "uid": "gen_random_uuid()",
        "purpose": "'reminder_7d'",
        "state": "'pending'",
        "sent_at": "NULL",
        "lease_until": "NULL",
        "is_possibly_out": "false",
        "due_at": "now() + interval '1 day' + n * interval '1 minute'",
    }
    values = ", ".join(changed.get(str(column), f'one."{column}"') for column in kept)
    columns = ", ".join(f'"{column}"' for column in kept)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO reminders_message ({columns}) SELECT {values} "  # noqa: S608  columns of our own model
            "FROM (SELECT * FROM reminders_message LIMIT 1) one, generate_series(1, %s) n",
            [FUTURE],
        )


def _publish_nothings() -> None:
    for _ in range(TASKS):
        nothing.apply_async(queue="mail")
    mark.apply_async(queue="mail")


def _is_marked() -> bool:
    return bool(_redis().get(DONE_KEY))


def _redis() -> redis.Redis:
    return redis.Redis.from_url(app.conf.broker_url)


def _purge() -> None:
    app.control.purge()
    _redis().delete("mail")


def _seconds_until(is_so: Callable[[], bool], start: Callable[[], object]) -> float:
    before = time.perf_counter()
    start()
    while not is_so():
        if time.perf_counter() - before > PATIENCE_S:
            raise TimeoutError("The worker did not finish in time.")
        time.sleep(0.01)
    return time.perf_counter() - before


@contextmanager
def _worker(server: MailServer) -> Iterator[None]:
    """One worker process on the mail queue, warm: it has answered once."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{settings.DATABASES['default']['NAME']}")
    environment = {
        **os.environ,
        "DATABASE_URL": database.geturl(),
        "EMAIL_URL": f"smtp://127.0.0.1:{server.port}",
    }
    command = [sys.executable, "-m", "celery", "-A", "clinic", "worker", "-Q", "mail", "-c", "1", "-l", "WARNING"]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, "--without-gossip", "--without-mingle", "--include", "benchmarks.worker"],
            env=environment,
            cwd=Path(settings.BASE_DIR),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _redis().delete(DONE_KEY)
            _seconds_until(_is_marked, lambda: mark.apply_async(queue="mail"))
            _redis().delete(DONE_KEY)
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=10)
