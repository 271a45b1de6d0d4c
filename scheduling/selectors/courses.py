"""A course of treatment and its visits: what somebody must see before they hold it, go on with it, or end it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from uuid import UUID

from django.db.models import QuerySet

from doseplans.calculus import Given, ProjectedDose, project
from doseplans.models import Administration, Dose, DoseDecision, DosePlan
from patients.models import Patient
from scheduling.models import LIVE, Appointment
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


def next_dose_of(actor: Actor, plan: DosePlan) -> Dose | None:
    """The plan's first dose that is neither given nor left out; None where there is none."""
    given = Administration.objects.filter(dose__plan=plan, is_entered_in_error=False).values("dose")
    omitted = DoseDecision.objects.filter(
        dose__plan=plan, kind=DoseDecision.Kind.OMIT, withdrawn_at__isnull=True
    ).values("dose")
    doses = scoped(Dose.objects.filter(plan=plan), actor, Act.VIEW_PLANS, through="plan__patient__unit_id")
    return doses.exclude(pk__in=given).exclude(pk__in=omitted).order_by("sequence").first()


def coming_dates(actor: Actor, plan: DosePlan, *, on: date, decided: date | None = None) -> Sequence[ProjectedDose]:
    """The plan's doses from the next one on, as they would be counted on that day; nothing is saved.

    `decided` is a day that a clinician would set for the next dose. Booked visits count as for every projection.
    """
    given = Administration.objects.filter(dose__plan=plan, is_entered_in_error=False)
    history = list(given.values_list("dose__sequence", "given_on"))
    live = DoseDecision.objects.filter(dose__plan=plan, withdrawn_at__isnull=True)
    days: dict[str, dict[int, int]] = {DoseDecision.Kind.DATE: {}, DoseDecision.Kind.OMIT: {}}
    for kind, sequence, day in live.values_list("kind", "dose__sequence", "on"):
        days[kind][sequence] = day.toordinal()
    following = next_dose_of(actor, plan)
    if following is None:
        return ()
    if decided is not None:
        days[DoseDecision.Kind.DATE][following.sequence] = decided.toordinal()
    doses = project(
        plan.rule,
        [Given(sequence, day.toordinal()) for sequence, day in history],
        starts_on=plan.starts_on.toordinal(),
        expected={sequence: day.toordinal() for sequence, day in _booked_days(actor, plan).items()},
        at=on.toordinal(),
        decided=days[DoseDecision.Kind.DATE],
        omitted=days[DoseDecision.Kind.OMIT],
    )
    return tuple(dose for dose in doses if dose.sequence >= following.sequence)


def _booked_days(actor: Actor, plan: DosePlan) -> Mapping[int, date]:
    visits = scoped(Appointment.objects.all(), actor, Act.VIEW_SCHEDULE).filter(dose__plan=plan, status__in=LIVE)
    unit = plan.patient.unit
    return {
        sequence: unit.local_date(starts_at)
        for sequence, starts_at in visits.values_list("dose__sequence", "starts_at")
    }
