"""What the reader's calendar makes of our mails: ical.js for the instants, and a calendar server fed by raw mails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from reminders.ical import read_invite
from reminders.tasks import sweep
from scheduling.models import Appointment
from tests.cast import make_patient
from tests.oracles import icaljs, libical
from tests.oracles.xandikos import Xandikos
from tests.reminders.mailserver import MailServer
from tests.reminders.reading import read_mail
from tests.reminders.world import DAY, World, derive_and_send, mails
from units.models import Unit

HOUR = timedelta(hours=1)
# Half hours, three quarters, winter as the exception (Dublin), the south, a change of half an hour, and none.
ZONES = (
    "Europe/London", "Europe/Dublin", "Europe/Berlin", "Atlantic/Azores", "America/New_York", "America/St_Johns",
    "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham",
)  # fmt: skip


def edges(zone: ZoneInfo, after: datetime) -> list[datetime]:
    """The next two instants at which the zone's clocks change; none where they never do."""
    found: list[datetime] = []
    day = after.replace(minute=0, second=0, microsecond=0)
    for start in (day + n * DAY for n in range(380)):
        if start.astimezone(zone).utcoffset() != (start + DAY).astimezone(zone).utcoffset():
            halves = (start + n * HOUR / 2 for n in range(1, 49))
            found.append(
                next(at for at in halves if at.astimezone(zone).utcoffset() != start.astimezone(zone).utcoffset())
            )
    return found[:2]


def test_ical_js_reads_the_databases_instant_in_ten_zones_and_across_both_changes_of_the_clocks(
    world: World, smtp: MailServer, tmp_path: Path
) -> None:
    booked: list[tuple[Appointment, str]] = []
    for name in ZONES:
        Unit.objects.filter(pk=world.unit.pk).update(timezone=name)
        world.unit.refresh_from_db()
        noon = timezone.now().replace(microsecond=0) + 12 * DAY
        changes = edges(ZoneInfo(name), timezone.now() + 3 * DAY) or [noon, noon + 2 * DAY]
        for change in changes:
            for minutes in (-30, 0):
                patient = make_patient(world.unit, f"Zone{len(booked):03}", f"ZN{len(booked):05}")
                booked.append((world.book(patient, arrives_at=change + timedelta(minutes=minutes)), name))
        sweep()
    sent = {read_invite(mail.calendar).uid: mail.calendar for mail in mails(smtp) if mail.calendar}
    assert len(booked) == len(sent) == 40
    read = icaljs.read_all([icaljs.Asked(sent[str(visit.uid)], zone) for visit, zone in booked], tmp_path)
    for (visit, zone), one in zip(booked, read, strict=True):
        visit.refresh_from_db()
        assert (one["starts_s"], one["ends_s"]) == (visit.starts_at.timestamp(), visit.ends_at.timestamp())
        assert one["starts_on_the_wall"] == f"{visit.starts_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


@pytest.fixture
def calendar(tmp_path: Path) -> Iterator[Xandikos]:
    calendar = Xandikos(tmp_path)
    yield calendar
    calendar.stop()


def test_event_appears_moves_and_vanishes_in_a_calendar_fed_by_the_raw_mails(
    world: World, smtp: MailServer, calendar: Xandikos
) -> None:
    def post() -> None:
        """Whatever was caught goes on to the reader, octet for octet, as the last server would hand it over."""
        derive_and_send()
        for caught in smtp.caught:
            calendar.deliver(caught.raw, sender=caught.sender, recipient=caught.recipients[0])
        smtp.caught.clear()

    visit = world.book(arrives_at=(timezone.now() + 10 * DAY).replace(microsecond=0))
    other = world.book(ahead=20 * DAY)
    post()
    shown = {one.uid: one for one in map(read_invite, calendar.events())}
    assert shown.keys() == {str(visit.uid), str(other.uid)}
    assert (shown[str(visit.uid)].starts_at, shown[str(visit.uid)].status) == (visit.starts_at, "CONFIRMED")

    world.move(visit, DAY)
    post()
    moved = {one.uid: one for one in map(read_invite, calendar.events())}
    assert (moved[str(visit.uid)].starts_at, moved[str(visit.uid)].sequence) == (visit.starts_at, 1)
    assert moved[str(other.uid)] == shown[str(other.uid)]

    world.cancel(visit)
    post()
    left = {one.uid: one.status for one in map(read_invite, calendar.events()) if one.status != "CANCELLED"}
    assert left == {str(other.uid): "CONFIRMED"}


def test_a_repeat_and_a_late_request_leave_the_calendar_as_it_was(
    world: World, smtp: MailServer, calendar: Xandikos
) -> None:
    world.book()
    derive_and_send()
    (caught,) = smtp.caught
    for _ in range(2):
        calendar.deliver(caught.raw, sender=caught.sender, recipient=caught.recipients[0])
    assert [read_invite(raw).uid for raw in calendar.events()] == [read_invite(read_mail(caught.raw).calendar).uid]


@libical.needs_libical
def test_restriction_check_finds_nothing_in_what_was_sent(world: World, smtp: MailServer) -> None:
    visit = world.book(arrives_at=datetime(2027, 3, 28, 1, 0, tzinfo=UTC))
    for change in (lambda: None, lambda: world.move(visit, DAY), lambda: world.cancel(visit)):
        change()
        derive_and_send()
    verdicts = [libical.judge(mail.calendar) for mail in mails(smtp) if mail.calendar]
    assert [(one.is_within_restrictions, one.errors) for one in verdicts] == [(True, 0)] * 3
