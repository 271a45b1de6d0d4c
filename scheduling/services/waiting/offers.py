"""A slot that came free is offered to patients of the waiting list, and the first to accept has it.

Every act takes the locks of all patients it was offered to, then the offer's row: two who accept at once, an answer
and the end of the offer, an answer and a change of the visit wait for each other, in one order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from doseplans.models import ProtocolPhase
from patients.models import WorklistItem
from patients.services import open_item
from scheduling.engine.ticks import TICK_MINUTES, day_words, instant_at
from scheduling.engine.visit import Phases
from scheduling.errors import CannotOffer, OfferOver, StalePage
from scheduling.locking import patient_key, person_key
from scheduling.models import Appointment, AppointmentEvent, EarlierWish, Offer, OfferedVisit, Reservation
from scheduling.placing import Claim, insert_claims
from scheduling.selectors.demands import demands_of_all
from scheduling.selectors.errands import errand_for_dose
from scheduling.selectors.plan_states import plan_state
from scheduling.selectors.waiting import offer_for, offered_for, unit_with_room, why_offer_over, why_offered_over
from scheduling.services.visits.booking import book_appointment, move_appointment, refuse_overlap
from scheduling.services.visits.gates import check_gates
from scheduling.services.visits.placement import check_not_past, claims_for, clear_the_way
from scheduling.services.visits.wanted import Visit, Wanted, day_keys, keys_of, visit_for
from scheduling.services.waiting.backfill import Candidate, backfills
from scheduling.services.waiting.endings import (
    answer,
    call_key,
    close_if_nobody_is_left,
    close_offer,
    let_others_know,
    tell_of,
    when_in_words,
)
from units.actors import Actor
from units.errors import ClinicError, NotFound, invalid
from units.history import recorded_as
from units.models import Unit
from units.policy import Act

STANDS_MINUTES = 120
"""So long an offer stands where nobody says otherwise, and never past the arrival. Local policy."""

SHORTEST_MINUTES, LONGEST_MINUTES = 10, 3 * 24 * 60
MOST_PATIENTS = 5
"""An offer goes to so many at most: each but one is disappointed. Local policy."""

State = OfferedVisit.State
Kind = AppointmentEvent.Kind


@dataclass(frozen=True, slots=True)
class Opening:
    """The slot that is offered: room and operator by public id, and when the procedure starts."""

    room: UUID
    operator: UUID
    procedure_at: datetime


# --- making ----------------------------------------------------------------------------------------------------------
def make_offer(actor: Actor, *, opening: Opening, dose_ids: Sequence[UUID], minutes: int = STANDS_MINUTES) -> Offer:
    """The slot is kept for these doses' patients until one accepts or the offer has run out; each is told.

    `minutes`: how long it stands, cut to the first arrival. Raises: NotFound, NotAllowed, InvalidInput, CannotOffer,
    and what placing refuses (SlotTaken, SlotNotOffered).
    """
    unit = unit_with_room(actor, opening.room)
    actor.require(Act.BOOK, unit.pk)
    at = timezone.now()
    settle_offers(at=at, unit=unit)  # who was asked by one that has run out may be asked again
    chosen = _chosen(actor, unit, opening, dose_ids, minutes, at=at)
    visits = [_visit(actor, one, opening) for one in chosen]
    current = [one.visit for one in chosen if one.visit is not None]
    keys = set().union(*(visit.keys() for visit in visits), *(keys_of(visit) for visit in current))
    with recorded_as(actor, act="make_offer", locks=keys):
        refusal = _still(actor, chosen, visits, at=at)
        if refusal is None:
            return _make(actor, chosen, visits, minutes, at=at)
    raise refusal


def _chosen(
    actor: Actor, unit: Unit, opening: Opening, dose_ids: Sequence[UUID], minutes: int, *, at: datetime
) -> list[Candidate]:
    if not 1 <= len(set(dose_ids)) <= MOST_PATIENTS:
        raise invalid("doses", f"Choose one patient to ask, or up to {MOST_PATIENTS}.")
    if not SHORTEST_MINUTES <= minutes <= LONGEST_MINUTES:
        raise invalid("minutes", "An offer stands for ten minutes at least and three days at most.")
    wanted = (opening.room, opening.operator, opening.procedure_at)
    found = (
        one
        for one in backfills(actor, unit=unit, at=at)
        if (one.freed.room.public_id, one.freed.operator.public_id, one.freed.procedure_at) == wanted
    )
    backfill = next(found, None)
    if backfill is None:
        raise CannotOffer("That slot is not free any more. Look at the waiting list again.")
    against = next((one.against for one in backfill.left_out if one.dose.public_id in dose_ids), None)
    if against:
        raise CannotOffer(f"Somebody you chose cannot have it: {against.rstrip('.')}. Look at the list again.")
    chosen = [one for one in backfill.allowed if one.dose.public_id in dose_ids]
    if len(chosen) != len(set(dose_ids)):
        raise CannotOffer("Somebody you chose is not on the waiting list any more. Look at it again.")
    return chosen


def _visit(actor: Actor, one: Candidate, opening: Opening) -> Visit:
    errand = errand_for_dose(actor, one.dose.public_id)
    arrive_at = opening.procedure_at - timedelta(minutes=TICK_MINUTES * errand.phases.before)
    wanted = Wanted(arrive_at, opening.room, opening.operator)
    return visit_for(actor, errand, wanted, moving_id=one.visit.pk if one.visit else None)


def _still(actor: Actor, chosen: Sequence[Candidate], visits: Sequence[Visit], *, at: datetime) -> ClinicError | None:
    """Under the locks: what was chosen is still so, and the way is clear. Returns or raises the refusal."""
    for one, visit in zip(chosen, visits, strict=True):
        _reread(one)
        check_not_past(visit, at=at)
        check_gates(
            actor,
            one.dose,
            plan_state(one.dose.plan_id, visit.unit),
            on=visit.on,
            today=visit.unit.local_date(at),
            override_reason="",
            moving_id=one.visit.pk if one.visit else None,
        )
        if one.visit is not None:
            refuse_overlap(one.visit, visit.slot.arrive_at, visit.slot.leave_at)
        refusal = clear_the_way(actor, visit, at=at, moving_id=one.visit.pk if one.visit else None)
        if refusal is not None:
            return refusal
    return None


def _reread(one: Candidate) -> None:
    """Raises StalePage where the wish or the visit is not what was looked at a moment ago."""
    stands = EarlierWish.objects.filter(pk=one.wish.pk, ended_at__isnull=True).exists()
    seen = one.visit
    if seen is not None:
        stands = (
            stands
            and Appointment.objects.filter(pk=seen.pk, status=Appointment.Status.BOOKED, version=seen.version).exists()
        )
    if not stands:
        raise StalePage("The waiting list has changed since your page was loaded. Look at it again.")


def _make(actor: Actor, chosen: Sequence[Candidate], visits: Sequence[Visit], minutes: int, *, at: datetime) -> Offer:
    first = visits[0]
    starts_at = min(visit.slot.arrive_at for visit in visits)
    expires_at = min(at + timedelta(minutes=minutes), starts_at)
    if expires_at < at + timedelta(minutes=SHORTEST_MINUTES):
        raise CannotOffer("It begins too soon for an offer. Ring the first on the list and move their visit.")
    offer = Offer.objects.create(
        unit=first.unit,
        room_id=first.room.pk,
        operator_id=first.operator.pk,
        procedure_at=first.slot.procedure_at,
        starts_at=starts_at,
        ends_at=max(visit.slot.leave_at for visit in visits),
        expires_at=expires_at,
        made_at=at,
        made_by_id=actor.user_id,
        made_by_name=actor.name,
    )
    reservation = Reservation.objects.create(
        unit=offer.unit,
        offer=offer,
        reserved_by_id=actor.user_id,
        reserved_by_name=actor.name,
        starts_at=offer.starts_at,
        ends_at=offer.ends_at,
        expires_at=offer.expires_at,
    )
    insert_claims(_claims_for_all(visits), dose_id=None, reservation_id=reservation.pk)
    for rank, (one, visit) in enumerate(zip(chosen, visits, strict=True), start=1):
        offered = OfferedVisit.objects.create(
            offer=offer,
            wish=one.wish,
            dose=one.dose,
            appointment=one.visit,
            rank=rank,
            starts_at=visit.slot.arrive_at,
            ends_at=visit.slot.leave_at,
        )
        _ask(actor, offered, at=at)
    return offer


def _claims_for_all(visits: Sequence[Visit]) -> list[Claim]:
    """Claims under which any of the visits fits: the longest procedure, a place until the last would leave, and the
    help, the place and the device that any of them asks for.
    """
    every = [visit.slot.phases for visit in visits]
    longest = max(phases.procedure for phases in every)
    stay = max((phases.procedure + phases.stay for phases in every if phases.stay), default=longest) - longest
    widest = Phases(
        before=max(phases.before for phases in every),
        procedure=longest,
        recovery=max(0, stay),
        discharge=max(0, max(phases.procedure + phases.after for phases in every) - longest - max(0, stay)),
    )
    for visit in visits[1:]:
        claims_for(visit)  # refuses what another patient's needs do not allow
    first = visits[0]
    errand = replace(first.errand, demands=demands_of_all([visit.errand.demands for visit in visits]))
    claims = claims_for(replace(first, errand=errand, slot=replace(first.slot, phases=widest)))
    recovers_at = instant_at(first.slot.procedure + min(phases.procedure for phases in every))
    is_stay = ProtocolPhase.Phase.RECOVERY
    return [replace(claim, starts_at=recovers_at) if claim.phase == is_stay else claim for claim in claims]


def _ask(actor: Actor, offered: OfferedVisit, *, at: datetime) -> None:
    """Who has a visit is written to as about the visit; who has none is rung."""
    if offered.appointment is not None:
        tell_of(actor, offered, Kind.OFFERED, at=at)
        return
    patient = offered.dose.plan.patient
    until = patient.unit.local(offered.offer.expires_at)
    open_item(
        unit=patient.unit,
        patient=patient,
        kind=WorklistItem.Kind.CALL,
        key=call_key(offered),
        title="Offer the patient an earlier time",
        detail=f"{when_in_words(offered)}. Kept until {day_words(until.date())}, {until:%H:%M}. Not booked yet.",
        due_at=at,
    )


# --- answering -------------------------------------------------------------------------------------------------------
def accept_offer(actor: Actor, *, offered_id: UUID) -> Appointment:
    """The patient has the slot: their visit is moved there, or booked where they had none, and the others are told.

    Raises OfferOver for everybody but the first and after the offer's end; else what moving or booking refuses.
    """
    offered = offered_for(actor, offered_id)
    actor = _answering(actor, offered)
    offer, current = offered.offer, offered.appointment
    keys = _keys_of(offer) | day_keys(offer.unit, offer.starts_at, offer.ends_at)
    if current is not None:
        keys |= keys_of(current)
    if offer.operator.also_works_in.exists():
        keys.add(person_key(offer.operator_id))
    with recorded_as(actor, act="accept_offer", locks=keys):
        offer, others = _lock(offer)
        at = timezone.now()
        offered = next(one for one in others if one.pk == offered.pk)
        _refuse_over(offer, offered, at=at)
        Reservation.objects.filter(offer=offer).delete()
        answer(offered, State.ACCEPTED, "", at=at, by=actor.name)
        visit = _place(actor, offered)
        offered.event = visit.events.order_by("-pk").first()
        offered.save(update_fields=["event"])
        close_offer(offer, Offer.State.ACCEPTED, "", at=at, by=actor.name)
        let_others_know(actor, others, State.MISSED, "Somebody else was first.", at=at)
        wish = EarlierWish.objects.filter(pk=offered.wish_id, ended_at__isnull=True)
        wish.update(ended_at=at, outcome=f"An earlier time was accepted: {when_in_words(offered)}.")
    return visit


def _answering(actor: Actor, offered: OfferedVisit) -> Actor:
    """In whose hand the rest is done. A patient's own yes is carried out by the product, under the patient's name for
    the record: they may answer what was offered to them, and place nothing else.
    """
    if actor.may_own(Act.RECORD_ANSWER, offered.dose.plan.patient_id):
        return Actor.system(actor.name)
    actor.require(Act.BOOK, offered.offer.unit_id)
    return actor


def _place(actor: Actor, offered: OfferedVisit) -> Appointment:
    offer = offered.offer
    wanted = Wanted(offered.starts_at, offer.room.public_id, offer.operator.public_id)
    if offered.appointment is None:
        return book_appointment(actor, dose_id=offered.dose.public_id, wanted=wanted)
    return move_appointment(
        actor,
        appointment_id=offered.appointment.public_id,
        wanted=wanted,
        reason="An earlier time was offered and accepted.",
    )


def decline_offer(actor: Actor, *, offered_id: UUID, reason: str = "") -> OfferedVisit:
    """The patient does not want it; their visit and their wish stay. With the last one the slot is free.

    Raises OfferOver.
    """
    seen = offered_for(actor, offered_id)
    actor = _answering(actor, seen)
    with recorded_as(actor, act="decline_offer", reason=reason, locks=_keys_of(seen.offer)):
        offer, others = _lock(seen.offer)
        at = timezone.now()
        offered = next(one for one in others if one.pk == seen.pk)
        _refuse_over(offer, offered, at=at)
        answer(offered, State.DECLINED, reason.strip() or "The patient declined.", at=at, by=actor.name)
        close_if_nobody_is_left(offer, at=at)
    return offered


def withdraw_offer(actor: Actor, *, offer_id: UUID, reason: str = "") -> Offer:
    """The slot is free again, and who was asked is told kindly. Raises OfferOver where it has ended already."""
    seen = offer_for(actor, offer_id)
    actor.require(Act.BOOK, seen.unit_id)
    with recorded_as(actor, act="withdraw_offer", reason=reason, locks=_keys_of(seen)):
        offer, _ = _lock(seen)
        if offer.state != Offer.State.OPEN:
            raise OfferOver(f"This offer is over already. {why_offer_over(offer, at=timezone.now())}")
        _end(actor, offer, Offer.State.WITHDRAWN, reason.strip(), at=timezone.now(), by=actor.name)
    return offer


def _refuse_over(offer: Offer, offered: OfferedVisit, *, at: datetime) -> None:
    if offered.state in {State.ACCEPTED, State.DECLINED}:
        when = offer.unit.local(offered.answered_at or at)
        raise OfferOver(f"This patient {offered.state} the offer already, at {when:%H:%M}.")
    if why := why_offer_over(offer, at=at):
        raise OfferOver(f"{why} The visit stays as it is.")
    if offered.state != State.ASKED:
        raise OfferOver(f"{offered.note or offered.get_state_display()} The visit stays as it is.")


def _keys_of(offer: Offer) -> set[int]:
    patients = OfferedVisit.objects.filter(offer=offer).values_list("dose__plan__patient_id", flat=True)
    return {patient_key(key) for key in patients}


def _lock(offer: Offer) -> tuple[Offer, list[OfferedVisit]]:
    """The offer and everybody it was made to, as they stand now that the locks are held."""
    locked = (
        Offer.objects.select_for_update(of=("self",), no_key=True)
        .select_related("unit", "room", "operator")
        .filter(pk=offer.pk)
        .first()
    )
    if locked is None:
        raise NotFound("There is no such offer in your units.")
    return locked, _offered(locked)


def _offered(offer: Offer) -> list[OfferedVisit]:
    rows = offer.offered.select_related("dose__plan__patient__unit", "appointment__unit", "appointment__patient")
    found = list(rows.order_by("rank"))
    for one in found:
        one.offer = offer
    return found


# --- ending ----------------------------------------------------------------------------------------------------------
def settle_offers(*, at: datetime, unit: Unit | None = None) -> int:
    """Offers (of the unit) that have run out, or that nobody can have any more, are ended with words. Returns how many.

    Run by the sweep; accepting, booking and sending ask for themselves and do not wait for it.
    """
    worker, ended = Actor.system("Offers"), 0
    opened = Offer.objects.filter(state=Offer.State.OPEN)
    for seen in opened.filter(unit=unit) if unit else opened:
        with recorded_as(worker, act="settle_offers", locks=_keys_of(seen)):
            offer, offered = _lock(seen)
            if offer.state != Offer.State.OPEN:
                continue
            if offer.expires_at <= at:
                _end(worker, offer, Offer.State.EXPIRED, "It ran out.", at=at)
            elif why := why_offer_over(offer, at=at):
                _end(worker, offer, Offer.State.OVER, why, at=at)
            else:
                for one in offered:
                    if one.state == State.ASKED and (why := why_offered_over(one, at=at)):
                        answer(one, State.OVER, why, at=at)
                close_if_nobody_is_left(offer, at=at)
            ended += offer.state != Offer.State.OPEN
    return ended


def _end(actor: Actor, offer: Offer, state: str, outcome: str, *, at: datetime, by: str = "") -> None:
    close_offer(offer, state, outcome, at=at, by=by)
    note = why_offer_over(offer, at=at) if state != Offer.State.OVER else outcome
    let_others_know(actor, _offered(offer), State.MISSED if state == "expired" else State.OVER, note, at=at)
