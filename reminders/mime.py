"""The mail itself, as bytes. What goes in decides every octet: no clock, no random boundary, no host name.

The order of the parts is what mail clients were seen to need: the calendar part as an alternative shows the buttons,
the attachment serves the clients that look only there, and both carry the same method. The octets are put together
here and not by the standard library's generator, which is ten times slower and folds differently from one Python to
the next: a mail repeated after an upgrade would no longer be the same mail.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from typing import Any

from django.core.mail import EmailMessage

from reminders.ical.checking import check_invite
from reminders.ical.cleaning import clean_line
from reminders.ical.visit import Organizer, Recipient

CRLF = b"\r\n"
# A display name is decoration; a line of a header should stay under 78 characters (RFC 5322, 2.1.1).
LONGEST_NAME = 60
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")


@dataclass(frozen=True, slots=True)
class Calendar:
    """The calendar object of an invite, update or cancellation, with the METHOD that stands in it."""

    method: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one person. Without a calendar it is a reminder, and says that a machine sent it."""

    sender: Organizer
    recipient: Recipient
    subject: str
    text: str
    html: str
    message_id: str
    dated_at: datetime
    calendar: Calendar | None = None


def render(letter: Letter) -> bytes:
    """The mail's octets, CRLF throughout. The same letter always gives the same octets.

    Raises: BrokenCalendar where the calendar object is not fit to be sent, whoever built it.
    """
    bodies = [_text_part("plain", letter.text), _text_part("html", letter.html)]
    if letter.calendar is None:
        content = _multipart("alternative", letter.message_id, bodies)
    else:
        check_invite(
            letter.calendar.raw,
            method=letter.calendar.method,
            organizer=letter.sender.address,
            attendee=letter.recipient.address,
        )
        calendar, attachment = _calendar_part(letter.calendar), _attachment_part(letter.calendar)
        alternative = _multipart("alternative", letter.message_id, [*bodies, calendar])
        content = _multipart("mixed", letter.message_id, [alternative, attachment])
    return _headers(letter) + content


class RenderedMail(EmailMessage):
    """Octets already rendered, in the shape that Django's mail backends send."""

    def __init__(self, raw: bytes, *, sender: str, recipient: str, connection: Any = None) -> None:
        super().__init__(from_email=sender, to=[recipient], connection=connection)
        self.raw = raw

    def message(self) -> Any:  # type: ignore[override]
        """What the backend asks for its bytes; it gets those rendered, and no others."""
        return _Rendered(self.raw)


class _Rendered:
    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def as_bytes(self, unixfrom: bool = False, linesep: str = "\r\n") -> bytes:
        """The octets with the line ends asked for; SMTP asks for those they have."""
        return self.raw if linesep == "\r\n" else self.raw.replace(CRLF, linesep.encode())


def _headers(letter: Letter) -> bytes:
    headers = [
        ("From", _mailbox(letter.sender.name, letter.sender.address)),
        ("To", _mailbox(letter.recipient.name, letter.recipient.address)),
        ("Subject", _words(clean_line(letter.subject))),
        ("Date", format_datetime(letter.dated_at)),
        ("Message-ID", letter.message_id),
        ("MIME-Version", "1.0"),
    ]
    if letter.calendar is None:
        # Never on an invite: some servers silently drop a REQUEST that calls itself automatic.
        headers.append(("Auto-Submitted", "auto-generated"))
    return b"".join(f"{name}: {value}".encode("ascii") + CRLF for name, value in headers)


def _words(text: str) -> str:
    """Text in a header: as it is where ASCII, else encoded words (RFC 2047), folded.

    What only looks like an encoded word is encoded too, or a reader would decode it.
    """
    if _is_plain(text):
        return text
    return Header(text, "utf-8", header_name="Subject").encode(linesep="\r\n")


def _mailbox(name: str, address: str) -> str:
    """`name <address>`. The name was cleaned of quotes and backslashes, so that quoting it is enough."""
    shown = clean_line(name, longest=LONGEST_NAME)
    if not shown:
        return address
    if _is_plain(shown) and not _ATOMS.fullmatch(shown):
        shown = f'"{shown}"'
    return f"{_words(shown)} <{address}>"


def _is_plain(text: str) -> bool:
    return text.isascii() and "=?" not in text


def _text_part(subtype: str, text: str) -> bytes:
    """Quoted-printable: readable in the raw mail, and no line is too long for any server."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
    encoded = binascii.b2a_qp(lines.encode("utf-8", "replace"), quotetabs=False, istext=True)
    return _part([f"Content-Type: text/{subtype}; charset=utf-8"], "quoted-printable", encoded.replace(b"\n", CRLF))


def _calendar_part(calendar: Calendar) -> bytes:
    return _base64_part([f"Content-Type: text/calendar; method={calendar.method}; charset=utf-8"], calendar.raw)


def _attachment_part(calendar: Calendar) -> bytes:
    headers = [
        f'Content-Type: application/ics; method={calendar.method}; name="invite.ics"',
        'Content-Disposition: attachment; filename="invite.ics"',
    ]
    return _base64_part(headers, calendar.raw)


def _base64_part(headers: list[str], raw: bytes) -> bytes:
    """Base64, so that no gateway on the way wraps or trims a line."""
    return _part(headers, "base64", base64.encodebytes(raw).replace(b"\n", CRLF))


def _part(headers: list[str], encoding: str, content: bytes) -> bytes:
    head = "\r\n".join([*headers, f"Content-Transfer-Encoding: {encoding}"])
    return head.encode("ascii") + CRLF + CRLF + content


def _multipart(subtype: str, message_id: str, parts: Sequence[bytes]) -> bytes:
    """The parts between boundaries that no text can forge: neither encoding in use can contain "=_"."""
    boundary = "=_" + hashlib.sha256(f"{subtype}:{message_id}".encode()).hexdigest()[:24]
    delimiter = b"--" + boundary.encode("ascii")
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"'.encode("ascii") + CRLF + CRLF
    # The line end before a delimiter belongs to the delimiter (RFC 2046, 5.1.1): each part keeps its own last one.
    return head + b"".join(delimiter + CRLF + part + CRLF for part in parts) + delimiter + b"--" + CRLF
