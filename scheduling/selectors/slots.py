"""Free slots for a dose, ranked with reasons: rows in, engine, proposals out; a constant number of queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Prefetch, Q

from doseplans.calculus import Minimum
from doseplans.models import Administration, Dose, DoseDecision
from scheduling.engine.bits import Busy, stretch
from scheduling.engine.board import Board
from scheduling.engine.hours import open_hours
from scheduling.engine.need import Need, NextDoses
from scheduling.engine.nursing import nursed
from scheduling.engine.recovery import Held
from scheduling.engine.search import Found, find
from scheduling.engine.ticks import ceil_tick, days_as_ticks, floor_tick, instant_at, wall_clock
from scheduling.models import LIVE, Allocation, Appointment, Part, Reservation, Resource
from scheduling.selectors.demands import (
    NOTHING_ASKED,
    AskedOf,
    Clash,
    kept_apart,
    places_asked,
    skills_of,
    start_hours_of,
    with_own_places,
)
from scheduling.selectors.errands import Errand, errand_of_dose
from scheduling.selectors.lists import (
    bank_holidays,
    closed_days,
    closed_stretches,
    imaging_devices,
    patterns_of,
    recovery_pool,
    taken_ticks,
)
from scheduling.selectors.no_go import no_go_of
from scheduling.selectors.nursing import shifts_of
from units.actors import Actor
from units.models import Unit
from units.policy import Act

T = TypeVar("T")

_SEARCH_DAYS = 140
"""How far patterns are read ahead: the window and the widening after it."""


@dataclass(frozen=True, slots=True)
class Proposals:
    """What the desk is shown: the found slots and the resources they name, by key."""

    errand: Errand
    need: Need
    found: Found
    resources: dict[int, Resource]
    reservation: Reservation | None

    @property
    def dose(self) -> Dose | None:
        """The dose that is to be placed; None for a visit without a plan."""
        return self.errand.dose


def find_slots(
    actor: Actor, *, dose: Dose, at: datetime, limit: int = 4, not_before_on: date | None = None
) -> Proposals:
    """The best free slots for the dose, or why there are none.

    `dose` comes from `dose_for` (its plan, patient, unit and protocol are read). The dose's own visit or reservation
    does not stand in its own way, so the same search serves a move. `not_before_on` looks from a day on.
    """
    actor.require(Act.VIEW_SCHEDULE, dose.plan.patient.unit_id)
    errand = errand_of_dose(dose)
    need = asking(need_of(dose, at=at, not_before_on=not_before_on), errand, at=at)
    found = find(loader(errand, need, at), errand.phases, need, limit=limit)
    keys = _named_by(found)
    reservation = Reservation.objects.filter(dose=dose, expires_at__gt=at).prefetch_related("allocations").first()
    keys |= {row.resource_id for row in reservation.allocations.all()} if reservation else set()
    return Proposals(errand, need, found, Resource.objects.in_bulk(keys), reservation)


def _named_by(found: Found) -> set[int]:
    """The keys of the rooms, people and devices that the proposals name."""
    slots = [one.slot for one in found.proposals]
    keys = {key for slot in slots for key in (slot.room_id, slot.operator_id, slot.assistant_id, slot.imaging_id)}
    return {key for key in keys if key is not None}


def asking(need: Need, errand: Errand, *, at: datetime) -> Need:
    """The need with the skills, the help, the hours and the notice that the visit asks for."""
    demands, dose = errand.demands, errand.dose
    if errand.notice:
        need = replace(need, not_before=max(need.not_before, at + errand.notice))
    hours = None if dose is None else start_hours_of(dose.plan.protocol, errand.unit, at=at)
    if demands == NOTHING_ASKED and hours is None:
        return need
    only = demands.only_operator
    return replace(
        need,
        operator_skills=demands.of(AskedOf.OPERATOR),
        room_skills=demands.of(AskedOf.ROOM),
        place_skills=demands.of(AskedOf.PLACE),
        assistant_skills=demands.of(AskedOf.ASSISTANT),
        imaging_skills=demands.of(AskedOf.IMAGING),
        is_assisted=demands.is_assisted,
        only_operator_ids=None if only is None else frozenset({only[0]}),
        only_operator_name="" if only is None else only[1],
        start_hours=hours,
    )


SOON_DAYS = 14
"""Slots of a visit without a plan are looked for within so many days first; after them only where none is free.

Local policy.
"""


def find_slots_without_plan(
    actor: Actor,
    *,
    errand: Errand,
    at: datetime,
    limit: int = 4,
    not_before_on: date | None = None,
    moving_id: int | None = None,
) -> Proposals:
    """The best free slots for a visit without a plan, the soonest before others.

    `errand` comes from `scheduling.selectors.errands`. What the visit `moving_id` holds does not stand in its way.
    """
    unit = errand.unit
    actor.require(Act.VIEW_SCHEDULE, unit.pk)
    not_before = _not_before(unit, at, not_before_on)
    first_on = unit.local_date(not_before)
    past = _past_visits(errand.patient.pk)
    need = Need(
        zone=unit.zone,
        target_on=first_on,
        earliest_on=first_on,
        latest_on=first_on + timedelta(days=SOON_DAYS),
        not_before=not_before,
        usual_operator_id=_usual_operator(past),
        taken=_visits_in_ticks(errand.patient.pk, Q(pk=moving_id) if moving_id else None),
        no_go=no_go_of([errand.patient.pk], since=first_on).get(errand.patient.pk, ()),
    )
    need = asking(need, errand, at=at)
    found = find(loader(errand, need, at, moving_id=moving_id), errand.phases, need, limit=limit)
    keys = _named_by(found)
    return Proposals(errand, need, found, Resource.objects.in_bulk(keys), None)


def _not_before(unit: Unit, at: datetime, not_before_on: date | None) -> datetime:
    """Now and the unit's notice, or the day from which somebody wants to look."""
    soonest = at + timedelta(hours=unit.notice_hours)
    return soonest if not_before_on is None else max(soonest, wall_clock(not_before_on, time(0), unit.zone))


def need_of(dose: Dose, *, at: datetime, not_before_on: date | None = None) -> Need:
    """The dose's window and its patient's habits, as the engine asks for them; four queries."""
    unit = dose.plan.patient.unit
    zone = unit.zone
    not_before = _not_before(unit, at, not_before_on)
    habits = habits_of(dose, zone)
    rule = dose.plan.rule
    return Need(
        zone=zone,
        target_on=dose.target_on,
        earliest_on=dose.earliest_on,
        latest_on=dose.latest_on,
        not_before=not_before,
        minimum_on=_minimum_on(dose, zone, rule.minimum_before(dose.sequence)),
        drift_days=(dose.target_on - dose.ideal_on).days,
        usual_weekday=habits.weekday,
        usual_time=habits.time,
        usual_operator_id=habits.operator_id,
        taken=_visits_in_ticks(dose.plan.patient_id, Q(dose=dose)),
        no_go=no_go_of([dose.plan.patient_id], since=unit.local_date(at)).get(dose.plan.patient_id, ()),
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


def habits_of(dose: Dose, zone: ZoneInfo) -> Habits:
    """From the last five visits, or from the days of the last five doses where no visit is on record."""
    past = _past_visits(dose.plan.patient_id)
    given = Administration.objects.filter(dose__plan_id=dose.plan_id, is_entered_in_error=False)
    days = given.order_by("-given_on").values_list("given_on", flat=True)[:5]
    clocks = Counter(visit.starts_at.astimezone(zone).time() for visit in past)
    return Habits(
        weekday=_most_common(Counter(day.isoweekday() for day in days), least=2),
        time=_most_common(clocks, least=1),
        operator_id=_usual_operator(past),
    )


def _past_visits(patient_id: int) -> list[Appointment]:
    """The patient's last five visits that took place, each with the person who operated."""
    people = Allocation.objects.filter(resource__kind=Resource.Kind.PERSON, phase=Part.PROCEDURE)
    past = Appointment.objects.filter(patient_id=patient_id, status=Appointment.Status.FULFILLED)
    return list(past.order_by("-starts_at").prefetch_related(Prefetch("allocations", queryset=people))[:5])


def _usual_operator(past: Sequence[Appointment]) -> int | None:
    return _most_common(Counter(row.resource_id for visit in past for row in visit.allocations.all()), least=1)


def _most_common(counted: Counter[T], *, least: int) -> T | None:
    ranked = counted.most_common(1)
    return ranked[0][0] if ranked and ranked[0][1] >= least else None


def _minimum_on(dose: Dose, zone: ZoneInfo, minimum: Minimum | None) -> date | None:
    """The first day on which the dose may be booked without a reason; None where any day may be.

    A day that a clinician set for the dose needs no other reason, however soon it comes.
    """
    previous_on = _expected_before(dose, zone)
    if previous_on is None or minimum is None:
        return None
    first = date.fromordinal(minimum.interval.after(previous_on.toordinal()))
    decided = DoseDecision.objects.filter(dose=dose, kind=DoseDecision.Kind.DATE, withdrawn_at__isnull=True)
    set_for = decided.values_list("on", flat=True).first() if dose.earliest_on < first else None
    return min(first, set_for) if set_for else first


def _expected_before(dose: Dose, zone: ZoneInfo) -> date | None:
    """When the last dose before that was not left out is given or booked for; None for a first or an unknown day."""
    records = Administration.objects.filter(dose=OuterRef("pk"), is_entered_in_error=False)
    visits = Appointment.objects.filter(dose=OuterRef("pk"), status__in=LIVE)
    left_out = DoseDecision.objects.filter(kind=DoseDecision.Kind.OMIT, withdrawn_at__isnull=True)
    before = (
        Dose.objects.filter(plan_id=dose.plan_id, sequence__lt=dose.sequence)
        .filter(~Exists(left_out.filter(dose=OuterRef("pk"))))
        .annotate(given_on=records.values("given_on")[:1], booked_at=visits.values("starts_at")[:1])
        .order_by("-sequence")
        .values_list("given_on", "booked_at")
        .first()
    )
    given_on, booked_at = before or (None, None)
    return given_on or (booked_at.astimezone(zone).date() if booked_at else None)


def _visits_in_ticks(patient_id: int, besides: Q | None) -> tuple[tuple[int, int], ...]:
    """The patient's live visits but for those to be moved."""
    visits = Appointment.objects.filter(patient_id=patient_id, status__in=LIVE)
    if besides is not None:
        visits = visits.exclude(besides)
    rows = visits.values_list("starts_at", "ends_at", "admitted_at")
    return tuple((floor_tick(admitted_at or starts_at), ceil_tick(ends_at)) for starts_at, ends_at, admitted_at in rows)


def loader(errand: Errand, need: Need, at: datetime, *, moving_id: int | None = None) -> Callable[..., Board]:
    """Reads one stretch of days at a time; the weekly patterns and the pool are read once.

    `dose_pk` of what it returns names another dose of the plan, whose own visit or reservation is then not in the way.
    """
    unit = errand.unit
    today = unit.local_date(at)
    patterns = patterns_of(unit, since=today, until=max(today, need.latest_on) + timedelta(days=_SEARCH_DAYS))
    pool = recovery_pool(unit)
    shifts, skills = shifts_of(unit), skills_of(unit)
    devices = imaging_devices(unit) if need.imaging_skills else ()
    people = {person for pattern in patterns for person in pattern.operator_ids}
    rooms = {pattern.room_id for pattern in patterns}

    def load(since: date, until: date, *, dose_pk: int | None = errand.dose_pk) -> Board:
        first, last = days_as_ticks(since, until, unit.zone)
        since_at, until_at = instant_at(first), instant_at(last)
        ids = [*rooms, *people, *pool, *devices]
        taken = taken_ticks(
            ids, since=since_at, until=until_at, at=at, besides_dose_id=dose_pk, besides_visit_id=moving_id
        )
        closed = [
            (resource_id, floor_tick(starts), ceil_tick(ends), False)
            for resource_id, starts, ends in closed_stretches(unit, ids, since=since_at, until=until_at)
        ]
        rows = [*taken, *closed]
        places = frozenset(pool)
        held = [
            Held(key, resource_id, starts, ends, is_movable)
            for key, (resource_id, starts, ends, is_movable) in enumerate(rows)
            if resource_id in places
        ]
        if skills:
            held = with_own_places(held, places_asked(unit, since=since_at, until=until_at), skills, pool)
        stays = [(starts, ends) for place_id, starts, ends, _ in taken if place_id in places]
        return Board(
            hours=open_hours(patterns, since, until, unit.zone, closed_days(unit, since, until)),
            busy=Busy.of(first, last, (row[:3] for row in rows)),
            recovery_ids=pool,
            held=tuple(held),
            skills=skills,
            imaging_ids=devices,
            barred=barred_ticks(kept_apart(unit, errand.dose, since=since_at, until=until_at, at=at), first),
            nursed=nursed(shifts, (since, until), unit.zone, stays),
            shut=Busy.of(first, last, (row[:3] for row in closed)).bits if closed else {},
        )

    return load


def barred_ticks(clashes: Sequence[Clash], first: int) -> dict[int, int]:
    """The clashes as bits counted from a tick, by room."""
    barred: dict[int, int] = {}
    for room_id, starts_at, ends_at, _ in clashes:
        taken = stretch(floor_tick(starts_at) - first, ceil_tick(ends_at) - first)
        barred[room_id] = barred.get(room_id, 0) | taken
    return barred
