"""The way out: one SMTP connection a process, through Django's mail backend, opened when needed and again when lost."""

from __future__ import annotations

import os
import select
import smtplib
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from django.core.mail import get_connection

from reminders.mime import RenderedMail

# A server hangs up on an idle client after minutes; asking first costs one round trip, losing the mail a retry.
IDLE_S = 5.0
# "Service not available, closing transmission channel" (RFC 5321, 4.2.3), about nobody's address and no message.
GOODBYE = 421


class NotDelivered(Exception):
    """The server did not take the mail. `words` is for staff and holds no address.

    `is_for_good`: trying again will not help. `is_certain`: no octet of it can have arrived. `is_line_down`: nobody's
    mail goes at the moment.
    """

    def __init__(
        self, words: str, *, is_for_good: bool = False, is_certain: bool = True, is_line_down: bool = False
    ) -> None:
        super().__init__(words)
        self.words = words
        self.is_for_good = is_for_good
        self.is_certain = is_certain
        self.is_line_down = is_line_down


class _Goodbye(NotDelivered):
    """The server ends the connection, and has not taken the mail."""


@dataclass
class _Line:
    backend: Any = None
    used_at: float = 0.0
    pid: int = field(default_factory=os.getpid)


_local = threading.local()


def deliver(raw: bytes, *, sender: str, recipient: str) -> None:
    """The server has taken the octets for the one recipient.

    Raises: NotDelivered. No database transaction may be open here: a slow server would hold its locks.
    """
    try:
        _hand_over(raw, sender=sender, recipient=recipient)
    except _Goodbye:
        # Some say goodbye after so many mails, and take the next ones on a new connection.
        _hand_over(raw, sender=sender, recipient=recipient)


def _hand_over(raw: bytes, *, sender: str, recipient: str) -> None:
    backend = _open_line()
    mail = RenderedMail(raw, sender=sender, recipient=recipient, connection=backend)
    try:
        taken = backend.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as error:
        code = next((code for code, _text in error.recipients.values()), 0)
        raise _refused("The mail server refused the address", code) from error
    except (smtplib.SMTPSenderRefused, smtplib.SMTPHeloError) as error:
        hang_up()
        said = _Goodbye if error.smtp_code == GOODBYE else NotDelivered
        raise said("The mail server refused us as the sender.", is_line_down=True) from error
    except smtplib.SMTPDataError as error:
        raise _refused("The mail server refused the message", error.smtp_code) from error
    except (smtplib.SMTPException, OSError) as error:
        hang_up()
        raise NotDelivered("The connection to the mail server broke off.", is_certain=False) from error
    if not taken:
        hang_up()
        raise NotDelivered("The mail server could not be reached.", is_line_down=True)
    _local.line.used_at = time.monotonic()


def hang_up() -> None:
    """No connection is kept; the next mail opens one."""
    line: _Line | None = getattr(_local, "line", None)
    _local.line = None
    if line is None or line.backend is None or line.pid != os.getpid():
        # A forked child must not say goodbye on its parent's connection.
        return
    try:
        line.backend.close()
    except (smtplib.SMTPException, OSError):
        line.backend.connection = None


def _open_line() -> Any:
    line: _Line | None = getattr(_local, "line", None)
    if line is not None and line.pid == os.getpid() and _is_alive(line):
        return line.backend
    hang_up()
    backend = get_connection()
    try:
        backend.open()
    except (smtplib.SMTPException, OSError) as error:
        raise NotDelivered("The mail server could not be reached.", is_line_down=True) from error
    _local.line = _Line(backend, time.monotonic())
    return backend


def _is_alive(line: _Line) -> bool:
    connection = getattr(line.backend, "connection", None)
    if connection is None or (sock := getattr(connection, "sock", None)) is None:
        # The backend of a development machine has no connection to lose.
        return not hasattr(line.backend, "connection")
    # A server that speaks unasked says goodbye; the next mail would be lost on it, for all we would know.
    if time.monotonic() - line.used_at < IDLE_S and not select.select([sock], [], [], 0)[0]:
        return True
    try:
        code, _text = connection.noop()
    except (smtplib.SMTPException, OSError):
        return False
    return bool(code == 250)


def _refused(words: str, code: int) -> NotDelivered:
    if code == GOODBYE:
        hang_up()
        return _Goodbye(f"The mail server broke off ({code}).", is_line_down=True)
    return NotDelivered(f"{words} ({code}).", is_for_good=500 <= code < 600)
