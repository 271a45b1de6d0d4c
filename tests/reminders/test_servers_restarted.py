"""PostgreSQL or Redis gone in the middle of the work: nothing is lost, and what is repeated is the same octets."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from django.db import DatabaseError, connection

from clinic.celery import app
from clinic.embedded.broker import Broker
from clinic.embedded.postgres import APP, OWNER, Cluster
from clinic.embedded.processes import Lifeline
from reminders.ical import read_invite
from reminders.models import Message
from reminders.services import derive_messages
from reminders.tasks import send_due, sweep
from tests.cast import assemble, make_patient
from tests.databases import load_migrated, url_of
from tests.reminders.mailserver import Caught, MailServer
from tests.reminders.processes import WORKER, Celery, wait_until
from tests.reminders.reading import read_mail
from tests.reminders.world import DAY, World, calendar_only, expire_leases, world_of

VISITS = 40


@pytest.fixture
def lifeline() -> Iterator[Lifeline]:
    lifeline = Lifeline()
    yield lifeline
    lifeline.close()


def uids(smtp: MailServer) -> Counter[str]:
    return Counter(read_invite(read_mail(caught.raw).calendar).uid for caught in smtp.caught)


def booked(world: World) -> set[str]:
    """Visits of a patient each, their invites due; returns their UIDs."""
    patients = [make_patient(world.unit, f"Fault{n:03}", f"FL{n:05}") for n in range(VISITS)]
    return {str(world.book(patient).uid) for patient in patients}


def swept(broker: Broker) -> None:
    """What beat does every few seconds, at a broker that no booking's nudge reaches."""
    with app.connection_for_write(broker.url) as line:
        app.send_task(sweep.name, connection=line, queue="mail")


def sent() -> int:
    return Message.objects.filter(purpose="invite", state="sent").count()


@pytest.mark.django_db(transaction=True)
def test_connection_to_the_database_lost_while_the_mail_server_has_the_mail(smtp: MailServer) -> None:
    world = world_of(assemble())
    visits = [world.book(ahead=(10 + n) * DAY) for n in range(3)]
    derive_messages()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (ours,) = cursor.fetchone()

    def cut_off(_: Caught) -> None:
        if len(smtp.caught) == 1:
            with psycopg.connect(url_of("postgres"), autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [ours])

    smtp.answer = cut_off
    with pytest.raises(DatabaseError):
        send_due()  # nothing can be written down: the task gives up, and the broker keeps nothing of it
    connection.close()
    assert [calendar_only(visit)[0][2] for visit in visits] == ["sent", "sending", "sending"]
    smtp.answer = lambda _: None
    expire_leases()
    assert send_due() == 2
    assert [calendar_only(visit)[0][2] for visit in visits] == ["sent"] * 3
    assert uids(smtp) == {str(visits[0].uid): 1, str(visits[1].uid): 2, str(visits[2].uid): 1}
    assert len({caught.raw for caught in smtp.caught}) == 3


@pytest.fixture
def cluster(transactional_db: None, tmp_path: Path, lifeline: Lifeline) -> Iterator[Cluster]:
    """A database server that may be stopped without anybody else noticing; this process uses it, too."""
    cluster = Cluster(tmp_path / "postgres", lifeline=lifeline, log=tmp_path / "postgres.log", durable=False)
    tmp_path.chmod(0o711)
    cluster.start()
    load_migrated(cluster.url(OWNER))
    usual = dict(connection.settings_dict)
    there = urlsplit(cluster.url(OWNER))
    connection.close()
    connection.settings_dict.update(
        NAME=there.path[1:], USER=there.username, PASSWORD=there.password, HOST=there.hostname, PORT=there.port
    )
    yield cluster
    connection.close()
    connection.settings_dict.update(usual)
    cluster.stop()


@pytest.mark.deep
@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_postgresql_restarted_midway(cluster: Cluster, smtp: MailServer, lifeline: Lifeline, tmp_path: Path) -> None:
    broker = Broker(lifeline=lifeline, log=tmp_path / "redis.log")
    broker.start()
    worker = Celery(smtp, tmp_path / "worker.log", *WORKER, broker=broker.url, database=cluster.url(APP))
    visits = booked(world_of(assemble()))
    smtp.answer = lambda _: time.sleep(0.05)
    try:
        worker.start()
        swept(broker)
        wait_until(lambda: len(smtp.caught) >= VISITS // 4, worker.log)
        port = cluster.port
        cluster.stop()
        connection.close()
        cluster.start(port)
        assert cluster.port == port
        assert sent() < VISITS
        expire_leases()
        swept(broker)
        wait_until(lambda: sent() == VISITS, worker.log)
    finally:
        worker.kill()
        broker.stop()
    assert uids(smtp).keys() == visits
    assert len({caught.raw for caught in smtp.caught}) == VISITS  # a repeat is the same octets
    assert len(smtp.caught) <= VISITS + 1  # and only what the server had while the database went


@pytest.mark.deep
@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_redis_emptied_midway(smtp: MailServer, lifeline: Lifeline, tmp_path: Path) -> None:
    broker = Broker(lifeline=lifeline, log=tmp_path / "redis.log")
    broker.start()
    worker = Celery(smtp, tmp_path / "worker.log", *WORKER, broker=broker.url)
    world = world_of(assemble())
    visits = booked(world)
    smtp.answer = lambda _: time.sleep(0.05)
    try:
        worker.start()
        swept(broker)
        wait_until(lambda: len(smtp.caught) >= VISITS // 4, worker.log)
        redis.Redis.from_url(broker.url).flushall()
        late = str(world.book(ahead=90 * DAY).uid)
        swept(broker)
        wait_until(lambda: sent() == VISITS + 1, worker.log)
    finally:
        worker.kill()
        broker.stop()
    assert uids(smtp) == dict.fromkeys({*visits, late}, 1)
