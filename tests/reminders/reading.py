"""A caught mail, taken apart by the standard library."""

from __future__ import annotations

import email
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from typing import Any


@dataclass(frozen=True)
class Mail:
    """What a reader's program would make of it."""

    raw: bytes
    headers: dict[str, str]
    subject: str
    sender: str
    recipient: str
    text: str
    html: str
    calendar: bytes
    kinds: list[str]
    methods: list[str]


def read_mail(raw: bytes) -> Mail:
    message = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    parts: list[Any] = [part for part in message.walk() if not part.is_multipart()]
    calendars = [part for part in parts if part.get_content_type() in {"text/calendar", "application/ics"}]
    octets = {part.get_payload(decode=True) for part in calendars}
    assert len(octets) <= 1
    plain, html = (
        next(part for part in parts if part.get_content_type() == kind) for kind in ("text/plain", "text/html")
    )
    return Mail(
        raw=raw,
        headers=dict(message.items()),
        subject=str(message["Subject"]),
        sender=message["From"].addresses[0].addr_spec,
        recipient=message["To"].addresses[0].addr_spec,
        text=plain.get_content().replace("\r\n", "\n"),
        html=html.get_content().replace("\r\n", "\n"),
        calendar=octets.pop() if octets else b"",
        kinds=[part.get_content_type() for part in parts],
        methods=[part.get_param("method") for part in calendars],
    )
