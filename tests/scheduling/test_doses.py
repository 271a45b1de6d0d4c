"""A dose not given, left out, set, put right, withdrawn, entered from paper: what becomes of visits and dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from doseplans.errors import DoseLeftOut, DoseOutOfOrder
from doseplans.models import Administration, Dose, DoseDecision, DoseNotGiven
from doseplans.services import GivenRecord
from patients.models import WorklistItem
from scheduling.errors import NotInThatState
from scheduling.models import Allocation, Appointment, AppointmentEvent, MoveProposal
from scheduling.selectors.to_book import doses_to_book
from scheduling.services import (
    book_appointment,
    record_administration,
    record_arrival,
)
from scheduling.services.courses.doses import (
    correct_administration,
    decide_dose_date,
    omit_dose_and_free,
    record_not_given,
    take_back_decision,
    withdraw_administration,
)
from scheduling.services.courses.previews import What, preview
from scheduling.services.day.paper import PaperTimes, record_from_paper
from scheduling.services.visits.wanted import dose_for
from tests.ward import NOW, TODAY, Ward, dose_id, maintenance_patient, next_dose
from units.errors import InvalidInput, NotAllowed

Traveller = time_machine.Traveller


@pytest.fixture
def visit(ward: Ward, clock: Traveller) -> Appointment:
    """Today's visit at 09:00; the clock shows 08:00."""
    patient = maintenance_patient(ward, due=TODAY)
    return book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(TODAY))


@pytest.fixture
def arrived(ward: Ward, visit: Appointment) -> Appointment:
    return record_arrival(ward.cast.actor("nurse"), appointment_id=visit.public_id)


def following(visit: Appointment, n: int = 1) -> Dose:
    assert visit.dose is not None
    return Dose.objects.get(plan=visit.dose.plan_id, sequence=visit.dose.sequence + n)


def record(ward: Ward, days: int = 0, clock: str = "10:40") -> GivenRecord:
    return GivenRecord(given_at=ward.at(TODAY + timedelta(days=days), clock), operator_name="Dr Malik", lot="TF6A1182")


def give(ward: Ward, visit: Appointment, clock: Traveller) -> Dose:
    clock.move_to(ward.at(TODAY, "11:00"))
    record_administration(ward.cast.actor("nurse"), appointment_id=visit.public_id, record=record(ward))
    assert visit.dose is not None
    return visit.dose


# --- not given -------------------------------------------------------------------------------------------------------
def test_not_given_ends_the_visit_and_leaves_the_dose_to_book(ward: Ward, arrived: Appointment) -> None:
    nurse = ward.cast.actor("nurse")
    attempt = record_not_given(
        nurse, appointment_id=arrived.public_id, reason="unwell", note="Fever since last night.", version=2
    )
    visit = Appointment.objects.get(pk=arrived.pk)
    assert (attempt.dose, attempt.at, attempt.recorded_by_name) == (visit.dose, NOW, nurse.name)
    assert (visit.status, visit.cancelled_by) == ("cancelled", "clinical")
    assert visit.cancellation_reason == "Patient unwell. Fever since last night"
    assert not Allocation.objects.filter(appointment=visit).exists()
    assert [row.dose for row in doses_to_book(nurse, unit=ward.unit, at=NOW)] == [visit.dose]
    item = WorklistItem.objects.get(kind="clinical")
    assert (item.title, item.patient) == ("Dose not given", visit.patient)
    again = book_appointment(
        ward.cast.actor("coordinator"),
        dose_id=visit.dose.public_id,  # type: ignore[union-attr]
        wanted=ward.wanted(TODAY + timedelta(days=1)),
    )
    assert again.status == "booked"


def test_not_given_sends_no_cancellation(ward: Ward, arrived: Appointment) -> None:
    record_not_given(ward.cast.actor("nurse"), appointment_id=arrived.public_id, reason="result")
    last = AppointmentEvent.objects.filter(appointment=arrived).last()
    assert last is not None
    assert (last.kind, last.ical_sequence) == ("not_given", arrived.ical_sequence)
    assert last.messages_derived_at is not None


def test_not_given_needs_an_arrival_a_reason_and_the_role(ward: Ward, visit: Appointment) -> None:
    nurse = ward.cast.actor("nurse")
    with pytest.raises(NotInThatState, match="has arrived"):
        record_not_given(nurse, appointment_id=visit.public_id, reason="unwell")
    record_arrival(nurse, appointment_id=visit.public_id)
    with pytest.raises(InvalidInput):
        record_not_given(nurse, appointment_id=visit.public_id, reason="no such")
    with pytest.raises(InvalidInput):
        record_not_given(nurse, appointment_id=visit.public_id, reason="other", note=" ")
    with pytest.raises(NotAllowed):
        record_not_given(ward.cast.actor("coordinator"), appointment_id=visit.public_id, reason="unwell")
    assert not DoseNotGiven.objects.exists()


# --- a clinician's decisions -----------------------------------------------------------------------------------------
def test_leaving_a_dose_out_cancels_its_visit_and_moves_what_follows(ward: Ward, visit: Appointment) -> None:
    dose = visit.dose
    assert dose is not None
    later = book_appointment(
        ward.cast.actor("coordinator"),
        dose_id=following(visit).public_id,
        wanted=ward.wanted(TODAY + timedelta(days=28)),
    )
    doctor = ward.cast.actor("doctor")
    with pytest.raises(NotAllowed):
        omit_dose_and_free(ward.cast.actor("nurse"), dose_id=dose.public_id, reason="Infection")
    done = omit_dose_and_free(
        doctor, dose_id=dose.public_id, reason="Infection", on=TODAY + timedelta(days=7), version=1
    )
    assert (done.visit.status, done.visit.cancelled_by) == ("cancelled", "clinical")  # type: ignore[union-attr]
    after = following(visit)
    assert after.target_on == TODAY + timedelta(days=35)
    assert after.rule.startswith("28 days after maintenance 2 was left out on Tue 1 Dec;")
    assert [proposal.appointment for proposal in done.proposals] == [later]
    dose.refresh_from_db()
    assert dose.rule == "Left out by a clinician; later doses count from Tue 1 Dec 2026"
    with pytest.raises(DoseLeftOut):
        book_appointment(doctor, dose_id=dose.public_id, wanted=ward.wanted(TODAY + timedelta(days=1)))
    take_back_decision(doctor, dose_id=dose.public_id, reason="Test was negative")
    dose.refresh_from_db()
    assert dose.target_on == TODAY
    assert MoveProposal.objects.get(appointment=later).state == "over"


def test_the_dose_after_one_left_out_is_booked_and_given(ward: Ward, clock: Traveller) -> None:
    patient = maintenance_patient(ward, due=TODAY - timedelta(days=28))
    dose = next_dose(patient)
    omit_dose_and_free(
        ward.cast.actor("doctor"), dose_id=dose.public_id, reason="Infection", on=TODAY - timedelta(days=28)
    )
    after = Dose.objects.get(plan=dose.plan_id, sequence=dose.sequence + 1)
    assert after.target_on == TODAY
    visit = book_appointment(ward.cast.actor("coordinator"), dose_id=after.public_id, wanted=ward.wanted(TODAY))
    record_arrival(ward.cast.actor("nurse"), appointment_id=visit.public_id)
    give(ward, visit, clock)
    with pytest.raises(DoseOutOfOrder):
        take_back_decision(ward.cast.actor("doctor"), dose_id=dose.public_id, reason="Wrong")


def test_doses_are_left_out_in_turn(ward: Ward, visit: Appointment) -> None:
    with pytest.raises(DoseOutOfOrder, match="Maintenance 2 comes before it"):
        omit_dose_and_free(ward.cast.actor("doctor"), dose_id=following(visit).public_id, reason="Infection")


def test_a_day_set_below_the_minimum_can_be_booked_by_the_coordinator(ward: Ward, clock: Traveller) -> None:
    patient = maintenance_patient(ward, due=TODAY + timedelta(days=20))  # the last dose 8 days ago
    dose = next_dose(patient)
    on = TODAY + timedelta(days=2)
    decide_dose_date(ward.cast.actor("doctor"), dose_id=dose.public_id, on=on, reason="Travels for a month.")
    visit = book_appointment(ward.cast.actor("coordinator"), dose_id=dose.public_id, wanted=ward.wanted(on))
    assert visit.override_reason == ""
    decision = DoseDecision.objects.get()
    assert (decision.kind, decision.on, decision.reason) == ("date", on, "Travels for a month.")


# --- put right -------------------------------------------------------------------------------------------------------
def test_a_wrong_day_is_put_right_in_one_step_and_the_old_version_kept(
    ward: Ward, arrived: Appointment, clock: Traveller
) -> None:
    dose = give(ward, arrived, clock)
    later = book_appointment(
        ward.cast.actor("coordinator"),
        dose_id=following(arrived).public_id,
        wanted=ward.wanted(TODAY + timedelta(days=26)),
    )
    clock.move_to(ward.at(TODAY + timedelta(days=1), "09:00"))
    nurse = ward.cast.actor("nurse")
    right = replace(record(ward, -1), lot="TF6A1183", dose_amount=Decimal(100))
    done = correct_administration(nurse, dose_id=dose.public_id, record=right, reason="Was given the day before.")
    rows = Administration.objects.filter(dose=dose).order_by("pk")
    assert [(row.is_entered_in_error, row.given_on, row.lot) for row in rows] == [
        (True, TODAY, "TF6A1182"),
        (False, TODAY - timedelta(days=1), "TF6A1183"),
    ]
    assert following(arrived).target_on == TODAY + timedelta(days=27)
    assert done.proposals == ()
    much_later = replace(right, given_at=ward.at(TODAY + timedelta(days=1), "08:00"))
    done = correct_administration(nurse, dose_id=dose.public_id, record=much_later, reason="No: the day after.")
    assert [proposal.appointment for proposal in done.proposals] == [later]
    assert Appointment.objects.get(pk=arrived.pk).events.last().kind == "corrected"  # type: ignore[union-attr]


def test_a_correction_keeps_the_doses_in_turn(ward: Ward, arrived: Appointment, clock: Traveller) -> None:
    dose = give(ward, arrived, clock)
    with pytest.raises(DoseOutOfOrder):
        correct_administration(
            ward.cast.actor("nurse"), dose_id=dose.public_id, record=record(ward, -28), reason="Wrong day"
        )
    with pytest.raises(InvalidInput):
        correct_administration(ward.cast.actor("nurse"), dose_id=dose.public_id, record=record(ward), reason="  ")
    assert Administration.objects.filter(dose=dose).count() == 1


def test_a_dose_withdrawn_on_the_day_puts_the_visit_back_to_arrived(
    ward: Ward, arrived: Appointment, clock: Traveller
) -> None:
    dose = give(ward, arrived, clock)
    done = withdraw_administration(ward.cast.actor("nurse"), dose_id=dose.public_id, reason="Another patient's dose.")
    assert done.visit is not None
    assert (done.visit.status, done.visit.recovery_started_at) == ("arrived", None)
    record_administration(ward.cast.actor("nurse"), appointment_id=arrived.public_id, record=record(ward))
    assert Administration.objects.filter(dose=dose, is_entered_in_error=False).count() == 1


def test_a_dose_withdrawn_later_is_to_be_booked_again(ward: Ward, arrived: Appointment, clock: Traveller) -> None:
    dose = give(ward, arrived, clock)
    clock.move_to(ward.at(TODAY + timedelta(days=3), "09:00"))
    nurse = ward.cast.actor("nurse")
    done = withdraw_administration(nurse, dose_id=dose.public_id, reason="Another patient's dose.")
    assert done.visit is not None
    assert done.visit.status == "entered-in-error"
    assert [row.dose for row in doses_to_book(nurse, unit=ward.unit, at=NOW)] == [dose]


# --- paper -----------------------------------------------------------------------------------------------------------
def times(ward: Ward, days: int, *clocks: str) -> PaperTimes:
    return PaperTimes(*(ward.at(TODAY + timedelta(days=days), clock) for clock in clocks))


def test_a_paper_day_is_entered_with_its_true_times(ward: Ward, visit: Appointment, clock: Traveller) -> None:
    clock.move_to(ward.at(TODAY + timedelta(days=2), "09:00"))
    assert visit.dose is not None
    done = record_from_paper(
        ward.cast.actor("nurse"),
        dose_id=visit.dose.public_id,
        record=replace(record(ward), source=Administration.Source.PAPER, note="Network down"),
        times=times(ward, 0, "09:05", "10:20", "12:10"),
    )
    seen = done.visit
    assert seen is not None
    assert (seen.pk, seen.status) == (visit.pk, "fulfilled")
    assert [seen.arrived_at, seen.procedure_started_at, seen.recovery_started_at, seen.discharged_at] == [
        ward.at(TODAY, clock) for clock in ("09:05", "10:20", "10:40", "12:10")
    ]
    assert following(visit).target_on == TODAY + timedelta(days=28)


def test_a_paper_day_without_a_booking_writes_down_the_visit(ward: Ward, clock: Traveller) -> None:
    dose = next_dose(maintenance_patient(ward, due=TODAY))
    clock.move_to(ward.at(TODAY + timedelta(days=2), "09:00"))
    done = record_from_paper(
        ward.cast.actor("nurse"),
        dose_id=dose.public_id,
        record=record(ward, 1),
        times=times(ward, 1, "09:05", "10:20", "12:10"),
    )
    assert done.visit is not None
    assert (done.visit.status, done.visit.starts_at) == ("fulfilled", ward.at(TODAY + timedelta(days=1), "09:05"))
    assert done.visit.allocations.count() == 0


@pytest.mark.parametrize(
    ("clocks", "field"),
    [
        (("09:05", "09:00", "12:10"), "started_at"),
        (("09:05", "10:50", "12:10"), "given_at"),
        (("09:05", "10:20", "10:30"), "discharged_at"),
    ],
)
def test_the_times_of_a_paper_day_follow_each_other(
    ward: Ward, visit: Appointment, clock: Traveller, clocks: tuple[str, ...], field: str
) -> None:
    clock.move_to(ward.at(TODAY + timedelta(days=2), "09:00"))
    assert visit.dose is not None
    with pytest.raises(InvalidInput) as refused:
        record_from_paper(
            ward.cast.actor("nurse"),
            dose_id=visit.dose.public_id,
            record=record(ward),
            times=times(ward, 0, *clocks),
        )
    assert list(refused.value.facts["fields"]) == [field]  # type: ignore[call-overload]


# --- before saving ---------------------------------------------------------------------------------------------------
def test_a_preview_says_what_moves_and_what_no_longer_fits_and_writes_nothing(
    ward: Ward, visit: Appointment, clock: Traveller
) -> None:
    assert visit.dose is not None
    nurse = ward.cast.actor("nurse")
    book_appointment(
        ward.cast.actor("coordinator"),
        dose_id=following(visit).public_id,
        wanted=ward.wanted(TODAY + timedelta(days=28)),
    )
    dose = dose_for(nurse, visit.dose.public_id)
    on = TODAY + timedelta(days=4)
    clock.move_to(ward.at(on, "12:00"))
    seen = preview(nurse, dose=dose, what=What.GIVEN, on=on, at=ward.at(on, "12:00"))
    assert seen.days_late == 4
    assert [(move.dose, move.was_on, move.now_on) for move in seen.moves][:1] == [
        ("Maintenance 3", TODAY + timedelta(days=28), TODAY + timedelta(days=32))
    ]
    assert seen.moves[0].why == "28 days after maintenance 2 was given on Sat 28 Nov"
    assert seen.unfitting[0].startswith("Maintenance 3 is booked for Tue 22 Dec, now too early")
    assert following(visit).target_on == TODAY + timedelta(days=28)


def test_a_preview_agrees_with_what_is_saved(ward: Ward, visit: Appointment) -> None:
    assert visit.dose is not None
    doctor = ward.cast.actor("doctor")
    dose = dose_for(doctor, visit.dose.public_id)
    on = TODAY + timedelta(days=7)
    seen = preview(doctor, dose=dose, what=What.OMITTED, on=on, at=NOW)
    omit_dose_and_free(doctor, dose_id=dose.public_id, reason="Infection", on=on)
    stored = {str(one): one.target_on for one in Dose.objects.filter(plan=dose.plan_id)}
    assert {move.dose: stored[move.dose] for move in seen.moves} == {move.dose: move.now_on for move in seen.moves}
    assert len(seen.moves) > 1


def test_a_preview_says_what_cannot_be(ward: Ward, visit: Appointment) -> None:
    assert visit.dose is not None
    nurse = ward.cast.actor("nurse")
    dose = dose_for(nurse, visit.dose.public_id)
    seen = preview(nurse, dose=dose, what=What.GIVEN, on=TODAY - timedelta(days=40), at=NOW)
    assert seen.problem.startswith("The doses would not follow")
