"""What the engine is asked for: a dose's window, its patient's habits, visits and wishes, read in one go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from doseplans.calculus import Counted, Projection, ProtocolRule
from doseplans.models import Dose
from doseplans.services.projecting import projected_from
from patients.models import Patient
from scheduling.engine.need import Need, NextBooked, NextDoses, NoGo, Window, after_days
from scheduling.engine.ticks import ceil_tick, floor_tick, wall_clock
from scheduling.selectors.lists import bank_holidays
from scheduling.selectors.no_go import no_go_from, no_go_question
from scheduling.selectors.plan_states import (
    DoseState,
    PlanState,
    expected_days,
    first_possible_on,
    last_before,
    next_taken,
    plan_question,
    state_from,
)
from units.models import Unit
from units.rows import Question, ask_together

T = TypeVar("T")

# The last five visits that took place, each with the person who operated.
_PAST = """
    SELECT visit.starts_at, ARRAY(
        SELECT taken.resource_id
        FROM scheduling_allocation taken JOIN scheduling_resource person ON person.id = taken.resource_id
        WHERE taken.appointment_id = visit.id AND taken.phase = 'procedure' AND person.kind = 'person'
        ORDER BY taken.starts_at, taken.resource_id
    )
    FROM scheduling_appointment visit
    WHERE visit.patient_id = %(patient)s AND visit.status = 'fulfilled'
    ORDER BY visit.starts_at DESC LIMIT 5
"""
# The live visits, but for the one that is to be placed or moved.
_VISITS = """
    SELECT coalesce(visit.admitted_at, visit.starts_at), visit.ends_at
    FROM scheduling_appointment visit
    WHERE visit.patient_id = %(patient)s AND visit.status IN ('booked', 'arrived', 'fulfilled')
      AND (visit.dose_id = %(dose)s) IS NOT TRUE AND (visit.id = %(own)s) IS NOT TRUE
    ORDER BY visit.starts_at
"""


def not_before(unit: Unit, at: datetime, not_before_on: date | None) -> datetime:
    """Now and the unit's notice, or the day from which somebody wants to look."""
    soonest = at + timedelta(hours=unit.notice_hours)
    return soonest if not_before_on is None else max(soonest, wall_clock(not_before_on, time(0), unit.zone))


def need_of(dose: Dose, *, at: datetime, not_before_on: date | None = None) -> Need:
    """The dose's window and its patient's habits, as the engine asks for them; four statements, sent together."""
    patient, unit = dose.plan.patient, dose.plan.patient.unit
    today = unit.local_date(at)
    *about, rows = ask_together(*_about(patient, since=today, dose_id=dose.pk), plan_question(dose.plan_id))
    known, plan = _known_from(about, patient, unit.zone), state_from(rows, unit)
    return Need(
        zone=unit.zone,
        target_on=dose.target_on,
        earliest_on=dose.earliest_on,
        latest_on=dose.latest_on,
        not_before=not_before(unit, at, not_before_on),
        minimum_on=first_possible_on(plan, dose),
        next_booked=next_booked(plan, dose, today=today),
        drift_days=(dose.target_on - dose.ideal_on).days,
        usual_weekday=usual_weekday([state.given_on for state in plan.doses if state.given_on is not None]),
        usual_time=known.habits.time,
        usual_operator_id=known.habits.operator_id,
        taken=known.taken,
        no_go=known.no_go,
        next_doses=doses_after(plan, dose, today=today),
        bank_holidays=bank_holidays(unit, at.year, at.year + 2),
    )


def next_booked(plan: PlanState, dose: Dose, *, today: date) -> NextBooked | None:
    """The visit that the plan has for the dose after this one, of those not left out; None where it has none."""
    following = next_taken(plan.doses, dose.sequence)
    if following is None or following.booked_on is None:
        return None

    @cache
    def window(on: date) -> Window:
        one = _counted_from(plan, dose, on, today)[following.sequence - 1]
        return date.fromordinal(one.earliest), date.fromordinal(one.target), date.fromordinal(one.latest)

    return NextBooked(following.booked_on, last_before(following, dose.plan.rule), window)


def doses_after(plan: PlanState, dose: Dose, *, today: date) -> NextDoses:
    """From a day of the dose to the days of the three after it that are not left out: booked, or as they are due."""
    ahead = plan.doses[dose.sequence :][:3]
    intervals = [_evenly_after(dose.plan.rule, one) for one in ahead]
    if all(intervals):
        return after_days(*filter(None, intervals))

    @cache
    def next_doses(on: date) -> Sequence[date]:
        after = _counted_from(plan, dose, on, today)[dose.sequence :][:3]
        return [date.fromordinal(one.counted_on) for one in after if one.counted is not Counted.OMITTED]

    return next_doses


def _evenly_after(rule: ProtocolRule, one: DoseState) -> int | None:
    """The days since the dose before it, where nothing but the rule decides them: nearly always, and at once."""
    distances = rule.distances[rule.step_index(one.sequence)]
    is_plain = one.given_on is None and one.booked_on is None and one.decision is None
    return distances[1] if distances and is_plain else None


def _counted_from(plan: PlanState, dose: Dose, on: date, today: date) -> Projection:
    """The plan's dates as they would follow if the dose were booked for that day."""
    return projected_from(dose.plan, plan.stored, expected={**expected_days(plan.doses), dose.sequence: on}, on=today)


@dataclass(frozen=True, slots=True)
class Habits:
    """When and with whom the patient usually comes; None where nothing is usual yet."""

    weekday: int | None
    time: time | None
    operator_id: int | None


@dataclass(frozen=True, slots=True)
class Known:
    """Of a patient: habits (no weekday, which a plan has), the times of their visits in ticks, and their wishes."""

    habits: Habits
    taken: tuple[tuple[int, int], ...]
    no_go: tuple[NoGo, ...]


def known_of(patient: Patient, *, since: date, moving_id: int | None = None) -> Known:
    """What is known of a patient for whom there is no dose; wishes from a day on. Three statements, sent together."""
    return _known_from(ask_together(*_about(patient, since=since, moving_id=moving_id)), patient, patient.unit.zone)


def _about(
    patient: Patient, *, since: date, dose_id: int | None = None, moving_id: int | None = None
) -> tuple[Question, Question, Question]:
    own = {"patient": patient.pk, "dose": dose_id, "own": moving_id}
    return (_PAST, {"patient": patient.pk}), (_VISITS, own), no_go_question([patient.pk], since=since)


def _known_from(rows: Sequence[Sequence[tuple[Any, ...]]], patient: Patient, zone: ZoneInfo) -> Known:
    past, visits, wishes = rows
    clocks = Counter(starts_at.astimezone(zone).time() for starts_at, _ in past)
    operators = Counter(operator_id for _, operator_ids in past for operator_id in operator_ids)
    return Known(
        Habits(None, usual(clocks, least=1), usual(operators, least=1)),
        tuple((floor_tick(starts_at), ceil_tick(ends_at)) for starts_at, ends_at in visits),
        no_go_from(wishes).get(patient.pk, ()),
    )


def usual_weekday(days: Sequence[date]) -> int | None:
    """The ISO weekday on which the last five doses were given, if it was the same at least twice."""
    return usual(Counter(day.isoweekday() for day in sorted(days)[:-6:-1]), least=2)


def usual(counted: Counter[T], *, least: int) -> T | None:
    """What is most common; None below `least`."""
    ranked = counted.most_common(1)
    return ranked[0][0] if ranked and ranked[0][1] >= least else None
