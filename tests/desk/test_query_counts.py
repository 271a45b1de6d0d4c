"""A page costs the same number of queries for one row, thirty and three hundred."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from patients.models import WorklistItem
from tests.ward import NOW, maintenance_patient

if TYPE_CHECKING:
    from tests.ward import Ward

Staff = Callable[[str], Client]

PATHS = ("/doses/", "/doses/?show=closing&sort=name&page=2", "/doses/csv/", "/patients/", "/worklist/")


def cost(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def fill(ward: Ward, first: int, last: int) -> None:
    patients = [maintenance_patient(ward, number) for number in range(first, last)]
    WorklistItem.objects.bulk_create(
        WorklistItem(
            unit=ward.unit,
            patient=patient,
            kind="call",
            key=f"call:{patient.pk}",
            title="Ring",
            due_at=NOW + timedelta(hours=1),
        )
        for patient in patients
    )


@pytest.fixture
def coordinator(ward: Ward, clock: Any, staff: Staff) -> Client:
    """Somebody whose session has been noted, so that no page writes it."""
    client = staff("coordinator")
    client.get("/worklist/")
    return client


def test_lists_cost_the_same_for_thirty(ward: Ward, coordinator: Client) -> None:
    fill(ward, 0, 1)
    one = {path: cost(coordinator, path) for path in PATHS}
    fill(ward, 1, 31)
    assert {path: cost(coordinator, path) for path in PATHS} == one


@pytest.mark.deep
def test_lists_cost_the_same_for_three_hundred(ward: Ward, coordinator: Client) -> None:
    fill(ward, 0, 1)
    one = {path: cost(coordinator, path) for path in PATHS}
    fill(ward, 1, 301)
    assert {path: cost(coordinator, path) for path in PATHS} == one


def test_a_record_costs_the_same_for_many_visits(ward: Ward, coordinator: Client) -> None:
    from scheduling.services import book_appointment, cancel_appointment
    from tests.ward import TODAY, dose_id

    patient = maintenance_patient(ward)
    path = f"/patients/{patient.public_id}/"
    actor = ward.cast.actor("coordinator")

    def book_and_cancel() -> None:
        visit = book_appointment(actor, dose_id=dose_id(patient), wanted=ward.wanted(TODAY, "10:00"))
        cancel_appointment(actor, appointment_id=visit.public_id, cancelled_by="unit")

    book_and_cancel()
    coordinator.get(path)
    one = cost(coordinator, path)
    for _ in range(5):
        book_and_cancel()
    assert cost(coordinator, path) == one
