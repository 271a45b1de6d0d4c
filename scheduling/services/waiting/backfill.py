"""Who may have a slot that came free: the waiting list asked about it, in order, with what speaks against the others.

Gates are those of a booking (`check_gates`); room, operator, skills, help, length and recovery those of a search. All
of it is asked again, under the locks, when the offer is made and when it is accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from doseplans.models import Dose, ProtocolStep
from scheduling.engine.free import Refusal
from scheduling.engine.visit import Slot
from scheduling.engine.waiting import Place, Terms, earlier_words
from scheduling.models import Appointment, EarlierWish, OfferedVisit
from scheduling.selectors.demands import AskedOf, Demands
from scheduling.selectors.waiting import FreedSlot, freed_slots, live_wishes
from scheduling.services.waiting.asked_starts import AskedStarts
from units.actors import Actor
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


def backfills(actor: Actor, *, unit: Unit, at: datetime, wishes: Sequence[EarlierWish] | None = None) -> list[Backfill]:
    """Every slot that came free with the waiting list's answer to it; queries do not grow with either.

    `wishes` is the waiting list where the caller has just read it.
    """
    actor.require(Act.VIEW_SCHEDULE, unit.pk)
    freed = freed_slots(actor, unit=unit, at=at)
    if freed and wishes is None:
        wishes = live_wishes(actor, unit=unit, at=at)
    if not freed or not wishes:
        return [Backfill(slot, (), ()) for slot in freed]
    starts = [slot.procedure_at for slot in freed]
    named = {key for slot in freed for key in (slot.room.pk, slot.operator.pk)}
    doses = [wish.dose for wish in wishes]
    offered = OfferedVisit.objects.filter(dose__in=doses, state=OfferedVisit.State.ASKED, offer__expires_at__gt=at)
    asked = _Asked(
        asked=AskedStarts.read(actor, unit, doses, starts, named, at=at),
        wishes=wishes,
        offered=frozenset(offered.values_list("dose_id", flat=True)),
    )
    return [asked.answer(slot) for slot in freed]


@dataclass(frozen=True)
class _Asked:
    """The waiting list, and everything that was read, once, to answer for each slot."""

    asked: AskedStarts
    wishes: Sequence[EarlierWish]
    offered: frozenset[int]

    def answer(self, freed: FreedSlot) -> Backfill:
        found = sorted((self._candidate(wish, freed) for wish in self.wishes), key=lambda one: one.place)
        return Backfill(
            freed,
            allowed=tuple(one for one in found if not one.against),
            left_out=tuple(one for one in found if one.against),
        )

    def _candidate(self, wish: EarlierWish, freed: FreedSlot) -> Candidate:
        dose: Dose = wish.dose
        visit: Appointment | None = wish.visit  # type: ignore[attr-defined]  # read with the wish
        candidate = Candidate(
            wish, visit, Place(dose.kind != ProtocolStep.Kind.LOADING, dose.latest_on, wish.asked_at, wish.pk)
        )
        against = self._against(wish, visit, freed)
        if against:
            return replace(candidate, against=against)
        slot = self.asked.slot(dose, freed.procedure_at, room=freed.room, operator=freed.operator, moving=visit)
        if isinstance(slot, Refusal):
            return replace(candidate, against=slot.words.rstrip("."))
        return replace(candidate, slot=slot, reasons=(*_gain(self.asked.unit, visit, slot), *candidate.place.reasons))

    def _against(self, wish: EarlierWish, visit: Appointment | None, freed: FreedSlot) -> str:
        """Why not, in words, before the day is looked at; empty where nothing speaks against it."""
        asked, dose, start = self.asked, wish.dose, freed.procedure_at
        arrives, leaves = asked.stay(dose, start)
        against = self._plainly_against(wish, visit, freed, arrives)
        if not against and (refused := asked.refusal(dose, start, moving=visit)) is not None:
            against = refused.sentence
        against = against or terms_of(wish).problem(arrives, leaves, at=asked.at)
        if not against and (unwished := asked.unwished(dose, start)):
            against = f"It does not suit: {unwished}"
        return against or self._unfit_against(asked.errands[dose.pk].demands, freed)

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
            return f"Is booked for {self.asked.unit.local(visit.starts_at):%d/%m %H:%M}, which is not later"
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
            lacking = self.asked.lacking(demands, chosen, asked_of)
            if lacking is not None:
                return f"{chosen} {verb} {lacking.skill}; {lacking.because}"
        return ""


def _gain(unit: Unit, visit: Appointment | None, slot: Slot) -> Iterable[str]:
    if visit is None:
        yield "Has no visit yet"
        return
    days = (unit.local_date(visit.starts_at) - unit.local_date(slot.arrive_at)).days
    yield earlier_words(days, int((visit.starts_at - slot.arrive_at).total_seconds() // 60))
