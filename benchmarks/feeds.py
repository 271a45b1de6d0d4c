"""A calendar feed of 500 visits, and the answer that nothing changed, beside a view that does one SELECT."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.test import Client
from django.test.utils import override_settings
from django.utils import timezone

from benchmarks.database import analyze, ward
from benchmarks.figures import Figure, median_seconds_beside
from reminders.models import FeedToken
from scheduling.models import Appointment
from tests.cast import make_patient, signed_in

VISITS = 500


def figures() -> Iterable[Figure]:
    """The whole feed, and a 304, over HTTP."""
    there = ward()
    patient = make_patient(there.unit, "Feed", "FEED01")
    now = timezone.now().replace(microsecond=0)
    Appointment.objects.bulk_create(
        Appointment(
            unit=there.unit,
            patient=patient,
            starts_at=now + timedelta(days=n),
            ends_at=now + timedelta(days=n, hours=3),
            dtstamp=now,
            booked_at=now,
            booked_by_name="Bench",
        )
        for n in range(VISITS)
    )
    url = f"/calendar/{FeedToken.objects.create(patient=patient, recipient='patient').token}.ics"
    analyze()
    with override_settings(ROOT_URLCONF="benchmarks.pages", ALLOWED_HOSTS=["*"]):
        staff, program = signed_in(there.cast.coordinator), Client()
        whole = program.get(url)
        assert whole.content.count(b"BEGIN:VEVENT") == VISITS
        mark = {"if-none-match": whole.headers["ETag"]}

        def reference() -> None:
            _ok(staff.get("/one-select/"), 200)

        feed = median_seconds_beside(lambda: _ok(program.get(url), 200), reference, times=60)
        same = median_seconds_beside(lambda: _ok(program.get(url, headers=mark), 304), reference, times=200, warm=20)
    for name, (ours, select), goal in (
        ("calendar feed of 500 visits", feed, 10),
        ("the same feed, not changed (304)", same, 2),
    ):
        yield Figure(name, ours * 1000, select * 1000, "ms", goal, at_most=True)


def _ok(response: Any, status: int) -> None:
    assert response.status_code == status, response.content[:500]
