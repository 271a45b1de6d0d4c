"""Re-projection changes dates, never identity, in a constant number of statements."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doseplans import models
from doseplans.models import Administration, Dose, DosePlan
from doseplans.services import GivenRecord, record_given, reproject_plan, withdraw_given
from tests.doseplans.conftest import NOW, TODAY, history_of

if TYPE_CHECKING:
    from pytest_django import DjangoCaptureOnCommitCallbacks

    from tests.cast import Cast

pytestmark = pytest.mark.django_db
FIRST = date(2026, 12, 1)


def fresh(plan: DosePlan) -> DosePlan:
    """The plan as a use case reads it."""
    return DosePlan.objects.select_related("patient__unit", "protocol").get(pk=plan.pk)


def give(cast: Cast, plan: DosePlan, sequence: int, day: date) -> None:
    dose = Dose.objects.select_related("plan__patient__unit", "plan__protocol").get(plan=plan, sequence=sequence)
    record = GivenRecord.on_day(day, cast.unit)
    record_given(cast.actor("nurse"), dose=dose, record=record, at=NOW + timedelta(days=365))
    reproject_plan(fresh(plan), expected={}, on=day)


def keys(plan: DosePlan) -> dict[int, tuple[int, str]]:
    return {dose.sequence: (dose.pk, str(dose.public_id)) for dose in plan.doses.all()}


def test_dates_move_with_the_booked_day_and_identity_stays(plan: DosePlan) -> None:
    before = keys(plan)
    reproject_plan(fresh(plan), expected={1: date(2026, 12, 3)}, on=TODAY)
    assert keys(plan) == before
    doses = list(plan.doses.all())
    assert [dose.target_on for dose in doses[:4]] == [
        date(2026, 12, 1),
        date(2026, 12, 17),
        date(2026, 12, 31),
        date(2027, 1, 28),
    ]
    assert doses[1].rule.startswith("14 days after loading 1, booked for Thu 3 Dec;")


def test_a_dose_given_late_moves_what_follows_and_adds_a_row(plan: DosePlan, cast: Cast) -> None:
    before = keys(plan)
    give(cast, plan, 1, FIRST)
    give(cast, plan, 2, date(2026, 12, 18))
    after = keys(plan)
    assert {sequence: after[sequence] for sequence in before} == before
    assert sorted(after) == list(range(1, 16))
    third, fourth = plan.doses.filter(sequence__in=[3, 4])
    assert (third.target_on, third.ideal_on) == (date(2027, 1, 1), date(2026, 12, 29))
    assert (fourth.target_on, fourth.ideal_on) == (date(2027, 1, 29), date(2027, 1, 26))
    assert third.rule == (
        "14 days after loading 2 was given on Fri 18 Dec 2026; window: that day to 3 days after (local policy)"
    )


def test_projecting_twice_changes_nothing_the_second_time(plan: DosePlan) -> None:
    expected = {1: date(2026, 12, 3), 2: date(2026, 12, 17)}
    reproject_plan(fresh(plan), expected=expected, on=TODAY)
    history = apps.get_model("doseplans", "DoseHistory").objects
    written = history.count()
    again = fresh(plan)
    with CaptureQueriesContext(connection) as queries:
        reproject_plan(again, expected=expected, on=TODAY)
    assert history.count() == written
    assert [query["sql"].split()[0] for query in queries] == ["SELECT", "SELECT", "SELECT"]


def test_a_re_projection_costs_as_many_queries_however_many_doses(plan: DosePlan, cast: Cast) -> None:
    def cost(booked: date) -> int:
        subject = fresh(plan)
        with CaptureQueriesContext(connection) as queries:
            reproject_plan(subject, expected={len(keys(plan)) - 12: booked}, on=TODAY)
        return len(queries) - 1  # `keys` is the test's own

    few = cost(date(2026, 12, 4))
    for number in range(6):
        give(cast, plan, number + 1, FIRST + timedelta(days=28 * number))
    assert (few, cost(date(2027, 5, 20))) == (4, 4)


def test_the_rule_is_kept_in_memory_once_the_plan_is_committed(
    plan: DosePlan, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert fresh(plan).rule == plan.protocol.rule
    subject = fresh(plan)
    with CaptureQueriesContext(connection) as queries:
        reproject_plan(subject, expected={1: date(2026, 12, 4)}, on=TODAY)
    assert len(queries) == 2
    models._used_rules.clear()


def test_a_dose_once_planned_is_not_taken_away_when_a_record_is_withdrawn(plan: DosePlan, cast: Cast) -> None:
    give(cast, plan, 1, FIRST)
    before = keys(plan)
    dose = Dose.objects.select_related("plan__patient").get(plan=plan, sequence=1)
    withdraw_given(cast.actor("nurse"), dose=dose, reason="Wrong patient")
    reproject_plan(fresh(plan), expected={}, on=TODAY)
    assert keys(plan) == before
    doses = list(plan.doses.all())
    assert (len(doses), doses[1].target_on) == (14, date(2026, 12, 15))
    assert Administration.objects.get().is_entered_in_error


def test_an_overdue_dose_keeps_its_day_and_later_ones_count_from_today(plan: DosePlan) -> None:
    reproject_plan(fresh(plan), expected={}, on=date(2026, 12, 11))
    assert [dose.target_on for dose in plan.doses.all()[:3]] == [FIRST, date(2026, 12, 25), date(2027, 1, 8)]


def test_moved_dates_are_on_the_record(plan: DosePlan) -> None:
    reproject_plan(fresh(plan), expected={1: date(2026, 12, 3)}, on=TODAY)
    second = plan.doses.get(sequence=2)
    assert list(history_of(second).values_list("pgh_label", "target_on")) == [
        ("insert", date(2026, 12, 15)),
        ("update", date(2026, 12, 17)),
    ]
