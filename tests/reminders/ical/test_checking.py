"""Invites broken on purpose: each fault that a client was seen to stumble over is objected to before it can leave."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reminders.ical import build_cancel, build_request
from reminders.ical.checking import BrokenCalendar, check_invite, objections, read_line
from reminders.mime import Calendar, render
from tests.reminders.ical.test_hostile import HOSTILE
from tests.reminders.ical.visits import ANN, DESCRIPTION, UNIT, cancelled, visit
from tests.reminders.test_mime import LETTER

Break = Callable[[bytes], bytes]
REQUEST = build_request(visit(), ANN, UNIT, description=DESCRIPTION)
CANCEL = build_cancel(cancelled(), ANN, UNIT, description=DESCRIPTION)
ALARM = b"BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT1H\r\nDESCRIPTION:x\r\nEND:VALARM\r\n"
ZONE = b"BEGIN:VTIMEZONE\r\nTZID:Europe/London\r\nEND:VTIMEZONE\r\n"
EVENT = REQUEST[REQUEST.index(b"BEGIN:VEVENT") : REQUEST.index(b"END:VCALENDAR")]


def wrong_with(raw: bytes, method: str = "REQUEST") -> list[str]:
    return list(objections(raw, method=method, organizer=UNIT.address, attendee=ANN.address))


def swapped(old: bytes, new: bytes) -> Break:
    """The one place replaced; folded lines are put together first, so that any place can be named."""

    def broken(raw: bytes) -> bytes:
        flat = raw.replace(b"\r\n ", b"")
        assert flat.count(old) == 1, old
        return flat.replace(old, new)

    return broken


def without(name: bytes) -> Break:
    return lambda raw: re.sub(rb"(?m)^%s[:;].*\r\n(?: .*\r\n)*" % name, b"", raw, count=1)


def after(line: bytes, more: bytes) -> Break:
    return swapped(line + b"\r\n", line + b"\r\n" + more)


FAULTS: dict[str, tuple[Break, str]] = {
    "naive start": (swapped(b"DTSTART:20261201T093000Z", b"DTSTART:20261201T093000"), "DTSTART is not an instant"),
    "start without a time": (swapped(b"DTSTART:20261201T093000Z", b"DTSTART:20261201"), "DTSTART is not an instant"),
    "no such day": (swapped(b"DTEND:20261201T", b"DTEND:20261301T"), "DTEND is not an instant"),
    "dangling zone": (swapped(b"DTSTART:", b"DTSTART;TZID=Europe/London:"), "property with a parameter"),
    "zone of its own": (after(b"METHOD:REQUEST", ZONE), "not one calendar with one event"),
    "stamp not in UTC": (swapped(b"DTSTAMP:20261124T114207Z", b"DTSTAMP:20261124T114207+0100"), "DTSTAMP is not"),
    "ends before it starts": (swapped(b"DTEND:20261201T130000Z", b"DTEND:20261201T093000Z"), "ends before it starts"),
    "another method inside": (swapped(b"METHOD:REQUEST", b"METHOD:PUBLISH"), "METHOD is not"),
    "no method": (without(b"METHOD"), "the calendar has no METHOD"),
    "no version": (without(b"VERSION"), "the calendar has no VERSION"),
    "another version": (swapped(b"VERSION:2.0", b"VERSION:1.0"), "VERSION is not"),
    "request that says cancelled": (swapped(b"STATUS:CONFIRMED", b"STATUS:CANCELLED"), "STATUS is not"),
    "request that takes no time": (swapped(b"TRANSP:OPAQUE", b"TRANSP:TRANSPARENT"), "TRANSP is not"),
    "public": (swapped(b"CLASS:PRIVATE", b"CLASS:PUBLIC"), "CLASS is not"),
    "no attendee": (without(b"ATTENDEE"), "the event has no ATTENDEE"),
    "no organizer": (without(b"ORGANIZER"), "the event has no ORGANIZER"),
    "no sequence": (without(b"SEQUENCE"), "the event has no SEQUENCE"),
    "sequence that is no number": (swapped(b"SEQUENCE:0", b"SEQUENCE:-1"), "SEQUENCE is not well formed"),
    "no UID": (without(b"UID"), "the event has no UID"),
    "two UIDs": (after(b"SEQUENCE:0", b"UID:another-one\r\n"), "more than one UID"),
    "no stamp": (without(b"DTSTAMP"), "the event has no DTSTAMP"),
    "somebody else invited": (swapped(b"mailto:ann@x.example", b"mailto:eve@x.example"), "ATTENDEE is somebody else"),
    "from somebody else": (swapped(b"mailto:visits@clinic", b"mailto:visits@other"), "ORGANIZER is somebody else"),
    "two invited": (after(b"SEQUENCE:0", b"ATTENDEE:mailto:eve@x.example\r\n"), "more than one ATTENDEE"),
    "no answer asked for": (swapped(b";RSVP=TRUE", b""), "ATTENDEE has other parameters"),
    "already accepted": (swapped(b"NEEDS-ACTION", b"ACCEPTED"), "ATTENDEE has other parameters"),
    "nameless": (swapped(b';CN="Ann Example"', b""), "ATTENDEE has other parameters"),
    "parameter twice": (swapped(b";RSVP=TRUE", b";RSVP=TRUE;RSVP=TRUE"), "not of the form"),
    "parameter too many": (swapped(b";RSVP=TRUE", b";RSVP=TRUE;X-NHS=1"), "ATTENDEE has other parameters"),
    "alarm": (after(b"CLASS:PRIVATE", ALARM), "not one calendar with one event"),
    "two events": (swapped(b"END:VCALENDAR", EVENT + b"END:VCALENDAR"), "not one calendar with one event"),
    "no event": (lambda raw: raw.replace(EVENT, b""), "not one calendar with one event"),
    "something after the end": (lambda raw: raw + b"X-MORE:1\r\n", "not one calendar with one event"),
    "property nobody asked for": (after(b"SEQUENCE:0", b"X-HOSPITAL-NUMBER:H1\r\n"), "property that is not ours"),
    "category": (after(b"SEQUENCE:0", b"CATEGORIES:Neurology\r\n"), "property that is not ours"),
    "no title": (swapped(b"SUMMARY:Hospital appointment", b"SUMMARY:"), "SUMMARY is empty"),
    "comma left bare": (swapped(rb"Hospital\, Level", b"Hospital, Level"), "LOCATION is not well formed"),
    "backslash left bare": (swapped(rb"Hospital\, Level", rb"Hospital\x Level"), "LOCATION is not well formed"),
    "line too long": (swapped(b"SUMMARY:", b"SUMMARY:" + b"a" * 70), "longer than 75 octets"),
    "folded nowhere": (lambda raw: raw.replace(b"\r\n ", b""), "longer than 75 octets"),
    "folded without a space": (lambda raw: raw.replace(b"\r\n ", b"\r\n", 1), "not of the form"),
    "bare LF": (lambda raw: raw.replace(b"\r\n", b"\n"), "something else than CR LF"),
    "one bare LF": (lambda raw: raw.replace(b"\r\nCLASS", b"\nCLASS"), "something else than CR LF"),
    "CR in a value": (swapped(b"SUMMARY:Hospital ", b"SUMMARY:Hospital\r"), "something else than CR LF"),
    "LF in a value": (swapped(b"SUMMARY:Hospital ", b"SUMMARY:Hospital\nX:"), "something else than CR LF"),
    "NUL in a value": (swapped(b"SUMMARY:Hospital ", b"SUMMARY:Hospital\x00"), "control character"),
    "quote in a parameter": (swapped(b'CN="Ann Example"', b'CN="Ann" Example"'), "not of the form"),
    "not UTF-8": (swapped(b"SUMMARY:Hospital ", b"SUMMARY:H\xf4pital "), "not UTF-8"),
    "character cut by a fold": (swapped(b"SUMMARY:Hospital ", b"SUMMARY:H\xc3\r\n \xb4pital "), "not UTF-8"),
    "empty line": (after(b"SEQUENCE:0", b"\r\n"), "a line is empty"),
    "no end of the last line": (lambda raw: raw[:-2], "the last line has no end"),
    "cut off": (lambda raw: raw[: len(raw) // 2], "not one calendar with one event"),
    "nothing": (lambda raw: b"", "not one calendar with one event"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_broken_invite_is_objected_to(name: str) -> None:
    break_it, words = FAULTS[name]
    assert any(words in said for said in wrong_with(break_it(REQUEST))), wrong_with(break_it(REQUEST))


@pytest.mark.parametrize(("raw", "method"), [(REQUEST, "REQUEST"), (CANCEL, "CANCEL")])
def test_sound_invite_passes_and_no_line_of_it_may_be_left_out_or_said_twice(raw: bytes, method: str) -> None:
    assert wrong_with(raw, method) == []
    lines = raw.replace(b"\r\n ", b"\x00").split(b"\r\n")[:-1]
    for index, line in enumerate(lines):
        for changed in ([*lines[:index], *lines[index + 1 :]], [*lines[:index], line, *lines[index:]]):
            assert wrong_with(b"\r\n".join(changed).replace(b"\x00", b"\r\n ") + b"\r\n", method), line


@pytest.mark.parametrize(
    ("raw", "method"), [(REQUEST, "CANCEL"), (CANCEL, "REQUEST"), (REQUEST, "PUBLISH"), (REQUEST, "request")]
)
def test_mail_that_says_another_method_is_objected_to(raw: bytes, method: str) -> None:
    assert wrong_with(raw, method)


@given(name=HOSTILE, text=HOSTILE)
def test_what_the_builder_makes_of_hostile_text_passes(name: str, text: str) -> None:
    subject = visit(site_name=text, address=text, phone=text)
    raw = build_request(subject, replace(ANN, name=name), replace(UNIT, name=name), description=text)
    assert wrong_with(raw) == []


@given(st.binary(max_size=300))
def test_any_octets_are_objected_to_without_falling_over(raw: bytes) -> None:
    assert wrong_with(raw)


@given(st.integers(0, len(REQUEST)), st.sampled_from([b"\r\n", b"\n", b"\r", b"\x00", b"\r\nX-A:1\r\n", b"\xff"]))
def test_nothing_can_be_slipped_in_anywhere(at: int, more: bytes) -> None:
    assume(more != b"\r\n" or REQUEST[at : at + 1] != b" ")  # that is a fold
    assert wrong_with(REQUEST[:at] + more + REQUEST[at:])


def test_objections_quote_nothing() -> None:
    with pytest.raises(BrokenCalendar) as broken:
        check_invite(
            swapped(b"SEQUENCE:0", b"X-CANARY:canary")(REQUEST),
            method="REQUEST",
            organizer="a@b.example",
            attendee="c@d.example",
        )
    assert not re.search(r"canary|ann|example", str(broken.value), re.IGNORECASE)


def test_mail_with_a_broken_calendar_is_not_rendered() -> None:
    assert LETTER.calendar is not None
    for raw in (swapped(b"STATUS:CONFIRMED", b"STATUS:CANCELLED")(LETTER.calendar.raw), b""):
        with pytest.raises(BrokenCalendar):
            render(replace(LETTER, calendar=Calendar("REQUEST", raw)))
    with pytest.raises(BrokenCalendar, match="METHOD"):
        render(replace(LETTER, calendar=Calendar("CANCEL", LETTER.calendar.raw)))
    with pytest.raises(BrokenCalendar, match="ATTENDEE is somebody else"):
        render(replace(LETTER, recipient=replace(ANN, address="eve@x.example")))


@pytest.mark.parametrize("text", ["", "NAME", "name:x", "N;:x", 'N;A="x:y', "N;A=x;A=y:z", "N ame:x"])
def test_what_is_no_line_is_not_read(text: str) -> None:
    assert read_line(text) is None
