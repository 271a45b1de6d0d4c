"""The facts of a plan: a doctor writes them, missing ones stop booking, a course begun elsewhere was judged there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from doseplans.errors import PlanEnded
from doseplans.models import DosePlan
from doseplans.rules import eligibility_problems
from doseplans.services import Course, GivenRecord, edit_plan_facts, end_plan, record_registry_return, take_over_plans
from tests.doseplans.conftest import NOW, TODAY, history_of
from units.errors import InvalidInput, NotAllowed, NotFound

if TYPE_CHECKING:
    from doseplans.models import Protocol
    from tests.cast import Cast

pytestmark = pytest.mark.django_db


def edit(cast: Cast, plan: DosePlan, who: str = "doctor", **facts: Any) -> DosePlan:
    return edit_plan_facts(cast.actor(who), plan_id=plan.public_id, on=TODAY, **facts)


def test_a_doctor_writes_what_is_named_and_the_rest_stays(cast: Cast, plan: DosePlan) -> None:
    edit(cast, plan, prescriber_name=" Dr Osei ", review_on=date(2027, 3, 1))
    plan.refresh_from_db()
    assert (plan.prescriber_name, plan.review_on) == ("Dr Osei", date(2027, 3, 1))
    assert plan.pregnancy_discussed_on == TODAY - timedelta(days=7)
    written = history_of(plan).last().pgh_context.metadata
    assert (written["act"], written["actor"]) == ("edit_plan_facts", cast.doctor.name)


@pytest.mark.parametrize("who", ["coordinator", "nurse", "pharmacist", "manager"])
def test_only_a_doctor_writes_them(cast: Cast, plan: DosePlan, who: str) -> None:
    with pytest.raises(NotAllowed):
        edit(cast, plan, who, prescriber_name="Dr Osei")


def test_another_units_people_find_no_plan(cast: Cast, plan: DosePlan) -> None:
    with pytest.raises(NotFound):
        edit(cast, plan, "other_nurse", prescriber_name="Dr Osei")


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"pregnancy_discussed_on": TODAY + timedelta(days=1)}, "pregnancy_discussed_on"),
        ({"registry_returned_on": TODAY + timedelta(days=1)}, "registry_returned_on"),
        ({"access_route": "by eye"}, "access_route"),
        ({"prescriber_name": "x" * 121}, "prescriber_name"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    cast: Cast, plan: DosePlan, facts: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        edit(cast, plan, **facts)
    fields: Any = caught.value.facts["fields"]
    assert field in fields
    assert history_of(plan).count() == 1


def test_an_ended_plan_stays_as_it_is(cast: Cast, plan: DosePlan) -> None:
    end_plan(cast.actor("doctor"), plan=plan, reason="stopped", on=TODAY, at=NOW)
    with pytest.raises(PlanEnded):
        edit(cast, plan, prescriber_name="Dr Osei")


def test_a_course_with_doses_given_elsewhere_is_taken_over(cast: Cast, tofersen: Protocol) -> None:
    given = GivenRecord(given_at=datetime(2026, 11, 10, 12, tzinfo=UTC))
    course = Course(patient=cast.patient, protocol=tofersen, given=[given], genetic_test_note="SOD1 +ve")
    (plan,) = take_over_plans(cast.actor("coordinator"), courses=[course], on=TODAY)
    assert plan.taken_over_on == TODAY
    assert eligibility_problems(plan, on=TODAY, today=TODAY) == []


def test_a_course_without_a_dose_begins_here(cast: Cast, tofersen: Protocol) -> None:
    course = Course(patient=cast.patient, protocol=tofersen, starts_on=TODAY, genetic_test_note="SOD1 +ve")
    (plan,) = take_over_plans(cast.actor("coordinator"), courses=[course], on=TODAY)
    assert plan.taken_over_on is None
    assert eligibility_problems(plan, on=TODAY, today=TODAY)[0] == "Prescriber not recorded"


def test_the_return_to_the_registry_is_written_down(cast: Cast, plan: DosePlan) -> None:
    record_registry_return(cast.actor("coordinator"), plan_id=plan.public_id, returned_on=TODAY, on=TODAY)
    assert DosePlan.objects.get().registry_returned_on == TODAY
    with pytest.raises(NotAllowed):
        record_registry_return(cast.actor("manager"), plan_id=plan.public_id, returned_on=TODAY, on=TODAY)
