"""A plan's year as one line."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from scheduling.services import book_appointment
from scheduling.services.doses import omit_dose_and_free
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
