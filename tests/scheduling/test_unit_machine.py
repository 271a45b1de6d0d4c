"""A small unit through whatever a day may bring, in any order, against the database: its promises hold after each step.

`unit_rows` derives the promises anew from the rows. A new use case of scheduling is a rule here.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from doseplans.models import DoseNotGiven
from doseplans.services import GivenRecord
from scheduling.engine.ranking import Standing
from scheduling.models import Appointment, AppointmentEvent, Closure, MoveProposal, OfferedVisit, Schedule
from scheduling.selectors.slots import find_slots
from scheduling.services import (
    book_appointment,
    book_visit,
    cancel_appointment,
    close,
    correct_arrival,
    discharge,
    finish_visit,
    move_appointment,
    record_administration,
    record_arrival,
    record_noshow,
    release_reservation,
    reopen,
    reserve_slot,
    start_procedure,
    undo_change,
)
from scheduling.services.answers.responses import Answer, record_answer
from scheduling.services.courses.doses import record_not_given
from scheduling.services.courses.holding import hold_plan, resume_plan
from scheduling.services.courses.not_given import withdraw_not_given
from scheduling.services.day.running_late import Lateness, look_ahead, run_late
from scheduling.services.opening.hours import note_hours, settle_hours
from scheduling.services.planning.horizon_booking import book_horizon
from scheduling.services.planning.horizons import give_up_horizon, plan_horizon
from scheduling.services.planning.replan_applying import apply_replan
from scheduling.services.planning.replans import Choice, change_line, give_up_replan, plan_closure
from scheduling.services.planning.series import DosePlace, plan_series
from scheduling.services.planning.series_booking import book_series
from scheduling.services.visits.keeping import keep_visit
from scheduling.services.visits.squeezing import Reasons, Urgent, squeeze_in
from scheduling.services.visits.swapping import Seen, swap_appointments
from scheduling.services.visits.wanted import Wanted, dose_for
from scheduling.services.waiting.backfill import backfills
from scheduling.services.waiting.offers import (
    Opening,
    accept_offer,
    decline_offer,
    make_offer,
    settle_offers,
    withdraw_offer,
)
from scheduling.services.waiting.wishes import WishTerms, ask_for_earlier
from tests.cast import Cast
from units.errors import ClinicError

from .unit_life import CLOCKS, SmallUnit, UnitLife, small_unit

PATIENTS, ROOMS, OPERATORS = (st.integers(0, most) for most in (4, 1, 2))
DAYS, TIMES, ANY = st.integers(0, 5), st.sampled_from(CLOCKS), st.integers(0, 9)
LATE_TIMES = st.sampled_from(("06:30", "09:00", "11:30", "16:30", "18:00"))
OUTCOMES = st.sampled_from(("", "", "not given", "not come"))
WHO = st.sampled_from(("coordinator", "coordinator", "doctor"))


class Unit(UnitLife):
    """The use cases, a rule each or a few."""

    # --- at the desk

    @rule(patient=PATIENTS, days=DAYS, clock=TIMES, room=ROOMS, operator=OPERATORS, who=WHO)
    def book(self, patient: int, days: int, clock: str, room: int, operator: int, who: str) -> None:
        """A doctor has a reason for going outside the window, and that excuses of nothing else."""
        wanted = self.wanted(self.today + timedelta(days=days), clock, room, operator)
        dose, actor = self.next_dose(patient), self.actor(who)
        if dose is None:
            of, kind = self.small.patients[patient].public_id, self.small.kind.public_id
            self.may(partial(book_visit, actor, patient_id=of, visit_kind_id=kind, wanted=wanted))
        else:
            reason = "Agreed with the patient" if who == "doctor" else ""
            self.may(partial(book_appointment, actor, dose_id=dose.public_id, wanted=wanted, override_reason=reason))

    @rule(patient=PATIENTS, days=DAYS, clock=LATE_TIMES, room=ROOMS, operator=OPERATORS)
    def squeeze(self, patient: int, days: int, clock: str, room: int, operator: int) -> None:
        """Outside the hours, and nothing else of it is excused."""
        wanted = self.wanted(self.today + timedelta(days=days), clock, room, operator)
        dose = self.next_dose(patient)
        urgent = Urgent(patient_id=self.small.patients[patient].public_id, visit_kind_id=self.small.kind.public_id)
        urgent = Urgent(dose_id=dose.public_id) if dose else urgent
        self.may(partial(squeeze_in, self.actor("doctor"), urgent=urgent, wanted=wanted, reasons=Reasons("Breathless")))

    @rule(patient=PATIENTS, choice=ANY)
    def book_what_is_proposed(self, patient: int, choice: int) -> None:
        """What the search proposes inside the window is bookable at that moment."""
        dose, actor = self.next_dose(patient), self.actor("coordinator")
        if dose is None:
            return
        found = find_slots(actor, dose=dose_for(actor, dose.public_id), at=self.now)
        inside = [one for one in found.found.proposals if one.standing <= Standing.INSIDE_AGAINST_WISH]
        if inside:
            slot = inside[choice % len(inside)].slot
            room, operator = (found.resources[key].public_id for key in (slot.room_id, slot.operator_id))
            wanted = Wanted(slot.arrive_at, room, operator)
            booked = self.may(partial(book_appointment, actor, dose_id=dose.public_id, wanted=wanted))
            assert isinstance(booked, Appointment) or booked.code not in {"slot_taken", "slot_not_offered"}, booked

    @rule(patient=PATIENTS, count=st.integers(2, 3))
    def book_a_series(self, patient: int, count: int) -> None:
        """What a series proposes is bookable at that moment, all of it."""
        dose, actor = self.next_dose(patient), self.actor("coordinator")
        if dose is None:
            return
        try:
            series = plan_series(actor, dose_id=dose.public_id, count=count, at=self.now)
        except ClinicError:
            return
        places = []
        for line in series.placed:
            assert line.slot is not None
            slot = line.slot.slot
            room, operator = (series.resources[key].public_id for key in (slot.room_id, slot.operator_id))
            places.append(DosePlace(line.dose.public_id, Wanted(slot.arrive_at, room, operator)))
        if places:
            booked = self.may(partial(book_series, actor, places=places))
            assert isinstance(booked, list), booked

    @rule(weeks=st.integers(1, 5))
    def book_the_weeks_ahead(self, weeks: int) -> None:
        """What the plan of the next weeks holds is bookable at that moment."""
        actor = self.actor("coordinator")
        draft = plan_horizon(actor, unit=self.ward.unit, weeks=weeks)
        booked = self.may(partial(book_horizon, actor, horizon_id=draft.public_id))
        assert (booked.refused, booked.stopped) == (0, ""), booked
        if booked.horizon.state == "draft":
            give_up_horizon(actor, horizon_id=draft.public_id)

    @rule(patient=PATIENTS, days=DAYS, clock=TIMES, room=ROOMS, operator=OPERATORS, who=WHO, goes=st.booleans())
    def reserve(self, patient: int, days: int, clock: str, room: int, operator: int, who: str, *, goes: bool) -> None:
        if dose := self.next_dose(patient):
            wanted = self.wanted(self.today + timedelta(days=days), clock, room, operator)
            self.may(partial(reserve_slot, self.actor(who), dose_id=dose.public_id, wanted=wanted))
            if goes:
                self.may(partial(release_reservation, self.actor(who), dose_id=dose.public_id))

    @rule(number=ANY, days=DAYS, clock=TIMES, room=ROOMS, operator=OPERATORS, who=WHO)
    def move(self, number: int, days: int, clock: str, room: int, operator: int, who: str) -> None:
        if visit := self.visit(number):
            wanted = self.wanted(self.today + timedelta(days=days), clock, room, operator)
            reason = "Agreed with the patient" if who == "doctor" else ""
            key = visit.public_id
            self.may(
                partial(move_appointment, self.actor(who), appointment_id=key, wanted=wanted, override_reason=reason)
            )

    @rule(one=ANY, other=ANY)
    def swap(self, one: int, other: int) -> None:
        first, second = self.visit(one), self.visit(other)
        if first and second:
            pair = Seen(first.public_id), Seen(second.public_id)
            self.may(partial(swap_appointments, self.actor("coordinator"), first=pair[0], second=pair[1]))

    @rule(number=ANY, by=st.sampled_from(("patient", "unit")))
    def cancel(self, number: int, by: str) -> None:
        if visit := self.visit(number):
            actor = self.actor("coordinator")
            self.may(partial(cancel_appointment, actor, appointment_id=visit.public_id, cancelled_by=by))

    @rule(number=st.integers(0, 2))
    def undo(self, number: int) -> None:
        """One of the last changes that may still be taken back."""
        events = AppointmentEvent.objects.filter(releases_at__gt=self.now, kind__in=["booked", "moved", "cancelled"])
        keys = list(dict.fromkeys(events.order_by("-pk").values_list("appointment__public_id", flat=True)))
        if keys:
            key = keys[number % len(keys)]
            self.may(partial(undo_change, self.actor("coordinator"), appointment_id=key))

    # --- on the day

    @rule(hours=st.sampled_from((0.01, 0.25, 2, 5, 20)))
    def time_passes(self, hours: float) -> None:
        self.turn_to(self.now + timedelta(hours=hours))
        settle_offers(at=self.now)

    @rule(
        number=st.integers(0, 3),
        minutes=st.integers(-10, 20),
        outcome=st.sampled_from(("", "", "not given", "not come")),
    )
    def go_on(self, number: int, minutes: int, outcome: str) -> None:
        """The next thing that happens to a visit: the patient comes, has the procedure, goes home; or not."""
        visit, nurse = self.visit(number, "booked", "arrived", "fulfilled"), self.actor("nurse")
        if visit is None:
            return
        key = visit.public_id
        if visit.status == "fulfilled":
            self.turn_to(self.now + timedelta(minutes=30 + minutes))
            self.may(partial(discharge, nurse, appointment_id=key))
        elif visit.status == "booked":
            self.turn_to(visit.starts_at + timedelta(minutes=minutes))
            act = record_noshow if outcome == "not come" else record_arrival
            self.may(partial(act, nurse, appointment_id=key))
        elif outcome == "not come":
            self.may(partial(correct_arrival, nurse, appointment_id=key))
        else:
            self.turn_to(visit.starts_at + timedelta(minutes=75))
            self.may(partial(start_procedure, nurse, appointment_id=key))
            if visit.dose is None:
                self.may(partial(finish_visit, nurse, appointment_id=key))
            elif outcome == "not given":
                self.may(partial(record_not_given, nurse, appointment_id=key, reason="unwell"))
            else:
                record = GivenRecord(given_at=self.now)
                self.may(partial(record_administration, nurse, appointment_id=key, record=record))

    @rule(number=st.integers(0, 3), minutes=st.sampled_from((15, 30, 60)), is_over=st.booleans())
    def run_late(self, number: int, minutes: int, *, is_over: bool) -> None:
        """What the look ahead shows is what happens; what the day has nothing for stays where it is."""
        visit, doctor = self.visit(number), self.actor("doctor")
        if visit is None:
            return
        self.turn_to(visit.starts_at - timedelta(minutes=5))
        lateness = Lateness(minutes, over_reason="Until all are seen" if is_over else "")
        try:
            seen = look_ahead(doctor, appointment_id=visit.public_id, lateness=lateness)
        except ClinicError:
            return
        left = frozenset(one.visit.public_id for one in seen.unfitting)
        lateness = replace(lateness, stay=left)
        self.may(partial(run_late, doctor, appointment_id=visit.public_id, lateness=lateness))

    @rule(number=ANY, says=st.sampled_from(("accepted", "declined", "tentative")))
    def say_whether_they_come(self, number: int, says: str) -> None:
        if visit := self.visit(number):
            answer = Answer(says, "phone")
            key = visit.public_id
            self.may(partial(record_answer, self.actor("coordinator"), appointment_id=key, answer=answer))

    @rule()
    def put_right(self) -> None:
        """What was recorded of a dose not given is taken back, and visits outside their window stay by choice."""
        if attempt := DoseNotGiven.objects.filter(is_entered_in_error=False).order_by("-at").first():
            key = attempt.dose.public_id
            self.may(partial(withdraw_not_given, self.actor("nurse"), dose_id=key, reason="Another patient"))
        for proposal in MoveProposal.objects.filter(state="open"):
            key = proposal.appointment.public_id
            self.may(partial(keep_visit, self.actor("doctor"), appointment_id=key, reason="As agreed"))

    # --- when the day breaks

    @rule(what=ANY, days=DAYS, clock=st.sampled_from(("00:00", "09:30", "13:00")), hours=st.integers(2, 40))
    def close(self, what: int, days: int, clock: str, hours: int) -> None:
        """A room, a person, a place or, beyond the last of them, the unit."""
        starts_at = self.ward.at(self.today + timedelta(days=days), clock)
        self.may(
            partial(
                close,
                self.actor("administrator"),
                unit=self.ward.unit,
                resource=self.small.resources[what] if what < len(self.small.resources) else None,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=hours),
                reason="Floor repaired",
            )
        )

    def closure(self, number: int) -> Closure | None:
        closures = list(Closure.objects.select_related("unit", "resource").order_by("pk"))
        return closures[number % len(closures)] if closures else None

    @rule(number=ANY)
    def reopen(self, number: int) -> None:
        if closure := self.closure(number):
            self.may(partial(reopen, self.actor("administrator"), closure=closure))

    @rule(days=DAYS, room=ROOMS, until=st.sampled_from((12, 15, 17)), operators=st.integers(1, 3))
    def change_hours(self, days: int, room: int, until: int, operators: int) -> None:
        weekday = (self.today + timedelta(days=days)).isoweekday()
        schedule = Schedule.objects.get(room=self.ward.rooms[room], weekday=weekday)

        def change_hours() -> None:
            before = note_hours([self.ward.unit], at=self.now)
            schedule.closes_at = schedule.closes_at.replace(hour=until)
            schedule.save()
            schedule.operators.set(self.ward.operators[-operators:])
            settle_hours(self.actor("administrator"), before=before, act="change_hours")

        self.may(partial(change_hours))

    @rule(number=ANY, change=st.sampled_from(("", "", "", "keep", "clinician")), line=ANY)
    def plan_again(self, number: int, change: str, line: int) -> None:
        """A draft made at this moment is applied as it is, and planning once more then moves nobody."""
        closure, actor = self.closure(number), self.actor("coordinator")
        if closure is None:
            return
        draft = plan_closure(actor, closure_id=closure.public_id)
        lines = list(draft.lines.order_by("pk"))
        if change and lines:
            key = lines[line % len(lines)].public_id
            self.may(partial(change_line, actor, line_id=key, choice=Choice(change)))
        applied = self.may(partial(apply_replan, actor, replan_id=draft.public_id))
        assert not isinstance(applied, ClinicError), applied
        again = plan_closure(actor, closure_id=closure.public_id)
        assert change or not again.lines.filter(decision="move").exists()
        self.may(partial(give_up_replan, actor, replan_id=again.public_id))

    # --- the waiting list

    @rule(patient=PATIENTS, notice=st.sampled_from((1, 24)))
    def wish(self, patient: int, notice: int) -> None:
        """The soonest visit of the patient, or the next dose, had better be earlier."""
        visit = self.small.patients[patient].appointments.filter(status="booked", dose__isnull=False).first()
        dose = visit.dose if visit else self.next_dose(patient)
        if dose is not None:
            terms = WishTerms(notice_hours=notice, holds_until=self.today + timedelta(days=60))
            self.may(partial(ask_for_earlier, self.actor("coordinator"), dose_id=dose.public_id, terms=terms))

    @rule(number=ANY, most=st.integers(1, 2), minutes=st.sampled_from((10, 120, 900)))
    def offer(self, number: int, most: int, minutes: int) -> None:
        actor = self.actor("coordinator")
        found = [one for one in backfills(actor, unit=self.ward.unit, at=self.now) if one.allowed]
        if found:
            one = found[number % len(found)]
            opening = Opening(one.freed.room.public_id, one.freed.operator.public_id, one.freed.procedure_at)
            doses = [candidate.dose.public_id for candidate in one.allowed[:most]]
            self.may(partial(make_offer, actor, opening=opening, dose_ids=doses, minutes=minutes))

    @rule(number=ANY, answer=st.sampled_from(("accept", "accept", "decline", "withdraw")))
    def answer(self, number: int, answer: str) -> None:
        asked = list(OfferedVisit.objects.filter(state="asked").select_related("offer").order_by("pk"))
        if not asked:
            return
        one, actor = asked[number % len(asked)], self.actor("coordinator")
        if answer == "accept":
            self.may(partial(accept_offer, actor, offered_id=one.public_id))
        elif answer == "decline":
            self.may(partial(decline_offer, actor, offered_id=one.public_id))
        else:
            self.may(partial(withdraw_offer, actor, offer_id=one.offer.public_id))

    # --- the course

    @rule(patient=st.integers(0, 3), keeps=st.booleans(), days=st.none() | st.integers(0, 20))
    def hold_or_resume(self, patient: int, *, keeps: bool, days: int | None) -> None:
        plan, doctor = self.plan(patient), self.actor("doctor")
        if plan is None:
            return
        if not plan.holds.filter(lifted_at__isnull=True).exists():
            visits = self.small.patients[patient].appointments.filter(status="booked")
            answers = {visit.public_id: "keep" if keeps else "release" for visit in visits}
            held = {"plan_id": plan.public_id, "reason": "Headache", "review_on": None, "visits": answers}
            self.may(partial(hold_plan, doctor, **held))
            return
        on = None if days is None else self.today + timedelta(days=days)
        how = "label" if on is None else "date"
        self.may(partial(resume_plan, doctor, plan_id=plan.public_id, how=how, reason="Well again", on=on))


def run(unit: SmallUnit, number: int, **more: Any) -> None:
    run_state_machine_as_test(
        seed(number)(lambda: Unit(unit)),
        settings=settings(
            deadline=None, suppress_health_check=list(HealthCheck), print_blob=True, database=None, **more
        ),
    )


def test_a_unit_keeps_its_promises(cast: Cast) -> None:
    unit = small_unit(cast)
    run(unit, 2, max_examples=5, stateful_step_count=32)
    assert len(unit.done) >= 12, f"too little was done to show anything: {unit.done}"


@pytest.mark.deep
def test_a_unit_keeps_its_promises_through_long_and_many_lives(cast: Cast) -> None:
    run(small_unit(cast), secrets.randbelow(2**32), max_examples=300, stateful_step_count=80)
