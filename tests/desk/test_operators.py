"""Only this operator: chosen on a page of the plan, said on the patient's page, kept by the slots."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from doseplans.errors import PlanEnded
from doseplans.models import DosePlan
from patients.models import Patient
from scheduling.models import OnlyOperator
from scheduling.services.courses.operators import choose_only_operator
from tests.desk.conftest import words
from tests.ward import TODAY
from units.errors import InvalidInput, NotAllowed

if TYPE_CHECKING:
    from tests.ward import Ward

Staff = Callable[[str], Client]


def plan_of(patient: Patient) -> DosePlan:
    return DosePlan.objects.get(patient=patient)


def test_one_person_is_chosen_and_anybody_again(ward: Ward, patient: Patient, staff: Staff) -> None:
    browser, plan = staff("coordinator"), plan_of(patient)
    url = f"/plans/{plan.public_id}/operator/"
    page = words(browser.get(url))
    assert "Anybody who may: the usual one is preferred" in page
    answer = browser.post(url, {"operator": ward.operators[1].public_id})
    assert answer.status_code in {204, 302, 303}
    assert OnlyOperator.objects.get(plan=plan).operator == ward.operators[1]
    assert "only Dr Osei" in words(browser.get(f"/patients/{patient.public_id}/"))
    browser.post(url, {"operator": ""})
    assert not OnlyOperator.objects.filter(plan=plan).exists()
    assert browser.post(url, {"operator": ward.rooms[0].public_id}).status_code == 422


def test_nobody_chooses_a_room_or_for_a_plan_that_has_ended_or_without_the_right(ward: Ward, patient: Patient) -> None:
    plan, actor = plan_of(patient), ward.cast.actor("coordinator")
    with pytest.raises(InvalidInput):
        choose_only_operator(actor, plan_id=plan.public_id, operator=ward.rooms[0].public_id)
    with pytest.raises(NotAllowed):
        choose_only_operator(
            ward.cast.actor("pharmacist"), plan_id=plan.public_id, operator=ward.operators[0].public_id
        )
    DosePlan.objects.filter(pk=plan.pk).update(ended_on=TODAY, end_reason="stopped")
    with pytest.raises(PlanEnded):
        choose_only_operator(actor, plan_id=plan.public_id, operator=ward.operators[0].public_id)
