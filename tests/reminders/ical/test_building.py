"""The bytes of an invite: form, agreement and determinism."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar

from reminders.ical import (
    NaiveInstant,
    Recipient,
    VisitSnapshot,
    VisitStatus,
    build_cancel,
    build_request,
    read_invite,
)
from tests.reminders.ical.test_hostile import HOSTILE
from tests.reminders.ical.visits import ANN, BOOKED_AT, DESCRIPTION, UNIT, cancelled, visit


def request(**changes: object) -> bytes:
    return build_request(visit(**changes), ANN, UNIT, description=DESCRIPTION)


def cancel(**changes: object) -> bytes:
    return build_cancel(cancelled(**changes), ANN, UNIT, description=DESCRIPTION)


def test_request_is_written_line_by_line_as_agreed() -> None:
    unfolded = request().replace(b"\r\n ", b"").decode()
    assert unfolded.split("\r\n") == [
        "BEGIN:VCALENDAR",
        "PRODID:-//Hospital appointments//Calendar 1//EN",
        "VERSION:2.0",
        "CALSCALE:GREGORIAN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        "UID:0d9c7a2e-5b1f-4b7e-9a55-d5b3c1a0f001",
        "DTSTAMP:20261124T114207Z",
        "SEQUENCE:0",
        "CREATED:20261124T114207Z",
        "LAST-MODIFIED:20261124T114207Z",
        "DTSTART:20261201T093000Z",
        "DTEND:20261201T130000Z",
        "SUMMARY:Hospital appointment",
        r"LOCATION:Mill Road Hospital\, Level 2\, Mill Road\, Anytown AN1 2AA",
        r"DESCRIPTION:Please come to Mill Road Hospital.\nTuesday 1 December 2026\, 9:30am\; about 3 hours.",
        "STATUS:CONFIRMED",
        "CLASS:PRIVATE",
        "TRANSP:OPAQUE",
        'ORGANIZER;CN="Day unit, Mill Road":mailto:visits@clinic.example',
        (
            'ATTENDEE;CN="Ann Example";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:'
            "mailto:ann@x.example"
        ),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


@pytest.mark.parametrize("address", ["Mill Road Hospital\nLevel 2", "Level 2"])
def test_the_hospital_is_named_once_where_its_address_names_it_too(address: str) -> None:
    unfolded = request(address=address).replace(b"\r\n ", b"").decode()
    assert r"LOCATION:Mill Road Hospital\, Level 2" in unfolded.split("\r\n")


@pytest.mark.parametrize("raw", [request(), cancel(), request(address="Ä" * 300, site_name="😀 " * 60)])
def test_lines_end_in_crlf_and_fit_75_octets(raw: bytes) -> None:
    assert raw.endswith(b"\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    for line in raw.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # no character is cut in two by a fold


@pytest.mark.parametrize("raw", [request(), cancel()])
def test_no_zone_no_alarm_no_start_without_z(raw: bytes) -> None:
    assert not re.search(rb"TZID|VTIMEZONE|VALARM|X-LIC", raw)
    stamps = re.findall(rb"(?:DTSTAMP|DTSTART|DTEND|CREATED|LAST-MODIFIED)[^\r]*", raw)
    assert len(stamps) == 5
    assert all(re.fullmatch(rb"[A-Z-]+:\d{8}T\d{6}Z", stamp) for stamp in stamps)


def test_cancel_says_so_three_times_and_frees_the_time() -> None:
    read = read_invite(cancel())
    assert (read.method, read.status, read.sequence) == ("CANCEL", "CANCELLED", 1)
    assert [attendee.address for attendee in read.attendees] == ["ann@x.example"]
    assert b"TRANSP:TRANSPARENT" in cancel()


def test_request_for_a_cancelled_visit_and_cancel_of_a_standing_one_are_refused() -> None:
    with pytest.raises(ValueError, match="CANCEL"):
        build_request(cancelled(), ANN, UNIT, description="")
    with pytest.raises(ValueError, match="cancelled"):
        build_cancel(visit(), ANN, UNIT, description="")


def test_uid_stays_and_sequence_and_dtstamp_rise_over_create_move_text_cancel() -> None:
    moved = visit(
        sequence=1,
        dtstamp=BOOKED_AT + timedelta(minutes=1),
        last_modified=BOOKED_AT + timedelta(minutes=1),
        arrive_at=datetime(2026, 12, 2, 9, 30, tzinfo=UTC),
        leave_at=datetime(2026, 12, 2, 13, 0, tzinfo=UTC),
    )
    reworded = replace(
        moved, dtstamp=BOOKED_AT + timedelta(minutes=2), last_modified=BOOKED_AT + timedelta(minutes=2), phone="1"
    )
    gone = replace(reworded, sequence=2, dtstamp=BOOKED_AT + timedelta(minutes=3), status=VisitStatus.CANCELLED)
    told = [read_invite(build_request(one, ANN, UNIT, description=DESCRIPTION)) for one in (visit(), moved, reworded)]
    told.append(read_invite(build_cancel(gone, ANN, UNIT, description=DESCRIPTION)))
    assert len({one.uid for one in told}) == 1
    assert [one.sequence for one in told] == [0, 1, 1, 2]
    assert all(earlier.dtstamp < later.dtstamp for earlier, later in pairwise(told))


def test_same_revision_gives_the_same_bytes() -> None:
    assert request() == request()
    assert cancel() == cancel()
    elsewhere = timezone(timedelta(hours=11))
    assert request(arrive_at=visit().arrive_at.astimezone(elsewhere)) == request()


@pytest.mark.parametrize("field", ["dtstamp", "last_modified", "created", "arrive_at", "leave_at"])
def test_naive_instant_is_refused(field: str) -> None:
    with pytest.raises(NaiveInstant, match=field):
        visit(**{field: datetime(2026, 12, 1, 9, 30)})


@pytest.mark.parametrize(
    "changes",
    [
        {"leave_at": datetime(2026, 12, 1, 9, 30, tzinfo=UTC)},
        {"sequence": -1},
        {"uid": "a\r\nMETHOD:PUBLISH"},
        {"zone": "Europe/Nowhere"},
    ],
)
def test_visit_that_makes_no_sense_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises((ValueError, KeyError)):
        visit(**changes)


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2030, 12, 31), timezones=st.timezones(), allow_imaginary=False),
    st.timedeltas(timedelta(minutes=15), timedelta(hours=12)),
)
@example(datetime(2026, 3, 29, 1, 0, tzinfo=UTC), timedelta(hours=1))
@example(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), timedelta(hours=1))
def test_instant_read_back_is_the_instant_booked(arrive_at: datetime, length: timedelta) -> None:
    arrive_at = arrive_at.astimezone(UTC).replace(microsecond=0)
    length = timedelta(seconds=int(length.total_seconds()))
    read = read_invite(request(arrive_at=arrive_at, leave_at=arrive_at + length))
    assert (read.starts_at, read.ends_at) == (arrive_at, arrive_at + length)


def test_one_attendee_with_every_parameter_and_the_organizer_the_mail_comes_from() -> None:
    read = read_invite(request())
    (attendee,) = read.attendees
    assert dict(attendee.params) == {
        "CN": "Ann Example",
        "CUTYPE": "INDIVIDUAL",
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "TRUE",
    }
    assert read.organizer is not None
    assert read.organizer.address == UNIT.address


@given(name=HOSTILE, text=HOSTILE)
def test_object_is_the_one_that_icalendar_would_write(name: str, text: str) -> None:
    """Read by icalendar and written again, nothing changes: escapes, quotes and every property are as it has them."""
    subject = visit(site_name=text, address=text)
    raw = build_request(subject, Recipient(name, "ann@x.example"), UNIT, description=text, title=name or "Visit")
    again = Calendar.from_ical(raw).to_ical(sorted=False)
    assert _unfolded(again) == _unfolded(raw)


def _unfolded(raw: bytes) -> list[bytes]:
    """Parameters are quoted where they need not be, by us always and by icalendar as it sees fit."""
    return [line.replace(b'"', b"") for line in raw.replace(b"\r\n ", b"").split(b"\r\n")]


def test_nameless_recipient_is_shown_by_address() -> None:
    raw = build_request(visit(), Recipient("\r\n\u202e", "ann@x.example"), UNIT, description="")
    assert read_invite(raw).attendees[0].name == "ann@x.example"


def test_snapshot_is_frozen() -> None:
    with pytest.raises(AttributeError):
        visit().sequence = 3  # type: ignore[misc]
    assert isinstance(visit(), VisitSnapshot)
