"""A series: found one dose from the day of the other, booked all or none, taken back together."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from doseplans.errors import PlanOnHold
from doseplans.models import Dose
from patients.models import Patient
from scheduling.errors import SeriesRefused, UndoTooLate
from scheduling.models import Appointment, AppointmentEvent, Closure
from scheduling.services import book_appointment, cancel_appointment, move_appointment, undo_change
from scheduling.services.courses.holding import hold_plan
from scheduling.services.planning.series import DosePlace, Series, plan_series
from scheduling.services.planning.series_booking import book_series
from scheduling.services.visits.wanted import Wanted
from tests.ward import TODAY, Ward, dose_id, maintenance_patient, next_dose
from units.errors import InvalidInput

DUE = TODAY + timedelta(days=1)
FOUR_WEEKS = timedelta(days=28)


@pytest.fixture(autouse=True)
def _the_databases_clock_stands_too(clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduling.services.visits.cancelling._database_now", timezone.now)


@pytest.fixture
def patient(ward: Ward) -> Patient:
    return maintenance_patient(ward, due=DUE)


def planned(ward: Ward, patient: Patient, count: int = 3, chosen: Any = ()) -> Series:
    actor = ward.cast.actor("coordinator")
    return plan_series(actor, dose_id=dose_id(patient), count=count, chosen=chosen, at=timezone.now())


def places_of(series: Series) -> list[DosePlace]:
    """What the page would send back."""
    keys = series.resources
    return [
        DosePlace(
            line.dose.public_id,
            Wanted(
                line.slot.slot.arrive_at,
                keys[line.slot.slot.room_id].public_id,
                keys[line.slot.slot.operator_id].public_id,
            ),
        )
        for line in series.placed
    ]


def days(series: Series) -> list[date]:
    return [line.slot.slot.on for line in series.placed]


def close_unit(ward: Ward, since: date, until: date) -> None:
    at: list[datetime] = [ward.at(day, "00:00") for day in (since, until)]
    Closure.objects.create(unit=ward.unit, starts_at=at[0], ends_at=at[1], reason="Audit")


def test_each_dose_is_found_from_the_day_of_the_one_before(ward: Ward, patient: Patient) -> None:
    close_unit(ward, DUE, DUE + timedelta(days=2))
    series = planned(ward, patient)
    late = DUE + timedelta(days=2)
    assert days(series) == [late, late + FOUR_WEEKS, late + 2 * FOUR_WEEKS]
    assert [(line.slot.days_late, line.slot.drift_after) for line in series.lines] == [(2, 2), (0, 2), (0, 2)]
    assert {reason.code for reason in series.lines[1].slot.reasons} >= {"on_target"}


def test_bank_holidays_are_stepped_around_inside_the_window(ward: Ward) -> None:
    ward.unit.is_closed_on_bank_holidays = True
    ward.unit.save()
    # Fri 27 Nov: four weeks on is Christmas Day, and Monday after it a bank holiday too.
    series = planned(ward, maintenance_patient(ward, 2, due=date(2026, 11, 27)), 2)
    assert all(date(2026, 12, 23) <= line.slot.slot.on <= date(2026, 12, 30) for line in series.lines[1:])
    assert not {date(2026, 12, 25), date(2026, 12, 28)} & set(days(series))


def test_an_overdue_dose_comes_as_soon_as_possible_and_the_others_count_on(ward: Ward) -> None:
    series = planned(ward, maintenance_patient(ward, 2, due=TODAY - timedelta(days=10)), 2)
    soonest = series.lines[0].slot.slot.on
    assert soonest - TODAY <= timedelta(days=2)
    assert days(series) == [soonest, soonest + FOUR_WEEKS]


def test_a_dose_that_is_booked_already_stays_and_is_counted_from(ward: Ward, patient: Patient) -> None:
    actor = ward.cast.actor("coordinator")
    first, second = book_series(actor, places=places_of(planned(ward, patient, 2)))
    later = ward.wanted(days_of(second) + timedelta(days=2))
    move_appointment(actor, appointment_id=second.public_id, wanted=later)
    cancel_appointment(actor, appointment_id=first.public_id, cancelled_by="patient")
    series = planned(ward, patient, 2)
    assert [line.dose.sequence for line in series.lines] == [5, 7]
    assert days(series)[1] == days_of(second) + timedelta(days=2) + FOUR_WEEKS
    assert len(book_series(actor, places=places_of(series))) == 2


def test_another_slot_for_one_dose_moves_those_after_it(ward: Ward, patient: Patient) -> None:
    series = planned(ward, patient)
    first = places_of(series)[0]
    second = DosePlace(series.lines[1].dose.public_id, ward.wanted(DUE + FOUR_WEEKS + timedelta(days=3), "11:00"))
    again = planned(ward, patient, chosen=[first, second])
    assert days(again) == [DUE, DUE + FOUR_WEEKS + timedelta(days=3), DUE + 2 * FOUR_WEEKS + timedelta(days=3)]
    assert again.lines[1].slot.slot.arrive_at == second.wanted.starts_at
    assert [line.note for line in again.lines] == ["", "", ""]


def test_a_choice_that_is_free_no_more_is_said(ward: Ward, patient: Patient) -> None:
    chosen = places_of(planned(ward, patient))
    book_appointment(
        ward.cast.actor("nurse"), dose_id=dose_id(maintenance_patient(ward, 2, due=DUE)), wanted=chosen[0].wanted
    )
    again = planned(ward, patient, chosen=chosen)
    assert again.lines[0].note == "The slot of Wed 25 Nov at 07:00 is free no more: this is the best one now."
    assert [line.note for line in again.lines[1:]] == ["", ""]


def test_a_later_dose_that_finds_nothing_says_why(ward: Ward, patient: Patient) -> None:
    since = DUE + FOUR_WEEKS - timedelta(days=2)
    close_unit(ward, since, since + timedelta(days=8))
    series = planned(ward, patient)
    assert [line.slot is None for line in series.lines] == [False, True]
    assert "Tue 29 Dec" in series.lines[1].problem
    made = book_series(ward.cast.actor("coordinator"), places=places_of(series))
    assert [visit.dose.sequence for visit in made] == [5]


def test_a_series_is_booked_whole_with_one_event_each(ward: Ward, patient: Patient) -> None:
    made = book_series(ward.cast.actor("coordinator"), places=places_of(planned(ward, patient)))
    assert [visit.dose.sequence for visit in made] == [5, 6, 7]
    events = AppointmentEvent.objects.filter(kind="booked")
    assert [one.appointment for one in events] == made
    assert len({one.together for one in events}) == 1
    dates = Dose.objects.filter(plan=made[0].dose.plan, sequence__in=[6, 7, 8]).values_list("target_on", flat=True)
    assert list(dates) == [DUE + n * FOUR_WEEKS for n in (1, 2, 3)]


def test_a_refusal_names_the_dose_and_books_none(ward: Ward, patient: Patient) -> None:
    places = places_of(planned(ward, patient))
    book_appointment(
        ward.cast.actor("nurse"),
        dose_id=dose_id(maintenance_patient(ward, 2, due=DUE + FOUR_WEEKS)),
        wanted=places[1].wanted,
    )
    with pytest.raises(SeriesRefused) as refused:
        book_series(ward.cast.actor("coordinator"), places=places)
    assert refused.value.facts == {"dose": str(places[1].dose_id), "because": "slot_taken"}
    assert refused.value.sentence.startswith("Maintenance 3, Wed 23 Dec at 07:00: Room 1 is taken at that time")
    assert not Appointment.objects.filter(patient=patient).exists()


def test_windows_are_those_that_follow_from_the_days_chosen(ward: Ward, patient: Patient) -> None:
    first, second, _ = places_of(planned(ward, patient))
    late = Wanted(ward.at(DUE + timedelta(days=5), "09:00"), first.wanted.room, first.wanted.operator)
    with pytest.raises(SeriesRefused) as refused:
        book_series(ward.cast.actor("coordinator"), places=[DosePlace(first.dose_id, late), second])
    assert refused.value.facts == {"dose": str(second.dose_id), "because": "outside_window"}


def test_undo_takes_back_the_whole_series_or_nothing(ward: Ward, patient: Patient) -> None:
    actor = ward.cast.actor("coordinator")
    made = book_series(actor, places=places_of(planned(ward, patient)))
    undo_change(actor, appointment_id=made[1].public_id)
    assert set(Appointment.objects.values_list("status", flat=True)) == {"entered-in-error"}
    made = book_series(actor, places=places_of(planned(ward, patient)))
    move_appointment(actor, appointment_id=made[2].public_id, wanted=ward.wanted(days_of(made[2]), "12:00"))
    with pytest.raises(UndoTooLate, match="one of these visits"):
        undo_change(actor, appointment_id=made[0].public_id)


def days_of(visit: Appointment) -> date:
    return visit.unit.local_date(visit.starts_at)


def test_what_no_day_would_mend_is_refused_at_once(ward: Ward, patient: Patient) -> None:
    with pytest.raises(InvalidInput):
        planned(ward, patient, 14)
    hold_plan(
        ward.cast.actor("doctor"),
        plan_id=next_dose(patient).plan.public_id,
        reason="CSF white cells up",
        review_on=None,
        visits={},
    )
    with pytest.raises(PlanOnHold):
        planned(ward, patient)


def test_as_many_queries_a_dose_in_a_full_unit(ward: Ward, patient: Patient) -> None:
    def asked(count: int) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            planned(ward, patient, count)
        return len(captured)

    one, two, three = asked(1), asked(2), asked(3)
    assert three - two == two - one <= 4
    for number in range(2, 6):
        other = maintenance_patient(ward, number, due=DUE)
        wanted = ward.wanted(DUE, f"{7 + number:02}:00", room=1, operator=1)
        book_appointment(ward.cast.actor("nurse"), dose_id=dose_id(other), wanted=wanted)
    assert asked(3) == three
