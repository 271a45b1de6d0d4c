"""Mails as programs were seen to shape them, in our own words and of nobody real: answers, bounces, absences."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

OURS = "mx.clinic.example"
WRITTEN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Said:
    """What somebody answers, to be put into a program's shape."""

    uid: UUID | str
    address: str = "h100001@example.org"
    partstat: str = "ACCEPTED"
    sequence: int = 0
    dtstamp: datetime = WRITTEN
    from_address: str = ""
    dmarc: str = "pass"
    method: str = "REPLY"
    attendees: tuple[str, ...] = ()
    comment: str = ""

    @property
    def sender(self) -> str:
        return self.from_address or self.address

    @property
    def authentication(self) -> str:
        if not self.dmarc:
            return ""
        domain = self.sender.rpartition("@")[2]
        spf = f"spf=pass smtp.mailfrom={domain}"
        return f"Authentication-Results: {OURS}; {spf};\r\n dmarc={self.dmarc} (p=NONE) header.from={domain}\r\n"

    def but(self, **changes: object) -> Said:
        return replace(self, **changes)  # type: ignore[arg-type]


def calendar(said: Said, *, more: str = "", attendee: str = "", organizer: bool = True) -> str:
    """The calendar object; `attendee` are further parameters of it."""
    people = said.attendees or (said.address,)
    lines = [
        "BEGIN:VCALENDAR",
        f"METHOD:{said.method}",
        "PRODID:-//A calendar//EN",
        "VERSION:2.0",
        "BEGIN:VEVENT",
        *([f"COMMENT:{said.comment}"] if said.comment else []),
        *(f"ATTENDEE;{attendee}PARTSTAT={said.partstat}:mailto:{one}" for one in people),
        *(["ORGANIZER;CN=Harbour Day Unit:mailto:clinic@example.org"] if organizer else []),
        f"UID:{said.uid}",
        f"SEQUENCE:{said.sequence}",
        f"DTSTAMP:{said.dtstamp:%Y%m%dT%H%M%SZ}",
        *([more] if more else []),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(lines)


def _head(said: Said, subject: str, kind: str, more: str = "") -> str:
    return (
        f"{said.authentication}Received: from somewhere by {OURS}; Tue, 24 Nov 2026 09:00:00 +0000\r\n"
        f"From: Somebody <{said.sender}>\r\nTo: clinic@example.org\r\nSubject: {subject}\r\n"
        f"Message-ID: <{said.dtstamp.timestamp():.0f}.{said.sequence}.{said.partstat}@home.example>\r\n"
        f"{more}MIME-Version: 1.0\r\nContent-Type: {kind}\r\n"
    )


def _lines(octets: bytes) -> str:
    return octets.decode().replace("\r\n", "\n").replace("\n", "\r\n")


def outlook(said: Said) -> bytes:
    """Quoted-printable alternative, times in a Windows zone, properties of its own, no ORGANIZER (Outlook.com)."""
    zone = (
        "DTSTART;TZID=GMT Standard Time:20261204T093000\r\nDTEND;TZID=GMT Standard Time:20261204T130000\r\n"
        "PRIORITY:5\r\nX-MICROSOFT-CDO-APPT-SEQUENCE:0\r\nX-MICROSOFT-DISALLOW-COUNTER:FALSE"
    )
    body = _lines(quopri.encodestring(calendar(said, more=zone, organizer=False).encode()))
    return (
        _head(said, "Accepted: Hospital appointment", 'multipart/alternative;\r\n boundary="_000_out_"')
        + '\r\n--_000_out_\r\nContent-Type: text/plain; charset="us-ascii"\r\n\r\n\r\n'
        + '--_000_out_\r\nContent-Type: text/calendar; charset="utf-8"; method=REPLY\r\n'
        + f"Content-Transfer-Encoding: quoted-printable\r\n\r\n{body}\r\n--_000_out_--\r\n"
    ).encode()


def gmail(said: Said) -> bytes:
    """Nested: an alternative and the same object attached as invite.ics, base64; sent by a program for the person."""
    octets = calendar(said, attendee="CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;CN=Somebody;X-NUM-GUESTS=0;").encode()
    body = _lines(base64.encodebytes(octets))
    return (
        _head(
            said,
            "Accepted: Hospital appointment",
            'multipart/mixed; boundary="gm1"',
            "Auto-Submitted: auto-generated\r\n",
        )
        + '\r\n--gm1\r\nContent-Type: multipart/alternative; boundary="gm2"\r\n'
        + '\r\n--gm2\r\nContent-Type: text/plain; charset="UTF-8"; format=flowed\r\n\r\nSomebody has accepted.\r\n'
        + '--gm2\r\nContent-Type: text/html; charset="UTF-8"\r\n\r\n<p>Somebody has accepted.</p>\r\n'
        + '--gm2\r\nContent-Type: text/calendar; charset="UTF-8"; method=REPLY\r\n'
        + f"Content-Transfer-Encoding: base64\r\n\r\n{body}"
        + '--gm2--\r\n--gm1\r\nContent-Type: application/ics; name="invite.ics"\r\nContent-Disposition: attachment;'
        + f' filename="invite.ics"\r\nContent-Transfer-Encoding: base64\r\n\r\n{body}--gm1--\r\n'
    ).encode()


def apple(said: Said) -> bytes:
    """The object as an attachment with a file's name and a general type."""
    body = base64.encodebytes(calendar(said, attendee='CN="Somebody";CUTYPE=INDIVIDUAL;').encode()).decode()
    return (
        _head(said, "Somebody accepted", 'multipart/mixed; boundary="Apple-Mail=_1"')
        + "\r\n--Apple-Mail=_1\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nAccepted.\r\n"
        + '--Apple-Mail=_1\r\nContent-Disposition: attachment; filename="iCal-20261124.ics"\r\n'
        + 'Content-Type: application/octet-stream; name="iCal-20261124.ics"\r\n'
        + "Content-Transfer-Encoding: base64\r\n\r\n"
        + body.replace("\n", "\r\n")
        + "--Apple-Mail=_1--\r\n"
    ).encode()


def thunderbird(said: Said) -> bytes:
    """One part beside a text, in Latin-1, lines folded."""
    body = calendar(
        said, more="SUMMARY:Rendez-vous \u00e0 l'h\u00f4pital", attendee="CN=Somebody With A Rather Long\r\n  Name;"
    )
    return (
        _head(said, "Event Invitation Reply (Accepted)", "multipart/mixed; boundary=tb")
        + "\r\n--tb\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nAccepted\r\n"
        + "--tb\r\nContent-Type: text/calendar; method=REPLY; charset=iso-8859-1\r\n"
        + f"Content-Transfer-Encoding: 8bit\r\n\r\n{body}"
        + "--tb--\r\n"
    ).encode("latin-1")


PROGRAMS: tuple[Callable[[Said], bytes], ...] = (outlook, gmail, apple, thunderbird)


def written(sender: str, text: str, *, more: str = "", authentication: str = "") -> bytes:
    """A mail in somebody's own words."""
    return (
        f"{authentication}From: {sender}\r\nTo: clinic@example.org\r\nSubject: Re: Your hospital appointment\r\n"
        f"Message-ID: <{abs(hash(text))}@home.example>\r\n{more}"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    ).encode()


def bounce(
    message_id: str, recipient: str, *, action: str = "failed", status: str = "5.1.1", original: str = ""
) -> bytes:
    """A delivery status notification with the header of the mail that it is about."""
    return (
        f"From: Mail Delivery System <MAILER-DAEMON@{OURS}>\r\nTo: clinic@example.org\r\nSubject: Undelivered\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="dsn"\r\n\r\n'
        "--dsn\r\nContent-Type: text/plain\r\n\r\nI am sorry.\r\n"
        f"--dsn\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; {OURS}\r\n\r\n"
        f"{f'Original-Recipient: rfc822;{original}' + chr(13) + chr(10) if original else ''}"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        f"--dsn\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\nSubject: x\r\n\r\n--dsn--\r\n"
    ).encode()
