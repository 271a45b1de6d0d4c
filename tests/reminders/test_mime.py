"""The mail as octets: order of parts, agreement of methods, hostile headers, and a real server in between."""

import email
import re
from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import Any

import pytest
from django.core.mail import get_connection
from hypothesis import given

from reminders.ical import Organizer, Recipient, build_cancel, build_request, read_invite
from reminders.ical.cleaning import clean_line
from reminders.mime import Calendar, Letter, RenderedMail, render
from tests.reminders.ical.test_hostile import HOSTILE, every_example
from tests.reminders.ical.visits import ANN, DESCRIPTION, UNIT, cancelled, visit
from tests.reminders.mailserver import MailServer

REQUEST = Calendar("REQUEST", build_request(visit(), ANN, UNIT, description=DESCRIPTION))
CANCEL = Calendar("CANCEL", build_cancel(cancelled(), ANN, UNIT, description=DESCRIPTION))
LETTER = Letter(
    sender=UNIT,
    recipient=ANN,
    subject="Your hospital appointment on Tuesday 1 December 2026",
    text="Dear Ann\n\nFrom 9:30am.\n.\nZoë’s ward",
    html="<p>Dear Ann</p>",
    message_id="<6f1f0a52-0d3c-4d55-9b0e-0c0f4a1f5a10@clinic.example>",
    dated_at=datetime(2026, 11, 24, 11, 42, 27, tzinfo=UTC),
    calendar=REQUEST,
)
REMINDER = replace(LETTER, calendar=None)


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def shape(part: Any) -> Any:
    kind = part.get_content_type()
    return (kind, [shape(child) for child in part.iter_parts()]) if part.is_multipart() else kind


def test_parts_of_an_invite_stand_in_the_agreed_order() -> None:
    message = parsed(render(LETTER))
    assert shape(message) == (
        "multipart/mixed",
        [("multipart/alternative", ["text/plain", "text/html", "text/calendar"]), "application/ics"],
    )
    (attachment,) = message.iter_attachments()
    assert attachment.get_filename() == "invite.ics"
    assert [part.defects for part in message.walk()] == [[]] * 6


@pytest.mark.parametrize("calendar", [REQUEST, CANCEL])
def test_method_of_the_part_is_the_method_inside(calendar: Calendar) -> None:
    message = parsed(render(replace(LETTER, calendar=calendar)))
    parts = [part for part in message.walk() if part.get_content_type() in {"text/calendar", "application/ics"}]
    assert len(parts) == 2
    for part in parts:
        assert part.get_param("method") == calendar.method == read_invite(calendar.raw).method
        assert part.get_payload(decode=True) == calendar.raw
    assert parts[0].get_param("charset") == "utf-8"
    assert message["Auto-Submitted"] is None


def test_reminder_has_no_calendar_and_says_that_a_machine_sent_it() -> None:
    message = parsed(render(REMINDER))
    assert shape(message) == ("multipart/alternative", ["text/plain", "text/html"])
    assert message["Auto-Submitted"] == "auto-generated"


def test_headers_come_from_the_letter_and_nothing_else() -> None:
    message = parsed(render(LETTER))
    assert dict(message.items()) == {
        "From": '"Day unit, Mill Road" <visits@clinic.example>',
        "To": "Ann Example <ann@x.example>",
        "Subject": LETTER.subject,
        "Date": "Tue, 24 Nov 2026 11:42:27 +0000",
        "Message-ID": LETTER.message_id,
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
    }
    organizer = read_invite(REQUEST.raw).organizer
    assert organizer is not None
    assert message["From"].addresses[0].addr_spec == organizer.address


def test_bodies_survive_the_encoding() -> None:
    message = parsed(render(LETTER))
    plain, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None and html is not None  # noqa: PT018
    assert plain.get_content().replace("\r\n", "\n") == LETTER.text + "\n"
    assert html.get_content().replace("\r\n", "\n") == LETTER.html + "\n"


def test_same_letter_gives_the_same_octets_and_another_message_id_other_boundaries() -> None:
    assert render(LETTER) == render(replace(LETTER))
    boundaries = re.findall(rb'boundary="([^"]+)"', render(LETTER))
    assert len(set(boundaries)) == 2
    other = render(replace(LETTER, message_id="<another@clinic.example>"))
    assert not set(boundaries) & set(re.findall(rb'boundary="([^"]+)"', other))


@every_example
@given(name=HOSTILE, text=HOSTILE)
def test_hostile_headers_and_bodies_add_no_header_and_no_part(name: str, text: str) -> None:
    letter = replace(
        LETTER,
        sender=Organizer(text, UNIT.address),
        recipient=Recipient(name, ANN.address),
        subject=text,
        text=text.replace("\x00", ""),
        html=text,
    )
    raw = render(letter)
    assert raw == render(letter)
    assert raw.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    head = raw.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ")
    assert [line.partition(b":")[0] for line in head.split(b"\r\n")] == [
        b"From", b"To", b"Subject", b"Date", b"Message-ID", b"MIME-Version", b"Content-Type",
    ]  # fmt: skip
    assert all(len(line) < 998 for line in raw.split(b"\r\n"))
    message = parsed(raw)
    assert shape(message) == shape(parsed(render(LETTER)))
    assert [address.addr_spec for address in message["To"].addresses] == [ANN.address]
    assert [address.addr_spec for address in message["From"].addresses] == [UNIT.address]
    # Decoded by hand: the parser above puts a space between the encoded words of a name (RFC 2047, 6.2, says none).
    shown = str(make_header(decode_header(head.split(b"\r\n")[1].decode().removeprefix("To: "))))
    assert shown.rpartition("<")[0].strip().strip('"') == clean_line(name, longest=60)
    assert str(message["Subject"]).split() == clean_line(text).split()


@pytest.mark.parametrize("letter", [LETTER, replace(LETTER, calendar=CANCEL), REMINDER])
def test_octets_caught_by_a_real_server_are_the_octets_rendered(server: MailServer, letter: Letter) -> None:
    raw = render(letter)
    with get_connection("django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=server.port) as smtp:
        mail = RenderedMail(raw, sender=UNIT.address, recipient=ANN.address, connection=smtp)
        assert mail.send() == 1
    (caught,) = server.caught
    assert caught.raw == raw
    assert (caught.sender, caught.recipients) == (UNIT.address, (ANN.address,))
