"""A hold, or a death, at the same moment as a booking: one of them sees the other, whoever comes first."""

from __future__ import annotations

import itertools
import time
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from doseplans.errors import PlanEnded, PlanOnHold
from doseplans.models import DosePlan, PlanHold
from patients.models import Patient
from scheduling.errors import StalePage
from scheduling.models import Appointment
from scheduling.services import book_appointment
from scheduling.services.courses import deaths
from scheduling.services.courses import holding as courses
from scheduling.services.courses.deaths import Died, record_death
from scheduling.services.courses.holding import Held, hold_plan
from scheduling.services.visits import freeing
from scheduling.services.visits import wanted as visits
from tests.races.arena import Arena, at_once, dose_id
from tests.ward import live

pytestmark = pytest.mark.race

ROUNDS = 8
DAWDLE_S = 0.3


def after(seconds: float, act: Any) -> Any:
    time.sleep(seconds)
    return act()


def booking(arena: Arena, patient: Patient) -> Any:
    return partial(
        book_appointment,
        arena.ward.cast.actor("coordinator"),
        dose_id=dose_id(patient),
        wanted=arena.ward.wanted(arena.day, "09:00"),
    )


def holding(arena: Arena, patient: Patient) -> Any:
    return partial(
        hold_plan,
        arena.ward.cast.actor("doctor"),
        plan_id=patient.plans.get().public_id,
        reason="Fever",
        review_on=None,
        visits={},
    )


def clear(patient: Patient) -> None:
    """The slot is free for the next round."""
    Appointment.objects.filter(patient=patient).update(status="cancelled")
    for visit in Appointment.objects.filter(patient=patient):
        visit.allocations.all().delete()


def dawdle(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """Between looking at the visits and acting on what was seen, time passes."""
    real = getattr(module, name)

    def slowly(*args: Any, **values: Any) -> Any:
        time.sleep(DAWDLE_S)
        return real(*args, **values)

    monkeypatch.setattr(module, name, slowly)


@pytest.mark.parametrize("head_start", [0.0, DAWDLE_S / 3, DAWDLE_S * 2])
def test_no_booked_visit_is_ever_unanswered_for_inside_a_hold(
    arena: Arena, monkeypatch: pytest.MonkeyPatch, head_start: float
) -> None:
    dawdle(monkeypatch, courses, "place_hold")
    outcomes = set()
    for round_ in range(ROUNDS):
        patient = arena.patient()
        acts = [holding(arena, patient), partial(after, head_start if round_ % 2 else 0.0, booking(arena, patient))]
        held, booked = at_once(acts)
        if isinstance(held, Held):
            assert isinstance(booked, PlanOnHold), booked
            assert live(patient) == []
        else:
            assert isinstance(held, StalePage), held
            assert isinstance(booked, Appointment)
            assert not PlanHold.objects.filter(plan__patient=patient).exists()
        outcomes.add(type(held))
        clear(patient)
    assert outcomes <= {Held, StalePage, freeing.Overtaken}


def test_a_death_frees_what_is_booked_at_the_same_moment(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    dawdle(monkeypatch, deaths, "mark_deceased")
    dying = partial(record_death, arena.ward.cast.actor("nurse"), died_on=arena.ward.unit.today() - timedelta(days=0))
    for round_ in range(ROUNDS):
        patient = arena.patient()
        died, booked = at_once(
            [
                partial(dying, patient_id=patient.public_id),
                partial(after, (round_ % 4) * DAWDLE_S / 3, booking(arena, patient)),
            ]
        )
        assert isinstance(died, Died), died
        assert isinstance(booked, Appointment | PlanEnded), booked
        assert live(patient) == []
        assert DosePlan.objects.get(patient=patient).end_reason == "died"


def test_control_without_the_patients_lock_a_visit_slips_into_the_hold(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = itertools.count(1)  # of nobody in particular: the two no longer wait for each other
    monkeypatch.setattr(freeing, "patient_key", lambda _: next(keys))
    monkeypatch.setattr(visits, "patient_key", lambda _: next(keys))
    dawdle(monkeypatch, courses, "place_hold")
    slipped_in = 0
    for _ in range(ROUNDS):  # the booking may be first, and is then seen in time
        patient = arena.patient()
        late = partial(after, DAWDLE_S / 3, booking(arena, patient))
        held, booked = at_once([holding(arena, patient), late])
        slipped_in += isinstance(held, Held) and isinstance(booked, Appointment) and len(live(patient)) == 1
        clear(patient)
    assert slipped_in
