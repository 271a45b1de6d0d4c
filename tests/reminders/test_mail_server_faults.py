"""A mail server that is slow, choosy, or gone in the middle of a word: what is repeated, and at whose cost."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pytest_django import Settings

from reminders import transport
from reminders.models import Message
from reminders.services import derive_messages
from reminders.tasks import sweep
from tests.reminders.mailserver import MailServer
from tests.reminders.world import DAY, World, calendar_only, derive_and_send, make_due, send_all

ANSWERS = {b"EHLO": b"250 rude", b"MAIL": b"250 OK", b"RCPT": b"250 OK", b"NOOP": b"250 OK", b"DATA": b"354 go on"}


class Rude(socketserver.StreamRequestHandler):
    """Takes part of a mail, and hangs up in the middle of it."""

    def handle(self) -> None:
        self.wfile.write(b"220 rude\r\n")
        while verb := self.rfile.readline()[:4].upper():
            self.wfile.write(ANSWERS.get(verb, b"500 what") + b"\r\n")
            if verb == b"DATA":
                self.rfile.read(600)
                return


@contextmanager
def rude_server() -> Iterator[int]:
    """The port of a server that hangs up in the middle of each mail."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Rude) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def outcomes() -> list[tuple[str, int, bool]]:
    return list(
        Message.objects.filter(purpose="invite").order_by("pk").values_list("state", "attempts", "is_possibly_out")
    )


def test_connection_lost_in_the_middle_of_a_mail_repeats_the_same_octets_later(
    world: World, smtp: MailServer, settings: Settings
) -> None:
    world.book()
    with rude_server() as port:
        settings.EMAIL_PORT = port
        transport.hang_up()
        assert derive_and_send() == ["pending"]
    assert outcomes() == [("pending", 1, True)]  # how much of it the server kept, nobody knows
    settings.EMAIL_PORT = smtp.port
    world.patient.family_name = "Renamed"
    world.patient.save()
    make_due(purpose="invite")
    assert send_all() == ["sent"]
    (caught,) = smtp.caught
    assert b"Renamed" not in caught.raw


def test_server_too_slow_to_say_that_it_took_a_mail_gets_the_same_octets_again(
    world: World, smtp: MailServer, settings: Settings
) -> None:
    settings.EMAIL_TIMEOUT = 0.3
    smtp.hold("taken")
    world.book()
    assert derive_and_send() == ["pending"]
    assert outcomes() == [("pending", 1, True)]
    smtp.go_on()
    settings.EMAIL_TIMEOUT = 5
    make_due(purpose="invite")
    assert send_all() == ["sent"]
    assert len({caught.raw for caught in smtp.caught}) == 1


@pytest.mark.parametrize(("answer", "state"), [("450 4.2.1 later", "pending"), ("550 5.1.1 nobody", "failed")])
def test_one_refused_address_costs_nobody_else_anything(
    world: World, smtp: MailServer, answer: str, state: str
) -> None:
    carer = world.carer_too()
    smtp.refuse_recipient = lambda address: answer if address == carer.email else None
    visits = [world.book(ahead=(10 + n) * DAY) for n in range(3)]
    sweep()
    assert [calendar_only(visit) for visit in visits] == [
        [("patient", "invite", "sent"), ("carer", "invite", state)]
    ] * 3
    assert (len(smtp.caught), smtp.sessions) == (3, 1)


def test_server_that_says_goodbye_after_some_mails_gets_the_rest_on_a_new_connection(
    world: World, smtp: MailServer
) -> None:
    seen: list[str] = []

    def goodbye_at_every_third(address: str) -> str | None:
        seen.append(address)
        return "421 4.7.0 too many mails" if len(seen) % 3 == 0 else None

    smtp.refuse_recipient = goodbye_at_every_third
    for n in range(5):
        world.book(ahead=(10 + n) * DAY)
    derive_messages()
    assert send_all() == ["sent"] * 5
    assert outcomes() == [("sent", 1, True)] * 5
    assert (len(smtp.caught), smtp.sessions) == (5, 3)


def test_server_that_hangs_up_after_each_mail_costs_no_try(world: World, smtp: MailServer) -> None:
    for n in range(3):
        world.book(ahead=(10 + n) * DAY)
    smtp.is_closing_afterwards = True
    derive_messages()
    assert send_all() == ["sent"] * 3
    assert outcomes() == [("sent", 1, True)] * 3
    assert (len(smtp.caught), smtp.sessions) == (3, 3)


def test_server_that_only_says_goodbye_is_left_alone_for_a_while(world: World, smtp: MailServer) -> None:
    smtp.refuse_recipient = lambda _: "421 4.3.2 closing"
    for n in range(3):
        world.book(ahead=(10 + n) * DAY)
    assert sweep() == 0
    assert outcomes() == [("pending", 1, False), ("pending", 0, False), ("pending", 0, False)]
    assert smtp.sessions == 2
