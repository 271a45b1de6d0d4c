"""Free slots for a dose, ranked with reasons: rows in, engine, proposals out; a constant number of queries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import prefetch_related_objects

from doseplans.models import Dose
from scheduling.engine.bits import Busy, stretch
from scheduling.engine.board import Board
from scheduling.engine.hours import open_hours
from scheduling.engine.need import Need
from scheduling.engine.nursing import nursed
from scheduling.engine.recovery import Held
from scheduling.engine.search import Found, find
from scheduling.engine.ticks import ceil_tick, days_as_ticks, floor_tick, instant_at
from scheduling.models import Reservation, Resource
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
    closed_days,
    closed_stretches,
    imaging_devices,
    patterns_of,
    recovery_pool,
    taken_ticks,
)
from scheduling.selectors.needs import known_of, need_of, not_before
from scheduling.selectors.nursing import shifts_of
from units.actors import Actor
from units.policy import Act
from units.rows import Joined

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
    actor: Actor,
    *,
    dose: Dose,
    at: datetime,
    limit: int = 4,
    not_before_on: date | None = None,
    errand: Errand | None = None,
) -> Proposals:
    """The best free slots for the dose, or why there are none.

    `dose` comes from `dose_for` (its plan, patient, unit and protocol are read). The dose's own visit or reservation
    does not stand in its own way, so the same search serves a move. `not_before_on` looks from a day on. `errand` is
    the dose's, where the caller has read it (`dose_with_errand`).
    """
    actor.require(Act.VIEW_SCHEDULE, dose.plan.patient.unit_id)
    errand = errand or errand_of_dose(dose)
    need = asking(need_of(dose, at=at, not_before_on=not_before_on), errand, at=at)
    found = find(loader(errand, need, at), errand.phases, need, limit=limit)
    keys = _named_by(found)
    reservation = _reservation_of(dose, at)
    keys |= {row.resource_id for row in reservation.allocations.all()} if reservation else set()
    return Proposals(errand, need, found, _resources(keys), reservation)


_RESERVATIONS = Joined(Reservation, column="dose_id")
_RESOURCES = Joined(Resource, column="id")


def _reservation_of(dose: Dose, at: datetime) -> Reservation | None:
    """The claim on a slot for the dose that has not run out, with its allocations."""
    standing = [one for one, _ in _RESERVATIONS.all_also([dose.pk]) if one.expires_at > at]
    prefetch_related_objects(standing, "allocations")
    return min(standing, key=lambda one: one.expires_at, default=None)


def _resources(keys: Iterable[int]) -> dict[int, Resource]:
    return {one.pk: one for one, _ in _RESOURCES.all_also(list(keys))}


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
    actor.require(Act.VIEW_SCHEDULE, errand.unit.pk)
    need = need_without_plan(errand, at=at, not_before_on=not_before_on, moving_id=moving_id)
    found = find(loader(errand, need, at, moving_id=moving_id), errand.phases, need, limit=limit)
    keys = _named_by(found)
    return Proposals(errand, need, found, _resources(keys), None)


def need_without_plan(
    errand: Errand, *, at: datetime, not_before_on: date | None = None, moving_id: int | None = None
) -> Need:
    """What a visit without a plan asks of a slot: the soonest, and what its patient would like."""
    unit = errand.unit
    soonest = not_before(unit, at, not_before_on)
    first_on = unit.local_date(soonest)
    known = known_of(errand.patient, since=first_on, moving_id=moving_id)
    need = Need(
        zone=unit.zone,
        target_on=first_on,
        earliest_on=first_on,
        latest_on=first_on + timedelta(days=SOON_DAYS),
        not_before=soonest,
        usual_operator_id=known.habits.operator_id,
        taken=known.taken,
        no_go=known.no_go,
    )
    return asking(need, errand, at=at)


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
