"""One visit, and the visits of a patient."""

from __future__ import annotations

from datetime import date, time, timedelta
from uuid import UUID

from django.db.models import QuerySet

from patients.models import Patient
from scheduling.engine.ticks import wall_clock
from scheduling.models import Appointment, MoveProposal
from units.actors import Actor
from units.errors import NotFound
from units.models import Unit
from units.policy import Act
from units.scope import scoped


def appointments(actor: Actor, *, act: Act = Act.VIEW_SCHEDULE) -> QuerySet[Appointment]:
    """The visits of the actor's units, with what every page shows of them."""
    return scoped(Appointment.objects.all(), actor, act).select_related(
        "unit", "patient", "visit_kind", "dose__plan__protocol", "dose__plan__patient__unit"
    )


def appointment_for(actor: Actor, appointment_id: UUID, *, act: Act = Act.VIEW_SCHEDULE) -> Appointment:
    """The visit; NotFound outside the actor's units, NotAllowed where the role may see it but not do `act`."""
    visit = appointments(actor).filter(public_id=appointment_id).first()
    if visit is None:
        raise NotFound("There is no such visit in your units.")
    actor.require(act, visit.unit_id)
    return visit


def visit_to_answer(actor: Actor, appointment_id: UUID) -> Appointment:
    """The visit whose answer the actor may record: one of their units', or their own. Raises NotFound, NotAllowed."""
    if actor.own_patient_id is None:
        return appointment_for(actor, appointment_id, act=Act.RECORD_ANSWER)
    visit = Appointment.objects.select_related("unit", "patient").filter(public_id=appointment_id).first()
    if visit is None or not actor.may_own(Act.RECORD_ANSWER, visit.patient_id):
        raise NotFound("There is no such visit.")
    return visit


def visits_of(actor: Actor, patient: Patient) -> QuerySet[Appointment]:
    """The patient's visits, latest first, without those entered in error."""
    return (
        appointments(actor)
        .filter(patient=patient)
        .exclude(status=Appointment.Status.ENTERED_IN_ERROR)
        .prefetch_related("allocations__resource")
        .order_by("-starts_at")
    )


def open_proposal_of(actor: Actor, appointment: Appointment) -> MoveProposal | None:
    """Why somebody is asked to move the visit, while nobody has decided."""
    actor.require(Act.VIEW_SCHEDULE, appointment.unit_id)
    return MoveProposal.objects.filter(appointment=appointment, state=MoveProposal.State.OPEN).first()


def proposals_beside(actor: Actor, appointment: Appointment) -> list[MoveProposal]:
    """What somebody has to decide about the other visits of its course, earliest visit first."""
    actor.require(Act.VIEW_SCHEDULE, appointment.unit_id)
    if appointment.dose is None:
        return []
    open_ones = MoveProposal.objects.filter(
        appointment__dose__plan=appointment.dose.plan_id, state=MoveProposal.State.OPEN
    )
    beside = open_ones.exclude(appointment=appointment).select_related("appointment__dose__plan__protocol")
    return list(beside.order_by("appointment__starts_at"))


def booked_on(actor: Actor, *, unit: Unit, on: date) -> QuerySet[Appointment]:
    """The unit's booked visits of a day, earliest first, with what they take."""
    since, until = (wall_clock(on + timedelta(days=n), time(0), unit.zone) for n in (0, 1))
    return (
        appointments(actor)
        .filter(unit=unit, status=Appointment.Status.BOOKED, starts_at__gte=since, starts_at__lt=until)
        .prefetch_related("allocations__resource")
        .order_by("starts_at", "pk")
    )
