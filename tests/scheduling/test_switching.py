"""A course goes on by another protocol: in the same plan, or in a new one after the old has ended as switched."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from doseplans.errors import PlanAlreadyRunning, PlanEnded
from doseplans.models import Dose, DosePlan, PlanHold, PlanSwitch, Protocol
from doseplans.services.switching import Beginning
from patients.models import WorklistItem
from scheduling.errors import NotInThatState, StalePage
from scheduling.models import Appointment, MoveProposal
from scheduling.selectors.courses import plan_for
from scheduling.services import book_appointment, record_arrival
from scheduling.services.courses.holding import end_plan_and_visits, hold_plan, reopen_ended_plan, resume_plan
from scheduling.services.courses.proposals import recount
from scheduling.services.courses.switching import Switched, preview_switch, protocols_to_switch_to, switch_protocol
from scheduling.services.visits import booking
from tests.protocols import next_version, other_medicine
from tests.ward import NOW, TODAY, Ward, dose_id, maintenance_patient
from units.errors import InvalidInput, NotAllowed, NotFound

DUE = TODAY + timedelta(days=1)
START = TODAY + timedelta(days=20)


@pytest.fixture
def plan(ward: Ward, clock: time_machine.Traveller) -> DosePlan:
    """Four doses given, the last 28 days before DUE, counted as the protocol has it."""
    maintenance_patient(ward, due=DUE)
    return DosePlan.objects.get()


@pytest.fixture
def visit(ward: Ward, plan: DosePlan) -> Appointment:
    return book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(plan.patient), wanted=ward.wanted(DUE))


def switch(ward: Ward, plan: DosePlan, protocol: Protocol, *, role: str = "doctor", **more: Any) -> Switched:
    values = {"reason": "Label changed", **more}
    return switch_protocol(ward.cast.actor(role), plan_id=plan.public_id, protocol_id=protocol.public_id, **values)


# --- in the same plan ------------------------------------------------------------------------------------------------
def test_by_the_next_version_the_plan_itself_goes_on(ward: Ward, plan: DosePlan, visit: Appointment) -> None:
    before = {dose.sequence: dose.pk for dose in plan.doses.all()}
    second = next_version(ward)
    done = switch(ward, plan, second)
    stored = DosePlan.objects.get()
    assert (done.plan, done.ended, stored.protocol, stored.ended_on) == (stored, None, second, None)
    rows = {dose.sequence: dose for dose in stored.doses.all()}
    assert {sequence: rows[sequence].pk for sequence in before} == before
    # Maintenance 2 counts from maintenance 1, 28 days before DUE; 35 days are a week more.
    assert (rows[5].target_on, rows[6].target_on) == (DUE + timedelta(days=7), DUE + timedelta(days=35))
    assert Appointment.objects.get().status == "booked"
    assert [proposal.appointment for proposal in done.proposals] == [visit]
    assert "now too early" in MoveProposal.objects.get().cause
    noted = PlanSwitch.objects.get()
    assert (noted.from_protocol.version, noted.to_protocol, noted.reason) == (1, second, "Label changed")
    assert (noted.switched_on, noted.switched_by_name, noted.from_plan) == (TODAY, "Ada Doctor", None)


def test_the_preview_says_what_the_switch_does_and_saves_nothing(
    ward: Ward, plan: DosePlan, visit: Appointment
) -> None:
    doctor = ward.cast.actor("doctor")
    switch(ward, plan, next_version(ward, interval=28))  # so that the rows are counted and not as the test wrote them
    third = next_version(ward, interval=35)
    found = plan_for(doctor, plan.public_id)
    target = protocols_to_switch_to(doctor, plan=found).get()
    seen = preview_switch(doctor, plan=found, protocol=target, beginning=None, at=NOW)
    assert (target, seen.goes_on) == (third, True)
    first = seen.moves[0]
    assert (first.dose, first.was_on, first.now_on) == ("Maintenance 2", DUE, DUE + timedelta(days=7))
    assert first.why == "35 days after maintenance 1 was given on Wed 28 Oct"
    (unfitting,) = seen.unfitting
    assert unfitting == (
        "Maintenance 2 is booked for Wed 25 Nov, now too early: it may be given Mon 30 Nov to Mon 7 Dec, 35 days after "
        "maintenance 1 was given on Wed 28 Oct."
    )
    assert DosePlan.objects.get().protocol.version == 2
    switch(ward, plan, third)
    due = dict(Dose.objects.filter(plan=plan).values_list("sequence", "target_on"))
    assert [due[5 + n] for n in range(3)] == [move.now_on for move in seen.moves[:3]]


def test_a_version_that_was_followed_once_never_changes_again(ward: Ward, plan: DosePlan) -> None:
    first = plan.protocol
    switch(ward, plan, next_version(ward))
    assert not DosePlan.objects.filter(protocol=first).exists()
    for change in (
        lambda: first.steps.update(interval=7),
        lambda: Protocol.objects.filter(pk=first.pk).update(name="Something else"),
    ):
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            change()


def test_a_version_by_which_doses_given_would_be_others_begins_a_new_plan(ward: Ward, plan: DosePlan) -> None:
    four_loading = next_version(ward, loading=4)
    found = plan_for(ward.cast.actor("doctor"), plan.public_id)
    seen = preview_switch(ward.cast.actor("doctor"), plan=found, protocol=four_loading, beginning=None, at=NOW)
    assert (seen.goes_on, seen.begins_up_to, seen.coming) == (False, 5, ())
    with pytest.raises(InvalidInput, match="Set the day of the first dose"):
        switch(ward, plan, four_loading)
    done = switch(ward, plan, four_loading, beginning=Beginning(START, 5))
    assert done.ended == plan
    # The same protocol's facts go along; the dose it begins with is the first of maintenance, on its day, not late.
    assert done.plan.genetic_test_note == "SOD1 variant confirmed"
    fifth = done.plan.doses.get(sequence=5)
    assert (str(fifth), fifth.target_on, fifth.ideal_on) == ("Maintenance 1", START, START)
    assert fifth.plan.doses.get(sequence=6).target_on == START + timedelta(days=35)
    assert fifth.plan.doses.filter(decisions__kind="omit").count() == 4


def test_an_act_that_read_the_plan_before_the_switch_counts_by_the_new_version(
    ward: Ward, plan: DosePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    second, read_before = next_version(ward), DosePlan.objects.select_related("protocol").get()
    clear = booking.clear_the_way

    def switched_meanwhile(*args: Any, **values: Any) -> Any:
        switch(ward, plan, second)
        return clear(*args, **values)

    monkeypatch.setattr(booking, "clear_the_way", switched_meanwhile)
    coordinator, dose = ward.cast.actor("coordinator"), dose_id(plan.patient)
    with transaction.atomic(), pytest.raises(StalePage, match="switched to another protocol"):
        book_appointment(coordinator, dose_id=dose, wanted=ward.wanted(DUE))
    switch(ward, plan, second)
    dates = list(plan.doses.values_list("target_on", flat=True))
    recount(read_before, unit=ward.unit, at=NOW)
    assert list(plan.doses.values_list("target_on", flat=True)) == dates


# --- a new plan ------------------------------------------------------------------------------------------------------
def test_by_another_medicine_the_plan_ends_and_a_new_one_begins(ward: Ward, plan: DosePlan, visit: Appointment) -> None:
    done = switch(ward, plan, other_medicine(ward), reason="Progression", beginning=Beginning(START))
    plan.refresh_from_db()
    assert (plan.ended_on, plan.end_reason, done.ended) == (TODAY, "switched", plan)
    cancelled = Appointment.objects.get()
    assert (cancelled.status, cancelled.cancelled_by, done.freed) == ("cancelled", "clinical", (cancelled,))
    assert cancelled.events.latest("pk").snapshot.get("is_untold") is None  # whoever had the invite is told
    new = done.plan
    assert (new.doses.get(sequence=1).target_on, new.prescriber_name) == (START, "Dr Malik")
    # What was settled for one medicine is not settled for another.
    assert (new.genetic_test_note, new.pregnancy_discussed_on) == ("", None)
    assert PlanSwitch.objects.get().from_plan == plan
    with pytest.raises(PlanAlreadyRunning, match="The course goes on by Nusinersen"):
        reopen_ended_plan(ward.cast.actor("doctor"), plan_id=plan.public_id, reason="A mistake")
    end_plan_and_visits(ward.cast.actor("doctor"), plan_id=new.public_id, reason="stopped", on=TODAY)
    assert reopen_ended_plan(ward.cast.actor("doctor"), plan_id=plan.public_id, reason="A mistake").ended_on is None


def test_the_new_plan_may_begin_with_a_later_dose(ward: Ward, plan: DosePlan) -> None:
    # Somebody who switches: one 50 mg dose, then 28 mg every 4 months.
    new = switch(ward, plan, other_medicine(ward), beginning=Beginning(START, 2)).plan
    due = dict(new.doses.values_list("sequence", "target_on"))
    assert (START.isoformat(), due[2], due[3].isoformat()) == ("2026-12-14", START, "2027-04-14")
    assert new.doses.get(decisions__kind="omit").sequence == 1


def test_a_hold_goes_with_the_course(ward: Ward, plan: DosePlan) -> None:
    doctor, review = ward.cast.actor("doctor"), TODAY + timedelta(days=7)
    hold_plan(doctor, plan_id=plan.public_id, reason="Myelitis", review_on=review, visits={})
    new = switch(ward, plan, other_medicine(ward), beginning=Beginning(START)).plan
    hold = PlanHold.objects.get(plan=new)
    assert (hold.reason, hold.review_on, hold.lifted_at) == ("Myelitis", review, None)
    open_items = WorklistItem.objects.filter(patient=plan.patient, done_at__isnull=True)
    assert [item.key for item in open_items] == [f"hold:{hold.pk}:review"]
    resume_plan(doctor, plan_id=new.public_id, how="label")
    assert not PlanHold.objects.filter(plan=new, lifted_at__isnull=True).exists()


@pytest.mark.parametrize(
    ("beginning", "sentence"),
    [
        (None, "Set the day of the first dose"),
        (Beginning(TODAY - timedelta(days=1)), "lies in the past"),
        (Beginning(START, 0), "begins with one of its doses 1 to 3"),
        (Beginning(START, 4), "begins with one of its doses 1 to 3"),
    ],
)
def test_a_beginning_that_cannot_be_is_refused(
    ward: Ward, plan: DosePlan, beginning: Beginning | None, sentence: str
) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        switch(ward, plan, other_medicine(ward), beginning=beginning)
    plan.refresh_from_db()
    assert plan.ended_on is None


# --- refused ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["coordinator", "nurse", "pharmacist", "manager", "administrator"])
def test_only_a_doctor_switches(ward: Ward, plan: DosePlan, role: str) -> None:
    with pytest.raises(NotAllowed):
        switch(ward, plan, next_version(ward), role=role)


def test_what_cannot_be_switched_is_refused_with_its_cause(ward: Ward, plan: DosePlan, visit: Appointment) -> None:
    second = next_version(ward)
    with pytest.raises(InvalidInput, match="Write down why"):
        switch(ward, plan, second, reason=" ")
    with pytest.raises(InvalidInput, match="leave the day empty"):
        switch(ward, plan, second, beginning=Beginning(START))
    with pytest.raises(StalePage):
        switch(ward, plan, second, seen={visit.public_id: 9})
    with pytest.raises(NotFound):
        switch(ward, plan, plan.protocol)  # retired by now
    switch(ward, plan, second)
    with pytest.raises(InvalidInput, match="follows this version already"):
        switch(ward, plan, second)
    end_plan_and_visits(ward.cast.actor("doctor"), plan_id=plan.public_id, reason="stopped", on=TODAY)
    with pytest.raises(PlanEnded):
        switch(ward, plan, next_version(ward))


def test_nothing_is_switched_while_the_patient_is_here(
    ward: Ward, plan: DosePlan, visit: Appointment, clock: time_machine.Traveller
) -> None:
    clock.move_to(ward.at(DUE, "09:00"))
    record_arrival(ward.cast.actor("nurse"), appointment_id=visit.public_id)
    with pytest.raises(NotInThatState):
        switch(ward, plan, next_version(ward))
