"""Consents, checks and authorisations written down, and a plan started, through the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.conftest import Caller
from tests.cast import make_patient
from tests.ward import TODAY

if TYPE_CHECKING:
    from tests.ward import Ward

Call = Callable[[str], Caller]
TOMORROW = (TODAY + timedelta(days=1)).isoformat()


@pytest.fixture
def path(ward: Ward, clock: Any) -> str:
    return f"patients/{make_patient(ward.unit, 'Newcomer', 'N1').public_id}/"


@pytest.mark.parametrize(
    ("kind", "said", "told"),
    [
        ("consents", {"kind": "procedure", "given_on": TODAY.isoformat()}, {"expires_on": None, "withdrawn_on": None}),
        (
            "checks",
            {"kind": "platelets", "done_on": TODAY.isoformat(), "is_acceptable": True, "result": "210 10^9/L"},
            {"recorded_by": "Ada Nurse", "is_entered_in_error": False},
        ),
        (
            "authorisations",
            {"status": "approved", "funding_source": "payer", "valid_to": TOMORROW, "units_approved": 400},
            {"valid_from": None, "doses_approved": None, "note": ""},
        ),
    ],
)
def test_written_down_and_listed(
    path: str, caller: Call, kind: str, said: dict[str, Any], told: dict[str, Any]
) -> None:
    added = caller("nurse").post(f"{path}{kind}/", **said)
    assert added.status_code == 201, added.content
    listed = caller("manager").get(f"{path}{kind}/").json()["results"]
    assert len(listed) == 1
    assert listed[0].items() >= {**said, **told}.items()
    assert listed[0] == added.json()
    assert caller("manager").post(f"{path}{kind}/", **said).status_code == 403


def test_what_cannot_be_is_refused(path: str, caller: Call) -> None:
    nurse = caller("nurse")
    early = nurse.post(f"{path}consents/", kind="maker", given_on=TOMORROW)
    assert (early.status_code, list(early.json()["fields"])) == (422, ["given_on"])
    words = nurse.post(f"{path}checks/", kind="inr", done_on=TODAY.isoformat(), is_acceptable="yes")
    assert (words.status_code, list(words.json()["fields"])) == (422, ["is_acceptable"])
    nurse.post(f"{path}consents/", kind="maker", given_on=TODAY.isoformat())
    twice = nurse.post(f"{path}consents/", kind="maker", given_on=TODAY.isoformat())
    assert (twice.status_code, twice.json()["code"]) == (409, "already_on_record")


def test_a_plan_is_started_once(path: str, caller: Call) -> None:
    doctor = caller("doctor")
    offered = doctor.get("protocols/").json()["results"]
    tofersen = next(one["id"] for one in offered if one["code"] == "tofersen")
    body = {"protocol": tofersen, "starts_on": TOMORROW, "prescriber_name": "Dr Malik"}
    assert caller("nurse").post(f"{path}plans/", **body).status_code == 403
    started = doctor.post(f"{path}plans/", **body)
    assert started.status_code == 201, started.content
    assert (started.json()["hold"], started.json()["visits"]) == (None, [])
    plan = doctor.get(path).json()["plans"][0]
    assert (plan["id"], plan["starts_on"]) == (started.json()["id"], TOMORROW)
    assert [dose["dose"]["target_on"] for dose in plan["doses"][:3]] == ["2026-11-25", "2026-12-09", "2026-12-23"]
    twice = doctor.post(f"{path}plans/", **body)
    assert (twice.status_code, twice.json()["code"]) == (422, "plan_already_running")
    unknown = doctor.post(f"{path}plans/", **{**body, "protocol": started.json()["id"]})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
