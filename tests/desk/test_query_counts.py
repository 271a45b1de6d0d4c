"""A page costs the same number of queries for one row, thirty and three hundred."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.desk.crowd import TOMORROW, crowd
from tests.ward import maintenance_patient

if TYPE_CHECKING:
    from tests.ward import Ward

Staff = Callable[[str], Client]

BOOKING = (
    "/doses/",
    "/doses/?show=closing&sort=name&page=2",
    "/doses/csv/",
    "/patients/",
    "/worklist/?whose=unit",
    "/worklist/?whose=done",
    "/waiting/",
    "/closures/",
    "/ahead/",
    "/messages/",
    "/letters/",
    f"/calendar/{TOMORROW}/",
    f"/calendar/{TOMORROW}/week/",
)
THE_DAY = (f"/today/{TOMORROW}/", f"/tomorrow/{TOMORROW}/", "/since/?since=day", "/mine/", "/downtime/")
SET_UP = tuple(
    f"/admin/{place}/"
    for place in (
        "patients/patient",
        "doseplans/doseplan",
        "doseplans/dose",
        "doseplans/administration",
        "scheduling/appointment",
        "reminders/message",
        "patients/worklistitem",
        "patients/accessentry",
        "scheduling/resource",
        "scheduling/schedule",
    )
)


def cost(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200, path
    return len(captured)


@pytest.fixture
def coordinator(ward: Ward, clock: Any, staff: Staff) -> Client:
    """Somebody whose session has been noted, so that no page writes it."""
    client = staff("coordinator")
    client.get("/worklist/")
    return client


@pytest.mark.parametrize("rows", [30, pytest.param(300, marks=pytest.mark.deep)])
@pytest.mark.parametrize(("who", "paths"), [("coordinator", BOOKING), ("doctor", THE_DAY), ("administrator", SET_UP)])
def test_lists_cost_the_same_for_many(
    rows: int,
    who: str,
    paths: tuple[str, ...],
    ward: Ward,
    clock: Any,
    staff: Staff,
    django_capture_on_commit_callbacks: Any,
) -> None:
    ward.operators[0].user = ward.cast.doctor
    ward.operators[0].save()
    client = staff(who)
    crowd(ward, 0, 1)
    with django_capture_on_commit_callbacks(execute=True):  # from then on the protocol's rules are kept in memory
        client.get("/doses/")
    one = {path: cost(client, path) for path in paths}
    crowd(ward, 1, rows)
    assert {path: cost(client, path) for path in paths} == one


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
