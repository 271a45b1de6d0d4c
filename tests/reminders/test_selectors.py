"""What staff read about messages, and that only the right staff do."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from reminders.models import Message
from reminders.selectors import messages_of_appointment, messages_of_patient, state_words
from reminders.services import derive_messages
from tests.cast import OURS, THEIRS
from tests.reminders.mailserver import MailServer
from tests.reminders.world import DAY, World, derive_and_send
from units.policy import POLICY, Act, Role

DAY_AND_TIME = r"on \w{3} \d+ \w{3} at \d\d:\d\d"


def test_lines_say_what_to_whom_when_and_why_not(world: World, smtp: MailServer) -> None:
    world.carer_too()
    visit = world.book(ahead=3 * DAY)
    derive_and_send()
    world.cancel(visit)
    derive_and_send()
    lines = messages_of_appointment(world.cast.actor("coordinator"), visit.public_id)
    assert [
        (line.what, line.recipient_name, line.is_to_carer, line.state) for line in lines if "Rem" not in line.what
    ] == [
        ("Invite", "Ines Fairweather", False, "sent"),
        ("Invite", "Noor Fairweather", True, "sent"),
        ("Cancellation", "Ines Fairweather", False, "sent"),
        ("Cancellation", "Noor Fairweather", True, "sent"),
    ]
    sent = lines[0]
    assert sent.state_words == f"Sent at {world.unit.local(sent.sent_at):%H:%M}"  # type: ignore[arg-type]
    assert (sent.channel, sent.address) == ("E-mail", "h100001@example.org")
    skipped = [line for line in lines if line.state == "skipped"]
    assert {(line.state_words, line.why_not) for line in skipped} == {("Not sent", "The visit was cancelled.")}
    assert [line.what for line in skipped][:1] == ["Reminder, 48 hours before"]
    assert len(messages_of_patient(world.cast.actor("coordinator"), world.patient.public_id)) == len(lines)


@pytest.mark.parametrize("who", [*OURS, *THEIRS, "loner"])
def test_only_our_staff_with_the_right_see_messages(world: World, who: str) -> None:
    visit = world.book()
    derive_messages()
    actor = world.cast.actor(who)
    may = who in OURS and Act.VIEW_MESSAGES in POLICY[Role(who)]
    assert bool(messages_of_appointment(actor, visit.public_id)) is may
    assert bool(messages_of_patient(actor, world.patient.public_id)) is may


def test_list_takes_the_same_queries_for_one_message_and_for_many(world: World, django_assert_num_queries: Any) -> None:
    actor = world.cast.actor("coordinator")
    world.book(ahead=5 * timedelta(hours=1))
    derive_messages()
    with django_assert_num_queries(2):
        assert len(messages_of_patient(actor, world.patient.public_id)) == 1
    for number in range(8):
        world.book(ahead=(10 + number) * DAY)
    derive_messages()
    with django_assert_num_queries(2):
        assert len(messages_of_patient(actor, world.patient.public_id)) == 33


@pytest.mark.parametrize(
    ("state", "attempts", "due_in", "words"),
    [
        ("pending", 0, timedelta(minutes=-1), "Waiting to be sent"),
        (
            "pending",
            2,
            timedelta(days=400),
            r"Not gone yet; tried again on \w{3} \d+ \w{3} at \d\d:\d\d \(2 of 10 tries\)",
        ),
        ("pending", 0, timedelta(days=400), r"Goes on \w{3} \d+ \w{3} at \d\d:\d\d"),
        ("sending", 1, timedelta(0), "Being sent"),
        ("failed", 1, timedelta(0), "Failed"),
        ("skipped", 1, timedelta(0), "Not sent"),
    ],
)
def test_state_is_told_in_words(world: World, state: str, attempts: int, due_in: timedelta, words: str) -> None:
    now = timezone.now()
    message = Message(state=state, attempts=attempts, due_at=now + due_in)
    assert re.fullmatch(words, state_words(message, world.unit, at=now))
