"""The main job through the API: see what is due, look for a slot, claim it, book, move, cancel, take back, give."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from patients.models import AccessEntry, Carer, Patient
from scheduling.models import Appointment, Reservation
from tests.api.conftest import Caller
from tests.ward import TODAY, dose_id, live, maintenance_patient

if TYPE_CHECKING:
    import time_machine

    from tests.ward import Ward


@pytest.fixture
def patient(ward: Ward, clock: time_machine.Traveller) -> Patient:
    return maintenance_patient(ward)


def wanted(ward: Ward, at: str = "10:00", **other: int) -> dict[str, str]:
    """A slot of today as a body carries it."""
    found = ward.wanted(TODAY, at, **other)
    return {"starts_at": found.starts_at.isoformat(), "room": str(found.room), "operator": str(found.operator)}


def book(caller: Caller, ward: Ward, patient: Patient, at: str = "10:00") -> dict[str, Any]:
    response = caller.post("appointments/", dose=str(dose_id(patient)), **wanted(ward, at))
    assert response.status_code == 201, response.content
    found: dict[str, Any] = response.json()
    return found


def test_from_the_list_to_a_booked_visit(ward: Ward, patient: Patient, caller: Callable[[str], Caller]) -> None:
    coordinator = caller("coordinator")
    row = coordinator.get("doses-to-book/").json()["results"][0]
    assert (row["patient"]["family_name"], row["urgency"]) == (patient.family_name, "closing")
    slots = coordinator.get(f"doses/{row['dose']['id']}/slots/", limit=3).json()
    best = slots["proposals"][0]
    assert len(slots["proposals"]) == 3
    assert best["standing"] == "inside"
    chosen = {
        "dose": row["dose"]["id"],
        "starts_at": best["starts_at"],
        "room": best["room"]["id"],
        "operator": best["operator"]["id"],
    }
    kept = coordinator.post("reservations/", **chosen)
    assert (kept.status_code, kept.json()["starts_at"]) == (201, best["starts_at"])
    response = coordinator.post("appointments/", **chosen)
    assert response.status_code == 201
    visit = response.json()
    assert response.headers["Location"] == f"/api/v1/appointments/{visit['id']}/"
    assert (visit["status"], visit["starts_at"], visit["version"]) == ("booked", best["starts_at"], 1)
    assert {taken["resource"]["kind"] for taken in visit["allocations"]} == {"room", "person", "recovery"}
    waiting = [found["dose"]["id"] for found in coordinator.get("doses-to-book/").json()["results"]]
    assert row["dose"]["id"] not in waiting


def test_a_taken_slot_is_a_conflict_with_a_sentence(
    ward: Ward, patient: Patient, caller: Callable[[str], Caller]
) -> None:
    coordinator = caller("coordinator")
    book(coordinator, ward, patient)
    other = maintenance_patient(ward, 2)
    response = coordinator.post("appointments/", dose=str(dose_id(other)), **wanted(ward))
    problem = response.json()
    assert response.status_code == 409
    assert response.headers["Content-Type"] == "application/problem+json"
    assert (problem["code"], problem["status"]) == ("slot_taken", 409)
    assert problem["type"] == "urn:infusion-clinic:slot_taken"
    assert problem["detail"] == "Room 1 is taken at that time by another visit. Choose another slot."
    assert live(other) == []


def test_a_rule_that_refuses_is_unprocessable(ward: Ward, patient: Patient, caller: Callable[[str], Caller]) -> None:
    body = wanted(ward) | {"starts_at": ward.at(TODAY.replace(month=12), "10:00").isoformat()}
    response = caller("coordinator").post("appointments/", dose=str(dose_id(patient)), **body)
    assert (response.status_code, response.json()["code"]) == (422, "outside_window")


def test_wrong_values_are_named_by_field(ward: Ward, patient: Patient, caller: Callable[[str], Caller]) -> None:
    response = caller("coordinator").post("appointments/", dose=7, starts_at="2026-11-24T10:00:00", room="x")
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "invalid_input")
    assert set(problem["fields"]) == {"dose", "starts_at", "room", "operator"}
    assert problem["fields"]["starts_at"] == ["The offset is missing: write 2026-11-24T09:00:00Z, or +01:00 in summer."]


def test_move_and_undo(ward: Ward, patient: Patient, caller: Callable[[str], Caller]) -> None:
    coordinator = caller("coordinator")
    visit = book(coordinator, ward, patient)
    moved = coordinator.post(f"appointments/{visit['id']}/move/", version=1, **wanted(ward, "12:00")).json()
    assert (moved["starts_at"], moved["sequence"], moved["version"]) == ("2026-11-24T12:00:00Z", 1, 2)
    undone = coordinator.post(f"appointments/{visit['id']}/undo/").json()
    assert (undone["starts_at"], undone["sequence"]) == ("2026-11-24T10:00:00Z", 0)


def test_a_stale_version_is_a_conflict(ward: Ward, patient: Patient, caller: Callable[[str], Caller]) -> None:
    visit = book(caller("coordinator"), ward, patient)
    caller("nurse").post(f"appointments/{visit['id']}/move/", version=1, **wanted(ward, "12:00"))
    response = caller("coordinator").post(f"appointments/{visit['id']}/cancel/", version=1, cancelled_by="unit")
    assert (response.status_code, response.json()["code"]) == (409, "stale_page")
    assert "Ada Nurse" in response.json()["detail"]
    assert Appointment.objects.get().status == "booked"


def test_cancelling_twice_says_what_happened(ward: Ward, patient: Patient, caller: Callable[[str], Caller]) -> None:
    coordinator = caller("coordinator")
    visit = book(coordinator, ward, patient)
    path = f"appointments/{visit['id']}/cancel/"
    first = coordinator.post(path, cancelled_by="patient", reason="Has a cold")
    second = coordinator.post(path, cancelled_by="patient", reason="Has a cold")
    assert (first.status_code, first.json()["status"]) == (200, "cancelled")
    assert (second.status_code, second.json()["code"]) == (409, "not_in_that_state")
    assert second.json()["detail"] == "This visit is cancelled and cannot be cancelled."


def test_letting_a_reservation_go_twice_is_harmless(
    ward: Ward, patient: Patient, caller: Callable[[str], Caller]
) -> None:
    coordinator = caller("coordinator")
    coordinator.post("reservations/", dose=str(dose_id(patient)), **wanted(ward))
    assert Reservation.objects.count() == 1
    statuses = [coordinator.delete(f"reservations/{dose_id(patient)}/").status_code for _ in range(2)]
    assert statuses == [204, 204]
    assert Reservation.objects.count() == 0


def test_the_day_from_arrival_to_going_home(
    ward: Ward, patient: Patient, clock: time_machine.Traveller, caller: Callable[[str], Caller]
) -> None:
    visit = book(caller("coordinator"), ward, patient)
    path = f"appointments/{visit['id']}"
    clock.move_to(ward.at(TODAY, "10:02"))
    assert caller("nurse").post(f"{path}/arrive/", version=1).json()["status"] == "arrived"
    assert caller("nurse").post(f"{path}/put-back/").json()["status"] == "booked"
    assert caller("nurse").post(f"{path}/arrive/").json()["arrived_at"] == "2026-11-24T10:02:00Z"
    clock.move_to(ward.at(TODAY, "11:00"))
    assert caller("nurse").post(f"{path}/start/").json()["procedure_started_at"] == "2026-11-24T11:00:00Z"
    clock.move_to(ward.at(TODAY, "11:40"))
    given = caller("nurse").post(
        f"{path}/administration/",
        given_at=ward.at(TODAY, "11:35").isoformat(),
        lot="TF6A1182",
        expires_on="2028-03-31",
        dose_amount="100.00",
        volume_ml="15",
        csf_removed_ml="10",
        operator_name="Dr Malik",
        second_checker_name="Ada Doctor",
    )
    assert given.status_code == 201, given.content
    assert given.json()["appointment"]["status"] == "fulfilled"
    assert given.json()["administration"]["given_on"] == "2026-11-24"
    assert given.json()["next_dose"]["target_on"] == "2026-12-22"
    clock.move_to(ward.at(TODAY, "13:00"))
    assert caller("nurse").post(f"{path}/discharge/").json()["discharged_at"] == "2026-11-24T13:00:00Z"
    events = [event["kind"] for event in caller("nurse").get(f"{path}/").json()["events"]]
    assert events == ["booked", "arrived", "corrected", "arrived", "started", "given", "discharged"]


def test_a_dose_of_tomorrow_cannot_have_been_given(
    ward: Ward, patient: Patient, clock: time_machine.Traveller, caller: Callable[[str], Caller]
) -> None:
    visit = book(caller("coordinator"), ward, patient)
    clock.move_to(ward.at(TODAY, "10:02"))
    nurse = caller("nurse")
    nurse.post(f"appointments/{visit['id']}/arrive/")
    response = nurse.post(
        f"appointments/{visit['id']}/administration/",
        given_at=ward.at(TODAY, "18:00").isoformat(),
        lot="TF1",
        dose_amount="100",
        operator_name="Dr Malik",
    )
    assert (response.status_code, response.json()["code"]) == (422, "invalid_input")
    assert "given_at" in response.json()["fields"]


def test_noshow_opens_the_dose_again(
    ward: Ward, patient: Patient, clock: time_machine.Traveller, caller: Callable[[str], Caller]
) -> None:
    visit = book(caller("coordinator"), ward, patient)
    clock.move_to(ward.at(TODAY, "12:00"))
    nurse = caller("nurse")
    assert nurse.post(f"appointments/{visit['id']}/noshow/").json()["status"] == "noshow"
    assert nurse.get("doses-to-book/").json()["count"] == 1


def test_visits_by_day_and_patient(ward: Ward, patient: Patient, caller: Callable[[str], Caller]) -> None:
    coordinator = caller("coordinator")
    visit = book(coordinator, ward, patient)
    other = maintenance_patient(ward, 2)
    book(coordinator, ward, other, "13:00")

    def ids(**query: str) -> list[str]:
        return [found["id"] for found in coordinator.get("appointments/", **query).json()["results"]]

    assert len(ids(day=TODAY.isoformat())) == 2
    assert ids(day="2026-11-25") == []
    assert ids(patient=str(patient.public_id)) == [visit["id"]]
    assert ids(status="cancelled") == []
    board = coordinator.get(f"day-board/{TODAY}/").json()
    assert board["visits"][0]["id"] == visit["id"]
    assert [room["name"] for room in board["rooms"]] == ["Room 1", "Room 2"]


def test_a_patients_record_is_opened_on_the_record(
    ward: Ward, patient: Patient, caller: Callable[[str], Caller]
) -> None:
    record = caller("nurse").get(f"patients/{patient.public_id}/").json()
    assert record["plans"][0]["protocol"].startswith("Tofersen")
    assert record["plans"][0]["doses"][0]["is_given"] is True
    entry = AccessEntry.objects.get()
    assert (entry.patient, entry.actor_name, entry.page) == (patient, "Ada Nurse", "api")


def test_patients_are_found_by_name_and_number(ward: Ward, caller: Callable[[str], Caller]) -> None:
    nurse = caller("nurse")
    for typed in ("fairw", "9990899452", "999 089 9452", "H100001", "2/7/1971"):
        assert nurse.post("patients/search/", search=typed).json()["count"] == 1, typed
    assert nurse.post("patients/search/", search="Hartnoll").json()["count"] == 0
    assert nurse.post("patients/search/", search=" ").status_code == 422


def test_no_name_is_searched_for_in_an_address(ward: Ward, caller: Callable[[str], Caller]) -> None:
    """Addresses are logged and bookmarked: the list takes no search, and the search is only posted."""
    nurse = caller("nurse")
    everybody = nurse.get("patients/").json()["count"]
    assert nurse.get("patients/", search="Nobody").json()["count"] == everybody
    assert nurse.get("patients/search/", search="Fairweather").status_code == 405


def test_an_address_that_is_none_is_a_problem_document(caller: Callable[[str], Caller]) -> None:
    for path in ("nothing/", "appointments/not-an-id/", "day-board/yesterday/", "day-board/1999-01-01/"):
        response = caller("nurse").get(path)
        assert (response.status_code, response.json()["code"]) == (404, "not_found"), path


@pytest.mark.parametrize("query", ["page_size=0", "page_size=201", "page_size=x", "page=0", "page=x", "day=", "day=x"])
def test_a_query_that_cannot_be_meant_is_refused(query: str, caller: Callable[[str], Caller]) -> None:
    response = caller("nurse").client.get(f"/api/v1/appointments/?{query}")
    assert (response.status_code, response.json()["code"]) == (422, "invalid_input")


def test_an_answer_is_taken_down_and_a_move_sets_it_back(
    ward: Ward, patient: Patient, caller: Callable[[str], Caller]
) -> None:
    coordinator = caller("coordinator")
    visit = book(coordinator, ward, patient)
    assert (visit["participant_status"], visit["answer"]) == ("needs-action", None)
    url = f"appointments/{visit['id']}/responses/"
    said = coordinator.post(url, participant_status="tentative", channel="email", sequence=0)
    assert said.status_code == 201, said.content
    assert said.json()["answer"]["channel"] == "email"
    assert coordinator.get(f"appointments/{visit['id']}/").json()["participant_status"] == "tentative"
    moved = coordinator.post(f"appointments/{visit['id']}/move/", **wanted(ward, "12:00"))
    assert moved.json()["participant_status"] == "needs-action"
    refused = coordinator.post(url, participant_status="tentative", channel="email", sequence=9)
    assert (refused.status_code, list(refused.json()["fields"])) == (422, ["ical_sequence"])
    carer = Carer.objects.create(patient=patient, name="Noor Fairweather")
    said = coordinator.post(url, participant_status="declined", channel="phone", carer=str(carer.public_id)).json()
    assert [(one["carer"], one["participant_status"]) for one in said["answers"]] == [
        (str(carer.public_id), "declined")
    ]
    refused = coordinator.post(url, participant_status="declined", channel="phone", carer=str(patient.public_id))
    assert (refused.status_code, list(refused.json()["fields"])) == (422, ["carer"])
