"""What the patient's page reads: only of the actor's units, in few queries."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from doseplans.errors import EligibilityMissing, PlanOnHold
from doseplans.models import DosePlan, Protocol
from doseplans.rules import eligibility_problems, refuse_unless_bookable
from doseplans.selectors import line_of, plan_for_patient, plans_for_patient, protocols_in_use
from doseplans.services import Course, GivenRecord, end_plan, lift_hold, place_hold, start_plan, take_over_plans
from scheduling.selectors.plan_states import plan_state
from tests.doseplans.conftest import NOW, TODAY

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from tests.cast import Cast

pytestmark = pytest.mark.django_db

# As the patient's page was drawn: loading 3 one day late, maintenance 2 two, maintenance 4 three.
DAYS = ["05-05", "05-19", "06-03", "07-01", "07-31", "08-28", "09-28", "10-26"]


@pytest.fixture
def running(cast: Cast, tofersen: Protocol) -> DosePlan:
    given = [GivenRecord.on_day(date.fromisoformat(f"2026-{day}"), cast.unit) for day in DAYS]
    course = Course(patient=cast.patient, protocol=tofersen, given=given, genetic_test_note="SOD1 +ve")
    return take_over_plans(cast.actor("coordinator"), courses=[course], on=TODAY)[0]


def test_the_line_tells_lateness_and_drift(
    running: DosePlan, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    plan = plan_for_patient(cast.actor("nurse"), patient_id=cast.patient.public_id)
    assert plan is not None
    with django_assert_num_queries(3):
        line = line_of(plan, expected={9: date(2026, 11, 25)}, on=TODAY)
    assert [dose.lateness for dose in line.doses[:10]] == [None, 0, 1, 0, 2, 0, 3, 0, 2, 0]
    assert [dose.drift for dose in line.doses[:10]] == [0, 0, 1, 1, 3, 3, 6, 6, 8, 8]
    assert (line.drift.given, line.drift.days_behind, line.drift.longest_interval) == (8, 6, 31)
    ninth = line.doses[8]
    assert (ninth.label, ninth.counted, ninth.counted_on, ninth.is_given) == (
        "Maintenance 6",
        "booked",
        date(2026, 11, 25),
        False,
    )
    assert ninth.explanation == (
        "28 days after maintenance 5 was given on Mon 26 Oct; window: 2 days before to 5 days after (local policy)"
    )
    assert line.doses[7].administration is not None
    assert len(line.doses) == 21
    assert all(dose.dose is not None and dose.dose.sequence == dose.sequence for dose in line.doses)


def test_the_line_agrees_with_the_rows(running: DosePlan) -> None:
    for dose in line_of(running, expected={}, on=TODAY).doses:
        assert dose.dose is not None
        assert (dose.target_on, dose.earliest_on, dose.latest_on, dose.ideal_on, dose.explanation) == (
            dose.dose.target_on,
            dose.dose.earliest_on,
            dose.dose.latest_on,
            dose.dose.ideal_on,
            dose.dose.rule,
        )


@pytest.mark.parametrize(("who", "seen"), [("coordinator", 1), ("manager", 1), ("other_nurse", 0), ("loner", 0)])
def test_a_plan_is_seen_in_its_unit_only(plan: DosePlan, cast: Cast, who: str, seen: int) -> None:
    assert plans_for_patient(cast.actor(who), patient_id=cast.patient.public_id).count() == seen


def test_the_live_plan_comes_before_ended_ones(plan: DosePlan, cast: Cast, tofersen: Protocol) -> None:
    doctor = cast.actor("doctor")
    end_plan(doctor, plan=plan, reason="stopped", on=TODAY, at=NOW)
    live = start_plan(doctor, patient=cast.patient, protocol=tofersen, starts_on=TODAY, on=TODAY)
    assert list(plans_for_patient(doctor, patient_id=cast.patient.public_id)) == [live, plan]
    assert plan_for_patient(doctor, patient_id=cast.other_patient.public_id) is None


def test_a_standing_hold_comes_with_the_plan(plan: DosePlan, cast: Cast) -> None:
    doctor = cast.actor("doctor")
    place_hold(doctor, plan=plan, reason="Fever", on=TODAY)
    lift_hold(doctor, plan=plan, at=NOW)
    hold = place_hold(doctor, plan=plan, reason="Headache", on=TODAY)
    found = plan_for_patient(doctor, patient_id=cast.patient.public_id)
    assert found is not None
    assert found.standing_holds == [hold]  # type: ignore[attr-defined]


def test_protocols_in_use_are_offered_to_who_sees_plans(cast: Cast, tofersen: Protocol) -> None:
    assert list(protocols_in_use(cast.actor("doctor"))) == [tofersen]
    assert list(protocols_in_use(cast.actor("loner"))) == []


def check(plan: DosePlan) -> None:
    refuse_unless_bookable(
        plan_state(plan.pk, plan.patient.unit).facts,
        is_given=False,
        on=TODAY,
        previous_on=None,
        minimum=None,
        may_override=False,
    )


def test_bookability_is_read_in_one_query(
    plan: DosePlan, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        check(plan)
    doctor = cast.actor("doctor")
    place_hold(doctor, plan=plan, reason="Fever", on=TODAY)
    with pytest.raises(PlanOnHold, match="Fever"):
        check(plan)
    lift_hold(doctor, plan=plan, at=NOW)
    place_hold(doctor, plan=plan, reason="Headache", on=TODAY)
    lift_hold(doctor, plan=plan, at=NOW)
    check(plan)


def test_a_missing_genetic_report_stops_booking_and_is_said_on_the_list(cast: Cast, tofersen: Protocol) -> None:
    plan = start_plan(cast.actor("doctor"), patient=cast.patient, protocol=tofersen, starts_on=TODAY, on=TODAY)
    assert eligibility_problems(plan, on=TODAY, today=TODAY) == [
        "Genetic test report not recorded",
        "Prescriber not recorded",
        "Date of the next clinical review not recorded",
        "Pregnancy and contraception discussion not recorded",
    ]
    with pytest.raises(EligibilityMissing):
        check(plan)
