"""Visits that nobody has answered are rung about in time: over weekends and bank holidays, and never without need."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from patients.models import WorklistItem
from patients.services import finish_item
from scheduling.engine.asking import call_for
from scheduling.models import Appointment
from scheduling.services import book_appointment, move_appointment
from scheduling.services.answers.responses import Answer, record_answer
from scheduling.services.answers.unanswered import watch_answers
from scheduling.services.courses.holding import hold_plan
from scheduling.services.day.steps import record_arrival
from tests.ward import TODAY, Ward, dose_id, maintenance_patient

LONDON = ZoneInfo("Europe/London")
EASTER = {date(2027, 3, 26), date(2027, 3, 29)}


@pytest.mark.parametrize(
    ("arrives", "opens", "due"),
    [
        ("2027-03-30 09:00", "2027-03-25 00:00", "2027-03-25 17:00"),  # the Tuesday after Easter
        ("2027-03-31 09:00", "2027-03-25 00:00", "2027-03-30 09:00"),
        ("2027-04-01 09:00", "2027-03-30 09:00", "2027-03-31 09:00"),
        ("2027-03-27 09:00", "2027-03-25 09:00", "2027-03-25 17:00"),  # a Saturday list
        ("2027-03-24 00:30", "2027-03-22 00:30", "2027-03-23 00:30"),
        ("2026-10-26 09:00", "2026-10-23 00:00", "2026-10-23 17:00"),  # the clocks go back on the Sunday
    ],
)
def test_the_call_is_made_while_somebody_is_there(arrives: str, opens: str, due: str) -> None:
    call = call_for(datetime.fromisoformat(arrives).replace(tzinfo=LONDON).astimezone(UTC), LONDON, EASTER)
    assert (f"{call.opens_at:%Y-%m-%d %H:%M}", f"{call.due_at:%Y-%m-%d %H:%M}") == (opens, due)


@pytest.fixture
def visit(ward: Ward, clock: time_machine.Traveller) -> Appointment:
    patient = maintenance_patient(ward)
    return book_appointment(
        ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(TODAY + timedelta(days=1))
    )


def open_now(ward: Ward) -> list[str]:
    watch_answers(ward.unit, at=timezone.now())
    rows = WorklistItem.objects.filter(kind="unanswered", done_at__isnull=True)
    return list(rows.values_list("detail", flat=True))


def test_it_is_asked_until_somebody_answers(ward: Ward, visit: Appointment, clock: time_machine.Traveller) -> None:
    assert open_now(ward) == ["Visit of Wed 25 Nov, 09:00. Nobody has answered."]
    assert open_now(ward) == ["Visit of Wed 25 Nov, 09:00. Nobody has answered."]
    nurse = ward.cast.actor("nurse")
    record_answer(nurse, appointment_id=visit.public_id, answer=Answer("accepted", "phone"))
    assert not WorklistItem.objects.filter(kind="unanswered", done_at__isnull=True).exists()  # at once
    wanted = ward.wanted(TODAY + timedelta(days=2))
    move_appointment(ward.cast.actor("coordinator"), appointment_id=visit.public_id, wanted=wanted)
    clock.shift(timedelta(hours=2))
    assert open_now(ward) == ["Visit of Thu 26 Nov, 09:00. Nobody has answered."]
    item = WorklistItem.objects.get(kind="unanswered", done_at__isnull=True)
    finish_item(nurse, item_id=item.public_id, outcome="No one picked up")
    assert open_now(ward) == []  # they know


def test_nobody_is_rung_about_a_visit_that_is_far_off_held_or_here(
    ward: Ward, visit: Appointment, clock: time_machine.Traveller
) -> None:
    clock.shift(-timedelta(days=3))
    assert open_now(ward) == []
    clock.shift(timedelta(days=3))
    record_answer(ward.cast.actor("nurse"), appointment_id=visit.public_id, answer=Answer("declined", "phone"))
    clock.shift(timedelta(days=1))
    record_arrival(ward.cast.actor("nurse"), appointment_id=visit.public_id)
    assert open_now(ward) == []
    assert not WorklistItem.objects.filter(kind="declined", done_at__isnull=True).exists()


def test_nobody_is_rung_while_the_plan_is_on_hold(ward: Ward, visit: Appointment) -> None:
    assert len(open_now(ward)) == 1
    hold_plan(
        ward.cast.actor("doctor"),
        plan_id=visit.patient.plans.get().public_id,
        reason="Fever",
        review_on=TODAY + timedelta(days=7),
        visits={visit.public_id: "keep"},
    )
    assert open_now(ward) == []
