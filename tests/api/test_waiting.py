"""The waiting list through the API: a wish, a slot that came free, an offer, and the answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.conftest import Caller
from tests.scheduling.waiting import book, freed
from tests.ward import TODAY, dose_id, maintenance_patient

if TYPE_CHECKING:
    from tests.ward import Ward

Call = Callable[[str], Caller]
FREE_ON, BOOKED_ON, DUE = (TODAY + timedelta(days=days) for days in (3, 6, 4))
TERMS = {"notice_hours": 24, "holds_until": BOOKED_ON.isoformat(), "weekdays": [5, 4], "arrive_from": "08:30"}


@pytest.fixture
def waiting(ward: Ward, clock: Any, caller: Call) -> list[str]:
    """Two doses with a visit that are on the waiting list, and a slot that came free."""
    doses = []
    for number, time in ((1, "09:00"), (2, "13:00")):
        patient = maintenance_patient(ward, number, due=DUE)
        book(ward, patient, BOOKED_ON, time, room=1, operator=1)
        doses.append(str(dose_id(patient)))
        asked = caller("nurse").post(f"doses/{doses[-1]}/earlier-wish/", **TERMS)
        assert asked.status_code == 200, asked.content
    freed(ward, FREE_ON)
    return doses


def test_a_wish_is_told_and_ended(waiting: list[str], caller: Call) -> None:
    nurse = caller("nurse")
    listed = nurse.get("earlier-wishes/").json()["results"]
    assert [wish["dose"]["id"] for wish in listed] == waiting
    assert listed[0].items() >= {**TERMS, "weekdays": [4, 5], "leave_by": None, "asked_by": "Ada Nurse"}.items()
    ended = nurse.post(f"earlier-wishes/{listed[0]['id']}/end/", reason="Is content")
    assert (ended.status_code, ended.json()["outcome"]) == (200, "Is content")
    again = nurse.post(f"earlier-wishes/{listed[0]['id']}/end/")
    assert (again.status_code, again.json()["code"]) == (409, "not_in_that_state")
    assert len(nurse.get("earlier-wishes/").json()["results"]) == 1


def test_from_the_freed_slot_to_the_move(waiting: list[str], caller: Call) -> None:
    coordinator = caller("coordinator")
    [slot] = coordinator.get("freed-slots/").json()["results"]
    assert (slot["freed_by"], slot["left_out"]) == ("cancelled", [])
    assert [one["dose"]["id"] for one in slot["allowed"]] == waiting
    assert slot["allowed"][0]["reasons"][0] == "3 days earlier"
    place = {"room": slot["room"]["id"], "operator": slot["operator"]["id"], "procedure_at": slot["procedure_at"]}
    made = coordinator.post("offers/", **place, doses=waiting, minutes=60)
    assert made.status_code == 201, made.content
    assert [one["state"] for one in made.json()["offered"]] == ["asked", "asked"]
    again = coordinator.post("offers/", **place, doses=waiting)
    assert (again.status_code, again.json()["code"]) == (409, "cannot_offer")
    first, second = (one["id"] for one in made.json()["offered"])
    accepted = coordinator.post(f"offered-visits/{second}/accept/")
    assert (accepted.status_code, accepted.json()["sequence"]) == (200, 1)
    assert accepted.json()["starts_at"] == slot["allowed"][1]["starts_at"]
    late = coordinator.post(f"offered-visits/{first}/accept/")
    assert (late.status_code, late.json()["code"]) == (409, "offer_over")
    assert late.json()["detail"] == "Somebody else was first. The visit stays as it is."
    [offer] = coordinator.get("offers/").json()["results"]
    assert (offer["state"], [one["state"] for one in offer["offered"]]) == ("accepted", ["missed", "accepted"])


def test_declined_and_withdrawn(waiting: list[str], caller: Call) -> None:
    coordinator = caller("coordinator")
    [slot] = coordinator.get("freed-slots/").json()["results"]
    place = {"room": slot["room"]["id"], "operator": slot["operator"]["id"], "procedure_at": slot["procedure_at"]}
    made = coordinator.post("offers/", **place, doses=waiting).json()
    declined = coordinator.post(f"offered-visits/{made['offered'][0]['id']}/decline/", reason="Is away")
    assert (declined.status_code, declined.json()["offered"][0]["note"]) == (200, "Is away")
    withdrawn = coordinator.post(f"offers/{made['id']}/withdraw/")
    assert (withdrawn.status_code, withdrawn.json()["state"]) == (200, "withdrawn")
    assert [one["state"] for one in withdrawn.json()["offered"]] == ["declined", "over"]
    assert len(coordinator.get("freed-slots/").json()["results"]) == 1


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"weekdays": [8]}, "weekdays"),
        ({"arrive_from": "25:00"}, "arrive_from"),
        ({"notice_hours": "24"}, "notice_hours"),
        ({"holds_until": "2026-11-01"}, "holds_until"),
    ],
)
def test_terms_that_nobody_means_are_refused(
    waiting: list[str], caller: Call, terms: dict[str, Any], field: str
) -> None:
    refused = caller("nurse").post(f"doses/{waiting[0]}/earlier-wish/", **{**TERMS, **terms})
    assert (refused.status_code, list(refused.json()["fields"])) == (422, [field])
