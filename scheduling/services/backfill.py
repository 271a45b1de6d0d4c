"""Who may have a slot that came free: the waiting list asked about it, in order, with what speaks against the others.

Gates are those of a booking (`check_gates`); room, operator, skills, help, length and recovery those of a search. All
of it is asked again, under the locks, when the offer is made and when it is accepted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from doseplans.models import Dose, ProtocolStep
from scheduling.engine.free import Refusal, check
from scheduling.engine.need import Need, NoGo
from scheduling.engine.ticks import ceil_tick, floor_tick, instant_at
from scheduling.engine.visit import Slot
from scheduling.engine.waiting import Place, Terms, earlier_words
from scheduling.models import LIVE, Appointment, EarlierWish, OfferedVisit
from scheduling.selectors.demands import AskedOf, Demands
from scheduling.selectors.errands import Errand, errands_of_doses
from scheduling.selectors.freed_days import FreedDays
from scheduling.selectors.no_go import no_go_of
from scheduling.selectors.plan_states import PlanState, plan_states
from scheduling.selectors.slots import asking
from scheduling.selectors.waiting import FreedSlot, freed_slots, live_wishes
from scheduling.services.gates import check_gates
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
    errands: Mapping[int, Errand]
    taken: Mapping[int, tuple[tuple[int, int, int], ...]]
    no_go: Mapping[int, tuple[NoGo, ...]]
    offered: frozenset[int]
    days: FreedDays

    @classmethod
    def about(
        cls, actor: Actor, unit: Unit, wishes: Sequence[EarlierWish], freed: Sequence[FreedSlot], *, at: datetime
    ) -> _Asked:
        patients = {wish.dose.plan.patient_id for wish in wishes}
        visits: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        live = Appointment.objects.filter(patient__in=patients, status__in=LIVE, ends_at__gt=at)
        for patient_id, key, starts, ends, admitted in live.values_list(
            "patient_id", "pk", "starts_at", "ends_at", "admitted_at"
        ):
            visits[patient_id].append((key, floor_tick(admitted or starts), ceil_tick(ends)))
        asked = OfferedVisit.objects.filter(dose__in=[wish.dose_id for wish in wishes], state=OfferedVisit.State.ASKED)
        return cls(
            unit=unit,
            at=at,
            wishes=wishes,
            plans=plan_states([wish.dose.plan_id for wish in wishes], unit),
            errands=errands_of_doses(actor, [wish.dose.public_id for wish in wishes]),
            taken={patient_id: tuple(rows) for patient_id, rows in visits.items()},
            no_go=no_go_of(patients, since=unit.local_date(at)),
            offered=frozenset(asked.filter(offer__expires_at__gt=at).values_list("dose_id", flat=True)),
            days=FreedDays.read(unit, freed, wishes, at=at),
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
        errand = self.errands[dose.pk]
        phases = errand.phases
        arrive = floor_tick(freed.procedure_at) - phases.before
        arrives, leaves = (self.unit.local(instant_at(tick)) for tick in (arrive, arrive + phases.length))
        against = self._plainly_against(wish, visit, freed, arrives)
        against = against or self._gates_against(actor, dose, visit, freed)
        against = against or terms_of(wish).problem(arrives, leaves, at=self.at)
        clashes = (one.words for one in self.no_go.get(dose.plan.patient_id, ()) if one.clashes(arrives, leaves))
        against = against or next((f"It does not suit: {words}" for words in clashes), "")
        against = against or self._unfit_against(errand.demands, freed)
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
            self.days.board(freed, dose, besides=visit),
            phases,
            asking(need, errand, at=self.at),
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

    def _unfit_against(self, demands: Demands, freed: FreedSlot) -> str:
        """What room or operator could never do for this visit, whenever it was."""
        only = demands.only_operator
        if only is not None and only[0] != freed.operator.pk:
            return f"The plan asks for {only[1]} and nobody else to operate"
        for chosen, asked_of, verb in (
            (freed.room, AskedOf.ROOM, "has no"),
            (freed.operator, AskedOf.OPERATOR, "does no"),
        ):
            for one in demands.asked:
                if one.asked_of == asked_of and one.skill not in self.days.skills.get(chosen.pk, frozenset()):
                    return f"{chosen} {verb} {one.skill}; {one.because}"
        return ""


def _gain(unit: Unit, visit: Appointment | None, slot: Slot) -> Iterable[str]:
    if visit is None:
        yield "Has no visit yet"
        return
    days = (unit.local_date(visit.starts_at) - unit.local_date(slot.arrive_at)).days
    yield earlier_words(days, int((visit.starts_at - slot.arrive_at).total_seconds() // 60))
