"""A list that runs late, an urgent visit and a patient who came after all, through the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import time_machine

from tests.api.conftest import Caller
from tests.scheduling.waiting import book
from tests.ward import TODAY, dose_id, maintenance_patient

if TYPE_CHECKING:
    from tests.ward import Ward

Callers = Callable[[str], Caller]


def test_the_list_is_looked_at_and_then_moved(ward: Ward, clock: time_machine.Traveller, caller: Callers) -> None:
    first, last = (
        book(ward, maintenance_patient(ward, n, due=TODAY), TODAY, at) for n, at in ((1, "14:00"), (2, "15:15"))
    )
    coordinator, path = caller("coordinator"), f"appointments/{first.public_id}/late/"
    shown = coordinator.get(path, minutes=60).json()
    assert [(one["appointment"], one["minutes"], bool(one["short"])) for one in shown["lines"]] == [
        (str(first.public_id), 60, False),
        (str(last.public_id), 0, True),
    ]
    refused = coordinator.post(path, minutes=60)
    assert (refused.status_code, refused.json()["code"]) == (422, "slot_not_offered")
    stays = [str(last.public_id)]
    shown = coordinator.get(path, minutes=30, stay=stays).json()
    stale = coordinator.post(path, minutes=30, mark="another")
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_page")
    done = coordinator.post(path, minutes=30, stay=stays, mark=shown["mark"])
    assert (done.status_code, done.json()["lines"]) == (200, shown["lines"])
    assert coordinator.get(f"appointments/{first.public_id}/").json()["events"][-1]["kind"] == "delayed"
    assert coordinator.get(path, minutes=7).status_code == 422


def test_an_urgent_dose_and_a_patient_who_came(ward: Ward, clock: time_machine.Traveller, caller: Callers) -> None:
    nurse, wanted = caller("nurse"), ward.wanted(TODAY, "17:30")
    asked = {
        "dose": str(dose_id(maintenance_patient(ward, 1, due=TODAY))),
        "starts_at": wanted.starts_at.isoformat(),
        "room": str(wanted.room),
        "operator": str(wanted.operator),
    }
    assert nurse.post("squeeze-ins/", **asked).status_code == 422
    asked["reason"] = "Seen today"
    leaves = nurse.post("squeeze-ins/look/", **asked).json()["leaves"]
    assert leaves[0] == "Room 1 has no list on Tue 24 Nov at 18:30."
    booked = nurse.post("squeeze-ins/", **asked)
    assert (booked.status_code, booked.json()["squeezed_in_reason"]) == (201, "Seen today")
    assert caller("coordinator").post("squeeze-ins/", **asked).status_code == 403
    clock.move_to(ward.at(TODAY, "17:40"))
    nurse = caller("nurse")  # signed in again: it is evening
    visit = f"appointments/{booked.json()['id']}/"
    assert nurse.post(f"{visit}noshow/").json()["allocations"] == []
    came = nurse.post(f"{visit}undo-noshow/").json()
    assert (came["status"], len(came["allocations"])) == ("booked", 3)
    assert nurse.post(f"{visit}undo-noshow/").json()["code"] == "not_in_that_state"
