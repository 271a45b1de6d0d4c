"""A course of treatment and its visits: what somebody must see before they hold it, go on with it, or end it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from uuid import UUID

from django.db.models import QuerySet

from doseplans.models import DosePlan
from patients.models import Patient
from scheduling.models import Appointment
from units.actors import Actor
from units.errors import NotFound
from units.models import Unit
from units.policy import Act
from units.scope import scoped

PATIENT_DIED = "The patient died."
"""Why a visit was cancelled, and a task closed, by a death: taking the death back finds them by it."""


def plan_for(actor: Actor, plan_id: UUID, *, act: Act = Act.VIEW_PLANS) -> DosePlan:
    """The plan with its patient, unit and protocol.

    Raises: NotFound outside the actor's units, NotAllowed where the role may see it but not do `act`.
    """
    plans = scoped(DosePlan.objects.all(), actor, Act.VIEW_PLANS, through="patient__unit_id")
    plan = plans.filter(public_id=plan_id).select_related("patient__unit", "protocol").first()
    if plan is None:
        raise NotFound("There is no such plan in your units.")
    actor.require(act, plan.patient.unit_id)
    return plan


def booked_of_plan(actor: Actor, plan: DosePlan, *, since: date) -> QuerySet[Appointment]:
    """The plan's booked visits from that day of the unit's on, in order of time."""
    return _booked(actor, plan.patient.unit, since).filter(dose__plan=plan)


def booked_of_patient(actor: Actor, patient: Patient, *, since: date) -> QuerySet[Appointment]:
    """The patient's booked visits from that day of the unit's on, with and without a plan, in order of time."""
    return _booked(actor, patient.unit, since).filter(patient=patient)


def _booked(actor: Actor, unit: Unit, since: date) -> QuerySet[Appointment]:
    visits = scoped(Appointment.objects.all(), actor, Act.VIEW_SCHEDULE)
    return (
        visits.filter(
            status=Appointment.Status.BOOKED, starts_at__gte=datetime.combine(since, time(), tzinfo=unit.zone)
        )
        .select_related("unit", "patient", "dose__plan__protocol")
        .order_by("starts_at", "pk")
    )


def freed_by_death(actor: Actor, patient: Patient) -> Sequence[Appointment]:
    """Visits that a death of the patient has cancelled, the latest of each dose, in order of time."""
    freed = (
        scoped(Appointment.objects.all(), actor, Act.VIEW_SCHEDULE)
        .filter(patient=patient, status=Appointment.Status.CANCELLED, cancellation_reason=PATIENT_DIED)
        .select_related("unit", "patient", "dose__plan__protocol")
        .order_by("pk")
    )
    latest = {visit.dose_id or f"visit {visit.pk}": visit for visit in freed}
    return sorted(latest.values(), key=lambda visit: visit.starts_at)
