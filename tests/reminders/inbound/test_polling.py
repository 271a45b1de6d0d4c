"""The mailbox of a real IMAP server: what is dealt with is put away, what fails is tried again, none stops another."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.utils import timezone

from patients.models import WorklistItem
from reminders.inbound import polling
from reminders.inbound.polling import forget_old_mail, mailbox_word, poll
from reminders.models import MailboxState, Reply
from tests.reminders.inbound.mailbox import ImapServer, cutting_line
from tests.reminders.inbound.mails import Said, outlook, written
from tests.reminders.world import World

pytestmark = pytest.mark.django_db


def outcomes() -> list[str]:
    return list(Reply.objects.order_by("pk").values_list("outcome", flat=True))


def test_without_a_mailbox_nothing_happens(settings: Any) -> None:
    settings.INBOUND_MAILBOX = None
    assert (poll(), mailbox_word(), MailboxState.objects.exists()) == (0, "off", False)


def test_22_one_look_deals_with_all_of_them_and_a_bad_one_stops_none(world: World, imap: ImapServer) -> None:
    visit = world.book()
    answer = outlook(Said(visit.uid, dtstamp=timezone.now().replace(microsecond=0)))
    imap.put(
        answer.replace(b"VEVENT", b"VJOURNAL"),
        written(world.patient.email, "x" * 3_000_000),
        answer,
        written("stranger@shop.example", "Buy"),
    )
    assert poll() == 4
    assert outcomes() == ["quarantined", "quarantined", "applied", "set_aside"]
    assert (imap.count(), imap.count("Handled"), imap.count("Quarantine")) == (0, 2, 2)
    assert Reply.objects.filter(why="It is too large.").get().text == ""
    assert mailbox_word() == "ok"
    assert poll() == 0


def test_a_look_that_died_before_putting_away_is_repeated_harmlessly(
    world: World, imap: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = world.book()
    imap.put(outlook(Said(visit.uid, dtstamp=timezone.now().replace(microsecond=0))))
    with monkeypatch.context() as dying:
        dying.setattr("reminders.inbound.mailbox.Mailbox.put_away", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            poll()
    assert (imap.count(), outcomes()) == (1, ["applied"])
    assert poll() == 1
    assert (imap.count(), outcomes(), visit.responses.count()) == (0, ["applied"], 1)


def test_where_the_database_does_not_answer_the_mail_stays(
    world: World, imap: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    imap.put(written(world.patient.email, "Hello"))
    with monkeypatch.context() as down:
        down.setattr("reminders.inbound.handling.writer_of", lambda *_: (_ for _ in ()).throw(OperationalError))
        with pytest.raises(OperationalError):
            poll()
    assert (imap.count(), outcomes()) == (1, [])
    assert (poll(), outcomes()) == (1, ["to_read"])


@pytest.mark.parametrize("fault", ["down", "password", "cut"])
def test_a_mailbox_that_fails_is_on_record_and_read_at_the_next_look(
    world: World, imap: ImapServer, settings: Any, fault: str
) -> None:
    imap.put(written(world.patient.email, "Hello"), written(world.patient.email, "Hello again, " + "y" * 3000))
    with cutting_line(imap.place.port, lambda octets: fault == "cut" and b"y" * 100 in octets) as port:
        settings.INBOUND_MAILBOX = {
            "down": replace(imap.place, port=1),
            "password": replace(imap.place, password="wrong"),
            "cut": replace(imap.place, port=port),
        }[fault]
        done = poll()
    words = {
        "down": "The mail server could not be reached.",
        "password": "The mail server refused the user or the password.",
        "cut": "The mail server broke off the connection.",
    }
    state = MailboxState.objects.get()
    assert (done, state.why, mailbox_word()) == (1 if fault == "cut" else 0, words[fault], "down")
    settings.INBOUND_MAILBOX = imap.place
    assert poll() == 2 - done
    assert (imap.count(), mailbox_word(), MailboxState.objects.get().why) == (0, "ok", "")


def test_health_says_how_the_mailbox_stands(imap: ImapServer, client: Any) -> None:
    cache.clear()
    assert client.get("/health/ready").json()["mailbox"] == "down"  # set, and never looked into
    poll()
    assert client.get("/health/ready").json()["mailbox"] == "ok"
    MailboxState.objects.update(polled_at=timezone.now() - timedelta(hours=1))
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["mailbox"]) == (200, "down")  # told, and decides nothing


def test_only_one_looks_at_a_time(imap: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []

    def look(_where: object) -> int:
        looked.append(1)
        from django.db import connection

        other = connection.copy()
        try:
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [polling._LOCK])
                assert cursor.fetchone() == (False,)
        finally:
            other.close()
        return 0

    monkeypatch.setattr(polling, "_look", look)
    assert (poll(), poll(), looked) == (0, 0, [1, 1])


def test_old_mail_is_forgotten_and_what_nobody_has_read_is_kept(world: World, imap: ImapServer, settings: Any) -> None:
    imap.put(written(world.patient.email, "I am away."))
    poll()
    settings.INBOUND_KEEP_DAYS = -2  # as if days had gone by
    assert forget_old_mail() == 1  # out of the mailbox
    assert (imap.count("Handled"), Reply.objects.get().text) == (0, "I am away.")
    WorklistItem.objects.update(done_at=timezone.now())
    forget_old_mail()
    assert Reply.objects.get().text == ""
