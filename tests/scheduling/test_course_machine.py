"""A course through whatever may happen to it, in any order, against the database: its promises hold after each step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from doseplans.models import Administration, Dose, DoseNotGiven, DosePlan, PlanHold, PlanSwitch, Protocol
from doseplans.services import GivenRecord, start_plan
from doseplans.services.switching import Beginning
from scheduling.models import LIVE, Appointment, MoveProposal
from scheduling.selectors.plan_states import plan_state
from scheduling.services import (
    book_appointment,
    cancel_appointment,
    record_administration,
    record_arrival,
    record_noshow,
)
from scheduling.services.courses.deaths import record_death, undo_death
from scheduling.services.courses.doses import (
    correct_administration,
    decide_dose_date,
    omit_dose_and_free,
    record_not_given,
    take_back_decision,
    withdraw_administration,
)
from scheduling.services.courses.holding import end_plan_and_visits, hold_plan, reopen_ended_plan, resume_plan
from scheduling.services.courses.not_given import withdraw_not_given
from scheduling.services.courses.proposals import recount
from scheduling.services.courses.switching import switch_protocol
from tests.cast import make_patient
from tests.protocols import next_version, other_medicine
from tests.ward import TODAY, Ward
from units.errors import ClinicError

MINIMUM = timedelta(days=14)
DAYS = st.integers(min_value=1, max_value=40)


class Course(RuleBasedStateMachine):
    """One patient's plan. A step that is refused, with a sentence, is a step too; nothing else may be raised."""

    def __init__(self, ward: Ward) -> None:
        super().__init__()
        self.ward = ward
        self.numbered = 0
        self.whole = transaction.atomic()
        self.whole.__enter__()
        self.clock: time_machine.Traveller | None = None
        self.turn_to(datetime.combine(TODAY, time(7), UTC))

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.whole.__exit__(None, None, None)
        if self.clock:
            self.clock.stop()

    # --- what is needed to act

    def turn_to(self, at: datetime) -> None:
        if self.clock:
            self.clock.stop()
        self.clock = time_machine.travel(at, tick=False)
        self.clock.start()
        self.now = at

    @property
    def today(self) -> date:
        return self.ward.unit.local_date(self.now)

    def may(self, act: Callable[[], Any]) -> Any:
        """What came of the act; None where it was refused, which leaves nothing behind."""
        before = self.picture()
        try:
            with transaction.atomic():
                done = act()
        except ClinicError as error:
            refusal = error
        else:
            return done
        assert refusal.sentence.strip()
        assert self.picture() == before
        return None

    def picture(self) -> list[Any]:
        return [
            list(Dose.objects.filter(plan=self.plan).order_by("pk").values_list()),
            list(Administration.objects.filter(dose__plan=self.plan).order_by("pk").values_list()),
            list(Appointment.objects.filter(patient=self.patient).order_by("pk").values_list()),
            list(DosePlan.objects.filter(patient=self.patient).order_by("pk").values_list()),
            list(PlanSwitch.objects.filter(plan__patient=self.patient).order_by("pk").values_list()),
            list(DoseNotGiven.objects.filter(dose__plan=self.plan).order_by("pk").values_list()),
        ]

    def actor(self, role: str) -> Any:
        return self.ward.cast.actor(role)

    def next_dose(self) -> Dose | None:
        states = plan_state(self.plan.pk, self.ward.unit).doses
        open_ones = [s.sequence for s in states if s.expected_on is None]
        return self.plan.doses.filter(sequence__in=open_ones).order_by("sequence").first() if open_ones else None

    def visits(self, *states: str) -> list[Appointment]:
        return list(Appointment.objects.filter(patient=self.patient, status__in=states).order_by("starts_at"))

    def last_given(self) -> Dose | None:
        return self.plan.doses.filter(administrations__is_entered_in_error=False).order_by("-sequence").first()

    # --- the steps

    @initialize(ahead=st.integers(min_value=0, max_value=20))
    def start(self, ahead: int) -> None:
        self.other = other_medicine(self.ward)
        self.patient = make_patient(self.ward.unit, "Course", f"C{id(self) % 10**8:08}")
        self.plan = start_plan(
            self.actor("doctor"),
            patient=self.patient,
            protocol=Protocol.objects.get(code="tofersen", status="active"),
            starts_on=self.today + timedelta(days=ahead),
            on=self.today,
            genetic_test_note="SOD1 variant confirmed",
            prescriber_name="Dr Malik",
            review_on=date(2100, 1, 4),
            pregnancy_discussed_on=self.today,
        )

    @rule(days=DAYS)
    def days_go_by(self, days: int) -> None:
        self.turn_to(datetime.combine(self.today + timedelta(days=days), time(7), UTC))

    @rule(
        late=st.integers(min_value=-4, max_value=8),
        clock=st.sampled_from(["08:00", "10:00", "13:00"]),
        role=st.sampled_from(["coordinator", "doctor"]),
    )
    def book(self, late: int, clock: str, role: str) -> None:
        dose = self.next_dose()
        if dose is None:
            return
        day = max(self.today, dose.target_on + timedelta(days=late))
        reason = "Agreed with the patient" if role == "doctor" else ""
        self.may(
            lambda: book_appointment(
                self.actor(role), dose_id=dose.public_id, wanted=self.ward.wanted(day, clock), override_reason=reason
            )
        )

    @rule()
    def cancel(self) -> None:
        visit = next(iter(self.visits("booked")), None)
        if visit is not None:
            self.may(
                lambda: cancel_appointment(
                    self.actor("coordinator"), appointment_id=visit.public_id, cancelled_by="unit"
                )
            )

    @rule(outcome=st.sampled_from(["given", "given", "given", "not given", "no-show"]))
    def keep_the_next_visit(self, outcome: str) -> None:
        visit = next(iter(self.visits("booked")), None)
        if visit is None or visit.starts_at < self.now:
            return
        self.turn_to(visit.starts_at + timedelta(minutes=5))
        nurse = self.actor("nurse")
        key = visit.public_id
        if outcome == "no-show":
            self.may(lambda: record_noshow(nurse, appointment_id=key))
            return
        if self.may(lambda: record_arrival(nurse, appointment_id=key)) is None:
            return
        self.turn_to(self.now + timedelta(minutes=90))
        if outcome == "given":
            self.may(lambda: record_administration(nurse, appointment_id=key, record=GivenRecord(given_at=self.now)))
        else:
            self.may(lambda: record_not_given(nurse, appointment_id=key, reason="unwell"))

    @rule(keeps=st.booleans())
    def hold(self, keeps: bool) -> None:
        answers = {visit.public_id: "keep" if keeps else "release" for visit in self.visits("booked")}
        self.may(
            lambda: hold_plan(
                self.actor("doctor"), plan_id=self.plan.public_id, reason="Headache", review_on=None, visits=answers
            )
        )

    @rule(days=st.none() | st.integers(min_value=0, max_value=60))
    def resume(self, days: int | None) -> None:
        on = None if days is None else self.today + timedelta(days=days)
        how = "label" if on is None else "date"
        self.may(
            lambda: resume_plan(self.actor("doctor"), plan_id=self.plan.public_id, how=how, reason="Well again", on=on)
        )

    @rule()
    def omit(self) -> None:
        if dose := self.next_dose():
            self.may(lambda: omit_dose_and_free(self.actor("doctor"), dose_id=dose.public_id, reason="Antibiotics"))

    @rule(days=st.integers(min_value=-3, max_value=50))
    def set_a_day(self, days: int) -> None:
        if dose := self.next_dose():
            on = self.today + timedelta(days=days)
            self.may(lambda: decide_dose_date(self.actor("doctor"), dose_id=dose.public_id, on=on, reason="Holiday"))

    @rule(sequence=st.integers(min_value=1, max_value=8))
    def take_a_decision_back(self, sequence: int) -> None:
        if dose := self.plan.doses.filter(sequence=sequence).first():
            self.may(lambda: take_back_decision(self.actor("doctor"), dose_id=dose.public_id, reason="A mistake"))

    @rule(days=st.integers(min_value=-3, max_value=3))
    def correct(self, days: int) -> None:
        if dose := self.last_given():
            was = dose.administrations.get(is_entered_in_error=False)
            record = GivenRecord(given_at=was.given_at + timedelta(days=days))
            self.may(
                lambda: correct_administration(
                    self.actor("nurse"), dose_id=dose.public_id, record=record, reason="Wrong day"
                )
            )

    @rule()
    def withdraw(self) -> None:
        if dose := self.last_given():
            self.may(lambda: withdraw_administration(self.actor("nurse"), dose_id=dose.public_id, reason="Not hers"))

    @rule(minutes=st.sampled_from([10, 10, 2000]))
    def withdraw_a_not_given(self, minutes: int) -> None:
        self.turn_to(self.now + timedelta(minutes=minutes))
        attempt = DoseNotGiven.objects.filter(dose__plan=self.plan, is_entered_in_error=False).order_by("-at").first()
        if attempt is not None:
            key = attempt.dose.public_id
            self.may(lambda: withdraw_not_given(self.actor("nurse"), dose_id=key, reason="Another patient"))

    @rule()
    def give_to_who_is_here(self) -> None:
        if visit := next(iter(self.visits("arrived")), None):
            record, key = GivenRecord(given_at=self.now), visit.public_id
            self.may(lambda: record_administration(self.actor("nurse"), appointment_id=key, record=record))

    @rule(interval=st.integers(min_value=20, max_value=40), loading=st.sampled_from([3, 3, 3, 4]))
    def switch_to_the_next_version(self, interval: int, loading: int) -> None:
        with transaction.atomic():
            protocol = next_version(self.ward, interval=interval, loading=loading)
            if not self.switch(protocol, None):
                transaction.set_rollback(True)

    @rule(days=st.integers(min_value=-1, max_value=30), dose=st.integers(min_value=1, max_value=5))
    def switch_to_a_new_plan(self, days: int, dose: int) -> None:
        with transaction.atomic():
            to_tofersen = self.stored().protocol.code != "tofersen"
            current = Protocol.objects.filter(code="tofersen", status="active")
            protocol = current.get() if to_tofersen else self.other
            if not self.switch(protocol, Beginning(self.today + timedelta(days=days), dose)):
                transaction.set_rollback(True)

    def switch(self, protocol: Protocol, beginning: Beginning | None) -> bool:
        """Whether the course goes on by the protocol; the plan it goes on in is the one looked at from now on."""
        doctor, key = self.actor("doctor"), self.plan.public_id
        done = self.may(
            lambda: switch_protocol(
                doctor, plan_id=key, protocol_id=protocol.public_id, reason="Better tolerated", beginning=beginning
            )
        )
        if done is None:
            return False
        if done.ended is not None:
            self.plan = done.plan
            # What the protocol asks for is on record again; else nothing more would be booked.
            DosePlan.objects.filter(pk=self.plan.pk).update(
                genetic_test_note="SOD1 variant confirmed", pregnancy_discussed_on=self.today
            )
        return True

    @rule(reason=st.sampled_from(["stopped", "transferred", "withdrew"]))
    def end(self, reason: str) -> None:
        self.may(
            lambda: end_plan_and_visits(self.actor("doctor"), plan_id=self.plan.public_id, reason=reason, on=self.today)
        )

    @rule()
    def reopen(self) -> None:
        self.may(lambda: reopen_ended_plan(self.actor("doctor"), plan_id=self.plan.public_id, reason="A mistake"))

    @rule()
    def die(self) -> None:
        self.may(lambda: record_death(self.actor("doctor"), patient_id=self.patient.public_id, died_on=self.today))

    @rule()
    def live(self) -> None:
        self.may(lambda: undo_death(self.actor("doctor"), patient_id=self.patient.public_id, reason="Another patient"))

    # --- the promises

    @invariant()
    @precondition(lambda self: hasattr(self, "plan"))
    def a_course_that_was_switched_runs_in_one_plan(self) -> None:
        for switch in PlanSwitch.objects.filter(from_plan__patient=self.patient, plan__ended_on__isnull=True):
            assert switch.from_plan is not None
            assert switch.from_plan.ended_on is not None
            assert not Appointment.objects.filter(dose__plan=switch.from_plan, status="booked").exists()

    @invariant()
    @precondition(lambda self: hasattr(self, "plan"))
    def nobody_is_here_for_a_dose_already_dealt_with(self) -> None:
        for visit in self.visits("arrived"):
            states = {s.sequence: s for s in plan_state(visit.dose.plan_id, self.ward.unit).doses}  # type: ignore[union-attr]
            state = states[visit.dose.sequence]  # type: ignore[union-attr]
            assert (state.given_on, state.omitted_on, state.appointment_id) == (None, None, visit.pk)

    def stored(self) -> DosePlan:
        return DosePlan.objects.select_related("patient", "protocol").get(pk=self.plan.pk)

    @invariant()
    @precondition(lambda self: hasattr(self, "plan"))
    def nothing_is_booked_after_an_end_or_a_death(self) -> None:
        plan = self.stored()
        # What became of a visit of a day before the end may still have to be written down.
        if plan.ended_on is not None or plan.patient.deceased_at is not None:
            assert [
                visit for visit in self.visits("booked") if self.ward.unit.local_date(visit.starts_at) >= self.today
            ] == []
        if plan.patient.deceased_at is not None:
            assert plan.ended_on is not None

    @invariant()
    @precondition(lambda self: hasattr(self, "plan"))
    def nothing_is_booked_during_a_hold(self) -> None:
        hold = PlanHold.objects.filter(plan=self.plan, lifted_at__isnull=True).first()
        if hold is not None:
            since = self.ward.unit.local_date
            assert all(since(visit.booked_at) <= hold.placed_on for visit in self.visits("booked"))

    @invariant()
    @precondition(lambda self: hasattr(self, "plan"))
    def each_dose_is_given_and_booked_once_and_in_turn(self) -> None:
        given = list(
            Administration.objects.filter(dose__plan=self.plan, is_entered_in_error=False)
            .order_by("dose__sequence")
            .values_list("dose__sequence", "given_on")
        )
        assert len({sequence for sequence, _ in given}) == len(given)
        days = [day for _, day in given]
        assert days == sorted(set(days))
        live = list(Appointment.objects.filter(dose__plan=self.plan, status__in=LIVE).values_list("dose_id", flat=True))
        assert len(set(live)) == len(live)

    @invariant()
    @precondition(lambda self: hasattr(self, "plan"))
    def no_date_is_earlier_than_the_minimum(self) -> None:
        """Except where a clinician has set the day."""
        states = {s.sequence: s for s in plan_state(self.plan.pk, self.ward.unit).doses}
        decided = set(
            self.plan.doses.filter(decisions__withdrawn_at__isnull=True, decisions__kind="date").values_list(
                "sequence", flat=True
            )
        )
        for dose in self.plan.doses.all():
            before = states.get(dose.sequence - 1)
            if before is None or before.given_on is None or states[dose.sequence].given_on is not None:
                continue
            if dose.sequence not in decided:
                assert dose.earliest_on >= before.given_on + MINIMUM

    @invariant()
    @precondition(lambda self: hasattr(self, "plan"))
    def counting_again_changes_nothing(self) -> None:
        plan = self.stored()
        if plan.ended_on is None:
            # Days that have passed since may move what is overdue; the same day counted twice may not.
            recount(plan, unit=self.ward.unit, at=self.now)
            once = self.picture()
            recount(plan, unit=self.ward.unit, at=self.now)
            assert self.picture() == once

    @invariant()
    @precondition(lambda self: hasattr(self, "plan"))
    def a_proposal_is_open_only_for_a_visit_that_has_not_ended(self) -> None:
        """Also while the patient is here: until the dose is given, or not, it says that the day is the wrong one."""
        for proposal in MoveProposal.objects.filter(appointment__patient=self.patient, state="open"):
            assert proposal.appointment.status in {"booked", "arrived"}


def run(ward: Ward, **more: Any) -> None:
    run_state_machine_as_test(
        lambda: Course(ward),
        settings=settings(
            deadline=None, suppress_health_check=list(HealthCheck), print_blob=True, database=None, **more
        ),
    )


def test_a_course_keeps_its_promises(ward: Ward) -> None:
    run(ward, max_examples=4, stateful_step_count=24, derandomize=True)


@pytest.mark.deep
def test_a_course_keeps_its_promises_through_long_and_many_lives(ward: Ward) -> None:
    run(ward, max_examples=300, stateful_step_count=60)
