"""A real SMTP server in this process that keeps what it is given, octet for octet, and can misbehave on request."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True)
class Caught:
    """One mail as it arrived."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes


@dataclass
class MailServer:
    """Listens on a free port of 127.0.0.1. `answer` is asked after each DATA; None accepts."""

    caught: list[Caught] = field(default_factory=list)
    answer: Callable[[Caught], str | None] = lambda _: None
    refuse_recipient: Callable[[str], str | None] = lambda _: None
    sessions: int = 0
    is_dropping_after_data: bool = False
    is_closing_afterwards: bool = False
    # Where a client is made to wait, so that a test can do something meanwhile: "recipient" or "taken".
    holds_at: str = ""
    is_holding: threading.Event = field(default_factory=threading.Event)
    may_go_on: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])

    def start(self) -> None:
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop(no_assert=True)

    def hold(self, at: str) -> None:
        """The next client waits there until `go_on`."""
        self.is_holding.clear()
        self.may_go_on.clear()
        self.holds_at = at

    def go_on(self) -> None:
        self.holds_at = ""
        self.may_go_on.set()

    async def _pass(self, point: str) -> None:
        if self.holds_at == point:
            self.is_holding.set()
            while not self.may_go_on.is_set():
                await asyncio.sleep(0.02)

    async def handle_EHLO(  # noqa: N802  aiosmtpd looks the handlers up by these names
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.sessions += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if refusal := self.refuse_recipient(address):
            return refusal
        await self._pass("recipient")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw: Any = envelope.original_content or b""
        mail = Caught(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw)
        if answer := self.answer(mail):
            return answer
        self.caught.append(mail)
        await self._pass("taken")
        if self.is_dropping_after_data:
            # Taken, but the client never learns of it: the one case in which a mail is sent twice.
            cast("asyncio.Transport", server.transport).abort()
        if self.is_closing_afterwards:
            # When the answer is out; the client learns of it by looking, or from its next mail.
            asyncio.get_running_loop().call_later(0.005, cast("asyncio.Transport", server.transport).close)
        return "250 OK"
