"""Plans held, resumed and ended, and deaths, through the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from doseplans.models import DosePlan
from patients.models import Patient
from scheduling.models import Appointment
from tests.api.conftest import Caller
from tests.protocols import next_version, other_medicine
from tests.ward import TODAY, dose_id, maintenance_patient

if TYPE_CHECKING:
    from tests.ward import Ward

Call = Callable[[str], Caller]
REVIEW = (TODAY + timedelta(days=7)).isoformat()


@pytest.fixture
def patient(ward: Ward, clock: Any) -> Patient:
    return maintenance_patient(ward)


@pytest.fixture
def visit(ward: Ward, patient: Patient) -> Appointment:
    from scheduling.services import book_appointment

    return book_appointment(
        ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(TODAY, "10:00")
    )


@pytest.fixture
def path(patient: Patient) -> str:
    return f"plans/{DosePlan.objects.get(patient=patient).public_id}/"


def test_a_hold_answers_for_every_visit_and_is_lifted(visit: Appointment, path: str, caller: Call) -> None:
    doctor = caller("doctor")
    found = doctor.get(path).json()
    assert [(one["id"], one["version"]) for one in found["visits"]] == [(str(visit.public_id), 1)]
    unanswered = doctor.post(f"{path}hold/", reason="Fever", review_on=REVIEW, visits=[])
    assert (unanswered.status_code, unanswered.json()["code"]) == (409, "stale_page")
    answers = [{"id": str(visit.public_id), "choice": "release", "version": 1}]
    held = doctor.post(f"{path}hold/", reason="Fever", review_on=REVIEW, visits=answers)
    assert held.status_code == 200
    assert (held.json()["hold"]["reason"], held.json()["visits"]) == ("Fever", [])
    assert doctor.get(f"{path}resume/", on="").status_code == 422  # a day left out is no empty day
    preview = doctor.get(f"{path}resume/", on="2026-12-04").json()
    assert [dose["target_on"] for dose in preview[:2]] == ["2026-12-04", "2027-01-01"]
    resumed = doctor.post(f"{path}resume/", how="date", on="2026-12-04", reason="After the MRI")
    assert resumed.json()["hold"] is None
    again = doctor.post(f"{path}resume/", how="label")
    assert (again.status_code, again.json()["code"]) == (422, "plan_not_on_hold")


def test_a_stale_version_refuses_the_hold(visit: Appointment, path: str, caller: Call) -> None:
    answers = [{"id": str(visit.public_id), "choice": "keep", "version": 7}]
    response = caller("doctor").post(f"{path}hold/", reason="Fever", review_on=REVIEW, visits=answers)
    assert (response.status_code, response.json()["code"]) == (409, "stale_page")


def test_a_plan_is_switched_after_a_preview(visit: Appointment, path: str, caller: Call, ward: Ward) -> None:
    doctor, second = caller("doctor"), str(next_version(ward).public_id)
    seen = caller("nurse").get(f"{path}switch/", protocol=second).json()
    assert (seen["goes_on"], seen["freed"], seen["moves"][0]["name"]) == (True, [], "Maintenance 2")
    assert len(seen["unfitting"]) == 1
    assert caller("nurse").post(f"{path}switch/", protocol=second, reason="New label").status_code == 403
    switched = doctor.post(f"{path}switch/", protocol=second, reason="New label")
    assert (switched.status_code, switched.json()["protocol"]) == (200, "Tofersen 100 mg v2")
    again = doctor.post(f"{path}switch/", protocol=second, reason="New label")
    assert (again.status_code, list(again.json()["fields"])) == (422, ["protocol"])
    assert doctor.get(f"{path}switch/", protocol=second).status_code == 404


def test_a_plan_is_switched_to_a_new_one(visit: Appointment, path: str, caller: Call, ward: Ward) -> None:
    doctor, other = caller("doctor"), str(other_medicine(ward).public_id)
    asked: dict[str, Any] = {"protocol": other, "starts_on": "2026-12-14", "begins_with": 2}
    response = doctor.get(f"{path}switch/", **asked)
    assert response.status_code == 200, response.content
    seen = response.json()
    assert (seen["goes_on"], seen["freed"], seen["begins_up_to"]) == (False, [str(visit.public_id)], 3)
    assert (seen["coming"][0]["name"], seen["coming"][1]["target_on"]) == ("Loading dose 2 of 2", "2027-04-14")
    new = doctor.post(f"{path}switch/", reason="Progression", **asked).json()
    assert (new["visits"], new["ended_on"], new["protocol"]) == ([], None, "Nusinersen 50/28 mg (example) v1")
    assert doctor.get(path).json()["end_reason"] == "switched"


def test_a_plan_ends_and_is_opened_again(visit: Appointment, path: str, caller: Call) -> None:
    doctor = caller("doctor")
    assert doctor.post(f"{path}end/", reason="died", on=TODAY.isoformat()).status_code == 422
    ended = doctor.post(f"{path}end/", reason="transferred", on=TODAY.isoformat()).json()
    assert (ended["ended_on"], ended["end_reason"], ended["visits"]) == (TODAY.isoformat(), "transferred", [])
    reopened = doctor.post(f"{path}reopen/", reason="Meant somebody else").json()
    assert (reopened["ended_on"], reopened["end_reason"]) == (None, "")
    again = doctor.post(f"{path}reopen/", reason="Twice")
    assert (again.status_code, again.json()["code"]) == (409, "plan_not_ended")


def test_a_death_and_its_undoing(patient: Patient, visit: Appointment, caller: Call) -> None:
    path = f"patients/{patient.public_id}/death/"
    died = caller("nurse").post(path, died_on=TODAY.isoformat())
    assert (died.json()["has_died"], died.json()["visits"]) == (True, [str(visit.public_id)])
    twice = caller("nurse").post(path, died_on=TODAY.isoformat())
    assert (twice.status_code, twice.json()["code"]) == (409, "patient_has_died")
    assert caller("nurse").post(f"{path}undo/", reason="Wrong patient").status_code == 403
    undone = caller("doctor").post(f"{path}undo/", reason="Wrong patient").json()
    assert (undone["has_died"], len(undone["plans"]), undone["visits"]) == (False, 1, [str(visit.public_id)])
