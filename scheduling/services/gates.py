"""What stops a booking, asked again under the locks: hold, end, eligibility, minimum interval; and the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection

from doseplans.calculus import ProtocolRule
from doseplans.calculus.words import SAID_BY
from doseplans.errors import DoseLeftOut, EligibilityMissing, PlanEnded
from doseplans.models import Dose, DoseDecision
from doseplans.rules import Bookability, bookable_problems, refuse_unless_bookable
from doseplans.selectors import BOOKABILITY_COLUMNS, BOOKABILITY_TABLES, BOOKABILITY_WIDTH, bookability_from
from doseplans.services.projecting import (
    DECISION_COLUMNS,
    DECISION_TABLE,
    FROM_RULE,
    Decision,
    Stored,
    decision_from,
)
from patients.errors import PatientHasDied
from patients.models import Patient
from scheduling.engine.ticks import day_words
from scheduling.errors import (
    DoseAlreadyBooked,
    EarlierDoseUnbooked,
    NeighbourTooClose,
    OutsideWindow,
    StalePage,
)
from scheduling.models import Appointment
from units.actors import Actor
from units.errors import ClinicError
from units.models import Unit
from units.policy import Act
from units.rows import Question


@dataclass(frozen=True, slots=True)
class DoseState:
    """One dose of a plan as it stands now: given on a day, or booked for one, or neither.

    `status` is the live visit's, `proposal_id` the open proposal to move it.
    """

    sequence: int
    given_on: date | None
    appointment_id: int | None
    booked_on: date | None
    status: str = ""
    proposal_id: int | None = None
    decision: Decision = None

    @property
    def omitted_on(self) -> date | None:
        """The day later doses count from where a clinician left the dose out; None where nobody did."""
        return self.decision[1] if self.decision and self.decision[0] == DoseDecision.Kind.OMIT else None

    @property
    def set_for(self) -> date | None:
        """The day a clinician set the dose for; None where nobody did."""
        return self.decision[1] if self.decision and self.decision[0] == DoseDecision.Kind.DATE else None

    @property
    def is_visit_to_come(self) -> bool:
        return self.given_on is None and self.status == Appointment.Status.BOOKED

    @property
    def expected_on(self) -> date | None:
        """The day later doses count from; None where nobody knows yet."""
        return self.given_on or self.booked_on


@dataclass(frozen=True, slots=True)
class PlanState:
    """A plan as it stands now: its doses in order, what can stop a booking, its rows to count from, its protocol."""

    doses: list[DoseState]
    facts: Bookability
    stored: Stored
    protocol_id: int


_READ = f"""
    SELECT dose.sequence, record.given_on, appointment.id, appointment.starts_at, appointment.status, proposal.id,
           {DECISION_COLUMNS}, {BOOKABILITY_COLUMNS},
           {", ".join(f"dose.{name}" for name in FROM_RULE)}, plan.protocol_id, plan.id
    FROM {BOOKABILITY_TABLES}
    JOIN doseplans_dose dose ON dose.plan_id = plan.id
    LEFT JOIN doseplans_administration record ON record.dose_id = dose.id AND NOT record.is_entered_in_error
    LEFT JOIN scheduling_appointment appointment
      ON appointment.dose_id = dose.id AND appointment.status IN ('booked', 'arrived', 'fulfilled')
    LEFT JOIN scheduling_moveproposal proposal
      ON proposal.appointment_id = appointment.id AND proposal.state = 'open'
    {DECISION_TABLE}
"""  # noqa: S608  our own column names
_PLAN = f"{_READ} WHERE plan.id = %(plan)s ORDER BY dose.sequence"
_PLANS = f"{_READ} WHERE plan.id = ANY(%s) ORDER BY plan.id, dose.sequence"
_FACTS = slice(8, 8 + BOOKABILITY_WIDTH)


def plan_state(plan_id: int, unit: Unit) -> PlanState:
    """Everything of a plan that a booking asks, in one query; under the patient's lock where it must hold."""
    with connection.cursor() as cursor:
        cursor.execute(*plan_question(plan_id))
        return state_from(cursor.fetchall(), unit)


def plan_question(plan_id: int) -> Question:
    """What `plan_state` asks; for a booking, which asks it with other things."""
    return _PLAN, {"plan": plan_id}


def plan_states(plan_ids: Sequence[int], unit: Unit) -> dict[int, PlanState]:
    """As `plan_state`, of several plans of the unit, by the plan's key; one query, for looking without locks."""
    with connection.cursor() as cursor:
        cursor.execute(_PLANS, [list(plan_ids)])
        return {key: state_from(list(rows), unit) for key, rows in groupby(cursor.fetchall(), key=itemgetter(-1))}


def state_from(rows: Sequence[tuple[Any, ...]], unit: Unit) -> PlanState:
    """The plan of the rows that `plan_question` found."""
    doses = [
        DoseState(
            sequence,
            given_on,
            appointment_id,
            None if starts_at is None else unit.local_date(starts_at),
            status or "",
            proposal_id,
            decision_from(kind, on),
        )
        for sequence, given_on, appointment_id, starts_at, status, proposal_id, kind, on, *_ in rows
    ]
    stored = [
        (state.sequence, state.given_on, state.decision, row[_FACTS.stop : -2])
        for state, row in zip(doses, rows, strict=True)
    ]
    return PlanState(doses, bookability_from(rows[0][_FACTS]), stored, rows[0][-2])


def expected_days(states: Sequence[DoseState]) -> Mapping[int, date]:
    """Booked days of doses not yet given, by sequence: what the projection counts later doses from."""
    return {s.sequence: s.booked_on for s in states if s.given_on is None and s.booked_on is not None}


def check_gates(
    actor: Actor,
    dose: Dose,
    plan: PlanState,
    *,
    on: date,
    today: date,
    override_reason: str,
    moving_id: int | None = None,
) -> None:
    """The dose may be booked for that day, or the refusal that says why not. `moving_id` is the visit being moved.

    Only a doctor's reason overrides the window or the minimum interval; nothing overrides the rest.

    Raises: StalePage, DoseAlreadyBooked, EarlierDoseUnbooked, what `doseplans` refuses (PlanOnHold, PlanEnded,
    EligibilityMissing, DoseAlreadyGiven, DoseTooEarly), DoseLeftOut, OutsideWindow, NeighbourTooClose.
    """
    if plan.protocol_id != dose.plan.protocol_id:
        raise StalePage("The plan was switched to another protocol at this very moment. Look at it again.")
    by_sequence = {state.sequence: state for state in plan.doses}
    own = by_sequence[dose.sequence]
    if own.appointment_id is not None and own.appointment_id != moving_id:
        when = f" on {day_words(own.booked_on)}" if own.booked_on else ""
        raise DoseAlreadyBooked(f"{dose} has a visit already{when}. Move that visit instead of booking another.")
    if own.omitted_on is not None:
        raise DoseLeftOut(f"{dose} was left out by a clinician. Take that decision back before you book it.")
    before = last_taken(plan.doses, dose.sequence)
    if before is not None and before.expected_on is None:
        raise EarlierDoseUnbooked("The dose before this one has no visit yet. Book that one first.")
    may_override = bool(override_reason.strip()) and actor.may(Act.OVERRIDE_DOSE_LIMITS, dose.plan.patient.unit_id)
    rule = dose.plan.rule
    # Whoever set the day wrote down why: neither it nor a later one needs another reason for being soon.
    is_set = own.set_for is not None and own.set_for <= on
    refuse_unless_bookable(
        plan.facts,
        is_given=own.given_on is not None,
        on=on,
        previous_on=before.expected_on if before and not is_set else None,
        minimum=rule.minimum_before(dose.sequence),
        may_override=may_override,
        today=today,
    )
    if not may_override:
        _check_window(actor, dose, on=on, today=today)
        _check_neighbour(next_taken(plan.doses, dose.sequence), on, rule)


def last_taken(states: Sequence[DoseState], sequence: int) -> DoseState | None:
    """The dose before that one in the plan, of those not left out; None before the first."""
    before = (state for state in reversed(states) if state.sequence < sequence and state.omitted_on is None)
    return next(before, None)


def next_taken(states: Sequence[DoseState], sequence: int) -> DoseState | None:
    """The dose after that one in the plan, of those not left out; None after the last."""
    return next((state for state in states if state.sequence > sequence and state.omitted_on is None), None)


WHATEVER_THE_DAY = frozenset(
    {"dose_already_booked", "earlier_dose_unbooked", "dose_already_given", "dose_left_out"}
    | {"plan_ended", "plan_on_hold", "eligibility_missing"}
)
"""Codes of refusals that choosing another day does not mend."""


def what_stops(actor: Actor, dose: Dose, *, at: datetime) -> ClinicError | None:
    """The refusal that any day would meet, so that a page need not offer slots; None where a slot may be looked for.

    One query, without locks: booking asks again.
    """
    unit = dose.plan.patient.unit
    today = unit.local_date(at)
    plan = plan_state(dose.plan_id, unit)
    if (stopped := what_stops_now(actor, dose, plan, today=today)) is not None:
        return stopped
    if not actor.may(Act.OVERRIDE_DOSE_LIMITS, unit.pk):
        try:
            # Where the first possible day is too close to the next visit, every later one is closer.
            _check_neighbour(next_taken(plan.doses, dose.sequence), max(dose.earliest_on, today), dose.plan.rule)
        except NeighbourTooClose as error:
            return error
    return None


def what_stops_now(actor: Actor, dose: Dose, plan: PlanState, *, today: date) -> ClinicError | None:
    """The refusal that choosing another day does not mend, of a plan as it was read; None where there is none."""
    try:
        check_gates(actor, dose, plan, on=dose.target_on, today=today, override_reason="")
    except ClinicError as error:
        return error if error.code in WHATEVER_THE_DAY else None
    return None


def refuse_dead(patient: Patient) -> None:
    """Nothing, where the patient lives as far as is on record; under the patient's lock. Raises PatientHasDied."""
    if Patient.objects.filter(pk=patient.pk, deceased_at__isnull=False).exists():
        raise PatientHasDied("The patient has died. Nothing more is booked.")


def refuse_to_go_back(appointment: Appointment, *, on: date, today: date, was_moved: bool, was_unfit: bool) -> None:
    """Nothing, where a visit may stand again on the day it was moved or cancelled from; under the patient's lock.

    `was_unfit`: it stood there against the minimum interval before, by a doctor's choice or waiting to be moved. Of a
    visit that was cancelled eligibility is not asked again: nobody asked while it stood.

    Raises: PlanEnded, PlanOnHold, DoseAlreadyGiven, DoseAlreadyBooked, DoseLeftOut, EligibilityMissing, DoseTooEarly,
    NeighbourTooClose.
    """
    if appointment.patient.deceased_at is not None:
        raise PlanEnded("The patient has died. Nothing more is booked.")
    dose = appointment.dose
    if dose is None:
        return
    plan, rule = plan_state(dose.plan_id, appointment.unit), dose.plan.rule
    own = next(state for state in plan.doses if state.sequence == dose.sequence)
    if own.appointment_id not in {None, appointment.pk}:
        raise DoseAlreadyBooked(f"{dose} has been booked again meanwhile. Move that visit instead.")
    if own.omitted_on is not None:
        raise DoseLeftOut(f"{dose} has been left out by a clinician. Take that decision back before you book it.")
    before = last_taken(plan.doses, dose.sequence)
    is_set = own.set_for is not None and own.set_for <= on
    for problem in bookable_problems(
        plan.facts,
        is_given=own.given_on is not None,
        on=on,
        previous_on=before.expected_on if before and not is_set else None,
        minimum=rule.minimum_before(dose.sequence),
        may_override=was_unfit,
        today=today,
    ):
        if was_moved or not isinstance(problem, EligibilityMissing):
            raise problem
    if not was_unfit:
        _check_neighbour(next_taken(plan.doses, dose.sequence), on, rule)


def needs_reason(dose: Dose, *, on: date, today: date) -> bool:
    """Whether a visit that day lies outside the window, so that only a doctor's written reason allows it."""
    if dose.earliest_on <= on <= dose.latest_on:
        return False
    # Overdue already: the label says as soon as possible, and any day left is late.
    return not (on > dose.latest_on and dose.latest_on < today)


def _check_window(actor: Actor, dose: Dose, *, on: date, today: date) -> None:
    if not needs_reason(dose, on=on, today=today):
        return
    side = "before" if on < dose.earliest_on else "after"
    way_out = (
        "Write down your reason to go outside it."
        if actor.may(Act.OVERRIDE_DOSE_LIMITS, dose.plan.patient.unit_id)
        else "Choose a day inside it, or ask a doctor, who may decide otherwise with a reason."
    )
    raise OutsideWindow(
        f"{day_words(on)} is {side} the window of {dose}, {day_words(dose.earliest_on)} to "
        f"{day_words(dose.latest_on)} (local policy). {way_out}"
    )


def _check_neighbour(following: DoseState | None, on: date, rule: ProtocolRule) -> None:
    least = rule.minimum_before(following.sequence) if following else None
    if following is None or following.booked_on is None or least is None:
        return
    if following.booked_on.toordinal() < least.interval.after(on.toordinal()):
        raise NeighbourTooClose(
            f"The next dose is booked for {day_words(following.booked_on)}, less than {least.interval} later "
            f"({SAID_BY[least.provenance]}). Move that visit first."
        )
