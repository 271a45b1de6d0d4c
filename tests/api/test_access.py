"""Who may ask the API: nobody from outside, nobody about another unit, and each role its own acts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import get_resolver

from tests.api.conftest import Caller
from tests.cast import signed_in
from tests.ward import TODAY, dose_id, maintenance_patient

if TYPE_CHECKING:
    from tests.ward import Ward

PROBLEM = "application/problem+json"


def routes() -> list[str]:
    """Every address of the API with something in each hole."""
    api = next(found for found in get_resolver().url_patterns if str(found.pattern) == "api/v1/")
    found = [str(route.pattern) for route in api.url_patterns if str(route.name) not in {"docs", "schema", "none"}]
    some = "00000000-0000-4000-8000-000000000000"  # the same in every process, or they collect different tests
    return [
        route.replace("<str:on>", "2026-11-24").replace("<str:id>", some).replace("<str:dose>", some) for route in found
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("path", routes())
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_outsider_is_refused(path: str, method: str) -> None:
    response = getattr(Client(), method)(f"/api/v1/{path}")
    assert response.status_code == 403
    assert response.headers["Content-Type"] == PROBLEM
    assert response.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("path", routes())
def test_somebody_without_a_unit_is_refused(path: str, ward: Ward) -> None:
    response = signed_in(ward.cast.loner).get(f"/api/v1/{path}")
    assert response.status_code == 403
    assert response.headers["Content-Type"] == PROBLEM


@pytest.fixture
def visit(ward: Ward, clock: Any) -> UUID:
    """A booked visit of our unit."""
    from scheduling.services import book_appointment

    patient = maintenance_patient(ward)
    booked = book_appointment(
        ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(TODAY, "10:00")
    )
    return booked.public_id


ACTS = {
    "": {},
    "move/": {"starts_at": "2026-11-25T09:00:00Z", "room": str(uuid4()), "operator": str(uuid4())},
    "cancel/": {"cancelled_by": "unit"},
    "undo/": {},
    "arrive/": {},
    "put-back/": {},
    "start/": {},
    "noshow/": {},
    "not-given/": {"reason": "unwell"},
    "discharge/": {},
    "administration/": {
        "given_at": "2026-11-24T10:00:00Z",
        "lot": "TF1",
        "dose_amount": "100",
        "operator_name": "Dr Malik",
    },
}


@pytest.mark.parametrize("act", ACTS)
def test_another_units_visit_is_not_there(act: str, visit: UUID, ward: Ward) -> None:
    theirs = signed_in(ward.cast.other_nurse)
    path = f"/api/v1/appointments/{visit}/{act}"
    response = theirs.post(path, ACTS[act], content_type="application/json") if act else theirs.get(path)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_another_units_dose_and_patient_are_not_there(ward: Ward, clock: Any) -> None:
    patient = maintenance_patient(ward)
    theirs = Caller(signed_in(ward.cast.other_nurse))
    for path in (f"doses/{dose_id(patient)}/slots/", f"patients/{patient.public_id}/"):
        response = theirs.get(path)
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
    wanted = ward.wanted(TODAY, "10:00")
    body = {"dose": dose_id(patient), "starts_at": wanted.starts_at.isoformat(), "room": wanted.room}
    for path in ("reservations/", "appointments/"):
        response = theirs.post(path, **body, operator=wanted.operator)
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_lists_show_only_the_actors_units(ward: Ward, visit: UUID, clock: Any) -> None:
    ours, theirs = Caller(signed_in(ward.cast.nurse)), Caller(signed_in(ward.cast.other_nurse))
    assert [found["id"] for found in ours.get("appointments/").json()["results"]] == [str(visit)]
    assert theirs.get("appointments/").json()["results"] == []
    theirs_only = [found["hospital_number"] for found in theirs.get("patients/").json()["results"]]
    assert theirs_only == [ward.cast.other_patient.hospital_number]
    assert theirs.get("doses-to-book/", unit=str(ward.unit.public_id)).status_code == 404


@pytest.mark.parametrize(
    ("who", "act", "status"),
    [
        ("pharmacist", "arrive/", 403),
        ("manager", "cancel/", 403),
        ("coordinator", "administration/", 403),
        ("coordinator", "start/", 403),
        ("nurse", "cancel/", 200),
    ],
)
def test_role_decides(who: str, act: str, status: int, visit: UUID, caller: Callable[[str], Caller]) -> None:
    response = caller(who).post(f"appointments/{visit}/{act}", **ACTS[act])
    assert response.status_code == status, response.content


def test_a_request_without_the_csrf_token_changes_nothing(ward: Ward, visit: UUID) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ward.cast.nurse, backend="units.backends.RoleBackend")
    response = browser.post(
        f"/api/v1/appointments/{visit}/cancel/", json.dumps(ACTS["cancel/"]), content_type="application/json"
    )
    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
