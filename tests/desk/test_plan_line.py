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
    assert [(step.words, step.height, step.is_planned) for step in line.drift] == [
        ("", 0, False),
        ("", 0, False),
        ("+2", 21, False),
        ("+3", 32, False),
        ("", 32, True),  # from today on, as things stand
    ]
    assert [dose.late for dose in line.doses[:5]] == [None, 0, 2, 1, None]


def test_the_line_says_how_far_behind_the_booked_dose_would_leave_the_plan(ward: Ward, clock: object) -> None:
    from tests.cast import signed_in

    patient = maintenance_patient(ward, due=TODAY)
    visit = book_appointment(
        ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(TODAY + timedelta(days=2))
    )
    page = signed_in(ward.cast.nurse).get(reverse("desk:patient", args=[patient.public_id]))
    line = page.context["page"].plans[0].line
    assert visit.dose is not None
    assert [(step.words, step.is_planned) for step in line.drift if step.words] == [("+2 if given on 26 Nov", True)]
    assert [dose.late for dose in line.doses if dose.state == "booked"] == [2]
    assert 'class="plan-line-chip"' in page.content.decode()


def test_the_line_of_a_young_plan_begins_with_it(ward: Ward, clock: object) -> None:
    from tests.cast import make_patient, signed_in
    from tests.ward import start_plan

    patient = make_patient(ward.unit, number="D100003")
    start_plan(patient, given=[], next_on=TODAY + timedelta(days=3))
    young = signed_in(ward.cast.nurse).get(reverse("desk:patient", args=[patient.public_id]))
    line = young.context["page"].plans[0].line
    assert (line.has_begun, line.doses[0].state) == (False, "due")
    assert float(line.today.rstrip("%")) < 5
    assert line.begins == line.doses[0].mark


def test_a_plan_of_which_nothing_was_given_is_not_behind(ward: Ward, clock: object) -> None:
    from tests.cast import make_patient, signed_in
    from tests.ward import start_plan

    patient = make_patient(ward.unit, number="D100002")
    start_plan(patient, given=[], next_on=TODAY + timedelta(days=3))
    page = signed_in(ward.cast.nurse).get(reverse("desk:patient", args=[patient.public_id]))
    assert page.context["page"].plans[0].line.drift == []
