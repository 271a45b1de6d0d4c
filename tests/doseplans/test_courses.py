"""Courses taken over from a ward's list, each going on from the last dose really given."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doseplans.errors import DoseOutOfOrder, PlanAlreadyRunning, ProtocolNotInUse
from doseplans.models import Administration, Dose, DosePlan, Protocol
from doseplans.services import Course, GivenRecord, Hold, record_history, take_over_plans
from patients.models import WorklistItem
from tests.cast import make_patient
from tests.doseplans.conftest import TODAY
from units.errors import InvalidInput, NotAllowed

if TYPE_CHECKING:
    from tests.cast import Cast

pytestmark = pytest.mark.django_db

# Loading 2 two days late, loading 3 one more; then 28 days each.
DAYS = [date(2026, 6, 2), date(2026, 6, 18), date(2026, 7, 3), date(2026, 7, 31), date(2026, 8, 28)]


def records(cast: Cast, *days: date) -> list[GivenRecord]:
    return [GivenRecord.on_day(day, cast.unit) for day in days]


def take_over(cast: Cast, *courses: Course, who: str = "coordinator") -> list[DosePlan]:
    return take_over_plans(cast.actor(who), courses=courses, on=TODAY)


@pytest.mark.parametrize(
    ("review_on", "due_on", "says"),
    [
        (date(2026, 12, 4), date(2026, 12, 4), "Tofersen 100 mg is"),
        (None, TODAY, "No review day is set. Tofersen 100 mg is"),
    ],
)
def test_a_hold_of_the_list_is_to_be_reviewed(
    cast: Cast, tofersen: Protocol, review_on: date | None, due_on: date, says: str
) -> None:
    hold = Hold("CSF white cells up", placed_on=TODAY, review_on=review_on)
    take_over(cast, Course(patient=cast.patient, protocol=tofersen, given=records(cast, *DAYS), hold=hold))
    item = WorklistItem.objects.get(patient=cast.patient)
    assert (item.title, cast.unit.local_date(item.due_at), item.detail[: len(says)]) == (
        "Review the hold",
        due_on,
        says,
    )
    assert item.detail.endswith(": CSF white cells up")


def test_a_course_goes_on_from_the_last_dose_really_given(cast: Cast, tofersen: Protocol) -> None:
    course = Course(
        patient=cast.patient,
        protocol=tofersen,
        given=records(cast, *reversed(DAYS)),
        consultant_name="Dr A. Malik",
        access_route="ct",
        genetic_test_note="SOD1 +ve",
        hold=Hold("CSF white cells up", placed_on=TODAY, review_on=date(2026, 12, 4)),
    )
    (plan,) = take_over(cast, course)
    plan = DosePlan.objects.get(pk=plan.pk)
    assert (plan.starts_on, plan.access_route, plan.consultant_name) == (DAYS[0], "ct", "Dr A. Malik")
    assert list(plan.doses.values_list("administrations__given_on", flat=True)[:6]) == [*DAYS, None]
    assert plan.doses.count() == len(DAYS) + 13
    following = plan.doses.get(sequence=6)
    assert (str(following), following.target_on) == ("Maintenance 3", date(2026, 9, 25))
    assert following.ideal_on == date(2026, 9, 22)
    assert plan.holds.get().reason == "CSF white cells up"
    assert set(Administration.objects.values_list("source", "is_time_known")) == {("import", False)}


def test_a_course_without_a_dose_yet_begins_on_its_planned_day(cast: Cast, tofersen: Protocol) -> None:
    take_over(cast, Course(patient=cast.patient, protocol=tofersen, starts_on=date(2026, 12, 1)))
    assert Dose.objects.get(sequence=1).target_on == date(2026, 12, 1)


def test_many_courses_cost_as_many_queries_as_one(cast: Cast, tofersen: Protocol) -> None:
    protocol = Protocol.objects.prefetch_related("steps").get(pk=tofersen.pk)

    def cost(numbers: range) -> int:
        patients = [make_patient(cast.unit, number=f"H2{number:05}") for number in numbers]
        courses = [Course(patient=patient, protocol=protocol, given=records(cast, *DAYS)) for patient in patients]
        with CaptureQueriesContext(connection) as queries:
            take_over(cast, *courses)
        return len(queries)

    assert cost(range(1)) == cost(range(1, 31))
    assert Administration.objects.count() == 31 * len(DAYS)


def test_one_wrong_course_refuses_all(cast: Cast, tofersen: Protocol) -> None:
    fine = Course(patient=cast.patient, protocol=tofersen, given=records(cast, *DAYS))
    other = make_patient(cast.unit, number="H300001")
    for days in ([DAYS[0], DAYS[0]], [TODAY + timedelta(days=1)]):
        wrong = Course(patient=other, protocol=tofersen, given=records(cast, *days))
        with pytest.raises((DoseOutOfOrder, InvalidInput)):
            take_over(cast, fine, wrong)
    with pytest.raises(InvalidInput):
        take_over(cast, fine, Course(patient=other, protocol=tofersen))
    with pytest.raises(PlanAlreadyRunning):
        take_over(cast, fine, fine)
    assert not DosePlan.objects.exists()


def test_a_draft_is_not_followed(cast: Cast) -> None:
    draft = Protocol.objects.create(code="draft", name="Draft")
    draft.steps.create(ordinal=1, kind="single", count=1, interval=0)
    with pytest.raises(ProtocolNotInUse):
        take_over(cast, Course(patient=cast.patient, protocol=draft, starts_on=TODAY))


@pytest.mark.parametrize("who", ["nurse", "doctor", "pharmacist", "manager", "other_coordinator", "loner"])
def test_only_who_may_import_takes_over(cast: Cast, tofersen: Protocol, who: str) -> None:
    with pytest.raises(NotAllowed):
        take_over(cast, Course(patient=cast.patient, protocol=tofersen, starts_on=TODAY), who=who)


def test_later_doses_follow_those_on_record(cast: Cast, tofersen: Protocol) -> None:
    (plan,) = take_over(cast, Course(patient=cast.patient, protocol=tofersen, given=records(cast, *DAYS[:3])))
    before = dict(plan.doses.values_list("sequence", "pk"))
    record_history(
        cast.actor("coordinator"),
        plan=plan,
        records=records(cast, *DAYS[3:]),
        expected={6: date(2026, 9, 28)},
        on=TODAY,
    )
    assert list(plan.doses.values_list("administrations__given_on", flat=True)[:6]) == [*DAYS, None]
    after = dict(plan.doses.values_list("sequence", "pk"))
    assert {sequence: after[sequence] for sequence in before} == before
    assert plan.doses.get(sequence=6).target_on == date(2026, 9, 25)
    assert plan.doses.get(sequence=7).target_on == date(2026, 10, 26)


def test_a_dose_that_does_not_follow_those_on_record_is_refused(cast: Cast, tofersen: Protocol) -> None:
    (plan,) = take_over(cast, Course(patient=cast.patient, protocol=tofersen, given=records(cast, *DAYS)))
    for day in (DAYS[-1], DAYS[0]):
        with pytest.raises(DoseOutOfOrder):
            record_history(cast.actor("coordinator"), plan=plan, records=records(cast, day), expected={}, on=TODAY)
    with pytest.raises(NotAllowed):
        record_history(cast.actor("nurse"), plan=plan, records=records(cast, TODAY), expected={}, on=TODAY)
    assert Administration.objects.count() == len(DAYS)
