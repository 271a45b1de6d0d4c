"""A real Celery worker on real Redis, killed with -9 where it hurts. Nothing is lost, repeats are the same octets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from clinic.celery import app
from clinic.embedded.broker import Broker
from clinic.embedded.processes import Lifeline
from reminders.ical import read_invite
from reminders.models import Message
from reminders.tasks import sweep
from tests.cast import assemble
from tests.reminders.mailserver import MailServer
from tests.reminders.processes import PATIENCE_S, WORKER, Celery, wait_until
from tests.reminders.reading import read_mail
from tests.reminders.world import DAY, World, calendar_only, expire_leases, world_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


@pytest.fixture
def worker(transactional_db: None, smtp: MailServer, tmp_path: Path) -> Iterator[Celery]:
    app.control.purge()
    worker = Celery(smtp, tmp_path / "worker.log", *WORKER)
    yield worker
    worker.kill()
    app.control.purge()


@pytest.fixture
def world(transactional_db: None) -> World:
    return world_of(assemble())


def test_worker_killed_before_sending_and_after_loses_nothing_and_repeats_the_same_octets(
    world: World, worker: Celery, smtp: MailServer
) -> None:
    # Before anything has gone out: the server has not even taken the address.
    smtp.hold("recipient")
    visit = world.book()  # the nudge after the commit wakes the worker
    worker.start()
    assert smtp.is_holding.wait(PATIENCE_S)
    worker.kill()
    smtp.go_on()
    assert calendar_only(visit) == [("patient", "invite", "sending")]
    assert smtp.caught == []

    # After the server has taken it, before the worker learns of that.
    expire_leases()
    smtp.hold("taken")
    sweep.delay()
    worker.start()
    assert smtp.is_holding.wait(PATIENCE_S)
    worker.kill()
    smtp.go_on()
    assert calendar_only(visit) == [("patient", "invite", "sending")]

    # A cancellation in between waits for the request's fate, and follows it.
    world.cancel(visit)
    expire_leases()
    sweep.delay()
    worker.start()
    wait_until(lambda: ("patient", "cancel", "sent") in calendar_only(visit), worker.log)
    assert calendar_only(visit) == [("patient", "invite", "skipped"), ("patient", "cancel", "sent")]
    assert [read_invite(read_mail(one.raw).calendar).method for one in smtp.caught] == ["REQUEST", "CANCEL"]

    # And one whose fate is unknown while its visit stands: sent again, octet for octet.
    smtp.hold("taken")
    second = world.book(ahead=20 * DAY)
    assert smtp.is_holding.wait(PATIENCE_S)
    worker.kill()
    smtp.go_on()
    expire_leases()
    sweep.delay()
    worker.start()
    wait_until(lambda: calendar_only(second) == [("patient", "invite", "sent")], worker.log)
    first, again = smtp.caught[2:]
    assert first.raw == again.raw
    assert Message.objects.get(appointment=second, purpose="invite").attempts == 2


def test_broker_emptied_midway_loses_nothing(world: World, worker: Celery, smtp: MailServer) -> None:
    visit = world.book()
    app.control.purge()  # the nudge is gone
    worker.start()
    sweep.delay()  # what beat does every few seconds
    wait_until(lambda: calendar_only(visit) == [("patient", "invite", "sent")], worker.log)
    assert len(smtp.caught) == 1


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A Redis that only these processes know: no booking's nudge reaches it."""
    lifeline = Lifeline()
    broker = Broker(lifeline=lifeline, log=tmp_path / "redis.log")
    broker.start()
    yield broker
    broker.stop()
    lifeline.close()


def test_redis_gone_for_a_while_costs_no_mail(world: World, smtp: MailServer, broker: Broker, tmp_path: Path) -> None:
    every_second = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.all().delete()  # what the migration put there sweeps every ten
    PeriodicTask.objects.create(name="sweep", task="reminders.sweep", interval=every_second, queue="mail")
    log = tmp_path / "celery.log"
    beat = Celery(smtp, log, "beat", "--pidfile=", broker=broker.url)
    worker = Celery(smtp, log, *WORKER, broker=broker.url)
    try:
        beat.start()
        worker.start()
        first = world.book()
        wait_until(lambda: calendar_only(first) == [("patient", "invite", "sent")], log)
        port = broker.port
        broker.stop()
        wait_until(lambda: "Cannot connect" in log.read_text(), log)  # what had been handed out is done
        second = world.book(ahead=20 * DAY)
        time.sleep(1)
        assert calendar_only(second) == []
        broker.start(port)
        assert broker.port == port
        wait_until(lambda: calendar_only(second) == [("patient", "invite", "sent")], log)
    finally:
        beat.kill()
        worker.kill()
    assert len(smtp.caught) == 2


def test_worker_killed_before_the_broker_hears_of_it_repeats_nothing(
    world: World, worker: Celery, smtp: MailServer
) -> None:
    first, second = world.book(), world.book(ahead=20 * DAY)
    smtp.answer = lambda _: smtp.hold("recipient")  # the first is taken; the second waits, and the task with it
    worker.start()
    sweep.delay()
    assert smtp.is_holding.wait(PATIENCE_S)
    wait_until(lambda: calendar_only(first) == [("patient", "invite", "sent")], worker.log)
    worker.kill()
    smtp.answer = lambda _: None
    smtp.go_on()
    expire_leases()
    assert sweep() == 1
    assert calendar_only(second) == [("patient", "invite", "sent")]
    assert [read_invite(read_mail(one.raw).calendar).uid for one in smtp.caught] == [str(first.uid), str(second.uid)]
