"""A plan as it stands now, read in one query: its doses in order, given, booked, set or left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection

from doseplans.calculus import ProtocolRule
from doseplans.models import Dose, DoseDecision
from doseplans.rules import Bookability
from doseplans.selectors import BOOKABILITY_COLUMNS, BOOKABILITY_TABLES, BOOKABILITY_WIDTH, bookability_from
from doseplans.services.projecting import (
    DECISION_COLUMNS,
    DECISION_TABLE,
    FROM_RULE,
    Decision,
    Stored,
    decision_from,
)
from scheduling.models import Appointment
from units.models import Unit
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


def last_taken(states: Sequence[DoseState], sequence: int) -> DoseState | None:
    """The dose before that one in the plan, of those not left out; None before the first."""
    before = (state for state in reversed(states) if state.sequence < sequence and state.omitted_on is None)
    return next(before, None)


def next_taken(states: Sequence[DoseState], sequence: int) -> DoseState | None:
    """The dose after that one in the plan, of those not left out; None after the last."""
    return next((state for state in states if state.sequence > sequence and state.omitted_on is None), None)


def last_before(following: DoseState, rule: ProtocolRule) -> date:
    """The last day of the dose before it that keeps the booked visit's minimum, or leaves it the later of the two."""
    if following.booked_on is None:
        raise ValueError("only a visit that is booked has days before it")
    return date.fromordinal(rule.last_before(following.booked_on.toordinal(), rule.step_index(following.sequence)))


def first_possible_on(plan: PlanState, dose: Dose, *, after: date | None = None) -> date | None:
    """The first day that keeps the minimum interval to the dose before; None where any day does.

    `after` is the day to count from where it is not the plan's own. A day that a clinician set for the dose needs no
    other reason, however soon it comes.
    """
    minimum, before = dose.plan.rule.minimum_before(dose.sequence), last_taken(plan.doses, dose.sequence)
    on = after or (before.expected_on if before else None)
    if minimum is None or on is None:
        return None
    first = date.fromordinal(minimum.interval.after(on.toordinal()))
    own = next(state for state in plan.doses if state.sequence == dose.sequence)
    return min(first, own.set_for) if own.set_for else first
