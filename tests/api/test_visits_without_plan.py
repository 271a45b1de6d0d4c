"""Visits without a plan through the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from scheduling.models import Appointment, VisitKind
from tests.api.conftest import Caller
from tests.ward import TODAY, dose_id, maintenance_patient

if TYPE_CHECKING:
    import time_machine

    from tests.ward import Ward


@pytest.fixture
def review(ward: Ward) -> VisitKind:
    VisitKind.objects.create(unit=ward.unit, name="Old one", minutes_procedure=30, is_active=False)
    return VisitKind.objects.create(unit=ward.unit, name="Headache review", minutes_procedure=30)


def test_booked_moved_and_finished(
    ward: Ward, review: VisitKind, clock: time_machine.Traveller, caller: Callable[[str], Caller]
) -> None:
    patient, coordinator = maintenance_patient(ward), caller("coordinator")
    [kind] = coordinator.get("visit-kinds/").json()["results"]
    assert (kind["name"], kind["minutes_procedure"]) == ("Headache review", 30)
    place = ward.wanted(TODAY, "09:00")
    slot = {"starts_at": place.starts_at.isoformat(), "room": str(place.room), "operator": str(place.operator)}
    response = coordinator.post("appointments/", patient=str(patient.public_id), visit_kind=kind["id"], **slot)
    assert response.status_code == 201, response.content
    visit = response.json()
    assert (visit["dose"], visit["visit_kind"]) == (None, {"id": kind["id"], "name": "Headache review"})
    again = coordinator.post("appointments/", patient=str(patient.public_id), visit_kind=kind["id"], **slot)
    assert (again.status_code, again.json()["code"]) == (409, "slot_taken")
    clock.move_to(place.starts_at)
    nurse = caller("nurse")
    nurse.post(f"appointments/{visit['id']}/arrive/")
    done = nurse.post(f"appointments/{visit['id']}/finish/")
    assert (done.status_code, done.json()["status"]) == (200, "fulfilled")


@pytest.mark.parametrize(
    ("names", "field"), [((), "dose"), (("patient",), "visit_kind"), (("dose", "patient", "visit_kind"), "dose")]
)
def test_one_thing_or_the_other(
    ward: Ward,
    review: VisitKind,
    clock: time_machine.Traveller,
    caller: Callable[[str], Caller],
    names: tuple[str, ...],
    field: str,
) -> None:
    patient = maintenance_patient(ward)
    ids = {"dose": dose_id(patient), "patient": patient.public_id, "visit_kind": review.public_id}
    place = ward.wanted(TODAY, "09:00")
    response = caller("coordinator").post(
        "appointments/",
        starts_at=place.starts_at.isoformat(),
        room=str(place.room),
        operator=str(place.operator),
        **{name: str(ids[name]) for name in names},
    )
    assert response.status_code == 422
    assert field in str(response.json())
    assert not Appointment.objects.exists()
