"""A plan's year as one line."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from scheduling.services import book_appointment
from scheduling.services.courses.doses import omit_dose_and_free
from tests.ward import TODAY, Ward, dose_id, maintenance_patient, next_dose


@pytest.mark.parametrize("case", ["booked", "omitted", "overdue"])
def test_the_line_says_how_each_dose_stands(ward: Ward, clock: object, case: str) -> None:
    from tests.cast import signed_in

    patient = maintenance_patient(ward, due=TODAY - timedelta(days=10) if case == "overdue" else TODAY)
    if case == "booked":
        book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(TODAY))
    if case == "omitted":
        omit_dose_and_free(ward.cast.actor("doctor"), dose_id=next_dose(patient).public_id, reason="Infection")
    page = signed_in(ward.cast.nurse).get(reverse("desk:patient", args=[patient.public_id]))
    line = page.context["page"].plans[0].line
    states = [dose.state for dose in line.doses]
    before, after = states[: states.index(case)], states[states.index(case) + 1 :]
    assert (set(before), set(after)) == ({"given"}, {"due"})
    assert {state for state, _ in line.key} == set(states)
    one = line.doses[states.index(case)]
    assert one.words.startswith(f"Maintenance {one.short.removeprefix('M')}, ")


def test_the_line_says_how_far_the_plan_is_behind(ward: Ward, clock: object) -> None:
    from tests.cast import make_patient, signed_in
    from tests.ward import start_plan

    patient = make_patient(ward.unit, number="D100001")
    days = [TODAY - timedelta(days=days) for days in (84, 70, 54, 25)]  # two days late, and one more
    start_plan(patient, given=days, next_on=TODAY + timedelta(days=3))
    page = signed_in(ward.cast.nurse).get(reverse("desk:patient", args=[patient.public_id]))
    line = page.context["page"].plans[0].line
    assert [step.words for step in line.drift] == ["", "", "+2", "+3"]
    assert [step.height for step in line.drift] == [0, 0, 16, 24]


def test_a_plan_of_which_nothing_was_given_is_not_behind(ward: Ward, clock: object) -> None:
    from tests.cast import make_patient, signed_in
    from tests.ward import start_plan

    patient = make_patient(ward.unit, number="D100002")
    start_plan(patient, given=[], next_on=TODAY + timedelta(days=3))
    page = signed_in(ward.cast.nurse).get(reverse("desk:patient", args=[patient.public_id]))
    assert page.context["page"].plans[0].line.drift == []
