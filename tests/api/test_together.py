"""A series and a swap through the API: looked at first, then done, then taken back together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from scheduling.services import book_appointment
from tests.api.conftest import Caller
from tests.ward import TODAY, dose_id, maintenance_patient

if TYPE_CHECKING:
    from tests.ward import Ward

DUE = TODAY + timedelta(days=1)


def place_of(line: dict[str, Any]) -> dict[str, Any]:
    slot = line["slot"]
    return {
        "dose": line["dose"]["id"],
        "starts_at": slot["starts_at"],
        "room": slot["room"]["id"],
        "operator": slot["operator"]["id"],
    }


def test_a_series_from_the_plan_to_the_visits(ward: Ward, clock: Any, caller: Callable[[str], Caller]) -> None:
    coordinator = caller("coordinator")
    path = f"doses/{dose_id(maintenance_patient(ward, due=DUE))}/series/"
    planned = coordinator.post(path, count=2).json()["lines"]
    assert [(line["slot"]["days_late"], line["problem"], line["note"]) for line in planned] == [(0, "", "")] * 2
    other = planned[1]["others"][0]
    chosen = [place_of(planned[0]), place_of({**planned[1], "slot": other})]
    again = coordinator.post(path, count=2, chosen=chosen).json()["lines"]
    assert again[1]["slot"]["starts_at"] == other["starts_at"]
    answer = coordinator.post("series/", places=chosen)
    assert answer.status_code == 201
    visits = answer.json()["appointments"]
    assert [one["starts_at"] for one in visits] == [one["starts_at"] for one in chosen]
    twice = coordinator.post("series/", places=chosen)
    assert (twice.status_code, twice.json()["code"]) == (409, "series_refused")
    assert coordinator.post(f"appointments/{visits[1]['id']}/undo/").status_code == 200
    statuses = [coordinator.get(f"appointments/{one['id']}/").json()["status"] for one in visits]
    assert statuses == ["entered-in-error"] * 2


def test_a_swap_from_the_preview_to_the_visits(ward: Ward, clock: Any, caller: Callable[[str], Caller]) -> None:
    actor, coordinator = ward.cast.actor("coordinator"), caller("coordinator")
    one, other = (
        book_appointment(actor, dose_id=dose_id(maintenance_patient(ward, n, due=DUE)), wanted=ward.wanted(DUE, at))
        for n, at in ((1, "08:00"), (2, "11:00"))
    )
    path = f"appointments/{one.public_id}/swap/"
    [first, second] = coordinator.get(path, other=str(other.public_id)).json()["changes"]
    assert (first["was_at"], first["now_at"]) == (second["now_at"], second["was_at"])
    refused = coordinator.post(path, other=str(other.public_id), version=4)
    assert (refused.status_code, refused.json()["code"]) == (409, "stale_page")
    swapped = coordinator.post(path, other=str(other.public_id), version=1, other_version=1).json()["appointments"]
    assert [one["sequence"] for one in swapped] == [1, 1]
    assert swapped[0]["starts_at"] == first["now_at"]
