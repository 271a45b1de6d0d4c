"""One patient, a dose and a visit without a plan at overlapping times: one of them is booked, whoever comes first."""

from __future__ import annotations

from functools import partial

import pytest

from scheduling.errors import PatientElsewhere
from scheduling.models import Appointment, VisitKind
from scheduling.services import book_appointment, book_visit
from tests.races.arena import Arena, at_once, dose_id
from tests.ward import live

pytestmark = pytest.mark.race

ROUNDS = 8


def test_nobody_is_booked_twice_at_a_time_with_and_without_a_plan(arena: Arena) -> None:
    kind = VisitKind.objects.create(unit=arena.ward.unit, name="Headache review", minutes_procedure=30)
    actor = arena.ward.cast.actor("coordinator")
    for round_ in range(ROUNDS):
        patient = arena.patient()
        clock = "09:00" if round_ % 2 else "12:30"
        overlapping = "11:00" if round_ % 2 else "14:30"
        # Different rooms and operators: only the patient cannot be in both places.
        acts = [
            partial(
                book_appointment,
                actor,
                dose_id=dose_id(patient),
                wanted=arena.ward.wanted(arena.day, clock),
            ),
            partial(
                book_visit,
                actor,
                patient_id=patient.public_id,
                visit_kind_id=kind.public_id,
                wanted=arena.ward.wanted(arena.day, overlapping, room=1, operator=1),
            ),
        ]
        outcomes = at_once(acts if round_ % 4 < 2 else acts[::-1])
        booked = [one for one in outcomes if isinstance(one, Appointment)]
        assert len(booked) == 1, outcomes
        assert [type(one) for one in outcomes if not isinstance(one, Appointment)] == [PatientElsewhere]
        assert live(patient) == booked
        for visit in Appointment.objects.filter(patient=patient):
            visit.allocations.all().delete()
        Appointment.objects.filter(patient=patient).update(status="cancelled")
