"""What planning weeks at once asks the engine: unbooked doses in their chains, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache

from doseplans.models import Dose, Protocol, ProtocolStep
from doseplans.rules import bookable_problems
from doseplans.services.projecting import Dates, dates_from
from scheduling.engine.need import Need, NoGo
from scheduling.engine.replan import NextVisit, Unbooked
from scheduling.engine.replan.asks import Limits
from scheduling.engine.ticks import ceil_tick, day_words, floor_tick
from scheduling.models import LIVE, Appointment, Reservation
from scheduling.selectors.errands import Errand, errands_of_doses
from scheduling.selectors.horizons import habits_of_many, unbooked_until
from scheduling.selectors.lists import bank_holidays
from scheduling.selectors.needs import Habits, doses_after, usual_weekday
from scheduling.selectors.no_go import no_go_of
from scheduling.selectors.plan_states import (
    PlanState,
    expected_days,
    first_possible_on,
    last_taken,
    next_taken,
    plan_states,
)
from scheduling.selectors.replans import Around, around, barred_for_doses
from scheduling.selectors.slots import asking
from scheduling.services.planning.replan_question import areas_as_numbers
from units.actors import Actor
from units.models import Unit

_TAIL = timedelta(days=21)
"""How much further than the weeks asked for the days are read: windows reach over their end, and drift does."""

_NO_HABITS = Habits(None, None, None)
_WAITS = "The dose before it has no place, and this one is counted from it."


@dataclass(frozen=True, slots=True)
class AskedAhead:
    """The doses the engine may place, the days around them, and those that no day can help, with the reason.

    `due` has every dose of the weeks by its key, placeable or not, plan by plan.
    """

    around: Around
    doses: tuple[Unbooked, ...]
    hopeless: Mapping[int, str]
    due: Mapping[int, Dose]

    @property
    def limits(self) -> Limits:
        """What the doses share."""
        return Limits(areas=areas_as_numbers(self.around), nursed=self.around.nursed)


@dataclass(frozen=True, slots=True)
class _Known:
    """All that was read, once."""

    unit: Unit
    at: datetime
    errands: Mapping[int, Errand]
    plans: Mapping[int, PlanState]
    habits: Mapping[int, Habits]
    elsewhere: Mapping[int, tuple[tuple[int, int], ...]]
    no_go: Mapping[int, tuple[NoGo, ...]]
    reserved: Mapping[int, str]

    @property
    def today(self) -> date:
        return self.unit.local_date(self.at)


def ask_ahead(
    actor: Actor, *, unit: Unit, weeks: int, at: datetime, left_out: Collection[int] = frozenset()
) -> AskedAhead:
    """The question, without locks: who books the answer asks everything again. `left_out` are keys of doses."""
    today = unit.local_date(at)
    until = today + timedelta(weeks=weeks)
    errands = errands_of_doses(actor, unbooked_until(actor, unit, until))
    due = {key: one.dose for key, one in errands.items() if one.dose is not None}
    due = dict(sorted(due.items(), key=lambda item: (item[1].plan_id, item[1].sequence)))
    # Protocols are one object each, so that their rules are read once.
    protocols: dict[int, Protocol] = {}
    for dose in due.values():
        dose.plan.protocol = protocols.setdefault(dose.plan.protocol_id, dose.plan.protocol)
    patients = {dose.plan.patient_id for dose in due.values()}
    known = _Known(
        unit,
        at,
        errands,
        plan_states([dose.plan_id for dose in due.values()], unit),
        habits_of_many(unit, patients),
        _visits_of(patients, at=at),
        no_go_of(patients, since=today),
        dict(
            Reservation.objects.filter(dose__in=list(due), expires_at__gt=at).values_list("dose_id", "reserved_by_name")
        ),
    )
    hopeless = _hopeless(known, due, left_out)
    there = around(unit, [], since=today, until=until + _TAIL, at=at)
    barred = barred_for_doses(unit, due, there.board, at=at)
    apart = _apart(due)
    chains = _Chains(known, set(due) - hopeless.keys() - set(left_out))
    doses = tuple(
        replace(chains.unbooked(due[key]), barred=barred.get(key, {}), apart_from=apart.get(key, frozenset()))
        for key in due
        if key in chains.keys
    )
    return AskedAhead(there, doses, hopeless, due)


def _hopeless(known: _Known, due: Mapping[int, Dose], left_out: Collection[int]) -> dict[int, str]:
    """Doses that no day of the weeks can help, and those counted from one that has none."""
    found: dict[int, str] = {}
    without: dict[int, set[int]] = {}
    for key, dose in due.items():
        words = _what_stops(known, dose)
        before = last_taken(known.plans[dose.plan_id].doses, dose.sequence)
        if words is None and before is not None and before.sequence in without.get(dose.plan_id, ()):
            words = _WAITS
        if words is not None:
            found[key] = words
        if words is not None or key in left_out:
            without.setdefault(dose.plan_id, set()).add(dose.sequence)
    return {key: words for key, words in found.items() if key not in left_out}


def _what_stops(known: _Known, dose: Dose) -> str | None:
    """Why the dose cannot be booked whatever its day, or is past its window already; None where it may be placed."""
    plan, today = known.plans[dose.plan_id], known.today
    facts = {"is_given": False, "previous_on": None, "minimum": None, "may_override": False}
    for problem in bookable_problems(plan.facts, on=max(dose.target_on, today), today=today, **facts):  # type: ignore[arg-type]
        return problem.sentence
    if dose.pk in known.reserved:
        return f"{known.reserved[dose.pk] or 'Somebody'} is choosing a slot for it at this moment."
    if dose.latest_on < today:
        return f"Its window closed on {day_words(dose.latest_on)}. Book it by hand, as soon as possible."
    return None


class _Chains:
    """The placeable doses of each plan, each counted from the one before it: by the plan's own rule."""

    def __init__(self, known: _Known, keys: set[int]) -> None:
        self.known, self.keys = known, keys
        self._by_sequence = {
            (errand.dose.plan_id, errand.dose.sequence): key
            for key, errand in known.errands.items()
            if errand.dose is not None and key in keys
        }

    def unbooked(self, dose: Dose) -> Unbooked:
        """The dose as the engine asks for it."""
        errand = self.known.errands[dose.pk]
        return Unbooked(
            key=dose.pk,
            plan_id=self._begins(dose),
            sequence=dose.sequence,
            patient_id=dose.plan.patient_id,
            phases=errand.phases,
            need_after=self._need_after(dose, errand),
            is_loading=dose.kind == ProtocolStep.Kind.LOADING,
            next_visit=self._next_visit(dose),
        )

    def _before(self, dose: Dose) -> int | None:
        """The key of the placeable dose that this one is counted from; None where that is given or booked, or none."""
        before = last_taken(self.known.plans[dose.plan_id].doses, dose.sequence)
        return None if before is None else self._by_sequence.get((dose.plan_id, before.sequence))

    def _begins(self, dose: Dose) -> int:
        """The key of the first dose of its chain: a booked visit in between begins another chain of the same plan."""
        before = self._before(dose)
        earlier = None if before is None else self.known.errands[before].dose
        return dose.pk if earlier is None else self._begins(earlier)

    def _next_visit(self, dose: Dose) -> NextVisit | None:
        following = next_taken(self.known.plans[dose.plan_id].doses, dose.sequence)
        if following is None or following.booked_on is None:
            return None
        least = dose.plan.rule.minimum_before(following.sequence)

        def soonest_on(on: date) -> date:
            return on if least is None else date.fromordinal(least.interval.after(on.toordinal()))

        return NextVisit(following.booked_on, soonest_on)

    def _need_after(self, dose: Dose, errand: Errand) -> _NeedAfter:
        return _NeedAfter(self.known, dose, errand, self._before(dose))


class _NeedAfter:
    """The dose's need from the day of the dose before it; asked again for a day it answers from memory.

    Doses still further back are counted from their due days, which changes something only where a protocol's gap rule
    looks at two of them; booking asks the rule itself.
    """

    def __init__(self, known: _Known, dose: Dose, errand: Errand, before_key: int | None) -> None:
        self.known, self.dose, self.errand = known, dose, errand
        before = None if before_key is None else known.errands[before_key].dose
        self.before = None if before is None else before.sequence
        self._answer = cache(self._asked)

    def __call__(self, after: date | None) -> Need:
        return self._answer(after)

    def _asked(self, after: date | None) -> Need:
        known, dose, unit = self.known, self.dose, self.known.unit
        plan = known.plans[dose.plan_id]
        ideal_on, target_on, earliest_on, latest_on = self._dates(plan, after)
        habits = known.habits.get(dose.plan.patient_id, _NO_HABITS)
        given = [state.given_on for state in plan.doses if state.given_on is not None]
        need = Need(
            zone=unit.zone,
            target_on=target_on,
            earliest_on=earliest_on,
            latest_on=latest_on,
            not_before=known.at + timedelta(hours=unit.notice_hours),
            minimum_on=first_possible_on(plan, dose, after=after if self.before is not None else None),
            drift_days=(target_on - ideal_on).days,
            usual_weekday=usual_weekday(given),
            usual_time=habits.time,
            usual_operator_id=habits.operator_id,
            taken=known.elsewhere.get(dose.plan.patient_id, ()),
            no_go=known.no_go.get(dose.plan.patient_id, ()),
            next_doses=doses_after(plan, dose, today=known.today),
            bank_holidays=bank_holidays(unit, known.at.year, known.at.year + 2),
        )
        return asking(need, self.errand, at=known.at)

    def _dates(self, plan: PlanState, after: date | None) -> tuple[date, date, date, date]:
        """Ideal, due, earliest and latest day."""
        dose = self.dose
        if after is None or self.before is None:
            return dose.ideal_on, dose.target_on, dose.earliest_on, dose.latest_on
        expected = {**expected_days(plan.doses), self.before: after}
        found: Mapping[int, Dates] = dates_from(
            dose.plan, plan.stored, expected=expected, on=self.known.today, since=dose.sequence
        )
        return found[dose.sequence][2:6]


def _visits_of(patients: Collection[int], *, at: datetime) -> dict[int, tuple[tuple[int, int], ...]]:
    """The patients' live visits from now on, in ticks; one query."""
    rows = Appointment.objects.filter(patient__in=patients, status__in=LIVE, ends_at__gt=at)
    found: dict[int, tuple[tuple[int, int], ...]] = {}
    for patient_id, starts_at, ends_at, admitted_at in rows.values_list(
        "patient_id", "starts_at", "ends_at", "admitted_at"
    ):
        taken = floor_tick(admitted_at or starts_at), ceil_tick(ends_at)
        found[patient_id] = (*found.get(patient_id, ()), taken)
    return found


def _apart(due: Mapping[int, Dose]) -> dict[int, frozenset[int]]:
    """By dose, the others handed in that it must not meet in one area."""
    ways: dict[str, set[int]] = {}
    for key, dose in due.items():
        ways.setdefault(dose.plan.protocol.kept_apart_as, set()).add(key)
    ways.pop("", None)
    return {
        key: frozenset(other for its, keys in ways.items() if its != way for other in keys)
        for way, mine in ways.items()
        for key in mine
    }
