"""Our calendar objects under the eyes of libical and ical.js, which share no code with what builds or checks them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from reminders.ical import FeedEntry, build_cancel, build_feed, build_request
from reminders.ical.cleaning import clean_line, clean_text
from tests.oracles import icaljs, libical
from tests.reminders.ical.test_hostile import NASTY_NAMES, PROPERTIES
from tests.reminders.ical.visits import ANN, BOOKED_AT, DESCRIPTION, UNIT, cancelled, visit

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REQUEST = build_request(visit(), ANN, UNIT, description=DESCRIPTION)
UPDATE = build_request(visit(sequence=1, arrive_at=BOOKED_AT), ANN, UNIT, description=DESCRIPTION)
CANCEL = build_cancel(cancelled(), ANN, UNIT, description=DESCRIPTION)


def hostile(text: str) -> bytes:
    subject = visit(site_name=text, address=text, phone=text)
    return build_request(subject, replace(ANN, name=text), replace(UNIT, name=text), description=text)


@libical.needs_libical
@pytest.mark.parametrize("raw", [REQUEST, UPDATE, CANCEL, *(hostile(name) for name in NASTY_NAMES)])
def test_restriction_check_of_libical_finds_nothing(raw: bytes) -> None:
    verdict = libical.judge(raw)
    assert (verdict.is_within_restrictions, verdict.errors) == (True, 0), verdict.text


@libical.needs_libical
@pytest.mark.parametrize("text", ["Hospital appointment", *NASTY_NAMES])
def test_restriction_check_of_libical_finds_nothing_in_a_feed(text: str) -> None:
    at = visit().arrive_at
    entries = [
        FeedEntry(f"{n}{visit().uid}", n, BOOKED_AT, at + n * DAY, at + n * DAY + HOUR, text, text, text)
        for n in range(3)
    ]
    verdict = libical.judge(build_feed(entries, name=text, organizer=replace(UNIT, name=text)))
    assert (verdict.is_within_restrictions, verdict.errors) == (True, 0), verdict.text


@libical.needs_libical
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"ORGANIZER;", b"X-NOBODY;"),
        (b"DTSTAMP:", b"X-STAMP:"),
        (b"UID:", b"X-UID:"),
        (b"DTSTART:2026", b"DTSTART:naught"),
        (b"STATUS:CONFIRMED", b"STATUS:NEEDS-ACTION"),
    ],
)
def test_libical_would_find_something(old: bytes, new: bytes) -> None:
    verdict = libical.judge(REQUEST.replace(old, new))
    assert not verdict.is_within_restrictions or verdict.errors


def test_ical_js_reads_what_was_written_hostile_or_not(tmp_path: Path) -> None:
    objects = [REQUEST, CANCEL, *(hostile(name) for name in NASTY_NAMES), b"BEGIN:VCALENDAR\r\nbroken"]
    *read, broken = icaljs.read_all([icaljs.Asked(raw) for raw in objects], tmp_path)
    assert "error" in broken  # or it would read anything
    for one in read:
        assert one["names"] == ["prodid", "version", "calscale", "method"]
        assert (one["kinds"], one["inside"]) == (["vevent"], 0)
        assert sorted(one["properties"]) == sorted(name.lower() for name in PROPERTIES["VEVENT"])
        (attendee,) = one["attendees"]
        assert attendee["address"] == "mailto:ann@x.example"
        assert attendee["params"].keys() == {"cn", "cutype", "role", "partstat", "rsvp"}
    assert [(one["method"], one["status"], one["sequence"]) for one in read[:2]] == [
        ("REQUEST", "CONFIRMED", 0),
        ("CANCEL", "CANCELLED", 1),
    ]
    for name, one in zip(NASTY_NAMES, read[2:], strict=True):
        assert one["attendees"][0]["params"]["cn"] == (clean_line(name) or "ann@x.example")
        assert one["description"] == clean_text(name)
        assert one["starts_s"] == visit().arrive_at.timestamp()
