"""Doses not given, left out, set for a day, put right and withdrawn, through the API; and what would follow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from doseplans.models import Administration, Dose, DoseDecision, DoseNotGiven
from patients.models import Check, Patient
from scheduling.models import Appointment
from tests.api.conftest import Caller
from tests.ward import TODAY, dose_id, maintenance_patient, next_dose

if TYPE_CHECKING:
    import time_machine

    from tests.ward import Ward

Call = Callable[[str], Caller]
IN_A_WEEK = TODAY + timedelta(days=7)
RECORD = {"lot": "TF1", "dose_amount": "100", "operator_name": "Dr Malik"}


@pytest.fixture
def patient(ward: Ward, clock: Any) -> Patient:
    return maintenance_patient(ward, due=TODAY)


@pytest.fixture
def visits(ward: Ward, patient: Patient) -> list[Appointment]:
    """Booked today and in four weeks."""
    from scheduling.services import book_appointment

    actor = ward.cast.actor("coordinator")
    first, second = Dose.objects.filter(plan__patient=patient, administrations__isnull=True).order_by("sequence")[:2]
    return [
        book_appointment(actor, dose_id=dose.public_id, wanted=ward.wanted(dose.target_on, "09:00"))
        for dose in (first, second)
    ]


def arrived(visit: Appointment, caller: Call, clock: time_machine.Traveller) -> str:
    """The visit's path, once its patient is here."""
    clock.move_to(visit.starts_at)
    path = f"appointments/{visit.public_id}/"
    assert caller("nurse").post(f"{path}arrive/").status_code == 200
    return path


def test_what_follows_is_told_and_nothing_saved(
    patient: Patient, visits: list[Appointment], ward: Ward, caller: Call
) -> None:
    path = f"doses/{visits[0].dose.public_id}/what-follows/"  # type: ignore[union-attr]
    seen = caller("manager").get(path, what="given", on=IN_A_WEEK.isoformat()).json()
    assert (seen["days_late"], seen["next_name"], seen["next_on"]) == (7, "Maintenance 3", "2026-12-29")
    move = seen["moves"][0]
    assert (move["name"], move["was_on"], move["now_on"]) == ("Maintenance 3", "2026-12-22", "2026-12-29")
    assert len(seen["unfitting"]) == 1
    assert seen["unfitting"][0].startswith("Maintenance 3 is booked for Tue 22 Dec, now too early")
    omitted = caller("manager").get(path, what="omitted", on=TODAY.isoformat()).json()
    assert (omitted["problem"], omitted["unfitting"]) == ("", [])
    assert caller("manager").get(path, what="eaten").status_code == 422
    assert not DoseDecision.objects.exists()
    assert next_dose(patient).target_on == TODAY


def test_not_given_frees_the_visit_and_leaves_the_dose_to_book(
    visits: list[Appointment], caller: Call, clock: time_machine.Traveller
) -> None:
    path = arrived(visits[0], caller, clock)
    unsaid = caller("nurse").post(f"{path}not-given/", reason="other")
    assert (unsaid.status_code, list(unsaid.json()["fields"])) == (422, ["note"])
    done = caller("nurse").post(f"{path}not-given/", reason="unwell", note="Fever")
    assert (done.status_code, done.json()["status"], done.json()["allocations"]) == (200, "cancelled", [])
    assert DoseNotGiven.objects.get().reason == "unwell"
    twice = caller("nurse").post(f"{path}not-given/", reason="unwell")
    assert (twice.status_code, twice.json()["code"]) == (409, "not_in_that_state")


def test_a_dose_left_out_is_taken_back(visits: list[Appointment], caller: Call) -> None:
    dose, doctor = visits[0].dose, caller("doctor")
    assert dose is not None
    path = f"doses/{dose.public_id}/"
    assert caller("nurse").post(f"{path}omit/", reason="Holiday").status_code == 403
    stale = doctor.post(f"{path}omit/", reason="Holiday", version=7)
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_page")
    done = doctor.post(f"{path}omit/", reason="Holiday", version=1).json()
    assert (done["appointment"]["id"], done["appointment"]["status"]) == (str(visits[0].public_id), "cancelled")
    assert done["dose"]["id"] == str(dose.public_id)
    back = doctor.post(f"{path}take-back/", reason="Came after all")
    assert (back.status_code, back.json()["appointment"]) == (200, None)
    again = doctor.post(f"{path}take-back/", reason="Twice")
    assert (again.status_code, again.json()["code"]) == (409, "decision_not_standing")


def test_a_day_set_proposes_to_move_the_visit(visits: list[Appointment], caller: Call) -> None:
    dose = visits[0].dose
    assert dose is not None
    done = caller("doctor").post(f"doses/{dose.public_id}/set-date/", on=IN_A_WEEK.isoformat(), reason="MRI first")
    assert done.json()["dose"]["target_on"] == IN_A_WEEK.isoformat()
    proposal = done.json()["proposals"][0]
    assert (proposal["appointment"], proposal["earliest_on"]) == (str(visits[0].public_id), "2026-11-29")
    assert "too early" in proposal["cause"]


def test_a_given_dose_is_put_right_and_withdrawn(
    visits: list[Appointment], caller: Call, clock: time_machine.Traveller
) -> None:
    path = arrived(visits[0], caller, clock)
    nurse = caller("nurse")
    at = visits[0].starts_at.isoformat()
    given = nurse.post(f"{path}administration/", given_at=at, sedation="none", is_csf_kept=True, **RECORD)
    assert given.status_code == 201, given.content
    dose = f"doses/{given.json()['appointment']['dose']['id']}/"
    first = str(Administration.objects.get(dose__public_id=given.json()["appointment"]["dose"]["id"]).public_id)
    corrected = {**RECORD, "lot": "TF2", "given_at": at, "replaces": first}
    right = nurse.post(f"{dose}correct/", reason="Wrong lot", **corrected)
    assert (right.status_code, right.json()["appointment"]["version"]) == (200, 4)
    kept = Administration.objects.filter(dose__public_id=given.json()["appointment"]["dose"]["id"]).order_by("pk")
    assert list(kept.values_list("lot", "source", "is_csf_kept", "is_entered_in_error")) == [
        ("TF1", "day_board", True, True),
        ("TF2", "day_board", None, False),
    ]
    stale = nurse.post(f"{dose}correct/", reason="From an old page", **corrected)
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_page")
    wrong = nurse.post(f"{dose}withdraw/", reason="Another patient's")
    assert wrong.json()["appointment"]["status"] == "arrived"
    twice = nurse.post(f"{dose}withdraw/", reason="Twice")
    assert (twice.status_code, twice.json()["code"]) == (422, "dose_not_given")
    nothing = nurse.post(f"{dose}correct/", given_at=at, reason="Twice", **RECORD)
    assert (nothing.status_code, nothing.json()["code"]) == (422, "dose_not_given")


def test_a_paper_day_is_entered_with_its_times(
    patient: Patient, ward: Ward, caller: Call, clock: time_machine.Traveller
) -> None:
    clock.move_to(ward.at(TODAY, "18:00"))
    at_once = dict.fromkeys(PAPER, ward.at(TODAY, "10:00").isoformat())
    refused = caller("nurse").post(f"doses/{dose_id(patient)}/paper/", **RECORD, **at_once)
    assert (refused.status_code, list(refused.json()["fields"])) == (422, ["discharged_at"])
    times = {name: ward.at(TODAY, at).isoformat() for name, at in PAPER.items()}
    done = caller("nurse").post(f"doses/{dose_id(patient)}/paper/", note="Network was down", **RECORD, **times)
    assert done.status_code == 201, done.content
    assert done.json()["appointment"]["discharged_at"] == "2026-11-24T12:30:00Z"
    assert Administration.objects.get(is_entered_in_error=False, given_on=TODAY).source == "paper"


PAPER = {"arrived_at": "09:05", "started_at": "10:00", "given_at": "10:20", "discharged_at": "12:30"}


def test_a_red_gate_stops_the_start_but_for_a_doctors_reason(
    visits: list[Appointment], caller: Call, clock: time_machine.Traveller
) -> None:
    Check.objects.filter(kind=Check.Kind.PLATELETS).delete()
    path = arrived(visits[0], caller, clock)
    reason = {"override_reason": "Result by telephone"}
    for who, said in (("doctor", {}), ("nurse", reason)):
        refused = caller(who).post(f"{path}start/", **said)
        assert (refused.status_code, refused.json()["code"]) == (422, "not_ready")
    started = caller("doctor").post(f"{path}start/", **reason)
    assert started.status_code == 200
    event = caller("doctor").get(path).json()["events"][-1]
    assert (event["kind"], event["reason"][:19]) == ("started", "Result by telephone")


def test_another_units_dose_is_not_there(patient: Patient, ward: Ward) -> None:
    from tests.cast import signed_in

    theirs = Caller(signed_in(ward.cast.other_nurse))
    response = theirs.get(f"doses/{dose_id(patient)}/what-follows/", what="given")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
