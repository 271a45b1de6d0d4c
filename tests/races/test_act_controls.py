"""The controls of `test_acts_over_http`: with lock AND constraint dropped, the race each promise prevents is seen."""

from __future__ import annotations

import itertools
import threading
import time
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from doseplans.models import Administration, Dose
from doseplans.services import GivenRecord, administrations, correct_given, record_given
from scheduling.models import Appointment, AppointmentEvent
from scheduling.services import book_appointment, move_appointment
from scheduling.services.courses import holding as courses
from scheduling.services.courses.holding import Ended, end_plan_and_visits
from scheduling.services.visits import booking, freeing
from scheduling.services.visits import wanted as visits
from tests.races.arena import Arena, at_once, dose_id, recorded_without_locks
from tests.ward import live, next_dose

pytestmark = pytest.mark.race

ROUNDS, DAWDLE_S = 8, 0.3
ONE_RECORD = ("doseplans_administration", "administration_one_per_dose")


def meeting(parties: int) -> Any:
    """Stands for a check that holds nobody up: all that take part have passed it before any goes on."""
    gate = threading.Barrier(parties)
    return lambda *_, **__: gate.wait(timeout=30)


def after(seconds: float, act: Any) -> Any:
    time.sleep(seconds)
    return act()


def record(number: int) -> GivenRecord:
    return GivenRecord(given_at=timezone.now(), operator_name="Dr Malik", lot=f"TF{number}")


@pytest.fixture(scope="module")
def many_records(arena: Arena) -> Any:
    """The constraint is gone with this module's database."""
    with arena.without(*ONE_RECORD):
        yield


@pytest.mark.usefixtures("many_records")
def test_without_guards_one_dose_is_given_twice(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    dose = next_dose(arena.patient(due=arena.ward.unit.today()))
    monkeypatch.setattr(administrations, "_check_order", meeting(2))
    actor = arena.ward.cast.actor("nurse")
    outcomes = at_once(
        [partial(record_given, actor, dose=dose, record=record(number), at=timezone.now()) for number in range(2)]
    )
    assert dose.administrations.filter(is_entered_in_error=False).count() == 2, outcomes


@pytest.mark.usefixtures("many_records")
def test_without_guards_two_corrections_both_stand(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    dose = Dose.objects.get(plan__patient=arena.patient(), sequence=4)
    meet = meeting(2)

    def unlocked(dose: Dose) -> Administration:
        found = Administration.objects.get(dose=dose, is_entered_in_error=False)
        meet()
        return found

    monkeypatch.setattr(administrations, "_live_record", unlocked)
    monkeypatch.setattr(administrations, "_with_record", lambda _: [])
    actor, texts = arena.ward.cast.actor("nurse"), [record(number) for number in range(2)]
    outcomes = at_once(
        [partial(correct_given, actor, dose=dose, record=text, reason="Wrong lot", at=timezone.now()) for text in texts]
    )
    assert dose.administrations.filter(is_entered_in_error=False).count() == 2, outcomes


def test_without_the_patients_lock_a_visit_slips_past_the_end(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = itertools.count(1)  # of nobody in particular: the two no longer wait for each other
    monkeypatch.setattr(freeing, "patient_key", lambda _: next(keys))
    monkeypatch.setattr(visits, "patient_key", lambda _: next(keys))
    real = courses.end_plan

    def slowly(*args: Any, **values: Any) -> Any:
        time.sleep(DAWDLE_S)
        return real(*args, **values)

    monkeypatch.setattr(courses, "end_plan", slowly)
    slipped_past, today = 0, arena.ward.unit.today()
    for _ in range(ROUNDS):
        patient = arena.patient()
        wanted = arena.ward.wanted(arena.day, "09:00")

        book = partial(book_appointment, arena.ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=wanted)
        plan_id = patient.plans.get().public_id
        end = partial(end_plan_and_visits, arena.ward.cast.actor("doctor"), plan_id=plan_id, reason="stopped", on=today)
        ended, booked = at_once([end, partial(after, DAWDLE_S / 3, book)])
        slipped_past += isinstance(ended, Ended) and isinstance(booked, Appointment) and len(live(patient)) == 1
        for visit in live(patient):
            visit.allocations.all().delete()
            Appointment.objects.filter(pk=visit.pk).update(status="cancelled")
    assert slipped_past


def test_without_guards_one_visit_is_moved_twice_over(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = arena.ward.cast.actor("coordinator")
    wanted = arena.ward.wanted(arena.day, "08:00")
    visit = book_appointment(actor, dose_id=dose_id(arena.patient()), wanted=wanted)
    slots = [arena.ward.wanted(arena.day, "10:00", room=n, operator=n) for n in (0, 1)]
    checked, meet = booking.check_placing, meeting(2)

    def check_and_meet(*args: Any, **values: Any) -> Any:
        states = checked(*args, **values)
        meet()
        return states

    def unlocked(seen: Appointment, *, version: int | None) -> Appointment:
        return Appointment.objects.select_related("unit", "patient", "dose").get(pk=seen.pk)

    monkeypatch.setattr(booking, "check_placing", check_and_meet)
    monkeypatch.setattr(booking, "reread", unlocked)
    monkeypatch.setattr(booking, "recorded_as", recorded_without_locks)
    outcomes = at_once(
        [partial(move_appointment, actor, appointment_id=visit.public_id, wanted=slot, version=1) for slot in slots]
    )
    assert AppointmentEvent.objects.filter(appointment=visit, kind="moved").count() == 2, outcomes
