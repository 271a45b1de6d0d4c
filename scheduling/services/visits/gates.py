"""What stops a booking, asked again under the locks: hold, end, eligibility, minimum interval; and the window."""

from __future__ import annotations

from datetime import date, datetime

from doseplans.calculus import ProtocolRule
from doseplans.calculus.words import SAID_BY
from doseplans.errors import DoseLeftOut, EligibilityMissing, PlanEnded
from doseplans.models import Dose
from doseplans.rules import bookable_problems, refuse_unless_bookable
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
from scheduling.selectors.plan_states import DoseState, PlanState, last_before, last_taken, next_taken, plan_state
from units.actors import Actor
from units.errors import ClinicError
from units.policy import Act


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
    if following is None or following.booked_on is None or on <= last_before(following, rule):
        return
    least = rule.minimum_before(following.sequence)
    near = f"less than {least.interval} later ({SAID_BY[least.provenance]})" if least else "which is not after this one"
    raise NeighbourTooClose(
        f"The next dose is booked for {day_words(following.booked_on)}, {near}. Move that visit first."
    )
