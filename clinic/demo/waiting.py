"""A day in the demo unit that is not quite as planned: a waiting list, an offer, answers, and a room that is closed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from clinic.demo.house import House
from doseplans.models import PlanHold
from patients.models import Patient
from scheduling.engine.ticks import wall_clock
from scheduling.engine.visit import Slot
from scheduling.models import Appointment, Resource, VisitKind
from scheduling.selectors.slots import find_slots
from scheduling.services import book_visit, cancel_appointment, close
from scheduling.services.answers.responses import Answer, record_answer
from scheduling.services.planning.replans import plan_closure
from scheduling.services.visits.wanted import Wanted, dose_for
from scheduling.services.waiting.backfill import Backfill, backfills
from scheduling.services.waiting.offers import LONGEST_MINUTES, Opening, make_offer
from scheduling.services.waiting.wishes import WishTerms, ask_for_earlier
from units.actors import Actor

SOONEST, LATEST = timedelta(days=1), timedelta(days=12)
"""How far ahead a slot comes free: offers are made of the coming two weeks."""


@dataclass(frozen=True, slots=True)
class _Earlier:
    """A visit and a time at which its dose might be given sooner."""

    visit: Appointment
    slot: Slot
    room: Resource
    operator: Resource


def add_waiting_list(actor: Actor, house: House, at: datetime) -> None:
    """Two patients would come earlier. One is offered a slot that came free; the other could have that of a visit that
    somebody on hold has, were it cancelled.
    """
    first, second = _who_could_come_earlier(actor, house, at)
    for one, hours in ((first, 6), (second, 24)):
        until = one.visit.unit.local_date(one.visit.starts_at)
        terms = WishTerms(notice_hours=hours, holds_until=until, note="Family is visiting" if hours == 6 else "")
        ask_for_earlier(actor, dose_id=_dose_id(one.visit), terms=terms)
    visit = _take(actor, house, first, number=0)
    cancel_appointment(actor, appointment_id=visit.public_id, cancelled_by="patient", reason="Has a cold")
    wanted = first.slot.procedure_at
    freed = next((one for one in backfills(actor, unit=house.unit, at=at) if one.freed.procedure_at == wanted), None)
    if freed is not None and freed.allowed:
        _offer(actor, freed)
    again = _earlier(actor, second.visit, at)
    if again is not None:
        _take(actor, house, again, number=1)


def _who_could_come_earlier(actor: Actor, house: House, at: datetime) -> tuple[_Earlier, _Earlier]:
    """The first two of the coming days' patients whose dose might be given sooner."""
    visits = Appointment.objects.filter(
        unit=house.unit, status="booked", dose__isnull=False, starts_at__gt=at + SOONEST, starts_at__lt=at + LATEST
    )
    rows = visits.select_related("dose", "unit").order_by("starts_at", "pk")
    found = (one for one in (_earlier(actor, visit, at) for visit in rows) if one is not None)
    return next(found), next(found)


def _earlier(actor: Actor, visit: Appointment, at: datetime) -> _Earlier | None:
    """The soonest slot for the visit's dose, half a day before the visit at the least; None where there is none."""
    proposals = find_slots(actor, dose=dose_for(actor, _dose_id(visit)), at=at, limit=20)
    slots = (one.slot for one in proposals.found.proposals if one.is_inside)
    sooner = [slot for slot in slots if at + SOONEST < slot.arrive_at < visit.starts_at - timedelta(hours=12)]
    if not sooner:
        return None
    slot = min(sooner, key=lambda slot: slot.procedure)
    return _Earlier(visit, slot, proposals.resources[slot.room_id], proposals.resources[slot.operator_id])


def _take(actor: Actor, house: House, one: _Earlier, *, number: int) -> Appointment:
    """Somebody on hold is to be seen then, without a dose."""
    held = PlanHold.objects.filter(lifted_at__isnull=True, plan__patient__unit=house.unit).order_by("pk")[number]
    patient: Patient = held.plan.patient
    kind = VisitKind.objects.filter(unit=house.unit, is_active=True).order_by("minutes_procedure", "pk")[0]
    starts_at = one.slot.procedure_at - timedelta(minutes=kind.minutes_before)
    wanted = Wanted(starts_at, one.room.public_id, one.operator.public_id)
    return book_visit(actor, patient_id=patient.public_id, visit_kind_id=kind.public_id, wanted=wanted)


def _offer(actor: Actor, freed: Backfill) -> None:
    opening = Opening(freed.freed.room.public_id, freed.freed.operator.public_id, freed.freed.procedure_at)
    make_offer(actor, opening=opening, dose_ids=[freed.allowed[0].dose.public_id], minutes=LONGEST_MINUTES)


def take_answers(actor: Actor, house: House, at: datetime) -> None:
    """Some patients of the next two days have said whether they will come."""
    soon = Appointment.objects.filter(
        unit=house.unit, status="booked", starts_at__gt=at, starts_at__lt=at + timedelta(days=2)
    )
    said = ("accepted", "accepted", "tentative")
    for visit, status in zip(soon.order_by("starts_at", "pk"), said, strict=False):
        record_answer(actor, appointment_id=visit.public_id, answer=Answer(status, "phone"))


def close_a_room(actor: Actor, house: House, at: datetime) -> None:
    """A room is closed for a day with visits, and a draft says where these could go."""
    unit = house.unit
    ahead = Appointment.objects.filter(
        unit=unit, status="booked", starts_at__gt=at + LATEST, starts_at__lt=at + timedelta(days=40)
    )
    taken = ahead.filter(allocations__resource__kind="room").values_list("allocations__resource", "starts_at")
    days = Counter((unit.local_date(starts_at), room_id) for room_id, starts_at in taken)
    if not days:
        return
    (on, room_id), _ = min(days.items(), key=lambda one: (-one[1], one[0]))
    closed = close(
        actor,
        unit=unit,
        resource=next(room for room in house.rooms if room.pk == room_id),
        starts_at=wall_clock(on, time(0), unit.zone),
        ends_at=wall_clock(on + timedelta(days=1), time(0), unit.zone),
        reason="Ventilation is serviced",
    )
    plan_closure(actor, closure_id=closed.closure.public_id)


def _dose_id(visit: Appointment) -> UUID:
    if visit.dose is None:
        raise ValueError("only visits for a dose are on the waiting list")
    return visit.dose.public_id
