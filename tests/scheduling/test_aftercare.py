"""Asking after a dose: the call, the check, and what a red flag sets going."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from doseplans.models import Administration, DosePlan, FollowUp, PlanHold
from doseplans.services import GivenRecord, place_hold
from patients.errors import ItemAsksQuestions, PatientHasDied
from patients.models import WorklistItem
from patients.selectors import escalations_of, worklist_of
from patients.services import finish_item
from scheduling.errors import NotInThatState
from scheduling.models import Appointment, Reservation
from scheduling.services import book_appointment, record_administration, record_arrival, reserve_slot
from scheduling.services.courses.deaths import record_death, undo_death
from scheduling.services.day.aftercare import (
    ask_at_the_right_time,
    ask_no_more,
    due_times,
    record_follow_up,
    record_no_answer,
    record_red_flag,
)
from tests.ward import TODAY, Ward, dose_id, maintenance_patient, next_dose
from units.errors import InvalidInput, NotAllowed, NotFound
from units.history import changes

Traveller = time_machine.Traveller
Kind = WorklistItem.Kind


@pytest.fixture
def given(ward: Ward, clock: Traveller) -> Administration:
    """A dose given today at 10:40; the clock shows 11:00."""
    patient = maintenance_patient(ward, due=TODAY)
    visit = book_appointment(
        ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(TODAY, "09:00")
    )
    nurse = ward.cast.actor("nurse")
    record_arrival(nurse, appointment_id=visit.public_id)
    clock.move_to(ward.at(TODAY, "11:00"))
    record = GivenRecord(given_at=ward.at(TODAY, "10:40"), operator_name="Dr Malik", lot="TF6A1182")
    return record_administration(nurse, appointment_id=visit.public_id, record=record).administration


def call_of(given: Administration) -> FollowUp:
    return given.follow_ups.get(kind=FollowUp.Kind.CALL)


def item_of(follow_up: FollowUp) -> WorklistItem:
    return WorklistItem.objects.get(key=f"follow-up:{follow_up.public_id}")


def book_next(ward: Ward, given: Administration) -> Appointment:
    """The dose after the one given, four weeks from today."""
    patient = given.dose.plan.patient
    return book_appointment(
        ward.cast.actor("coordinator"),
        dose_id=next_dose(patient).public_id,
        wanted=ward.wanted(TODAY + timedelta(days=28), "10:00"),
    )


def test_a_dose_given_is_asked_after_twice(ward: Ward, given: Administration) -> None:
    call, check = given.follow_ups.order_by("due_from")
    assert (call.kind, call.due_from, call.due_by) == (
        "call",
        ward.at(TODAY + timedelta(days=1), "10:40"),
        ward.at(TODAY + timedelta(days=2), "10:40"),
    )
    assert (check.kind, check.due_from, check.due_by) == (
        "check",
        ward.at(TODAY + timedelta(days=7), "00:00"),
        ward.at(TODAY + timedelta(days=8), "00:00"),
    )
    assert [item_of(one).detail for one in (call, check)] == [
        "Dose given Tue 24 Nov, 10:40. Ring by Thu 26 Nov, 10:40.",
        "Dose given Tue 24 Nov, 10:40. Ask on Tue 1 Dec.",
    ]


def test_the_check_is_due_on_the_calendar_day_also_across_a_dst_night(ward: Ward) -> None:
    """The clocks go back on Sun 25 Oct 2026: that day has 25 hours, and the week 169."""
    given_at = datetime(2026, 10, 18, 22, 30, tzinfo=UTC)  # 23:30 by the unit's clocks
    since, until = due_times(FollowUp.Kind.CHECK, given_at, ward.unit)
    assert (since, until) == (ward.at(date(2026, 10, 25), "00:00"), ward.at(date(2026, 10, 26), "00:00"))
    assert until - since == timedelta(hours=25)


def test_what_is_not_due_yet_is_not_on_the_worklist(ward: Ward, given: Administration, clock: Traveller) -> None:
    nurse = ward.cast.actor("nurse")
    kinds = lambda at: [item.title for item in worklist_of(nurse, at=at) if item.kind == Kind.FOLLOW_UP]  # noqa: E731
    call = call_of(given)
    assert kinds(call.due_from - timedelta(minutes=1)) == []
    assert kinds(call.due_from) == ["Follow-up call"]
    assert kinds(call.due_from + timedelta(days=7)) == ["Follow-up call", "Day-7 check"]


def test_no_red_flag_finishes_it_and_holds_nothing(ward: Ward, given: Administration, clock: Traveller) -> None:
    clock.move_to(ward.at(TODAY + timedelta(days=1), "12:00"))
    call = call_of(given)
    done = record_follow_up(ward.cast.actor("nurse"), follow_up_id=call.public_id, note="Feels well.")
    assert done.escalated is None
    assert (done.follow_up.done_by_name, done.follow_up.red_flags, done.follow_up.note) == (
        "Ada Nurse",
        [],
        "Feels well.",
    )
    item = item_of(call)
    assert (item.outcome, item.done_by, item.done_at) == ("Feels well.", ward.cast.nurse, done.follow_up.done_at)
    assert not PlanHold.objects.exists()
    with pytest.raises(NotInThatState, match="Ada Nurse has recorded"):
        record_follow_up(ward.cast.actor("doctor"), follow_up_id=call.public_id)


def test_a_red_flag_holds_the_plan_and_asks_a_doctor_in_one_step(
    ward: Ward, given: Administration, clock: Traveller
) -> None:
    booked = book_next(ward, given)
    clock.move_to(ward.at(TODAY + timedelta(days=1), "12:00"))
    at = ward.at(TODAY + timedelta(days=1), "12:00")
    done = record_follow_up(
        ward.cast.actor("nurse"),
        follow_up_id=call_of(given).public_id,
        red_flags=["fever", "severe_headache"],
        note="Since this morning.",
    )
    hold = PlanHold.objects.get()
    assert (hold.plan, hold.reason, hold.placed_by_name, hold.lifted_at) == (
        given.dose.plan,
        "Red flag: severe headache; fever",
        "Ada Nurse",
        None,
    )
    escalation = WorklistItem.objects.get(kind=Kind.ESCALATION)
    assert (escalation.title, escalation.due_at, escalation.done_at) == ("Red flag: severe headache; fever", at, None)
    assert escalation.detail == (
        "Recorded by Ada Nurse at the follow-up call. The plan is on hold. "
        "Still booked, decide: Tue 22 Dec, 10:00. Since this morning."
    )
    booked.refresh_from_db()
    assert booked.status == "booked"
    assert done.escalated is not None
    assert done.escalated.kept == (booked,)
    assert done.follow_up.red_flags == ["severe_headache", "fever"]
    [recorded] = [one for one in changes(PlanHold.pgh_event_model.objects.all()) if one.label == "insert"]
    assert (recorded.act, recorded.actor) == ("record_follow_up", "Ada Nurse")


def test_a_plan_on_hold_already_is_not_held_twice(ward: Ward, given: Administration) -> None:
    place_hold(ward.cast.actor("doctor"), plan=given.dose.plan, reason="Chest infection", on=TODAY)
    done = record_red_flag(
        ward.cast.actor("coordinator"), patient_id=given.dose.plan.patient.public_id, red_flags=["stiff_neck"]
    )
    assert done.holds == ()
    assert PlanHold.objects.get().reason == "Chest infection"
    assert "The plan was on hold already." in WorklistItem.objects.get(kind=Kind.ESCALATION).detail


def test_every_red_flag_recorded_is_an_escalation_of_its_own(ward: Ward, given: Administration) -> None:
    patient = given.dose.plan.patient
    for flag in ("stiff_neck", "fever"):
        record_red_flag(ward.cast.actor("nurse"), patient_id=patient.public_id, red_flags=[flag])
    assert [item.title for item in escalations_of(ward.cast.actor("nurse"), patient)] == [
        "Red flag: stiff neck",
        "Red flag: fever",
    ]
    assert PlanHold.objects.count() == 1


def test_all_six_flags_at_once_fit(ward: Ward, given: Administration) -> None:
    everything = ["severe_headache", "stiff_neck", "fever", "light_sensitivity", "change_in_vision", "new_weakness"]
    done = record_red_flag(
        ward.cast.actor("nurse"), patient_id=given.dose.plan.patient.public_id, red_flags=everything, note="x" * 300
    )
    assert done.holds[0].reason.endswith("change in vision; new weakness, numbness or burning pain")
    assert WorklistItem.objects.filter(kind=Kind.ESCALATION).count() == 1


def test_an_ended_plan_is_left_alone_but_a_doctor_is_asked(ward: Ward, given: Administration) -> None:
    DosePlan.objects.update(ended_on=TODAY, end_reason="stopped")
    done = record_red_flag(
        ward.cast.actor("nurse"), patient_id=given.dose.plan.patient.public_id, red_flags=["stiff_neck"]
    )
    assert done.holds == ()
    assert WorklistItem.objects.get(kind=Kind.ESCALATION).detail == "Recorded by Ada Nurse."


def test_a_red_flag_lets_a_reserved_slot_go(ward: Ward, given: Administration) -> None:
    patient = given.dose.plan.patient
    reserve_slot(
        ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(TODAY + timedelta(days=28))
    )
    record_red_flag(ward.cast.actor("nurse"), patient_id=patient.public_id, red_flags=["stiff_neck"])
    assert not Reservation.objects.exists()


def test_nobody_reached_keeps_it_open_and_counts(ward: Ward, given: Administration, clock: Traveller) -> None:
    call, nurse = call_of(given), ward.cast.actor("nurse")
    clock.move_to(ward.at(TODAY + timedelta(days=1), "12:00"))
    record_no_answer(nurse, follow_up_id=call.public_id, note="Voicemail.")
    item = item_of(call)
    assert (item.done_at, item.due_at) == (None, ward.at(TODAY + timedelta(days=1), "16:00"))
    clock.move_to(ward.at(TODAY + timedelta(days=1), "16:05"))
    tried = record_no_answer(nurse, follow_up_id=call.public_id)
    assert tried.note == "Not reached 2 times (last Wed 25 Nov, 16:05, Ada Nurse)."
    assert tried.done_at is None
    assert item_of(call).detail.endswith(tried.note)
    done = record_follow_up(nurse, follow_up_id=call.public_id, note="Well.")
    assert done.follow_up.note == "Not reached 2 times (last Wed 25 Nov, 16:05, Ada Nurse). Well."


def test_a_dose_withdrawn_is_asked_after_no_more(ward: Ward, given: Administration) -> None:
    call = call_of(given)
    ask_no_more(given, patient=given.dose.plan.patient, at=ward.at(TODAY, "11:00"))
    assert not given.follow_ups.exists()
    assert not WorklistItem.objects.filter(kind=Kind.FOLLOW_UP, done_at__isnull=True).exists()
    with pytest.raises(NotFound):
        record_follow_up(ward.cast.actor("nurse"), follow_up_id=call.public_id)


def test_a_dose_whose_time_is_put_right_is_asked_after_at_the_right_time(ward: Ward, given: Administration) -> None:
    given.given_at = ward.at(TODAY - timedelta(days=1), "15:00")
    ask_at_the_right_time(given, unit=ward.unit)
    call = call_of(given)
    assert (call.due_from, item_of(call).due_at) == (ward.at(TODAY, "15:00"), ward.at(TODAY, "15:00"))
    assert item_of(call).detail == "Dose given Mon 23 Nov, 15:00. Ring by Wed 25 Nov, 15:00."


def test_a_death_closes_what_was_to_be_asked_and_undone_it_is_back(ward: Ward, given: Administration) -> None:
    patient = given.dose.plan.patient
    record_death(ward.cast.actor("nurse"), patient_id=patient.public_id, died_on=TODAY)
    assert not WorklistItem.objects.filter(kind=Kind.FOLLOW_UP, done_at__isnull=True).exists()
    with pytest.raises(PatientHasDied):
        record_follow_up(ward.cast.actor("nurse"), follow_up_id=call_of(given).public_id, red_flags=["fever"])
    with pytest.raises(PatientHasDied):
        record_red_flag(ward.cast.actor("nurse"), patient_id=patient.public_id, red_flags=["fever"])
    undo_death(ward.cast.actor("doctor"), patient_id=patient.public_id, reason="Another patient.")
    assert WorklistItem.objects.filter(kind=Kind.FOLLOW_UP, done_at__isnull=True).count() == 2


def test_who_may_and_what_is_refused(ward: Ward, given: Administration) -> None:
    call, patient = call_of(given), given.dose.plan.patient
    for stranger in ("manager", "other_nurse"):
        with pytest.raises((NotAllowed, NotFound)):
            record_follow_up(ward.cast.actor(stranger), follow_up_id=call.public_id)
        with pytest.raises((NotAllowed, NotFound)):
            record_red_flag(ward.cast.actor(stranger), patient_id=patient.public_id, red_flags=["fever"])
    with pytest.raises(InvalidInput, match="no red flags: hiccup"):
        record_red_flag(ward.cast.actor("nurse"), patient_id=patient.public_id, red_flags=["hiccup"])
    with pytest.raises(InvalidInput, match="which red flag"):
        record_red_flag(ward.cast.actor("nurse"), patient_id=patient.public_id, red_flags=[])
    assert not WorklistItem.objects.filter(kind=Kind.ESCALATION).exists()


def test_a_follow_up_is_not_finished_by_a_sentence_nor_a_red_flag_by_a_nurse(ward: Ward, given: Administration) -> None:
    with pytest.raises(ItemAsksQuestions):
        finish_item(ward.cast.actor("nurse"), item_id=item_of(call_of(given)).public_id, outcome="Fine")
    record_red_flag(ward.cast.actor("nurse"), patient_id=given.dose.plan.patient.public_id, red_flags=["fever"])
    escalation = WorklistItem.objects.get(kind=Kind.ESCALATION)
    with pytest.raises(NotAllowed):
        finish_item(ward.cast.actor("nurse"), item_id=escalation.public_id, outcome="Fine")
    finish_item(ward.cast.actor("doctor"), item_id=escalation.public_id, outcome="Seen in clinic")
    assert not escalations_of(ward.cast.actor("nurse"), given.dose.plan.patient).exists()
