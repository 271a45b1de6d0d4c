"""Around the nights the clocks change a visit is at one wall time: in the message, on the page, in file and feed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import icalendar
import pytest
from time_machine import travel

from portal.selectors import actor_of
from reminders.models import PersonalLink, Purpose
from reminders.people import people_of
from reminders.services.composing import compose
from reminders.services.feeds import make_feed
from reminders.services.rows import message_row
from scheduling.models import Appointment
from tests.portal.visitor import DAY, Visitor, link_to
from tests.reminders.world import world_of
from units.models import Unit

if TYPE_CHECKING:
    from tests.cast import Cast

pytestmark = pytest.mark.django_db

# The day the clocks change with the days beside it; the far side's visits are booked before the change.
NIGHTS = [
    ("Europe/London", "2026-03-29"),
    ("Europe/London", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("Australia/Sydney", "2026-10-04"),
]


@pytest.mark.parametrize("beside", [-1, 0, 1])
@pytest.mark.parametrize(("zone", "night"), NIGHTS)
def test_one_wall_time_in_all_that_a_patient_reads(cast: Cast, zone: str, night: str, beside: int) -> None:
    at_nine = datetime.fromisoformat(f"{night}T09:30").replace(tzinfo=ZoneInfo(zone)) + beside * DAY
    with travel(at_nine - 5 * DAY, tick=False):
        Unit.objects.filter(pk=cast.unit.pk).update(timezone=zone)
        world = world_of(cast)
        visit = world.book(arrives_at=at_nine.astimezone(UTC))
        visitor = Visitor(world, visit, link_to(visit)).come_in()
        said = f"{at_nine:%A} {at_nine.day} {at_nine:%B} {at_nine.year}"

        page = visitor.sees()
        assert f"<strong>{said}</strong> <span>Arrive 9:30am</span>" in page
        assert "Expect to leave at 1pm (about 3 hours 30 minutes)." in page

        told = f"Day: {said}\nPlease arrive at: 9:30am\nExpect to leave at: 1pm (about 3 hours 30 minutes)"
        assert told in words_of_invite(visit)

        feed = make_feed(actor_of(visitor.link), recipient="patient")
        for read in (
            visitor.get(f"appointments/{visit.public_id}.ics"),
            visitor.browser.get(f"/calendar/{feed.token}.ics"),
        ):
            (event,) = icalendar.Calendar.from_ical(read.content).walk("VEVENT")
            shown = event["DTSTART"].dt.astimezone(ZoneInfo(zone)), event["DTEND"].dt.astimezone(ZoneInfo(zone))
            assert shown == (at_nine, at_nine + timedelta(hours=3, minutes=30))
            assert f"{shown[0]:%H:%M}" == "09:30"


def words_of_invite(visit: Appointment) -> str:
    """The invite as it would be mailed now."""
    event, at = visit.events.get(), visit.booked_at
    (patient,) = [person for person in people_of(visit.patient) if person.key == "patient"]
    row = message_row(visit, event, patient, Purpose.INVITE, due_at=at, channel="email")
    compose(row, patient, at=at, link=PersonalLink(appointment=visit, recipient=patient.key))
    return row.body_text
