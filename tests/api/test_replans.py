"""A closure's visits re-planned through the API: the draft, a choice, the move of them all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from scheduling.services import close
from tests.api.conftest import Caller
from tests.scheduling.waiting import book
from tests.ward import TODAY, maintenance_patient

if TYPE_CHECKING:
    from tests.ward import Ward

ON = TODAY + timedelta(days=1)


def test_from_the_closure_to_the_moves(ward: Ward, clock: Any, caller: Callable[[str], Caller]) -> None:
    visits = [book(ward, maintenance_patient(ward, n, due=ON), ON, at) for n, at in ((1, "08:00"), (2, "10:00"))]
    close(
        ward.cast.actor("administrator"),
        unit=ward.unit,
        resource=ward.rooms[0],
        starts_at=ward.at(ON, "00:00"),
        ends_at=ward.at(ON + timedelta(days=1), "00:00"),
        reason="Floor repaired",
    )
    coordinator = caller("coordinator")
    [closure] = coordinator.get("closures/").json()["results"]
    draft = coordinator.post(f"closures/{closure['id']}/replan/").json()
    assert (draft["replan_state"], draft["closure"]) == ("draft", closure["id"])
    assert [(one["appointment"], one["becomes"], one["room"]["name"]) for one in draft["lines"]] == [
        (str(visit.public_id), "move", "Room 2") for visit in visits
    ]
    first, second = (f"replan-lines/{one['id']}/" for one in draft["lines"])
    assert coordinator.post(first, choice="move").status_code == 422
    place = {"room": draft["lines"][0]["room"]["id"], "operator": draft["lines"][0]["operator"]["id"]}
    moved = coordinator.post(first, choice="move", starts_at=ward.at(ON, "12:00").isoformat(), **place).json()
    assert [one["is_pinned"] for one in moved["lines"]] == [True, False]
    assert coordinator.post(second, choice="keep").json()["lines"][1]["becomes"] == "keep"
    stale = coordinator.post(f"replans/{draft['id']}/apply/", planned_at=(ward.at(TODAY, "07:00")).isoformat())
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_page")
    empty = coordinator.post(f"replans/{draft['id']}/apply/", lines=[])
    assert (empty.status_code, empty.json()["code"]) == (422, "nothing_selected")
    applied = coordinator.post(f"replans/{draft['id']}/apply/", lines=[draft["lines"][0]["id"]])
    assert (applied.status_code, applied.json()["replan_state"]) == (200, "applied")
    assert coordinator.get(f"replans/{draft['id']}/").json()["replan_state"] == "applied"
    late = coordinator.post(f"replans/{draft['id']}/give-up/")
    assert (late.status_code, late.json()["code"]) == (409, "not_in_that_state")
    assert [visit.events.latest("pk").kind for visit in visits] == ["moved", "booked"]
