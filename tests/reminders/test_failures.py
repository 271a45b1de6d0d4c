"""A mail that does not go: tried again for a while, with an end that somebody sees."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from patients.models import WorklistItem
from reminders.models import Message
from reminders.rules import MOST_TRIES
from reminders.services import claim_due, derive_messages, send
from reminders.transport import NotDelivered
from scheduling.models import Appointment
from tests.reminders.mailserver import MailServer
from tests.reminders.world import (
    World,
    derive_and_send,
    make_due,
    send_all,
)

HOUR = timedelta(hours=1)


def visit_words(visit: Appointment) -> str:
    """As staff read it, by the 24-hour clock: Tue 1 Dec, 09:30; the year where it is not this one."""
    local, today = visit.unit.local(visit.starts_at), visit.unit.local_date(timezone.now())
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local:%a %-d %b}{year}, {local:%H:%M}"


def test_refused_address_fails_at_once_and_is_somebodys_task(world: World, smtp: MailServer) -> None:
    smtp.refuse_recipient = lambda _: "550 no such mailbox"
    visit = world.book()
    assert derive_and_send() == ["failed"]
    message = Message.objects.get(purpose="invite")
    assert (message.why, message.is_possibly_out) == ("The mail server refused the address (550).", False)
    item = WorklistItem.objects.get()
    assert (item.kind, item.title) == ("message_failed", "Not delivered: invite")
    assert f"visit of {visit_words(visit)}. " in item.detail
    world.cancel(visit)
    assert derive_and_send() == []  # nothing had arrived, so nothing is taken back


def test_refused_content_fails_at_once(world: World, smtp: MailServer) -> None:
    smtp.answer = lambda _: "554 no"
    world.book()
    assert derive_and_send() == ["failed"]
    assert Message.objects.get(purpose="invite").is_possibly_out is False


def test_passing_trouble_is_tried_again_later_with_growing_pauses(world: World, smtp: MailServer) -> None:
    smtp.answer = lambda _: "451 busy"
    world.book()
    derive_messages()
    pauses = []
    for _ in range(3):
        assert send_all() == ["pending"]
        message = Message.objects.get(purpose="invite")
        pauses.append(round((message.due_at - timezone.now()).total_seconds() / 60))
        make_due(purpose="invite")
    assert pauses == [1, 2, 5]
    smtp.answer = lambda _: None
    assert send_all() == ["sent"]
    assert (message.why, Message.objects.get(purpose="invite").why) == (
        "The mail server refused the message (451).",
        "",
    )


def test_tries_end_and_a_person_is_asked(world: World, smtp: MailServer) -> None:
    smtp.answer = lambda _: "451 busy"
    world.book()
    derive_messages()
    Message.objects.filter(purpose="invite").update(attempts=MOST_TRIES - 1)
    assert send_all() == ["failed"]
    assert WorklistItem.objects.get().kind == "message_failed"


def test_try_that_would_come_after_setting_out_is_given_up_at_once(world: World, smtp: MailServer) -> None:
    smtp.answer = lambda _: "451 busy"
    world.book(ahead=2 * HOUR + timedelta(seconds=30))
    assert derive_and_send() == ["failed"]


def test_worker_killed_at_every_try_ends_too(world: World, smtp: MailServer) -> None:
    world.book()
    derive_messages()
    Message.objects.filter(purpose="invite").update(attempts=MOST_TRIES)
    assert send_all() == ["failed"]
    assert smtp.caught == []


def test_server_down_puts_the_message_back_and_says_so(world: World, smtp: MailServer) -> None:
    world.book()
    derive_messages()
    smtp.stop()
    (claim,) = claim_due()
    with pytest.raises(NotDelivered) as failure:
        send(claim)
    assert failure.value.is_line_down
    message = Message.objects.get(purpose="invite")
    assert (message.state, message.why, message.is_possibly_out) == (
        "pending", "The mail server could not be reached.", False,
    )  # fmt: skip
    smtp.start()


def test_connection_dropped_in_the_middle_may_have_arrived_and_the_repeat_is_the_same(
    world: World, smtp: MailServer
) -> None:
    smtp.is_dropping_after_data = True
    world.book()
    assert derive_and_send() == ["pending"]
    message = Message.objects.get(purpose="invite")
    assert (message.is_possibly_out, message.why) == (True, "The connection to the mail server broke off.")
    smtp.is_dropping_after_data = False
    make_due(purpose="invite")
    assert send_all() == ["sent"]
    first, second = smtp.caught
    assert first.raw == second.raw
