"""Several visits moved in one transaction: all are taken off first, so that one may have the slot of another. Parts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from scheduling.errors import NotInThatState
from scheduling.models import Appointment, AppointmentEvent, MoveProposal
from scheduling.placing import insert_claims
from scheduling.selectors.errands import errand_of_visit
from scheduling.selectors.plan_states import plan_state
from scheduling.services.courses.proposals import close_proposal, recount
from scheduling.services.opening.hours import close_stranded
from scheduling.services.visits.booking import check_placing, free, refuse_overlap, reread, retime
from scheduling.services.visits.events import state_of, write_event
from scheduling.services.visits.placement import claims_for, clear_the_way
from scheduling.services.visits.wanted import Visit, Wanted, visit_for
from scheduling.services.waiting.endings import end_offers_about
from units.actors import Actor


@dataclass(frozen=True, slots=True)
class TakenOff:
    """A visit on its way: its record under the locks, and where it stood."""

    appointment: Appointment
    previous: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SetDown:
    """A visit whose record has its new times, and which takes nothing yet."""

    taken_off: TakenOff
    visit: Visit


def take_off(seen: Appointment, *, version: int | None) -> TakenOff:
    """The visit takes nothing any more. Under its locks. Raises StalePage, NotInThatState."""
    appointment = reread(seen, version=version)
    if appointment.status != Appointment.Status.BOOKED:
        raise NotInThatState(f"This visit is {appointment.get_status_display().lower()} and cannot be moved.")
    return TakenOff(appointment, state_of(appointment, free(appointment)))


def set_down(actor: Actor, *, moving: TakenOff, wanted: Wanted, at: datetime) -> SetDown:
    """The visit's record has its new times; what it takes comes once all have been set down (`settle`).

    Raises: SlotTaken, SlotNotOffered, PatientElsewhere, DoseReservedByOther, NotFound.
    """
    appointment = moving.appointment
    visit = visit_for(actor, errand_of_visit(actor, appointment), wanted, moving_id=appointment.pk)
    refusal = clear_the_way(actor, visit, at=at, moving_id=appointment.pk)
    if refusal is not None:
        raise refusal
    # A constraint keeps a patient out of two visits at once; asked first, it can be said.
    refuse_overlap(appointment, visit.arrives_at, visit.slot.leave_at)
    retime(appointment, visit, at=at, override_reason="")
    return SetDown(moving, visit)


def settle(actor: Actor, *, moved: SetDown, reason: str, at: datetime, together: UUID | None = None) -> None:
    """Everything is asked again, no limit of the dose overridden; then the visit takes its slot and it is told."""
    visit, appointment = moved.visit, moved.taken_off.appointment
    plan = plan_state(visit.dose.plan_id, visit.unit) if visit.dose else None
    check_placing(actor, visit, plan, override_reason="", at=at, moving=appointment)
    claims = claims_for(visit)
    insert_claims(claims, dose_id=visit.errand.dose_pk, appointment_id=appointment.pk)
    write_event(
        actor,
        appointment,
        AppointmentEvent.Kind.MOVED,
        at=at,
        claims=claims,
        previous=moved.taken_off.previous,
        reason=reason,
        together=together,
    )
    outcome = reason or "The visit was moved."
    close_proposal(appointment, MoveProposal.State.MOVED, outcome, at=at, by=actor.name)
    close_stranded(appointment, at=at)
    end_offers_about(appointment, "The visit was moved.", at=at)


def count_on_from(moved: Iterable[SetDown], *, at: datetime) -> None:
    """Later doses of each plan count from the new days; other visits that no longer fit are proposed to be moved."""
    plans: dict[int, list[Visit]] = {}
    for one in moved:
        if one.visit.dose is not None:
            plans.setdefault(one.visit.dose.plan_id, []).append(one.visit)
    for visits in plans.values():
        days = {visit.dose.sequence: visit.on for visit in visits if visit.dose is not None}
        if (dose := visits[0].dose) is not None:
            recount(dose.plan, unit=visits[0].unit, at=at, moved=days)
