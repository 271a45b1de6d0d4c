"""Due messages leave once, in order, and as the same octets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from patients.models import Patient
from reminders.ical import read_invite
from reminders.models import Message
from reminders.services import claim_due, derive_messages, put_back, release, send
from reminders.services.claiming import CLAIM, LEASE
from reminders.services.preparing import prepare_many
from tests.reminders.mailserver import MailServer
from tests.reminders.world import (
    DAY,
    World,
    calendar_only,
    derive_and_send,
    die_while_sending,
    expire_leases,
    mails,
    make_due,
    send_all,
)
from units.models import Unit


def test_octets_sent_again_after_a_killed_worker_are_the_same(world: World, smtp: MailServer) -> None:
    world.book()
    derive_messages()
    (claim,) = claim_due()
    ready = die_while_sending(claim)
    assert claim_due() == []  # leased: nobody else may have it
    expire_leases()
    Unit.objects.update(site_name="Moved Hospital", address="Elsewhere", phone="+441632960999", what_to_bring="Else")
    world.patient.family_name = "Renamed"
    world.patient.save()
    assert send_all() == ["sent"]
    assert smtp.caught[0].raw == ready.raw


def test_worker_that_comes_back_late_can_neither_send_nor_mark(world: World, smtp: MailServer) -> None:
    world.book()
    derive_messages()
    (late,) = claim_due()
    expire_leases()
    (current,) = claim_due()
    assert send(late) is None
    assert put_back(late, why="late") is None
    assert smtp.caught == []
    assert send(current) == "sent"
    assert send(late) is None
    assert len(smtp.caught) == 1


def test_message_is_claimed_by_one_of_two_workers(world: World) -> None:
    for number in range(4):
        world.book(ahead=(10 + number) * DAY)
    derive_messages()
    first, second = claim_due(limit=3), claim_due(limit=3)
    assert (len(first), len(second)) == (3, 1)
    assert not {claim.message_id for claim in first} & {claim.message_id for claim in second}


def test_released_claim_costs_no_try_and_waits(world: World) -> None:
    world.book()
    derive_messages()
    claims = claim_due()
    release(claims, after=timedelta(minutes=1))
    message = Message.objects.get(purpose="invite")
    assert (message.state, message.attempts) == ("pending", 0)
    assert claim_due() == []
    make_due(purpose="invite")
    assert len(claim_due()) == 1


def test_one_connection_carries_many_mails(world: World, smtp: MailServer) -> None:
    for number in range(5):
        world.book(ahead=(10 + number) * DAY)
    assert derive_and_send() == ["sent"] * 5
    assert (len(smtp.caught), smtp.sessions) == (5, 1)


def test_cancellation_never_overtakes_its_request(world: World, smtp: MailServer) -> None:
    visit = world.book()
    smtp.answer = lambda _: "451 try later"
    derive_and_send()
    world.move(visit, DAY)
    derive_messages()
    smtp.answer = lambda _: None
    assert calendar_only(visit) == [("patient", "invite", "skipped"), ("patient", "invite", "pending")]
    assert send_all() == ["sent"]
    world.cancel(visit)
    derive_messages()
    assert send_all() == ["sent"]
    assert [read_invite(mail.calendar).sequence for mail in mails(smtp)] == [1, 2]


def test_update_waits_while_the_invite_is_on_its_way(world: World, smtp: MailServer) -> None:
    visit = world.book()
    derive_messages()
    (invite,) = claim_due()
    die_while_sending(invite)
    world.move(visit, DAY)
    derive_messages()
    assert calendar_only(visit) == [("patient", "invite", "sending"), ("patient", "update", "pending")]
    assert claim_due() == []
    expire_leases()
    assert send_all() == ["skipped", "sent"]
    assert calendar_only(visit) == [("patient", "invite", "skipped"), ("patient", "update", "sent")]


def test_one_readers_trouble_does_not_hold_up_the_other(world: World, smtp: MailServer) -> None:
    world.carer_too()
    visit = world.book()
    smtp.refuse_recipient = lambda address: "451 later" if address.startswith("carer") else None
    derive_and_send()
    world.cancel(visit)
    derive_and_send()
    assert calendar_only(visit) == [
        ("patient", "invite", "sent"),
        ("carer", "invite", "skipped"),
        ("patient", "cancel", "sent"),
    ]


def test_lease_is_renewed_just_before_sending(world: World) -> None:
    world.book()
    derive_messages()
    (claim,) = claim_due(lease=timedelta(seconds=5))
    die_while_sending(claim)
    left = Message.objects.get(purpose="invite").lease_until - timezone.now()  # type: ignore[operator]
    assert LEASE - timedelta(seconds=5) < left <= LEASE


def test_many_are_prepared_together_in_a_fixed_number_of_queries(
    world: World, smtp: MailServer, django_assert_num_queries: Any
) -> None:
    world.carer_too()
    for number in range(8):
        world.book(ahead=(10 + number) * DAY)
    derive_messages()
    Message.objects.filter(purpose="invite").update(text=None)
    claims = claim_due(limit=16)
    assert len(claims) == 16
    # Savepoint and release, visits, messages, flags, the patients' text, the carers', links read, made and read; one
    # write for all that are new.
    with django_assert_num_queries(10 + 1):
        prepared = prepare_many(claims)
    assert [send(claim, prepared) for claim in claims] == ["sent"] * 16


def test_visit_changed_between_the_common_look_and_the_sending_is_looked_at_again(
    world: World, smtp: MailServer
) -> None:
    moved, stands = world.book(), world.book(ahead=20 * DAY)
    derive_messages()
    claims = claim_due()
    prepared = prepare_many(claims)
    world.move(moved, DAY)
    assert [send(claim, prepared) for claim in claims] == ["skipped", "sent"]
    assert calendar_only(stands) == [("patient", "invite", "sent")]


def test_look_that_has_grown_old_is_taken_again(
    world: World, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.book()
    derive_messages()
    claims = claim_due()
    prepared = prepare_many(claims)
    Patient.objects.filter(pk=world.patient.pk).update(deceased_at=timezone.now())  # changes no visit
    monkeypatch.setattr("reminders.services.sending.FRESH_S", 0.0)
    assert [send(claim, prepared) for claim in claims] == ["skipped"]
    assert smtp.caught == []


def test_claim_reads_the_due_messages_only_among_many_future_ones(world: World) -> None:
    world.book()
    derive_messages()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO reminders_message (
                public_id, purpose_key, uid, recipient, purpose, state, due_at, event_id, appointment_id, patient_id,
                channel, recipient_name, address, language, ical_sequence, dtstamp, subject, body_text, facts,
                is_large_print, mime_message_id, why, attempts, is_possibly_out, created_at
            )
            SELECT gen_random_uuid(), 'future-' || n, gen_random_uuid(), recipient, 'reminder_7d', 'pending',
                now() + interval '1 day' + n * interval '1 minute', event_id, appointment_id, patient_id,
                channel, recipient_name, address, language, ical_sequence, dtstamp, subject, body_text, facts,
                is_large_print, mime_message_id, why, 0, false, now()
            FROM (SELECT * FROM reminders_message LIMIT 1) one, generate_series(1, 10000) n
            """
        )
        cursor.execute("ANALYZE reminders_message")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {CLAIM}", {"lease_s": 60, "limit": 20})
        (plan,) = cursor.fetchone()
    scans = [node for node in nodes_of(plan[0]["Plan"]) if node.get("Relation Name") == "reminders_message"]
    read = sum((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in scans)
    assert read < 20
    assert "message_due" in {node.get("Index Name") for node in scans}


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes_of(child)
