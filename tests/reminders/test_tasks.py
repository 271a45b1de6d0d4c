"""The tasks: nudged or swept, twice or late, with the broker up or down."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import pytest
from django.conf import settings
from django_celery_beat.models import PeriodicTask
from kombu.exceptions import OperationalError

from clinic.celery import app
from patients.models import WorklistItem
from reminders import tasks
from reminders.channels import mail
from reminders.models import Message
from reminders.services import derive_visit
from reminders.services.claiming import Claim
from reminders.services.composing import mail_of
from reminders.services.preparing import Outcome
from reminders.tasks import derive, send_due, sweep
from tests.reminders.mailserver import MailServer
from tests.reminders.world import DAY, World, calendar_only, told


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Countdowns of the sends that were put on the queue; nothing reaches a broker."""
    countdowns: list[float] = []
    monkeypatch.setattr(send_due, "apply_async", lambda *, countdown, **_: countdowns.append(countdown))
    return countdowns


def test_derive_makes_the_messages_and_asks_for_a_send_after_the_time_to_undo(
    world: World, published: list[float]
) -> None:
    world.unit.undo_seconds = 20
    world.unit.save()
    visit = world.book()
    derive([visit.events.get().pk])
    assert calendar_only(visit) == [("patient", "invite", "pending")]
    (countdown,) = published
    assert 19 < countdown <= 21


def test_derive_asks_for_no_send_far_ahead(world: World, published: list[float]) -> None:
    world.unit.undo_seconds = 3600
    world.unit.save()
    derive([world.book().events.get().pk])
    assert published == []


def test_derive_survives_a_broker_that_is_down(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise OperationalError("no broker")

    monkeypatch.setattr(send_due, "apply_async", refuse)
    visit = world.book()
    derive([visit.events.get().pk])
    assert calendar_only(visit) == [("patient", "invite", "pending")]


def test_derive_of_an_event_that_is_gone_or_done_does_nothing(world: World, published: list[float]) -> None:
    visit = world.book()
    event_id = visit.events.get().pk
    derive([event_id])
    derive([event_id])
    derive([event_id + 1000])
    assert len(told(visit)) == 4
    assert len(published) == 2  # the message still waits: asking for its send twice is harmless


def test_sweep_alone_finds_and_sends_what_no_nudge_announced(world: World, smtp: MailServer) -> None:
    visits = [world.book(ahead=(10 + number) * DAY) for number in range(3)]
    assert sweep() == 3
    assert [calendar_only(visit) for visit in visits] == [[("patient", "invite", "sent")]] * 3
    assert len(smtp.caught) == 3
    assert sweep() == 0


def test_visit_that_cannot_be_derived_stops_nobody_after_it(
    world: World, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = world.book(), world.book(ahead=20 * DAY)
    work = derive_visit

    def fail_for_one(appointment_id: int, *, is_waiting: bool) -> bool:
        if appointment_id == bad.pk:
            raise KeyError("a fault of ours")
        return work(appointment_id, is_waiting=is_waiting)

    monkeypatch.setattr(tasks, "derive_visit", fail_for_one)
    assert sweep() == 1
    assert calendar_only(good) == [("patient", "invite", "sent")]
    assert WorklistItem.objects.get().title == "Tell the patient of the change"
    monkeypatch.undo()


def test_message_that_cannot_be_worked_stops_nobody_after_it(
    world: World, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = world.book(), world.book(ahead=20 * DAY)
    render = mail_of

    def fail_for_one(message: Message) -> bytes:
        if message.appointment_id == bad.pk:
            raise KeyError("a fault of ours")
        return render(message)

    monkeypatch.setattr(mail, "mail_of", fail_for_one)
    assert sweep() == 1
    assert calendar_only(good) == [("patient", "invite", "sent")]
    message = Message.objects.get(appointment=bad, purpose="invite")
    assert (message.state, message.why, message.attempts) == (
        "pending",
        "It could not be worked. The log says more.",
        1,
    )


def test_server_down_stops_the_batch_and_costs_the_others_no_try(world: World, smtp: MailServer) -> None:
    for number in range(4):
        world.book(ahead=(10 + number) * DAY)
    smtp.stop()
    assert sweep() == 0
    rows = Message.objects.filter(purpose="invite").order_by("pk").values_list("state", "attempts")
    assert list(rows) == [("pending", 1), ("pending", 0), ("pending", 0), ("pending", 0)]
    smtp.start()
    Message.objects.filter(purpose="invite").update(
        due_at=world.unit.pk and Message.objects.earliest("created_at").created_at
    )
    assert sweep() == 4


def test_periodic_work_is_in_the_database_and_routed_to_the_mail_queue(world: World) -> None:
    row = PeriodicTask.objects.get(task="reminders.sweep")
    assert (row.interval.every, row.interval.period, row.queue, row.enabled) == (10, "seconds", "mail", True)
    assert {name for name in app.tasks if name.startswith("reminders.")} == {
        "reminders.derive",
        "reminders.forget_mail",
        "reminders.poll_mailbox",
        "reminders.poll_texts",
        "reminders.send_due",
        "reminders.sweep",
    }
    for task in ("reminders.poll_mailbox", "reminders.forget_mail"):
        assert PeriodicTask.objects.get(task=task).queue == "housekeeping"
    assert PeriodicTask.objects.get(task="scheduling.watch_answers").enabled
    assert settings.CELERY_TASK_ROUTES["reminders.*"] == {"queue": "mail"}


def test_look_that_grows_old_in_the_middle_of_a_batch_is_taken_again_for_the_rest_together(
    world: World, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits = [world.book(ahead=(10 + number) * DAY) for number in range(4)]
    looks: list[int] = []
    look = tasks.prepare_many

    def counted(claims: Sequence[Claim], known: Mapping[Claim, Outcome] | None = None) -> Mapping[Claim, Outcome]:
        looks.append(len(claims))
        return look(claims, known)

    monkeypatch.setattr(tasks, "prepare_many", counted)
    monkeypatch.setattr("reminders.services.sending.FRESH_S", 0.2)
    slow_at_the_second = iter([0.0, 0.3, 0.0, 0.0])
    smtp.answer = lambda _: time.sleep(next(slow_at_the_second))
    assert sweep() == 4
    assert looks == [4, 2]
    assert [calendar_only(visit) for visit in visits] == [[("patient", "invite", "sent")]] * 4
    assert len(smtp.caught) == 4
