"""Workers beside each other on real PostgreSQL: each message once, and never one that was undone meanwhile.

Each race has a control in which the test takes the guard away and the fault is seen.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from reminders.models import Message
from reminders.services import claim_due, claiming, derive_messages, deriving, send
from scheduling.models import Appointment, AppointmentEvent
from tests.cast import assemble
from tests.reminders.mailserver import MailServer
from tests.reminders.world import DAY, World, calendar_only, world_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


@pytest.fixture
def world(transactional_db: None) -> World:
    """The cast's unit, committed."""
    return world_of(assemble())


def at_once(count: int, work: Callable[[], Any]) -> list[Any]:
    """The work done by so many threads that start together, each on a connection of its own."""
    barrier = threading.Barrier(count)
    results: list[Any] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            barrier.wait()
            results.append(work())
        except BaseException as failure:  # noqa: BLE001  raised again in the test's own thread
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    if failures:
        raise failures[0]
    return results


def claim_everything() -> list[int]:
    mine = []
    while claims := claim_due(limit=3):
        mine += [claim.message_id for claim in claims]
    return mine


def most_often(results: list[list[int]]) -> int:
    return max(Counter(key for keys in results for key in keys).values())


def book_many(world: World, count: int) -> None:
    for number in range(count):
        world.book(ahead=(10 + number) * DAY)
    derive_messages()


def test_eight_workers_claim_each_message_once(world: World) -> None:
    book_many(world, 30)
    results = at_once(8, claim_everything)
    assert sum(len(keys) for keys in results) == 30
    assert most_often(results) == 1


def test_control_without_the_row_lock_two_workers_claim_the_same(world: World) -> None:
    book_many(world, 30)
    question = claiming.CLAIM[claiming.CLAIM.index("SELECT due.id") : claiming.CLAIM.index("FOR UPDATE SKIP LOCKED")]
    both_have_read = threading.Barrier(2)

    def read_then_write() -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(question, {"limit": 3})
            keys = [row[0] for row in cursor.fetchall()]
            both_have_read.wait(timeout=10)
            cursor.execute("UPDATE reminders_message SET attempts = attempts + 1 WHERE id = ANY(%s)", [keys])
        return keys

    assert most_often(at_once(2, read_then_write)) == 2


def test_eight_workers_derive_a_visit_once(world: World) -> None:
    visit = world.book()
    event_id = visit.events.get().pk
    results = at_once(8, lambda: derive_messages([event_id]))
    assert sorted(results) == [0] * 7 + [1]
    assert calendar_only(visit) == [("patient", "invite", "pending")]
    assert Message.objects.count() == 4


def test_control_without_lock_and_key_workers_derive_a_visit_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = world.book()
    event_id = visit.events.get().pk
    meet = threading.Barrier(2)
    agree = deriving._agree

    def meet_first(appointment: Appointment, event: AppointmentEvent, **more: Any) -> None:
        meet.wait(timeout=5)
        agree(appointment, event, **more)

    def unlocked(self: Any, **_: object) -> Any:
        return self

    monkeypatch.setattr(deriving, "_agree", meet_first)
    monkeypatch.setattr("django.db.models.query.QuerySet.select_for_update", unlocked)
    with dropped("reminders_message", "purpose_key"):
        at_once(2, lambda: derive_messages([event_id]))
        assert calendar_only(visit) == [("patient", "invite", "pending")] * 2
        Message.objects.all().delete()


@contextmanager
def dropped(table: str, column: str) -> Iterator[None]:
    """The column's unique constraint is gone inside."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass "
            "AND contype = 'u' AND pg_get_constraintdef(oid) = %s",
            [table, f"UNIQUE ({column})"],
        )
        name, definition = cursor.fetchone()
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


def test_undo_in_progress_is_waited_for_and_nothing_leaves(world: World, smtp: MailServer) -> None:
    visit = world.book()
    derive_messages()
    (claim,) = claim_due()
    states: list[str | None] = []

    def work() -> None:
        try:
            states.append(send(claim))
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    with transaction.atomic():
        locked = Appointment.objects.select_for_update().get(pk=visit.pk)
        worker.start()
        worker.join(timeout=0.5)
        assert worker.is_alive()  # it waits for the undo's outcome
        world.undo(locked)
    worker.join(timeout=10)
    assert states == ["skipped"]
    assert smtp.caught == []


def test_no_row_is_locked_while_the_mail_server_is_slow(world: World, smtp: MailServer) -> None:
    visit = world.book()
    derive_messages()
    smtp.hold("taken")

    def work() -> None:
        send(claim_due()[0])
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    assert smtp.is_holding.wait(timeout=10)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '200ms'")
        cursor.execute("SELECT 1 FROM scheduling_appointment WHERE id = %s FOR UPDATE", [visit.pk])
        cursor.execute("SELECT 1 FROM reminders_message WHERE appointment_id = %s FOR UPDATE", [visit.pk])
        # Of this database: another test process may stand in a transaction of its own.
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"
        )
        assert cursor.fetchone() == (0,)
    smtp.go_on()
    worker.join(timeout=10)
    assert calendar_only(visit) == [("patient", "invite", "sent")]


def test_workers_sending_while_visits_change_never_send_what_is_stale(world: World, smtp: MailServer) -> None:
    visits = [world.book(ahead=(10 + number) * DAY) for number in range(12)]
    stop = threading.Event()

    def worker() -> None:
        while not stop.is_set():
            derive_messages()
            for claim in claim_due(limit=2):
                send(claim)

    def locked(visit: Appointment) -> Appointment:
        return Appointment.objects.select_for_update(of=("self",)).select_related("unit", "patient").get(pk=visit.pk)

    def clerk() -> None:
        for hours in (1, 2, 3):
            for visit in visits:
                with transaction.atomic():
                    world.move(locked(visit), timedelta(hours=hours))
        for visit in visits:
            with transaction.atomic():
                world.cancel(locked(visit))
        stop.set()

    roles = iter([clerk, worker, worker])

    def take_a_role() -> None:
        next(roles)()

    at_once(3, take_a_role)
    derive_messages()
    while claims := claim_due():
        for claim in claims:
            send(claim)
    waiting = Message.objects.filter(state__in=["pending", "sending"])
    assert not waiting.filter(purpose__in=["invite", "update", "cancel"]).exists()
    for visit in visits:
        out = Message.objects.filter(appointment=visit, state="sent").order_by("sent_at")
        sequences = list(out.values_list("ical_sequence", flat=True))
        assert sequences == sorted(sequences)
        assert len(set(sequences)) == len(sequences)
        if sequences:
            assert out.last().purpose == "cancel"
