"""Visits and people for the calendar tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from reminders.ical import Organizer, Recipient, VisitSnapshot, VisitStatus

BOOKED_AT = datetime(2026, 11, 24, 11, 42, 7, tzinfo=UTC)
UNIT = Organizer("Day unit, Mill Road", "visits@clinic.example")
ANN = Recipient("Ann Example", "ann@x.example")
DESCRIPTION = "Please come to Mill Road Hospital.\nTuesday 1 December 2026, 9:30am; about 3 hours."


def visit(**changes: Any) -> VisitSnapshot:
    values: dict[str, Any] = {
        "uid": "0d9c7a2e-5b1f-4b7e-9a55-d5b3c1a0f001",
        "sequence": 0,
        "dtstamp": BOOKED_AT,
        "last_modified": BOOKED_AT,
        "created": BOOKED_AT,
        "arrive_at": datetime(2026, 12, 1, 9, 30, tzinfo=UTC),
        "leave_at": datetime(2026, 12, 1, 13, 0, tzinfo=UTC),
        "site_name": "Mill Road Hospital",
        "address": "Level 2\nMill Road\nAnytown AN1 2AA",
        "phone": "020 7946 0000",
        "zone": "Europe/London",
    }
    return VisitSnapshot(**(values | changes))


def cancelled(**changes: Any) -> VisitSnapshot:
    return visit(sequence=1, dtstamp=BOOKED_AT + timedelta(minutes=5), status=VisitStatus.CANCELLED, **changes)
