"""Who may have a slot that came free: the waiting list asked about it, in order, with what speaks against the others.

Gates are those of a booking (`check_gates`), room, operator, length and recovery those of a search. What only placing
asks besides (skills, nurses in recovery) is asked when the offer is made, and again when it is accepted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from doseplans.models import Dose, ProtocolStep
from patients.models import Flag
from scheduling.engine.bits import Busy
from scheduling.engine.board import Board
from scheduling.engine.free import Refusal, check
from scheduling.engine.hours import open_hours
from scheduling.engine.need import Need
from scheduling.engine.recovery import Held
from scheduling.engine.ticks import ceil_tick, days_as_ticks, floor_tick, instant_at
from scheduling.engine.visit import Phases, Slot
from scheduling.engine.waiting import Place, Terms, earlier_words
from scheduling.models import LIVE, Allocation, Appointment, EarlierWish, OfferedVisit
from scheduling.selectors.errands import Allowance, unit_allowances, with_allowances
from scheduling.selectors.lists import (
    TakenTicks,
    closed_days,
    closed_stretches,
    patterns_of,
    phases_of,
    recovery_pool,
    taken_ticks,
)
from scheduling.selectors.waiting import FreedSlot, freed_slots, live_wishes
from scheduling.services.gates import PlanState, check_gates, plan_states
from units.actors import Actor
from units.errors import ClinicError
from units.models import Unit
from units.policy import Act


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody on the waiting list and one slot. `slot` is their visit there; `against` why not, else empty."""

    wish: EarlierWish
    visit: Appointment | None
    place: Place
    slot: Slot | None = None
    against: str = ""
    reasons: tuple[str, ...] = ()

    @property
    def dose(self) -> Dose:
        """What the visit would be for."""
        dose: Dose = self.wish.dose
        return dose


@dataclass(frozen=True, slots=True)
class Backfill:
    """A slot that came free: who may have it, best first, and who may not, in the same order."""

    freed: FreedSlot
    allowed: tuple[Candidate, ...]
    left_out: tuple[Candidate, ...]


def terms_of(wish: EarlierWish) -> Terms:
    """The wish as the engine reads it."""
    return Terms(
        notice=timedelta(hours=wish.notice_hours),
        weekdays=frozenset(wish.weekdays),
        arrive_from=wish.arrive_from,
        leave_by=wish.leave_by,
    )


def backfills(actor: Actor, *, unit: Unit, at: datetime) -> list[Backfill]:
    """Every slot that came free with the waiting list's answer to it; queries do not grow with either."""
    actor.require(Act.VIEW_SCHEDULE, unit.pk)
    freed = freed_slots(actor, unit=unit, at=at)
    wishes = live_wishes(actor, unit=unit, at=at) if freed else []
    if not wishes:
        return [Backfill(slot, (), ()) for slot in freed]
    asked = _Asked.about(actor, unit, wishes, freed, at=at)
    return [asked.answer(actor, slot) for slot in freed]


@dataclass(frozen=True)
class _Asked:
    """Everything read, once, to answer for each slot."""

    unit: Unit
    at: datetime
    wishes: Sequence[EarlierWish]
    plans: Mapping[int, PlanState]
    phases: Mapping[int, Phases]
    taken: Mapping[int, tuple[tuple[int, int, int], ...]]
    offered: frozenset[int]
    days: _Days

    @classmethod
    def about(
        cls, actor: Actor, unit: Unit, wishes: Sequence[EarlierWish], freed: Sequence[FreedSlot], *, at: datetime
    ) -> _Asked:
        patients = {wish.dose.plan.patient_id for wish in wishes}
        visits: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        live = Appointment.objects.filter(patient__in=patients, status__in=LIVE, ends_at__gt=at)
        for patient_id, key, starts, ends in live.values_list("patient_id", "pk", "starts_at", "ends_at"):
            visits[patient_id].append((key, floor_tick(starts), ceil_tick(ends)))
        asked = OfferedVisit.objects.filter(dose__in=[wish.dose_id for wish in wishes], state=OfferedVisit.State.ASKED)
        return cls(
            unit=unit,
            at=at,
            wishes=wishes,
            plans=plan_states([wish.dose.plan_id for wish in wishes], unit),
            phases=_phases(actor, unit, wishes),
            taken={patient_id: tuple(rows) for patient_id, rows in visits.items()},
            offered=frozenset(asked.filter(offer__expires_at__gt=at).values_list("dose_id", flat=True)),
            days=_Days.read(unit, freed, wishes, at=at),
        )

    def answer(self, actor: Actor, freed: FreedSlot) -> Backfill:
        found = sorted((self._candidate(actor, wish, freed) for wish in self.wishes), key=lambda one: one.place)
        return Backfill(
            freed,
            allowed=tuple(one for one in found if not one.against),
            left_out=tuple(one for one in found if one.against),
        )

    def _candidate(self, actor: Actor, wish: EarlierWish, freed: FreedSlot) -> Candidate:
        dose: Dose = wish.dose
        visit: Appointment | None = wish.visit  # type: ignore[attr-defined]  # read with the wish
        place = Place(dose.kind != ProtocolStep.Kind.LOADING, dose.latest_on, wish.asked_at, wish.pk)
        candidate = Candidate(wish, visit, place)
        phases = self.phases[dose.pk]
        arrive = floor_tick(freed.procedure_at) - phases.before
        arrives, leaves = (self.unit.local(instant_at(tick)) for tick in (arrive, arrive + phases.length))
        against = self._plainly_against(wish, visit, freed, arrives)
        against = against or self._gates_against(actor, dose, visit, freed)
        against = against or terms_of(wish).problem(arrives, leaves, at=self.at)
        if against:
            return replace(candidate, against=against)
        need = Need(
            zone=self.unit.zone,
            target_on=dose.target_on,
            earliest_on=dose.earliest_on,
            latest_on=dose.latest_on,
            not_before=self.at,
            taken=tuple(
                (starts, ends)
                for key, starts, ends in self.taken.get(dose.plan.patient_id, ())
                if visit is None or key != visit.pk
            ),
        )
        slot = check(
            self.days.board(freed, besides=visit),
            phases,
            need,
            room_id=freed.room.pk,
            procedure_at=freed.procedure_at,
            operator_id=freed.operator.pk,
        )
        if isinstance(slot, Refusal):
            return replace(candidate, against=slot.words.rstrip("."))
        return replace(candidate, slot=slot, reasons=(*_gain(self.unit, visit, slot), *place.reasons))

    def _plainly_against(
        self, wish: EarlierWish, visit: Appointment | None, freed: FreedSlot, arrives: datetime
    ) -> str:
        if wish.dose.plan.patient_id == freed.patient_id:
            return "It is the time that this patient's own visit left"
        if wish.dose_id in self.offered:
            return "Is being offered another time already"
        if visit is not None and visit.admitted_at is not None:
            return "Is admitted the day before: move that visit by hand"
        if visit is not None and visit.starts_at <= arrives:
            return f"Is booked for {self.unit.local(visit.starts_at):%d/%m %H:%M}, which is not later"
        return ""

    def _gates_against(self, actor: Actor, dose: Dose, visit: Appointment | None, freed: FreedSlot) -> str:
        try:
            check_gates(
                actor,
                dose,
                self.plans[dose.plan_id],
                on=self.unit.local_date(freed.procedure_at),
                today=self.unit.local_date(self.at),
                override_reason="",
                moving_id=visit.pk if visit else None,
            )
        except ClinicError as refused:
            return refused.sentence
        return ""


def _gain(unit: Unit, visit: Appointment | None, slot: Slot) -> Iterable[str]:
    if visit is None:
        yield "Has no visit yet"
        return
    days = (unit.local_date(visit.starts_at) - unit.local_date(slot.arrive_at)).days
    yield earlier_words(days, int((visit.starts_at - slot.arrive_at).total_seconds() // 60))


def _phases(actor: Actor, unit: Unit, wishes: Sequence[EarlierWish]) -> dict[int, Phases]:
    """How long each wish's visit takes with the patient's needs, by the dose's key; two queries and the protocols'."""
    allowances = unit_allowances(actor, unit=unit)
    codes: dict[int, set[str]] = defaultdict(set)
    flags = Flag.objects.filter(patient__in={wish.dose.plan.patient_id for wish in wishes}, code__in=list(allowances))
    for patient_id, code in flags.values_list("patient_id", "code"):
        codes[patient_id].add(code)
    lengths: dict[int, Phases] = {}

    def phases(wish: EarlierWish) -> Phases:
        plan = wish.dose.plan
        if plan.protocol_id not in lengths:
            lengths[plan.protocol_id] = phases_of(plan.protocol)
        needed: list[Allowance] = [allowances[code] for code in sorted(codes[plan.patient_id])]
        return with_allowances(lengths[plan.protocol_id], needed)

    return {wish.dose_id: phases(wish) for wish in wishes}


@dataclass(frozen=True)
class _Days:
    """The days of the freed slots as the engine sees them."""

    first: int
    last: int
    hours: Any
    pool: tuple[int, ...]
    rows: tuple[TakenTicks, ...]
    own: Mapping[int, frozenset[tuple[int, int, int]]]

    @classmethod
    def read(cls, unit: Unit, freed: Sequence[FreedSlot], wishes: Sequence[EarlierWish], *, at: datetime) -> _Days:
        """Six queries, however many slots and wishes there are."""
        on = [unit.local_date(slot.procedure_at) for slot in freed]
        since, until = min(on), max(on) + timedelta(days=1)
        first, last = days_as_ticks(since, until, unit.zone)
        patterns, pool = patterns_of(unit, since=since, until=until), recovery_pool(unit)
        ids = [*{slot.room.pk for slot in freed}, *{slot.operator.pk for slot in freed}, *pool]
        since_at, until_at = instant_at(first), instant_at(last)
        closed = closed_stretches(unit, ids, since=since_at, until=until_at)
        own: dict[int, set[tuple[int, int, int]]] = defaultdict(set)
        mine = Allocation.objects.filter(appointment__dose__in=[wish.dose_id for wish in wishes])
        mine = mine.filter(appointment__status__in=LIVE, starts_at__gte=since_at, starts_at__lt=until_at)
        for visit_id, key, starts, ends in mine.values_list("appointment_id", "resource_id", "starts_at", "ends_at"):
            own[visit_id].add((key, floor_tick(starts), ceil_tick(ends)))
        return cls(
            first=first,
            last=last,
            hours=open_hours(patterns, since, until, unit.zone, closed_days(unit, since, until)),
            pool=pool,
            rows=(
                *taken_ticks(ids, since=since_at, until=until_at, at=at, besides_dose_id=None),
                *((key, floor_tick(starts), ceil_tick(ends), False) for key, starts, ends in closed),
            ),
            own={key: frozenset(rows) for key, rows in own.items()},
        )

    def board(self, freed: FreedSlot, *, besides: Appointment | None) -> Board:
        """The board of the slot's day; what the visit itself takes does not stand in its way."""
        own = self.own.get(besides.pk, frozenset()) if besides else frozenset()
        rows = [row for row in self.rows if row[:3] not in own]
        places = frozenset(self.pool)
        tick = floor_tick(freed.procedure_at)
        return Board(
            hours=tuple(hours for hours in self.hours if hours.opens <= tick < hours.closes),
            busy=Busy.of(self.first, self.last, (row[:3] for row in rows)),
            recovery_ids=self.pool,
            held=tuple(
                Held(key, resource_id, starts, ends, is_movable)
                for key, (resource_id, starts, ends, is_movable) in enumerate(rows)
                if resource_id in places
            ),
        )
