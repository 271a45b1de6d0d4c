"""The waiting list: wishes to come earlier, slots that came free, and offers. What the desk and the API read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet

from doseplans.models import Administration, DosePlan, PlanHold
from patients.models import Patient
from scheduling.engine.ticks import ceil_tick, floor_tick, overlaps, wall_clock
from scheduling.engine.visit import Phase
from scheduling.models import (
    LIVE,
    Appointment,
    AppointmentEvent,
    Closure,
    EarlierWish,
    Offer,
    OfferedVisit,
    Resource,
)
from scheduling.selectors.lists import closed_stretches, taken_ticks
from units.actors import Actor
from units.errors import NotFound
from units.models import Unit
from units.policy import Act
from units.scope import scoped

BACKFILL_DAYS = 14
"""Slots that come free within so many days are offered; later ones are found by whoever books. Local policy."""

FREED_WITHIN = timedelta(days=60)
"""What was freed longer ago is an ordinary free slot."""

SHOWN_AFTER = timedelta(days=7)
"""Offers that are over stay on the page for so long."""

Kind = AppointmentEvent.Kind


def wishes(actor: Actor) -> QuerySet[EarlierWish]:
    """The wishes of the actor's units, with dose, plan, patient, unit and protocol."""
    rows = scoped(EarlierWish.objects.all(), actor, Act.VIEW_SCHEDULE, through="dose__plan__patient__unit_id")
    return rows.select_related("dose__plan__patient__unit", "dose__plan__protocol")


def live_wishes(actor: Actor, *, unit: Unit, at: datetime) -> list[EarlierWish]:
    """Those that count now, who waits longest first. Protocols are one object each, so that their rules are read once.

    Each with `visit`, the dose's live visit or None. Two queries.
    """
    given = Administration.objects.filter(dose=OuterRef("dose"), is_entered_in_error=False)
    rows = list(
        wishes(actor).filter(
            ~Exists(given),
            ended_at__isnull=True,
            holds_until__gte=unit.local_date(at),
            dose__plan__patient__unit=unit,
            dose__plan__patient__deceased_at__isnull=True,
            dose__plan__ended_on__isnull=True,
        )
    )
    booked = Appointment.objects.filter(dose__in=[row.dose_id for row in rows], status__in=LIVE)
    visits = {visit.dose_id: visit for visit in booked.select_related("unit")}
    protocols: dict[int, Any] = {}
    found = []
    for row in rows:
        plan: DosePlan = row.dose.plan
        plan.protocol = protocols.setdefault(plan.protocol_id, plan.protocol)
        row.visit = visits.get(row.dose_id)  # type: ignore[attr-defined]  # read by its pages
        if row.visit is None or (row.visit.status == Appointment.Status.BOOKED and row.visit.starts_at > at):  # type: ignore[attr-defined]
            found.append(row)
    return found


def wish_for(actor: Actor, wish_id: UUID) -> EarlierWish:
    """The wish; NotFound outside the actor's units."""
    wish = wishes(actor).filter(public_id=wish_id).first()
    if wish is None:
        raise NotFound("There is no such wish in your units.")
    return wish


def wish_of_dose(actor: Actor, dose_id: UUID) -> EarlierWish | None:
    """The wish that stands for a dose, if there is one."""
    return wishes(actor).filter(dose__public_id=dose_id, ended_at__isnull=True).first()


@dataclass(frozen=True, slots=True)
class FreedSlot:
    """Room and operator that a visit gave up and nobody has taken since.

    `patient_id` is who gave it up. `kind` is what happened to their visit, `freed_at` when.
    """

    room: Resource
    operator: Resource
    procedure_at: datetime
    kind: str
    freed_at: datetime
    patient_id: int

    @property
    def key(self) -> str:
        """Names the slot on a page and in a form."""
        return f"{self.room.public_id.hex[:8]}{self.operator.public_id.hex[:8]}{int(self.procedure_at.timestamp())}"


_Given = tuple[int, int, datetime, datetime]
"""Room, operator, and the procedure's start and end."""


def freed_slots(actor: Actor, *, unit: Unit, at: datetime) -> list[FreedSlot]:
    """Slots of the coming days that a cancelled, moved or missed visit left and that are free still, soonest first.

    Four queries. Read from what happened, so that whatever frees a visit feeds it: a hold, a death, another offer.
    """
    actor.require(Act.VIEW_SCHEDULE, unit.pk)
    last = wall_clock(unit.local_date(at) + timedelta(days=BACKFILL_DAYS + 1), time(0), unit.zone)
    events = (
        AppointmentEvent.objects.filter(
            kind__in=[Kind.CANCELLED, Kind.MOVED, Kind.NOSHOW],
            at__gte=at - FREED_WITHIN,
            appointment__unit=unit,
            undone_by__isnull=True,
        )
        .order_by("pk")
        .values_list("kind", "at", "appointment__patient_id", "snapshot__previous")
    )
    told = [(kind, freed_at, patient_id, old["placing"]) for kind, freed_at, patient_id, old in events if old]
    named = {row[0] for *_, placing in told for row in placing}
    resources = Resource.objects.filter(unit=unit, is_active=True) | Resource.objects.filter(
        also_works_in=unit, is_active=True
    )
    known = {one.pk: one for one in resources.filter(pk__in=named)}
    freed: dict[_Given, FreedSlot] = {}
    for kind, freed_at, patient_id, placing in told:
        given = _given_up(placing, known)
        if given is None or not at < given[2] < last:
            continue
        room, operator = known[given[0]], known[given[1]]
        freed[given] = FreedSlot(room, operator, given[2], kind, freed_at, patient_id)
    return _still_free(unit, freed, at=at, until=last)


def _given_up(placing: Sequence[Sequence[Any]], known: dict[int, Resource]) -> _Given | None:
    room = operator = None
    starts_at = ends_at = ""
    for resource_id, phase, starts, ends in placing:
        if phase != Phase.PROCEDURE or resource_id not in known:
            continue
        if known[resource_id].kind == Resource.Kind.ROOM:
            room = resource_id
        elif known[resource_id].kind == Resource.Kind.PERSON:
            operator, starts_at, ends_at = resource_id, starts, ends
    if not (room and operator):
        return None
    return room, operator, datetime.fromisoformat(starts_at), datetime.fromisoformat(ends_at)


def _still_free(unit: Unit, freed: dict[_Given, FreedSlot], *, at: datetime, until: datetime) -> list[FreedSlot]:
    ids = sorted({key for given in freed for key in given[:2]})
    if not ids:
        return []
    taken = [row[:3] for row in taken_ticks(ids, since=at, until=until, at=at, besides_dose_id=None)]
    taken += [
        (key, floor_tick(starts), ceil_tick(ends))
        for key, starts, ends in closed_stretches(unit, ids, since=at, until=until)
    ]

    def is_free(given: _Given) -> bool:
        first, last = floor_tick(given[2]), ceil_tick(given[3])
        return not any(key in given[:2] and overlaps(starts, ends, first, last) for key, starts, ends in taken)

    left = [slot for given, slot in freed.items() if is_free(given)]
    return sorted(left, key=lambda slot: (slot.procedure_at, slot.room.ordinal, slot.room.pk))


def offers(actor: Actor) -> QuerySet[Offer]:
    """The offers of the actor's units, the latest first, with everybody they were made to."""
    offered = OfferedVisit.objects.select_related("dose__plan__patient", "appointment", "wish").order_by("rank")
    return (
        scoped(Offer.objects.all(), actor, Act.VIEW_SCHEDULE)
        .select_related("unit", "room", "operator")
        .prefetch_related(Prefetch("offered", queryset=offered))
    )


def offers_to_show(actor: Actor, *, unit: Unit, at: datetime) -> list[Offer]:
    """Open offers of the unit, soonest to run out first, then those over within the last days, the latest first."""
    shown = Q(state=Offer.State.OPEN) | Q(made_at__gte=at - SHOWN_AFTER)
    rows = list(offers(actor).filter(shown, unit=unit))
    opened = [row for row in rows if row.state == Offer.State.OPEN]
    over = [row for row in rows if row.state != Offer.State.OPEN]
    return [
        *sorted(opened, key=lambda row: (row.expires_at, row.pk)),
        *sorted(over, key=lambda row: (row.ended_at or row.made_at, row.pk), reverse=True),
    ]


def offer_for(actor: Actor, offer_id: UUID) -> Offer:
    """The offer; NotFound outside the actor's units."""
    offer = offers(actor).filter(public_id=offer_id).first()
    if offer is None:
        raise NotFound("There is no such offer in your units.")
    return offer


def offered_to(actor: Actor) -> QuerySet[OfferedVisit]:
    """What was offered in the actor's units; for a patient and their carers what was offered to that patient."""
    if actor.own_patient_id is not None:
        return OfferedVisit.objects.filter(dose__plan__patient=actor.own_patient_id)
    return scoped(OfferedVisit.objects.all(), actor, Act.VIEW_SCHEDULE, through="offer__unit_id")


def offered_for(actor: Actor, offered_id: UUID) -> OfferedVisit:
    """What an offer is to one patient; NotFound outside the actor's units, or where it is not their own."""
    rows = offered_to(actor)
    offered = (
        rows.select_related("offer__unit", "offer__room", "offer__operator", "wish", "appointment__unit")
        .select_related("dose__plan__patient__unit", "dose__plan__protocol")
        .filter(public_id=offered_id)
        .first()
    )
    if offered is None:
        raise NotFound("There is no such offer in your units.")
    return offered


def unit_with_room(actor: Actor, room_id: UUID) -> Unit:
    """The unit whose procedure room that is; NotFound outside the actor's units."""
    rooms = scoped(Resource.objects.filter(kind=Resource.Kind.ROOM), actor, Act.VIEW_SCHEDULE)
    room = rooms.select_related("unit").filter(public_id=room_id).first()
    if room is None:
        raise NotFound("There is no such room in your units.")
    return room.unit


def waiting_of(actor: Actor, patient: Patient) -> list[EarlierWish]:
    """The patient's wishes that were not ended, oldest first."""
    return list(wishes(actor).filter(dose__plan__patient=patient, ended_at__isnull=True).order_by(F("asked_at")))


def why_offer_over(offer: Offer, *, at: datetime) -> str:
    """Why nobody can have the slot by this offer any more, in words; empty while somebody can."""
    if offer.state != Offer.State.OPEN:
        return _OVER[Offer.State(offer.state)]
    if offer.expires_at <= at:
        return _OVER[Offer.State.EXPIRED]
    closures = Closure.objects.filter(
        Q(resource__in=[offer.room_id, offer.operator_id]) | Q(resource__isnull=True, unit=offer.unit_id),
        starts_at__lt=offer.ends_at,
        ends_at__gt=offer.procedure_at,
    )
    closure = closures.select_related("resource", "unit").first()
    if closure is None:
        return ""
    shut = closure.resource
    return f"{shut} {shut.shut_words} then." if shut else f"{closure.unit} is closed then."


_OVER = {
    Offer.State.ACCEPTED: "Somebody else was first.",
    Offer.State.EXPIRED: "The offer has run out.",
    Offer.State.WITHDRAWN: "The offer was withdrawn.",
    Offer.State.OVER: "The offer is no longer possible.",
}


def why_offered_over(offered: OfferedVisit, *, at: datetime) -> str:
    """Why this patient cannot have the slot any more, in words; empty while they can. Placing asks more."""
    if offered.state != OfferedVisit.State.ASKED:
        return f"{offered.get_state_display()}."
    return why_offer_over(offered.offer, at=at) or _why_dose_not(offered)


def _why_dose_not(offered: OfferedVisit) -> str:
    dose, plan = offered.dose, offered.dose.plan
    if plan.patient.deceased_at is not None:
        return "The patient has died."
    if plan.ended_on is not None:
        return "The plan has ended."
    if PlanHold.objects.filter(plan=plan, lifted_at__isnull=True).exists():
        return "The plan is on hold."
    live = Appointment.objects.filter(dose=dose, status__in=LIVE).values_list("pk", "status").first()
    stands = (offered.appointment_id, Appointment.Status.BOOKED) if offered.appointment_id else None
    return "" if live == stands else "The visit was changed meanwhile."
