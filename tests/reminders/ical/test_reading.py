"""Reading back: a value or a refusal, whatever the bytes."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.ical import UnreadableCalendar, UnusableAddress, build_request, read_invite
from reminders.ical.reading import LARGEST_OBJECT
from reminders.ical.visit import from_mailto, to_mailto, usable_address
from tests.reminders.ical.visits import ANN, DESCRIPTION, UNIT, visit

GOOD = build_request(visit(), ANN, UNIT, description=DESCRIPTION)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"hello",
        GOOD[: len(GOOD) // 2],
        GOOD.replace(b"UID:", b"X-UID:"),
        GOOD.replace(b"DTSTAMP:", b"X-DTSTAMP:"),
        GOOD.replace(b"SEQUENCE:0", b"SEQUENCE:zero"),
        GOOD.replace(b"SEQUENCE:0", b"SEQUENCE:0\r\nSEQUENCE:1"),
        GOOD.replace(b"DTSTART:20261201T093000Z", b"DTSTART:20261201T093000"),
        GOOD.replace(b"DTSTART:20261201T093000Z", b"DTSTART;VALUE=DATE:20261201"),
        GOOD.replace(b"DTSTART:20261201T093000Z", b"DTSTART:soon"),
        GOOD.replace(b"STATUS:CONFIRMED", b"STATUS:CONFIRMED\r\nSTATUS:CANCELLED"),
        GOOD[GOOD.index(b"BEGIN:VEVENT") : GOOD.index(b"END:VCALENDAR")],
        GOOD.replace(b"VEVENT", b"VJOURNAL"),  # another component of RFC 5545, which no invite or reply of ours is
        GOOD.replace(b"END:VEVENT\r\n", b"END:VEVENT\r\nBEGIN:VEVENT\r\nUID:2\r\nEND:VEVENT\r\n"),
        GOOD + b" " * LARGEST_OBJECT,
        b"BEGIN:VCALENDAR\r\n" * 3000,
        b"\xff\xfe" + GOOD,
    ],
)
def test_unreadable_calendar_is_refused_without_quoting_it(raw: bytes) -> None:
    with pytest.raises(UnreadableCalendar) as refused:
        read_invite(raw)
    assert "Ann" not in str(refused.value)


@given(
    st.binary(max_size=400)
    | st.builds(lambda at, junk: GOOD[:at] + junk + GOOD[at:], st.integers(0, len(GOOD)), st.binary(max_size=40))
)
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with contextlib.suppress(UnreadableCalendar):
        read_invite(raw)


def test_reply_of_a_client_is_read() -> None:
    reply = (
        b"BEGIN:VCALENDAR\nMETHOD:REPLY\nPRODID:x\nVERSION:2.0\nBEGIN:VEVENT\nUID:u-1-2-3-4\nSEQUENCE:2\n"
        b"DTSTAMP:20261124T120000Z\nATTENDEE;PARTSTAT=ACCEPTED:MAILTO:Ann@home.example\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    read = read_invite(reply)
    assert (read.method, read.uid, read.sequence, read.organizer) == ("REPLY", "u-1-2-3-4", 2, None)
    assert [(one.address, one.answer) for one in read.attendees] == [("Ann@home.example", "ACCEPTED")]


@pytest.mark.parametrize(
    ("typed", "used"),
    [
        ("ann@x.example", "ann@x.example"),
        (" Ann.O'Neil+visits@Home.Example ", "Ann.O'Neil+visits@home.example"),
        ("a%b=c@x.example", "a%b=c@x.example"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
    ],
)
def test_usable_address(typed: str, used: str) -> None:
    assert usable_address(typed) == used or usable_address(typed).lower() == used.lower()
    assert from_mailto(to_mailto(used)) == used


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ann",
        "@x.example",
        "ann@",
        "a b@x.example",
        '"a;b"@x.example',
        "a@x.example\r\nBcc: eve@evil.example",
        "a,b@x.example",
        "a@x.example, b@x.example",
        "Ann <a@x.example>",
        "a@@x.example",
        "jörg@x.example",
        "a..b@x.example",
        "a@x..example",
        "a@-x.example",
        "a" * 65 + "@x.example",
        "a@" + "x" * 70 + ".example",
    ],
)
def test_unusable_address_is_refused_without_quoting_it(typed: str) -> None:
    with pytest.raises(UnusableAddress) as refused:
        usable_address(typed)
    assert not typed or typed not in str(refused.value)
