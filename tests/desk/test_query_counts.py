"""A page costs the same number of queries for one row, thirty and three hundred."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scheduling.models import Appointment, Closure, Replan, ReplanLine
from tests.desk.crowd import TOMORROW, crowd
from tests.ward import NOW, maintenance_patient

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


@pytest.mark.parametrize("lines", [30, pytest.param(300, marks=pytest.mark.deep)])
def test_a_draft_costs_the_same_for_many_lines(lines: int, ward: Ward, coordinator: Client) -> None:
    path = f"/replans/{moving(ward, 0, 1).public_id}/"
    coordinator.get(path)
    one = cost(coordinator, path)
    moving(ward, 1, lines)
    assert (cost(coordinator, path), cost(coordinator, f"{path}?show=window&select=none")) == (one, one)


def moving(ward: Ward, first: int, last: int) -> Replan:
    """A draft that has the visits of a crowd go to the other room, two hours later."""
    crowd(ward, first, last)
    at = {"starts_at": ward.at(TOMORROW, "00:00"), "ends_at": ward.at(TOMORROW, "23:00")}
    closure, _ = Closure.objects.get_or_create(unit=ward.unit, resource=ward.rooms[0], reason="Floor", defaults=at)
    made = {"cause": "Floor", "made_at": NOW, "planned_at": NOW, "made_by_name": "Ada Coordinator"}
    draft, _ = Replan.objects.get_or_create(unit=ward.unit, closure=closure, defaults=made)
    ReplanLine.objects.bulk_create(
        ReplanLine(
            replan=draft,
            appointment=visit,
            version=visit.version,
            decision="move",
            was_starts_at=visit.starts_at,
            was_ends_at=visit.ends_at,
            was_room="Room 1",
            was_operator="Dr Malik",
            room=ward.rooms[1],
            operator=ward.operators[1],
            starts_at=visit.starts_at + timedelta(hours=2),
            procedure_at=visit.starts_at + timedelta(hours=2),
            ends_at=visit.ends_at + timedelta(hours=2),
            effect="Same day, 2 h later, Room 2",
        )
        for visit in Appointment.objects.filter(replan_lines=None)
    )
    return draft
