"""Weeks planned ahead through the API: the draft, a choice, the booking, the search for a better plan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from scheduling.models import Appointment, Horizon, PlanningRun
from tests.api.conftest import Caller
from tests.ward import TODAY, maintenance_patient

if TYPE_CHECKING:
    from tests.ward import Ward

DUE = TODAY + timedelta(days=3)


def test_from_the_draft_to_the_visits(ward: Ward, clock: Any, caller: Callable[[str], Caller]) -> None:
    for number in (1, 2):
        maintenance_patient(ward, number, due=DUE)
    coordinator = caller("coordinator")
    assert coordinator.post("horizons/", weeks=27).status_code == 422
    draft = coordinator.post("horizons/", weeks=4).json()
    assert (draft["horizon_state"], draft["weeks"], len(draft["lines"])) == ("draft", 4, 2)
    line = draft["lines"][0]
    assert (line["dose_becomes"], line["target_on"], line["drift_days"]) == ("book", DUE.isoformat(), 0)
    address = f"horizon-lines/{line['id']}/"
    assert coordinator.post(address, choice="book").status_code == 422
    place = {"room": line["room"]["id"], "operator": line["operator"]["id"]}
    changed = coordinator.post(address, choice="book", starts_at=ward.at(DUE, "12:00").isoformat(), **place).json()
    assert [one["is_pinned"] for one in changed["lines"] if one["id"] == line["id"]] == [True]
    stale = coordinator.post(f"horizons/{draft['id']}/book/", planned_at=ward.at(TODAY, "07:00").isoformat())
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_page")
    done = coordinator.post(f"horizons/{draft['id']}/book/").json()
    assert (done["booked"], done["refused"], done["horizon"]["horizon_state"]) == (2, 0, "booked")
    assert Appointment.objects.count() == 2
    late = coordinator.post(f"horizons/{draft['id']}/give-up/")
    assert (late.status_code, late.json()["code"]) == (409, "not_in_that_state")


def test_the_search_for_a_better_plan(ward: Ward, clock: Any, caller: Callable[[str], Caller]) -> None:
    maintenance_patient(ward, 1, due=DUE)
    coordinator = caller("coordinator")
    draft = coordinator.post("horizons/", weeks=4).json()
    assert coordinator.get(f"horizons/{draft['id']}/run/").status_code == 404
    now = timezone.now()
    horizon = Horizon.objects.get()
    run = PlanningRun.objects.create(
        unit=ward.unit, horizon=horizon, planned_at=now, queued_at=now, seconds=20, asked_by_name="Ada"
    )
    assert coordinator.get(f"horizons/{draft['id']}/run/").json()["standing"] == "queued"
    ended = coordinator.post(f"planning-runs/{run.public_id}/cancel/").json()
    assert (ended["standing"], ended["outcome"]) == ("cancelled", "Cancelled by Ada Coordinator.")
    assert coordinator.get(f"planning-runs/{run.public_id}/").json()["standing"] == "cancelled"
