"""Plans for the tests of doses: a doctor, a patient and the protocol as it is shipped."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db.models import QuerySet

if TYPE_CHECKING:
    from doseplans.models import DosePlan, Protocol
    from tests.cast import Cast

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def history_of(record: Any) -> QuerySet[Any]:
    """The rows that triggers wrote beside a record, oldest first."""
    rows: QuerySet[Any] = record.history.order_by("pgh_id")
    return rows


@pytest.fixture
def tofersen(db: None) -> Protocol:
    """Version 1, as a new installation has it."""
    from doseplans.models import Protocol

    return Protocol.objects.get(code="tofersen", version=1)


@pytest.fixture
def plan(cast: Cast, tofersen: Protocol) -> DosePlan:
    """The patient's plan, to begin on Tue 1 Dec 2026; nothing given."""
    from doseplans.services import start_plan

    return start_plan(
        cast.actor("doctor"),
        patient=cast.patient,
        protocol=tofersen,
        starts_on=TODAY + timedelta(days=7),
        on=TODAY,
        genetic_test_note="SOD1 confirmed",
        prescriber_name="Dr Ada Doctor",
        review_on=TODAY + timedelta(days=180),
        pregnancy_discussed_on=TODAY - timedelta(days=7),
    )
