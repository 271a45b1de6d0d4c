"""One start that somebody points at, asked before it is taken: what a booking or a move would say to it, step by step.

Nothing is locked and nothing written. Every step is the one that booking and moving take themselves, so that only
what happens meanwhile can make the act answer otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from doseplans.errors import DoseTooEarly
from scheduling.engine.need import Need
from scheduling.engine.ranking import RankedSlot, explained, score
from scheduling.engine.ticks import instant_at
from scheduling.errors import NeighbourTooClose, OutsideWindow, SlotNotOffered
from scheduling.models import Allocation, Appointment, Part, Resource
from scheduling.selectors.appointments import appointment_for
from scheduling.selectors.errands import Errand, errand_for_dose, errand_of_visit
from scheduling.selectors.lists import lists_of
from scheduling.selectors.needs import need_of
from scheduling.selectors.operators import operators_of
from scheduling.selectors.plan_states import last_taken, plan_state
from scheduling.selectors.slots import asking, need_without_plan
from scheduling.services.visits.booking import refuse_overlap, refuse_stale, refuse_unmovable
from scheduling.services.visits.fitting import Fitted, refuse_start
from scheduling.services.visits.gates import check_gates, refuse_dead
from scheduling.services.visits.placement import (
    Day,
    check_not_past,
    check_recovery,
    check_room_and_people,
    day_from,
    day_questions,
    in_the_way,
    refusal_in_the_way,
)
from scheduling.services.visits.wanted import Visit, Wanted, visit_for
from units.actors import Actor
from units.errors import ClinicError, NotAllowed, NotFound
from units.policy import Act
from units.rows import ask_together


class Step(StrEnum):
    """What is asked about a start; of two refusals the first of these is named as the cause."""

    STATE = "state"
    ROOM = "room"
    TIME = "time"
    DOSE = "dose"
    PATIENT = "patient"
    RECOVERY = "recovery"


GIVES_WAY = (OutsideWindow, DoseTooEarly, NeighbourTooClose)
"""Refusals that a doctor's written reason overrides."""


@dataclass(frozen=True, slots=True)
class Start:
    """When a procedure would begin, and in which room (public id). Who operates is found, the usual person first."""

    procedure_at: datetime
    room: UUID


@dataclass(frozen=True, slots=True)
class Full:
    """The first stretch in which no recovery place is left: how many are taken then, and how many closed."""

    starts_at: datetime
    ends_at: datetime
    taken: int
    closed: int


@dataclass(frozen=True, slots=True)
class Weighed:
    """What would be said to the start. `refusals` are by step, the cause first; without any it is free.

    `operator` is whoever would do it, None where nobody of the room's list can. `choice` says what the day costs the
    plan; `previous` is the dose before by its sequence and the day it is counted from. `needs_reason`: only a doctor's
    reason allows it, and this actor may write one.
    """

    errand: Errand
    start: Start
    need: Need
    refusals: dict[Step, ClinicError]
    moving: Appointment | None = None
    room: Resource | None = None
    operator: Resource | None = None
    choice: RankedSlot | None = None
    previous: tuple[int, date] | None = None
    needs_reason: bool = False
    full: Full | None = None

    @property
    def refusal(self) -> ClinicError | None:
        """The cause; None where the start is free."""
        return next((self.refusals[step] for step in Step if step in self.refusals), None)

    @property
    def arrives_at(self) -> datetime:
        return self.start.procedure_at - self._ticks(self.errand.phases.before)

    @property
    def procedure_ends_at(self) -> datetime:
        return self.start.procedure_at + self._ticks(self.errand.phases.procedure)

    @property
    def leaves_at(self) -> datetime:
        return self.procedure_ends_at + self._ticks(self.errand.phases.after)

    @property
    def stay_ends_at(self) -> datetime | None:
        """Until when a recovery place would be taken; None where none is needed."""
        stay = self.errand.phases.stay
        return self.procedure_ends_at + self._ticks(stay) if stay else None

    @staticmethod
    def _ticks(count: int) -> timedelta:
        return instant_at(count) - instant_at(0)


def weigh_move(actor: Actor, *, appointment_id: UUID, start: Start, version: int | None = None) -> Weighed:
    """As `move_appointment` would answer for that start. Raises NotFound, NotAllowed, and NotInThatState for a visit of
    which nobody knows what it is for.
    """
    seen = appointment_for(actor, appointment_id, act=Act.BOOK)
    judge = _Judge(actor, errand_of_visit(actor, seen), start, moving=seen)
    judge.ask(Step.STATE, lambda: refuse_stale(seen, version=version))
    judge.ask(Step.STATE, lambda: refuse_unmovable(seen))
    return judge.weigh()


def weigh_booking(actor: Actor, *, dose_id: UUID, start: Start) -> Weighed:
    """As `book_appointment` would answer for that start. Raises NotFound and NotAllowed."""
    errand = errand_for_dose(actor, dose_id)
    actor.require(Act.BOOK, errand.unit.pk)
    return _Judge(actor, errand, start).weigh()


@dataclass
class _Judge:
    """Asks one step after the other and notes who refuses."""

    actor: Actor
    errand: Errand
    start: Start
    moving: Appointment | None = None
    at: datetime = field(default_factory=timezone.now)
    refusals: dict[Step, ClinicError] = field(default_factory=dict)

    @property
    def moving_id(self) -> int | None:
        return None if self.moving is None else self.moving.pk

    @property
    def on(self) -> date:
        return self.errand.unit.local_date(self.start.procedure_at)

    def ask(self, step: Step, question: Callable[[], object]) -> bool:
        """Whether the step has nothing against it; the first refusal of a step stands."""
        try:
            question()
        except (NotFound, NotAllowed):
            raise
        except ClinicError as error:
            self.refusals.setdefault(step, error)
            return False
        return True

    def weigh(self) -> Weighed:
        before = self.errand.phases.before
        arrives_at = self.start.procedure_at - (instant_at(before) - instant_at(0))
        room = Resource.objects.filter(
            public_id=self.start.room, unit=self.errand.unit, kind=Resource.Kind.ROOM, is_active=True
        ).first()
        if room is None:
            raise NotFound("That room is not in use any more. Choose another one.")
        visit, operator = None, None
        found = self._with_an_operator(room, arrives_at)
        full = None
        if found is not None:
            visit, operator, day, fitted = found
            if not self.ask(Step.RECOVERY, lambda: check_recovery(visit, fitted, day)):
                full = _full(visit, day)
        needs_reason, previous = self._ask_plan()
        self._ask_patient(arrives_at)
        return Weighed(
            errand=self.errand,
            start=self.start,
            need=self.need,
            refusals=self.refusals,
            moving=self.moving,
            room=room,
            operator=operator,
            choice=None if visit is None else explained(score([visit.slot], self.need)[0], self.need, None),
            previous=previous,
            needs_reason=needs_reason and not self.refusals,
            full=full,
        )

    @cached_property
    def need(self) -> Need:
        """What the visit asks of a slot."""
        dose = self.errand.dose
        if dose is not None:
            return asking(need_of(dose, at=self.at), self.errand, at=self.at)
        return need_without_plan(self.errand, at=self.at, moving_id=self.moving_id)

    # --- room and people -----------------------------------------------------------------------------------------
    def _with_an_operator(self, room: Resource, arrives_at: datetime) -> tuple[Visit, Resource, Day, Fitted] | None:
        """The visit with the first person who can do it; None, and the first refusal stands, where nobody can."""
        first: dict[Step, ClinicError] = {}
        for operator in self._candidates(room):
            trial = replace(self, refusals={})
            wanted = Wanted(arrives_at, room.public_id, operator.public_id, self._is_admitted())
            found = trial._place(wanted)
            if found is not None:
                visit, day, fitted = found
                return visit, operator, day, fitted
            first = first or trial.refusals
        if not first:
            first = {Step.ROOM: SlotNotOffered("Nobody who operates works in this unit. Ask the administrator.")}
        for step, refusal in first.items():
            self.refusals.setdefault(step, refusal)
        return None

    def _place(self, wanted: Wanted) -> tuple[Visit, Day, Fitted] | None:
        """The visit with room and people as booking places it, before recovery; None where a step refuses."""
        found: list[tuple[Visit, Day, Fitted]] = []

        def place() -> None:
            visit = visit_for(self.actor, self.errand, wanted, moving_id=self.moving_id)
            rows, *about_the_day = ask_together(
                in_the_way(visit, at=self.at, moving_id=self.moving_id), *day_questions(visit)
            )
            refusal = refusal_in_the_way(self.actor, visit, rows, at=self.at)
            if refusal is not None:
                raise refusal
            if not self.ask(Step.TIME, lambda: check_not_past(visit, at=self.at)):
                return
            if not self.ask(Step.TIME, lambda: refuse_start(visit)):
                return
            day = self._without_own(day_from(visit, *about_the_day))
            found.append((visit, day, check_room_and_people(visit, day)))

        self.ask(Step.ROOM, place)
        return found[0] if found else None

    def _candidates(self, room: Resource) -> Sequence[Resource]:
        """Who has the visit now or usually operates first, then the others of the room's lists that day.

        Where the room has none, anybody: what refuses it then is the room's hours.
        """
        unit = self.errand.unit
        lists = lists_of(unit, since=self.on, until=self.on + timedelta(days=1), room_id=room.pk)
        listed = dict.fromkeys(key for hours in lists for key in hours.operator_ids)
        people = {person.pk: person for person in operators_of(self.actor, unit=unit)}
        only, usual = self.errand.demands.only_operator, self.need.usual_operator_id
        wished = [only[0] if only else None, self._operates_now(), usual]
        keys = [key for key in dict.fromkeys([*wished, *listed]) if key in listed] or [*listed, *people][:1]
        return [people[key] for key in keys if key in people]

    def _operates_now(self) -> int | None:
        if self.moving is None:
            return None
        rows = self.moving.allocations.filter(resource__kind=Resource.Kind.PERSON).exclude(phase=Part.ASSISTANCE)
        return rows.values_list("resource_id", flat=True).first()

    def _is_admitted(self) -> bool | None:
        return None if self.moving is None else self.moving.admitted_at is not None

    def _without_own(self, day: Day) -> Day:
        """The day without what booking would have cleared away: the visit's own places, and claims that are over."""
        mine = Q(appointment=self.moving) if self.moving is not None else Q(pk__in=())
        if self.errand.dose is not None:
            mine |= Q(reservation__dose=self.errand.dose)
        over = Q(reservation__unit=self.errand.unit, reservation__expires_at__lte=self.at)
        gone = set(Allocation.objects.filter(mine | over).values_list("pk", flat=True))
        return replace(day, held=[one for one in day.held if one.key not in gone])

    # --- plan and patient ----------------------------------------------------------------------------------------
    def _ask_plan(self) -> tuple[bool, tuple[int, date] | None]:
        """Whether a reason is needed; and the dose before with the day that this one is counted from."""
        dose = self.errand.dose
        if dose is None:
            self.ask(Step.DOSE, lambda: refuse_dead(self.errand.patient))
            return False, None
        unit = self.errand.unit
        plan = plan_state(dose.plan_id, unit)

        def gates(override_reason: str) -> None:
            check_gates(
                self.actor,
                dose,
                plan,
                on=self.on,
                today=unit.local_date(self.at),
                override_reason=override_reason,
                moving_id=self.moving_id,
            )

        needs_reason = False
        try:
            gates("")
        except GIVES_WAY as error:
            may_override = self.actor.may(Act.OVERRIDE_DOSE_LIMITS, unit.pk)
            needs_reason = may_override and self.ask(Step.DOSE, lambda: gates("asked"))
            if not may_override:
                self.refusals.setdefault(Step.DOSE, error)
        except ClinicError as error:
            self.refusals.setdefault(Step.DOSE, error)
        before = last_taken(plan.doses, dose.sequence)
        counted = before.expected_on if before is not None else None
        return needs_reason, (before.sequence, counted) if before is not None and counted is not None else None

    def _ask_patient(self, arrives_at: datetime) -> None:
        phases = self.errand.phases
        leaves_at = arrives_at + (instant_at(phases.length) - instant_at(0))
        standing = self.moving or Appointment(patient=self.errand.patient)
        self.ask(Step.PATIENT, lambda: refuse_overlap(standing, arrives_at, leaves_at))


def _full(visit: Visit, day: Day) -> Full | None:
    """When the pool is full; None where there is capacity, but not for this patient or not for long enough."""
    starts, ends = visit.slot.recovery_ticks
    pool = set(day.pool)
    there = {
        tick: {one.place_id: one.key for one in day.held if one.place_id in pool and one.starts <= tick < one.ends}
        for tick in range(starts, ends)
    }
    full = [tick for tick, taken in there.items() if len(taken) == len(pool)]
    if not full:
        return None
    until = next((tick for tick in range(full[0], ends) if len(there[tick]) < len(pool)), ends)
    closed = sum(key < 0 for key in there[full[0]].values())
    return Full(instant_at(full[0]), instant_at(until), len(pool) - closed, closed)
