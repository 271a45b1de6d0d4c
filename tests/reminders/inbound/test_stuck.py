"""A mail that the mail server never hands over holds up no other; folders lie where the server wants them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest

from patients.models import WorklistItem
from reminders.inbound.mailbox import Mailbox, MailRefused
from reminders.inbound.polling import mailbox_word, poll
from reminders.inbound.stuck import AGAIN_AFTER, MOST_TRIES
from reminders.models import MailboxState, Reply, StuckMail
from tests.reminders.inbound.mailbox import ImapServer, cutting_line, imap_server, meddling_line
from tests.reminders.inbound.mails import written
from tests.reminders.world import World

pytestmark = pytest.mark.django_db
POISON = b"y" * 100


Through = Callable[[AbstractContextManager[int]], Any]


@pytest.fixture
def through(imap: ImapServer, settings: Any) -> Iterator[Through]:
    """The clinic's mailbox is reached by that line."""
    opened = []

    def reach(line: AbstractContextManager[int]) -> None:
        settings.INBOUND_MAILBOX = replace(imap.place, port=line.__enter__())
        opened.append(line)

    yield reach
    for line in opened:
        line.__exit__(None, None, None)


def open_tasks() -> list[tuple[str, bool]]:
    items = WorklistItem.objects.filter(done_at__isnull=True).order_by("pk")
    return [(item.title, item.patient_id is not None) for item in items]


def test_mail_at_which_the_line_breaks_comes_last_and_at_the_third_try_by_its_header(
    world: World, imap: ImapServer, through: Through
) -> None:
    bad = written(world.patient.email, "Hello, " + POISON.decode() * 30)
    imap.put(bad, written("stranger@shop.example", "Buy"), written("stranger@shop.example", "Buy more"))
    through(cutting_line(imap.place.port, lambda octets: POISON in octets))
    assert (poll(), poll(), imap.count()) == (0, 2, 1)
    assert (StuckMail.objects.get().tries, open_tasks()) == (2, [])
    assert poll() == 1
    assert (imap.count(), imap.count("Quarantine"), StuckMail.objects.count()) == (0, 1, 0)
    assert Reply.objects.get(outcome="quarantined").why == "The mail server does not hand it over."
    assert open_tasks() == [("Ring: their e-mail could not be read", True)]


def test_mail_that_cannot_be_fetched_at_all_is_stepped_over_and_somebody_looks(
    world: World, imap: ImapServer, through: Through, settings: Any
) -> None:
    bad = b"X-Filler: " + POISON + b"\r\n" + written(world.patient.email, "Hello")
    imap.put(bad, written("stranger@shop.example", "Buy"))
    through(cutting_line(imap.place.port, lambda octets: POISON in octets))
    assert [poll() for _ in range(MOST_TRIES)] == [0, 1, 0]
    asked = ("Look into the mailbox: a mail cannot be read", False)
    assert set(open_tasks()) == {asked}
    assert (poll(), mailbox_word(), MailboxState.objects.get().waiting) == (0, "ok", 0)
    imap.put(written("stranger@shop.example", "Buy more"))
    assert (poll(), StuckMail.objects.get().tries, imap.count()) == (1, MOST_TRIES, 1)
    # A day later the server is well again.
    settings.INBOUND_MAILBOX = imap.place
    one = StuckMail.objects.get()
    StuckMail.objects.update(tried_at=one.tried_at - AGAIN_AFTER)
    assert (poll(), imap.count(), StuckMail.objects.exists()) == (1, 0, False)
    assert Reply.objects.filter(patient=world.patient, outcome="to_read").exists()


def test_mail_that_the_server_refuses_is_counted_too_and_the_look_goes_on(
    imap: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    imap.put(written("stranger@shop.example", "Buy"), written("stranger@shop.example", "Buy more"))
    fetch = Mailbox.fetch
    refused: list[str] = []

    def refuse_the_first(self: Mailbox, uid: str, **how: bool) -> bytes:
        refused[:] = refused or [uid]
        if uid == refused[0]:
            raise MailRefused
        return fetch(self, uid, **how)

    monkeypatch.setattr(Mailbox, "fetch", refuse_the_first)
    assert (poll(), poll(), poll(), imap.count(), mailbox_word()) == (1, 0, 0, 1, "ok")
    assert StuckMail.objects.get().tries == MOST_TRIES


def namespace_told(octets: bytes) -> bytes:
    tag, _, rest = octets.partition(b" ")
    is_asked = rest.upper().startswith(b"NAMESPACE")
    return b'* NAMESPACE (("INBOX." ".")) NIL NIL\r\n' + tag + b" OK done\r\n" if is_asked else b""


def create_refused(octets: bytes) -> bytes:
    tag, _, rest = octets.partition(b" ")
    is_outside = rest.upper().startswith(b"CREATE") and b"INBOX" not in rest
    return tag + b" NO all folders lie below INBOX\r\n" if is_outside else b""


def offering_namespaces(octets: bytes) -> bytes:
    return octets.replace(b"CAPABILITY IMAP4rev1", b"CAPABILITY IMAP4rev1 NAMESPACE")


@pytest.mark.parametrize(
    ("line", "folder"),
    [
        ({"says": offering_namespaces, "answers": namespace_told}, "INBOX.Handled"),
        ({"answers": create_refused}, "INBOX/Handled"),
    ],
    ids=["told", "by trying"],
)
def test_folders_lie_below_the_inbox_where_the_server_wants_them_there(
    one_server: ImapServer, settings: Any, line: dict[str, Any], folder: str
) -> None:
    with imap_server() as fresh, meddling_line(fresh.place.port, **line) as port:
        settings.INBOUND_MAILBOX = replace(fresh.place, port=port)
        fresh.empty()
        fresh.put(written("stranger@shop.example", "Buy"))
        assert poll() == 1
        assert (fresh.count(), fresh.count(folder)) == (0, 1)
