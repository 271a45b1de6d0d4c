"""Calendar feeds: points 8 and 18 of what done means, who may read them, and what they never say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from patients.models import Carer, Patient
from portal.selectors import actor_of
from reminders.ical import FeedEntry, NaiveInstant, Organizer, build_feed, read_invite
from reminders.models import FeedToken
from reminders.services.feeds import make_feed
from scheduling.models import Appointment
from scheduling.services import book_appointment
from tests.cast import Cast, signed_in
from tests.portal.visitor import DAY, Visitor, link_to
from tests.ward import Ward, dose_id, maintenance_patient
from units.models import Unit

OURS = Organizer("Harbour Hospital", "clinic@example.org")


def entry(at: datetime, **more: Any) -> FeedEntry:
    values = {"title": "Hospital appointment", "location": "Harbour", "description": "Ring us.", **more}
    return FeedEntry("3f3512d3-36c8-4439-8f1a-1c7078b4e4fe", 1, at, at, at + timedelta(hours=3), **values)


def address(visitor: Visitor) -> str:
    token = make_feed(actor_of(visitor.link), recipient=visitor.link.recipient, carer_id=visitor.link.carer_id)
    return f"/calendar/{token.token}.ics"


def read(url: str, **headers: str) -> HttpResponse:
    response: HttpResponse = Client().get(url, headers=headers)
    return response


def events(url: str) -> list[Any]:
    return icalendar.Calendar.from_ical(read(url).content).walk("VEVENT")


def test_feed_is_what_a_calendar_program_wants(visitor: Visitor) -> None:
    response = read(address(visitor))
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert set(response.headers["Cache-Control"].split(", ")) == {"private", "no-cache"}
    lines = response.content.decode().split("\r\n")
    for line in (
        "METHOD:PUBLISH",
        "NAME:Hospital appointments",
        "X-WR-CALNAME:Hospital appointments",
        "REFRESH-INTERVAL;VALUE=DURATION:PT30M",
        "X-PUBLISHED-TTL:PT30M",
        f"UID:{visitor.visit.uid}",
        f"DTSTART:{visitor.visit.starts_at:%Y%m%dT%H%M%SZ}",
        "SUMMARY:Hospital appointment",
        "CLASS:PRIVATE",
    ):
        assert line in lines
    assert not [line for line in lines if line.startswith(("ATTENDEE", "BEGIN:VALARM"))]
    assert sum(line.startswith("ORGANIZER") for line in lines) == 1
    assert all(len(line.encode()) <= 75 for line in lines)
    assert response.content.count(b"\n") == response.content.count(b"\r\n")


def test_feed_follows_the_visit_and_empties_after_a_death(visitor: Visitor) -> None:
    url = address(visitor)
    other = visitor.world.book(ahead=20 * DAY)
    assert [str(one["UID"]) for one in events(url)] == [str(visitor.visit.uid), str(other.uid)]
    visitor.world.move(visitor.visit, DAY)
    moved = events(url)[0]
    assert (moved["SEQUENCE"], moved["DTSTART"].dt) == (1, visitor.visit.starts_at)
    visitor.world.cancel(visitor.visit)
    assert [str(one["UID"]) for one in events(url)] == [str(other.uid)]
    Patient.objects.filter(pk=visitor.world.patient.pk).update(deceased_at=timezone.now())
    assert (read(url).status_code, events(url)) == (200, [])


def test_unchanged_feed_is_a_304_by_one_statement(visitor: Visitor, django_assert_num_queries: Any) -> None:
    url = address(visitor)
    mark = read(url).headers["ETag"]
    assert mark.startswith('W/"')
    for asked in (mark, mark.removeprefix("W/"), f'"other", {mark}', "*"):
        with django_assert_num_queries(1):
            response = read(url, **{"if-none-match": asked})
        assert (response.status_code, response.content, response.headers["ETag"]) == (304, b"", mark)
    with django_assert_num_queries(2):
        assert read(url, **{"if-none-match": '"other"'}).status_code == 200
    head = Client().head(url)
    assert (head.status_code, head.content, head.headers["ETag"]) == (200, b"", mark)


@pytest.mark.parametrize("change", ["move", "cancel", "book", "place", "death", "language"])
def test_whatever_changes_the_feed_changes_its_mark(visitor: Visitor, change: str) -> None:
    url = address(visitor)
    before = read(url)
    match change:
        case "move":
            visitor.world.move(visitor.visit, DAY)
        case "cancel":
            visitor.world.cancel(visitor.visit)
        case "book":
            visitor.world.book(ahead=30 * DAY)
        case "place":
            Unit.objects.filter(pk=visitor.world.unit.pk).update(address="New Road")
        case "death":
            Patient.objects.filter(pk=visitor.world.patient.pk).update(deceased_at=timezone.now())
        case "language":
            Patient.objects.filter(pk=visitor.world.patient.pk).update(language="cy")
    after = read(url, **{"if-none-match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.headers["ETag"] != before.headers["ETag"]


def test_same_feed_is_the_same_octets(visitor: Visitor) -> None:
    url = address(visitor)
    assert read(url).content == read(url).content


def test_a_new_address_ends_the_old_and_another_method_is_no_way_in(visitor: Visitor) -> None:
    first = address(visitor)
    second = address(visitor)
    assert (read(first).status_code, read(second).status_code) == (404, 200)
    assert Client().post(second).status_code == 405
    token = FeedToken.objects.get(revoked_at__isnull=True)
    for guess in (token.nonce, token.digest, visitor.link.token, "x"):
        assert read(f"/calendar/{guess}.ics").status_code == 404
    assert Client().get(f"/v/{token.token}/").status_code == 404
    assert str(token.token) not in str(FeedToken.objects.values_list())


def test_carers_feed_is_empty_once_the_patient_withdraws_their_leave(visitor: Visitor) -> None:
    carer = visitor.world.carer_too()
    url = address(Visitor(visitor.world, visitor.visit, link_to(visitor.visit, carer=carer)))
    assert len(events(url)) == 1
    Carer.objects.update(receives_invites=False)
    assert events(url) == []


def test_feed_names_nobody_and_nothing_clinical(visitor: Visitor) -> None:
    visitor.world.book(visitor.world.cast.other_patient)
    Appointment.objects.update(override_reason="CANARY", cancellation_reason="CANARY")
    Unit.objects.filter(pk=visitor.world.unit.pk).update(name="CANARY intrathecal unit")
    feed = read(address(visitor)).content.decode().replace("\r\n ", "").lower()
    assert 'organizer;cn="hospital appointments":mailto:' in feed
    assert "infusion" not in feed
    for never in ("canary", "fairweather", "ines", "9990899452", "h100001", "hartnoll", "intrathecal"):
        assert never not in feed
    assert feed.count("begin:vevent") == 1


def test_page_shows_the_address_and_makes_a_new_one(visitor: Visitor) -> None:
    visitor.come_in().post("calendar/")
    first = FeedToken.objects.get()
    assert f"/calendar/{first.token}.ics" in visitor.sees()
    visitor.post("calendar/")
    first.refresh_from_db()
    assert first.revoked_by_name == "Patient"
    assert f"/calendar/{first.token}.ics" not in visitor.sees()


def test_visits_file_is_the_one_that_a_later_change_finds(visitor: Visitor) -> None:
    told = read_invite(visitor.come_in().get(f"appointments/{visitor.visit.public_id}.ics").content)
    assert (told.method, told.uid, told.sequence) == ("REQUEST", str(visitor.visit.uid), 0)
    assert [one.address for one in told.attendees] == ["h100001@example.org"]
    Patient.objects.update(email="")
    told = read_invite(visitor.get(f"appointments/{visitor.visit.public_id}.ics").content)
    assert (told.method, told.attendees, told.has_alarm) == ("PUBLISH", (), False)
    visitor.world.cancel(visitor.visit)
    assert visitor.get(f"appointments/{visitor.visit.public_id}.ics").status_code == 303


# --- staff ------------------------------------------------------------------------------------------------------------
def test_staff_read_times_and_rooms_of_what_they_are_booked_on(ward: Ward, clock: Any) -> None:
    cast: Cast = ward.cast
    operator = ward.operators[0]
    operator.user = cast.doctor
    operator.save()
    today = ward.unit.today()
    mine, theirs = maintenance_patient(ward, 1), maintenance_patient(ward, 2)
    actor = cast.actor("coordinator")
    visit = book_appointment(actor, dose_id=dose_id(mine), wanted=ward.wanted(today + DAY, "10:00"))
    book_appointment(actor, dose_id=dose_id(theirs), wanted=ward.wanted(today + DAY, "10:00", room=1, operator=1))
    browser = signed_in(cast.doctor)
    assert "Make an address" in browser.get("/account/calendar/").content.decode()
    assert browser.post("/account/calendar/", {"act": "make"}).status_code == 302
    url = f"/calendar/{FeedToken.objects.get(user=cast.doctor).token}.ics"
    assert url in browser.get("/account/calendar/").content.decode()
    (told,) = events(url)
    assert str(told["SUMMARY"]) == "Visit, Room 1"
    procedure = visit.allocations.get(resource=operator)
    assert (told["DTSTART"].dt, told["DTEND"].dt) == (procedure.starts_at, procedure.ends_at)
    assert str(told["UID"]) != str(visit.uid)
    assert mine.family_name not in read(url).content.decode()
    mark = read(url).headers["ETag"]
    assert read(url, **{"if-none-match": mark}).status_code == 304
    cast.doctor.memberships.all().delete()
    assert events(url) == []
    browser.post("/account/calendar/", {"act": "end"})


def test_staff_end_their_address(cast: Cast) -> None:
    browser = signed_in(cast.nurse)
    browser.post("/account/calendar/", {"act": "make"})
    url = f"/calendar/{FeedToken.objects.get(user=cast.nurse).token}.ics"
    assert (read(url).status_code, events(url)) == (200, [])
    assert "would be empty" in browser.get("/account/calendar/").content.decode()
    browser.post("/account/calendar/", {"act": "end"})
    assert read(url).status_code == 404


# --- the object itself ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "zone",
    ["Europe/London", "Europe/Dublin", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata",
     "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca", "UTC"],
)  # fmt: skip
def test_two_parsers_read_the_instant_that_was_meant(zone: str) -> None:
    """Both clock changes of London, and an ordinary day, told in any zone."""
    for at in ("2026-03-29T00:59", "2026-03-29T01:01", "2026-10-25T00:30", "2026-10-25T01:30", "2026-12-01T09:30"):
        meant = datetime.fromisoformat(f"{at}:00+00:00")
        raw = build_feed([entry(meant.astimezone(ZoneInfo(zone)))], name="Visits", organizer=OURS)
        assert icalendar.Calendar.from_ical(raw).walk("VEVENT")[0]["DTSTART"].dt == meant
        assert vobject.readOne(raw.decode()).vevent.dtstart.value == meant
        assert b"TZID" not in raw


@pytest.mark.parametrize(
    "text", ['A\r\nBEGIN:VALARM\r\n"x";,:\\', "\u202eevil\u2028ATTENDEE:x", "é" * 300, "😀;" * 60, "\x00\x0b^n"]
)
def test_hostile_words_add_no_line_and_survive_two_parsers(text: str) -> None:
    at = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
    hostile = entry(at, title=text, location=text, description=text)
    raw = build_feed([hostile], name=text, organizer=Organizer(text, "a@b.example"))
    lines = raw.replace(b"\r\n ", b"").split(b"\r\n")
    assert not [line for line in lines if line.startswith((b"BEGIN:VALARM", b"ATTENDEE"))]
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    ours = icalendar.Calendar.from_ical(raw).walk("VEVENT")[0]
    theirs = vobject.readOne(raw.decode()).vevent
    assert str(ours["SUMMARY"]) == theirs.summary.value
    assert str(ours["DESCRIPTION"]) == theirs.description.value


def test_naive_instants_and_strange_uids_are_refused() -> None:
    with pytest.raises(NaiveInstant):
        build_feed([entry(datetime(2026, 12, 1, 9, 30))], name="", organizer=OURS)
    for uid in ("short", "x\r\nATTENDEE:y@example.org", "é" * 20):
        bad = replace(entry(datetime(2026, 12, 1, tzinfo=UTC)), uid=uid)
        with pytest.raises(ValueError, match="UID"):
            build_feed([bad], name="", organizer=OURS)


def test_feed_is_written_as_icalendar_would_write_it() -> None:
    """Our own lines against the library's, property by property."""
    at = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
    raw = build_feed([entry(at, location="Quay Road, Anytown; " * 9)], name="Visits", organizer=OURS)
    assert icalendar.Calendar.from_ical(raw).to_ical(sorted=False) == raw
