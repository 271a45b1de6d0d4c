"""What would follow from a dose given, not given, left out or put right, before anything is saved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from doseplans.calculus import HistoryInvalid
from doseplans.models import Dose, DoseDecision
from doseplans.services.projecting import Dates, dates_from
from scheduling.selectors.plan_states import DoseState, expected_days, plan_state
from scheduling.services.courses.proposals import cause_in_words
from units.actors import Actor
from units.policy import Act


class What(StrEnum):
    """What might be recorded about the dose."""

    GIVEN = "given"
    NOT_GIVEN = "not_given"
    OMITTED = "omitted"
    SET = "set"
    WITHDRAWN = "withdrawn"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class Move:
    """A dose whose due day changes; `why` says what the new one is counted from."""

    dose: str
    was_on: date
    now_on: date
    why: str


@dataclass(frozen=True, slots=True)
class Preview:
    """Which dates would move and which booked visits would no longer fit; `problem` where it cannot be recorded so.

    `days_late` of the dose itself since its due day, None where no day is in question. `following` is the next dose
    and the day it would be due.
    """

    moves: tuple[Move, ...] = ()
    unfitting: tuple[str, ...] = ()
    following: tuple[str, date] | None = None
    why: str = ""
    days_late: int | None = None
    problem: str = ""


def preview(actor: Actor, *, dose: Dose, what: str, on: date, at: datetime) -> Preview:
    """What would follow for the plan. `dose` comes from `dose_for`; `on` is the day it was given, set, or counts from.

    One query; nothing is locked and nothing written. Raises: NotAllowed.
    """
    plan, unit = dose.plan, dose.plan.patient.unit
    actor.require(Act.VIEW_PLANS, unit.pk)
    state, today = plan_state(plan.pk, unit), unit.local_date(at)
    before = {sequence: dates for sequence, _, _, dates in state.stored}
    changed = [_with(one, dose.sequence, what, on) for one in state.doses]
    stored = [(one.sequence, one.given_on, one.decision, before[one.sequence]) for one in changed]
    try:
        after = dates_from(plan, stored, expected=expected_days(changed), on=today)
    except HistoryInvalid:
        return Preview(problem="The doses would not follow one after the other. Look at the days of the others.")
    later = [sequence for sequence in sorted(before) if sequence > dose.sequence and sequence in after]
    if what in {What.SET, What.WITHDRAWN, What.TAKEN_BACK, What.NOT_GIVEN}:
        later.insert(0, dose.sequence)
    moves = tuple(
        Move(plan.rule.name(sequence), before[sequence][3], after[sequence][3], _why(after[sequence]))
        for sequence in later
        if before[sequence][3] != after[sequence][3]
    )
    following = next((one for one in later if not _is_settled(changed, one)), None)
    return Preview(
        moves=moves,
        unfitting=tuple(_unfitting(dose, changed, before, after)),
        following=(plan.rule.name(following), after[following][3]) if following else None,
        why=_why(after[following]) if following else "",
        days_late=(on - after[dose.sequence][3]).days if what == What.GIVEN and dose.sequence > 1 else None,
    )


def _with(one: DoseState, sequence: int, what: str, on: date) -> DoseState:
    """The dose as it would stand; the others as they do."""
    if one.sequence != sequence:
        return one
    without_visit = replace(one, booked_on=None, appointment_id=None)
    changed = {
        What.GIVEN: replace(one, given_on=on),
        What.NOT_GIVEN: without_visit,
        What.OMITTED: replace(without_visit, decision=(DoseDecision.Kind.OMIT.value, on)),
        What.SET: replace(one, decision=(DoseDecision.Kind.DATE.value, on)),
        What.WITHDRAWN: replace(without_visit, given_on=None),
        What.TAKEN_BACK: replace(one, decision=None),
    }
    return changed[What(what)]


def _is_settled(doses: list[DoseState], sequence: int) -> bool:
    one = doses[sequence - 1]
    return one.given_on is not None or one.omitted_on is not None


def _unfitting(
    dose: Dose, doses: list[DoseState], before: Mapping[int, Dates], after: Mapping[int, Dates]
) -> Iterator[str]:
    """Booked visits that would be too early or too late where they are not so already by somebody's choice."""
    for one in doses:
        if one.booked_on is None or not one.is_visit_to_come or one.sequence not in after:
            continue
        dates = after[one.sequence]
        if before[one.sequence][4:6] != dates[4:6] and not dates[4] <= one.booked_on <= dates[5]:
            yield cause_in_words(dose.plan.rule.name(one.sequence), one.booked_on, dates)


def _why(dates: Dates) -> str:
    """The rule in words, without its window."""
    return dates[6].split(";")[0]
