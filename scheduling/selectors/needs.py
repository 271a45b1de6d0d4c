"""What the engine is asked for: a dose's window, its patient's habits, visits and wishes, read in one go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from doseplans.calculus import Minimum
from doseplans.models import Dose
from patients.models import Patient
from scheduling.engine.need import Need, NextDoses, NoGo
from scheduling.engine.ticks import ceil_tick, floor_tick, wall_clock
from scheduling.selectors.lists import bank_holidays
from scheduling.selectors.no_go import no_go_from, no_go_question
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
_GIVEN = """
    SELECT record.given_on
    FROM doseplans_administration record JOIN doseplans_dose dose ON dose.id = record.dose_id
    WHERE dose.plan_id = %(plan)s AND NOT record.is_entered_in_error
    ORDER BY record.given_on DESC LIMIT 5
"""
# When the last dose before that was not left out is given or booked for; and the day that a clinician set for this one.
_BEFORE = """
    SELECT record.given_on, visit.starts_at,
           (SELECT decision.on FROM doseplans_dosedecision decision
            WHERE decision.dose_id = %(dose)s AND decision.kind = 'date' AND decision.withdrawn_at IS NULL)
    FROM doseplans_dose dose
    LEFT JOIN doseplans_administration record ON record.dose_id = dose.id AND NOT record.is_entered_in_error
    LEFT JOIN scheduling_appointment visit
      ON visit.dose_id = dose.id AND visit.status IN ('booked', 'arrived', 'fulfilled')
    WHERE dose.plan_id = %(plan)s AND dose.sequence < %(sequence)s
      AND NOT EXISTS (
          SELECT FROM doseplans_dosedecision left_out
          WHERE left_out.dose_id = dose.id AND left_out.kind = 'omit' AND left_out.withdrawn_at IS NULL
      )
    ORDER BY dose.sequence DESC LIMIT 1
"""


def not_before(unit: Unit, at: datetime, not_before_on: date | None) -> datetime:
    """Now and the unit's notice, or the day from which somebody wants to look."""
    soonest = at + timedelta(hours=unit.notice_hours)
    return soonest if not_before_on is None else max(soonest, wall_clock(not_before_on, time(0), unit.zone))


def need_of(dose: Dose, *, at: datetime, not_before_on: date | None = None) -> Need:
    """The dose's window and its patient's habits, as the engine asks for them; five statements, sent together."""
    patient, unit, rule = dose.plan.patient, dose.plan.patient.unit, dose.plan.rule
    plan = {"plan": dose.plan_id, "dose": dose.pk, "sequence": dose.sequence}
    *about, given, before = ask_together(
        *_about(patient, since=unit.local_date(at), dose_id=dose.pk), (_GIVEN, {"plan": dose.plan_id}), (_BEFORE, plan)
    )
    known = _known_from(about, patient, unit.zone)
    return Need(
        zone=unit.zone,
        target_on=dose.target_on,
        earliest_on=dose.earliest_on,
        latest_on=dose.latest_on,
        not_before=not_before(unit, at, not_before_on),
        minimum_on=_minimum_on(dose, before, rule.minimum_before(dose.sequence)),
        drift_days=(dose.target_on - dose.ideal_on).days,
        usual_weekday=_most_common(Counter(on.isoweekday() for (on,) in given), least=2),
        usual_time=known.habits.time,
        usual_operator_id=known.habits.operator_id,
        taken=known.taken,
        no_go=known.no_go,
        next_doses=doses_after(dose),
        bank_holidays=bank_holidays(unit, at.year, at.year + 2),
    )


def doses_after(dose: Dose) -> NextDoses:
    """From a day of the dose to the targets of the three after it, as its protocol has them."""
    rule = dose.plan.rule

    def next_doses(on: date) -> Sequence[date]:
        found, day = [], on.toordinal()
        for sequence in range(dose.sequence + 1, dose.sequence + 4):
            if rule.length is not None and sequence > rule.length:
                break
            day = rule.interval_of(rule.step_index(sequence)).after(day)
            found.append(date.fromordinal(day))
        return found

    return next_doses


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
        Habits(None, _most_common(clocks, least=1), _most_common(operators, least=1)),
        tuple((floor_tick(starts_at), ceil_tick(ends_at)) for starts_at, ends_at in visits),
        no_go_from(wishes).get(patient.pk, ()),
    )


def _most_common(counted: Counter[T], *, least: int) -> T | None:
    ranked = counted.most_common(1)
    return ranked[0][0] if ranked and ranked[0][1] >= least else None


def _minimum_on(dose: Dose, before: Sequence[tuple[Any, ...]], minimum: Minimum | None) -> date | None:
    """The first day on which the dose may be booked without a reason; None where any day may be.

    A day that a clinician set for the dose needs no other reason, however soon it comes. `before` answers _BEFORE.
    """
    given_on, booked_at, set_for = before[0] if before else (None, None, None)
    previous_on = given_on or (dose.plan.patient.unit.local_date(booked_at) if booked_at else None)
    if previous_on is None or minimum is None:
        return None
    first = date.fromordinal(minimum.interval.after(previous_on.toordinal()))
    return min(first, set_for) if set_for and dose.earliest_on < first else first
