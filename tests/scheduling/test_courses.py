"""A plan held, resumed, ended and opened again, with what becomes of its visits and of the messages about them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from doseplans.errors import PlanEnded, PlanNotEnded, PlanNotOnHold, PlanOnHold
from doseplans.models import DoseDecision, DosePlan, PlanHold
from patients.models import Patient, WorklistItem
from reminders.models import Message
from reminders.services import derive_messages
from scheduling.errors import DoseReservedByOther, StalePage
from scheduling.models import Appointment, Reservation
from scheduling.selectors.courses import coming_dates, next_dose_of
from scheduling.selectors.to_book import doses_to_book
from scheduling.services import book_appointment, move_appointment, reserve_slot
from scheduling.services.courses.holding import (
    end_plan_and_visits,
    hold_plan,
    reopen_ended_plan,
    resume_plan,
    review_hold,
)
from tests.ward import NOW, TODAY, dose_id, live, maintenance_patient, next_dose
from units.errors import InvalidInput, NotAllowed, NotFound

if TYPE_CHECKING:
    import time_machine

    from tests.ward import Ward

DUE = TODAY + timedelta(days=1)
REVIEW = TODAY + timedelta(days=7)
LATER = DUE + timedelta(days=28)


@pytest.fixture
def patient(ward: Ward, clock: Any) -> Patient:
    return maintenance_patient(ward, due=DUE)


@pytest.fixture
def plan(patient: Patient) -> DosePlan:
    return DosePlan.objects.get(patient=patient)


def book(ward: Ward, patient: Patient, day: date, clock: str = "09:00") -> Appointment:
    """The first dose without a visit gets one."""
    booked = [visit.dose_id for visit in live(patient) if visit.dose_id is not None]
    free = patient.plans.get().doses.filter(administrations__isnull=True).exclude(pk__in=booked).order_by("sequence")
    return book_appointment(
        ward.cast.actor("coordinator"), dose_id=free[0].public_id, wanted=ward.wanted(day, clock), override_reason=""
    )


@pytest.fixture
def visits(ward: Ward, patient: Patient) -> list[Appointment]:
    return [book(ward, patient, DUE), book(ward, patient, LATER)]


def hold(ward: Ward, plan: DosePlan, visits: dict[UUID, str], who: str = "doctor", **more: Any) -> Any:
    values = {"reason": "CSF white cells up", "review_on": REVIEW, **more}
    return hold_plan(ward.cast.actor(who), plan_id=plan.public_id, visits=visits, **values)


def end(ward: Ward, plan: DosePlan, reason: str = "stopped", **more: Any) -> Any:
    values = {"on": TODAY, **more}
    return end_plan_and_visits(ward.cast.actor("doctor"), plan_id=plan.public_id, reason=reason, **values)


def open_items(patient: Patient) -> list[tuple[str, str]]:
    rows = WorklistItem.objects.filter(patient=patient, done_at__isnull=True).order_by("due_at", "pk")
    return [(row.kind, row.title) for row in rows]


def told(visit: Appointment) -> list[tuple[str, str]]:
    return list(Message.objects.filter(appointment=visit).order_by("pk").values_list("purpose", "state"))


# --- hold ------------------------------------------------------------------------------------------------------------
def test_a_hold_releases_one_visit_and_keeps_the_other(
    ward: Ward, patient: Patient, plan: DosePlan, visits: list[Appointment]
) -> None:
    first, second = visits
    done = hold(ward, plan, {first.public_id: "release", second.public_id: "keep"})
    assert [visit.pk for visit in done.released] == [first.pk]
    assert [visit.pk for visit in done.kept] == [second.pk]
    first.refresh_from_db()
    assert (first.status, first.cancelled_by) == ("cancelled", "clinical")
    assert first.cancellation_reason == "On hold: CSF white cells up"
    assert list(first.allocations.all()) == []
    assert [visit.pk for visit in live(patient)] == [second.pk]
    assert open_items(patient) == [("call", "Visit kept inside a hold"), ("hold_review", "Review the hold")]
    review = WorklistItem.objects.get(kind="hold_review")
    assert review.due_at == ward.at(REVIEW, "09:00")


def test_a_released_visit_is_cancelled_to_the_patient_and_a_kept_one_keeps_its_invite(
    ward: Ward, plan: DosePlan, visits: list[Appointment]
) -> None:
    first, second = visits
    derive_messages()
    Message.objects.filter(purpose="invite").update(
        state="sent", sent_at=NOW, dated_at=NOW, is_possibly_out=True, attempts=1
    )
    hold(ward, plan, {first.public_id: "release", second.public_id: "keep"})
    derive_messages()
    assert [(what, state) for what, state in told(first) if what in {"invite", "cancel"}] == [
        ("invite", "sent"),
        ("cancel", "pending"),
    ]
    assert {state for what, state in told(first) if what.startswith("reminder")} == {"skipped"}
    assert ("cancel", "pending") not in told(second)
    assert ("invite", "sent") in told(second)


def test_a_visit_nobody_answered_for_refuses_the_hold(ward: Ward, plan: DosePlan, visits: list[Appointment]) -> None:
    with pytest.raises(StalePage) as refused:
        hold(ward, plan, {visits[0].public_id: "keep"})
    assert "Wed 23 Dec, 09:00" in refused.value.sentence
    assert not PlanHold.objects.exists()


def test_a_visit_that_was_moved_since_the_page_refuses_the_hold(
    ward: Ward, plan: DosePlan, visits: list[Appointment]
) -> None:
    seen = {visit.public_id: visit.version for visit in visits}
    move_appointment(
        ward.cast.actor("coordinator"), appointment_id=visits[0].public_id, wanted=ward.wanted(DUE, "12:00")
    )
    with pytest.raises(StalePage):
        hold(ward, plan, {visit.public_id: "keep" for visit in visits}, seen=seen)
    seen[visits[0].public_id] += 1
    assert len(hold(ward, plan, {visit.public_id: "keep" for visit in visits}, seen=seen).kept) == 2


def test_nothing_is_booked_or_moved_while_the_hold_stands(
    ward: Ward, patient: Patient, plan: DosePlan, visits: list[Appointment]
) -> None:
    hold(ward, plan, {visit.public_id: "keep" for visit in visits})
    with pytest.raises(PlanOnHold):
        book(ward, patient, LATER + timedelta(days=28))
    with pytest.raises(PlanOnHold):
        move_appointment(
            ward.cast.actor("coordinator"), appointment_id=visits[0].public_id, wanted=ward.wanted(DUE, "12:00")
        )


def test_a_reserved_slot_is_let_go(ward: Ward, patient: Patient, plan: DosePlan) -> None:
    reserve_slot(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(DUE))
    hold(ward, plan, {})
    assert not Reservation.objects.exists()


def test_visits_of_days_gone_by_are_not_asked_about(
    ward: Ward, plan: DosePlan, visits: list[Appointment], clock: time_machine.Traveller
) -> None:
    clock.shift(timedelta(days=3))
    done = hold(ward, plan, {visits[1].public_id: "keep"})
    assert len(done.kept) == 1


def test_an_answer_is_keep_or_release(ward: Ward, plan: DosePlan, visits: list[Appointment]) -> None:
    with pytest.raises(InvalidInput):
        hold(ward, plan, {visit.public_id: "perhaps" for visit in visits})


@pytest.mark.parametrize("who", ["coordinator", "nurse", "pharmacist", "manager", "administrator"])
def test_only_a_doctor_holds(ward: Ward, plan: DosePlan, who: str) -> None:
    with pytest.raises(NotAllowed):
        hold(ward, plan, {}, who=who)
    with pytest.raises(NotAllowed):
        resume_plan(ward.cast.actor(who), plan_id=plan.public_id, how="label")
    with pytest.raises(NotAllowed):
        end_plan_and_visits(ward.cast.actor(who), plan_id=plan.public_id, reason="stopped", on=TODAY)


def test_another_units_plan_is_not_there(ward: Ward, plan: DosePlan) -> None:
    with pytest.raises(NotFound):
        hold(ward, plan, {}, who="other_nurse")


def test_a_review_is_put_off_and_due_again(ward: Ward, patient: Patient, plan: DosePlan) -> None:
    hold(ward, plan, {})
    later = REVIEW + timedelta(days=7)
    review_hold(ward.cast.actor("doctor"), plan_id=plan.public_id, review_on=later, note="Still raised")
    assert PlanHold.objects.get().review_on == later
    item = WorklistItem.objects.get(patient=patient, done_at__isnull=True)
    assert (item.title, item.due_at) == ("Review the hold", ward.at(later, "09:00"))


# --- resume ----------------------------------------------------------------------------------------------------------
def test_resuming_by_the_rule_counts_from_what_was_given(
    ward: Ward, patient: Patient, plan: DosePlan, clock: time_machine.Traveller
) -> None:
    hold(ward, plan, {})
    clock.shift(timedelta(days=40))
    today = ward.unit.today()
    preview = coming_dates(ward.cast.actor("doctor"), plan, on=today)
    resume_plan(ward.cast.actor("doctor"), plan_id=plan.public_id, how="label", reason="CSF clear")
    first, second = plan.doses.filter(administrations__isnull=True).order_by("sequence")[:2]
    # Given last on 28 Oct: due 28 days later, long past, so that the next counts from today.
    assert first.target_on == DUE
    assert second.target_on == today + timedelta(days=28)
    assert [date.fromordinal(dose.target) for dose in preview[:2]] == [first.target_on, second.target_on]
    assert open_items(patient) == []
    assert not DoseDecision.objects.exists()


def test_resuming_on_a_day_a_clinician_sets(ward: Ward, patient: Patient, plan: DosePlan) -> None:
    hold(ward, plan, {})
    on = TODAY + timedelta(days=10)
    doctor = ward.cast.actor("doctor")
    preview = coming_dates(doctor, plan, on=TODAY, decided=on)
    resume_plan(doctor, plan_id=plan.public_id, how="date", on=on, reason="After the repeat MRI")
    decision = DoseDecision.objects.get()
    assert (decision.kind, decision.on, decision.reason) == ("date", on, "After the repeat MRI")
    first, second = plan.doses.filter(administrations__isnull=True).order_by("sequence")[:2]
    assert (first.target_on, second.target_on) == (on, on + timedelta(days=28))
    assert [date.fromordinal(dose.target) for dose in preview[:2]] == [first.target_on, second.target_on]
    assert next_dose_of(doctor, plan) == first
    assert len(live(patient)) == 0
    book(ward, patient, on)


@pytest.mark.parametrize(
    "wrong",
    [
        {"how": "date"},
        {"how": "date", "on": TODAY + timedelta(days=3)},
        {"how": "date", "on": TODAY - timedelta(days=1), "reason": "x"},
        {"how": "label", "on": TODAY},
        {"how": "somehow"},
    ],
)
def test_a_resumption_that_says_too_little_changes_nothing(ward: Ward, plan: DosePlan, wrong: dict[str, Any]) -> None:
    hold(ward, plan, {})
    with pytest.raises(InvalidInput):
        resume_plan(ward.cast.actor("doctor"), plan_id=plan.public_id, **wrong)
    assert PlanHold.objects.get().lifted_at is None


def test_what_is_not_held_is_not_resumed(ward: Ward, plan: DosePlan) -> None:
    with pytest.raises(PlanNotOnHold):
        resume_plan(ward.cast.actor("doctor"), plan_id=plan.public_id, how="label")


# --- end -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("reason", "by"),
    [("stopped", "clinical"), ("transferred", "clinical"), ("withdrew", "patient"), ("completed", "clinical")],
)
def test_an_end_frees_the_visits_with_one_cancellation_each(
    ward: Ward, patient: Patient, plan: DosePlan, visits: list[Appointment], reason: str, by: str
) -> None:
    derive_messages()
    Message.objects.filter(purpose="invite").update(
        state="sent", sent_at=NOW, dated_at=NOW, is_possibly_out=True, attempts=1
    )
    done = end(ward, plan, reason)
    assert [visit.pk for visit in done.freed] == [visit.pk for visit in visits]
    assert live(patient) == []
    derive_messages()
    for visit in visits:
        visit.refresh_from_db()
        assert visit.cancelled_by == by
        assert [what for what, state in told(visit) if state == "pending"] == ["cancel"]
    plan.refresh_from_db()
    assert (plan.ended_on, plan.end_reason) == (TODAY, reason)
    assert doses_to_book(ward.cast.actor("doctor"), unit=ward.unit, at=NOW) == []


def test_a_hold_is_over_with_the_plan_and_back_with_it(ward: Ward, patient: Patient, plan: DosePlan) -> None:
    hold(ward, plan, {})
    end(ward, plan)
    assert PlanHold.objects.get().lifted_at == NOW
    assert open_items(patient) == []
    reopen_ended_plan(ward.cast.actor("doctor"), plan_id=plan.public_id, reason="Wrong patient")
    assert PlanHold.objects.get().lifted_at is None
    assert open_items(patient) == [("hold_review", "Review the hold")]


def test_a_hold_lifted_before_the_end_stays_lifted(ward: Ward, plan: DosePlan) -> None:
    hold(ward, plan, {})
    resume_plan(ward.cast.actor("doctor"), plan_id=plan.public_id, how="label")
    end(ward, plan)
    reopen_ended_plan(ward.cast.actor("doctor"), plan_id=plan.public_id, reason="Wrong patient")
    assert PlanHold.objects.get().lifted_at is not None


def test_an_end_in_error_puts_the_doses_back_to_book(
    ward: Ward, patient: Patient, plan: DosePlan, visits: list[Appointment]
) -> None:
    end(ward, plan)
    reopen_ended_plan(ward.cast.actor("doctor"), plan_id=plan.public_id, reason="Meant somebody else")
    assert live(patient) == []
    rows = doses_to_book(ward.cast.actor("doctor"), unit=ward.unit, at=NOW)
    assert [row.dose for row in rows] == [next_dose(patient)]


def test_an_end_that_cannot_be(ward: Ward, plan: DosePlan, visits: list[Appointment]) -> None:
    doctor = ward.cast.actor("doctor")
    for wrong in ({"reason": "died"}, {"reason": "because"}, {"on": TODAY + timedelta(days=1)}):
        with pytest.raises(InvalidInput):
            end(ward, plan, **wrong)
    with pytest.raises(InvalidInput):  # a dose was given four weeks ago
        end(ward, plan, on=TODAY - timedelta(days=40))
    with pytest.raises(PlanNotEnded):
        reopen_ended_plan(doctor, plan_id=plan.public_id, reason="None")
    with pytest.raises(StalePage):
        end(ward, plan, seen={visits[0].public_id: 1})
    assert len(live(plan.patient)) == 2
    end(ward, plan, seen={visit.public_id: 1 for visit in visits})
    with pytest.raises(PlanEnded):
        end(ward, plan)
    with pytest.raises(InvalidInput):
        reopen_ended_plan(doctor, plan_id=plan.public_id, reason=" ")


def test_somebody_elses_reservation_is_no_way_round_a_hold(ward: Ward, patient: Patient, plan: DosePlan) -> None:
    reserve_slot(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(DUE))
    with pytest.raises(DoseReservedByOther):
        book_appointment(ward.cast.actor("nurse"), dose_id=dose_id(patient), wanted=ward.wanted(DUE, "12:00"))
    hold(ward, plan, {})
    with pytest.raises(PlanOnHold):
        book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(DUE))
