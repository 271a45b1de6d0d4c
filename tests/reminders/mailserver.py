"""A real SMTP server in this process that keeps what it is given, octet for octet, and can misbehave on request."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

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
    pause_s: float = 0
    is_dropping_after_data: bool = False

    def __post_init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop(no_assert=True)

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
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw: Any = envelope.original_content or b""
        mail = Caught(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw)
        if self.pause_s:
            await asyncio.sleep(self.pause_s)
        if answer := self.answer(mail):
            return answer
        self.caught.append(mail)
        if self.is_dropping_after_data:
            # Taken, but the client never learns of it: the one case in which a mail is sent twice.
            server.transport.abort()
        return "250 OK"
