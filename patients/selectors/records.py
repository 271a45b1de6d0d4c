"""What pages and the API read of a patient's record: only the actor's units', each list in one query."""

from __future__ import annotations

from uuid import UUID

from django.db.models import F, QuerySet

from patients.models import (
    AccessEntry,
    AntithromboticRow,
    AntithromboticTable,
    AntithromboticUse,
    Authorisation,
    Carer,
    Check,
    Consent,
    Flag,
    NoGoTime,
    Patient,
    WorklistItem,
)
from patients.selectors.finding import patients_of
from units.actors import Actor
from units.errors import NotFound
from units.policy import Act
from units.scope import scoped


def patient_by_public_id(actor: Actor, public_id: UUID) -> Patient:
    """One patient with unit and flags at hand: two queries.

    Raises: NotFound, for a patient of another unit as for one that is not there.
    """
    patient = patients_of(actor).filter(public_id=public_id).first()
    if patient is None:
        raise NotFound("There is no such patient among yours.")
    return patient


def carers_of(actor: Actor, patient: Patient) -> QuerySet[Carer]:
    """Who looks after the patient."""
    return scoped(Carer.objects.filter(patient=patient), actor, Act.VIEW_PATIENTS, through="patient__unit_id")


def flags_of(actor: Actor, patient: Patient) -> QuerySet[Flag]:
    """What the banner says: alerts before needs."""
    return scoped(Flag.objects.filter(patient=patient), actor, Act.VIEW_PATIENTS, through="patient__unit_id")


def no_go_times_of(actor: Actor, patient: Patient) -> QuerySet[NoGoTime]:
    """When the patient had better not be in the unit."""
    return scoped(NoGoTime.objects.filter(patient=patient), actor, Act.VIEW_PATIENTS, through="patient__unit_id")


def consents_of(actor: Actor, patient: Patient) -> QuerySet[Consent]:
    """The consents on record, latest first."""
    consents = scoped(Consent.objects.filter(patient=patient), actor, Act.VIEW_PATIENTS, through="patient__unit_id")
    return consents.select_related("patient")


def authorisations_of(actor: Actor, patient: Patient) -> QuerySet[Authorisation]:
    """Who pays, and until when; the longest first."""
    return scoped(Authorisation.objects.filter(patient=patient), actor, Act.VIEW_PATIENTS, through="patient__unit_id")


def checks_of(actor: Actor, patient: Patient) -> QuerySet[Check]:
    """The checks on record, latest first, also those struck out."""
    checks = scoped(Check.objects.filter(patient=patient), actor, Act.VIEW_PATIENTS, through="patient__unit_id")
    return checks.select_related("patient")


def antithrombotics_of(actor: Actor, patient: Patient) -> QuerySet[AntithromboticUse]:
    """Medicines against clotting: those taken now first."""
    uses = scoped(
        AntithromboticUse.objects.filter(patient=patient), actor, Act.VIEW_PATIENTS, through="patient__unit_id"
    )
    return uses.select_related("patient").order_by(F("stopped_on").desc(nulls_first=True), "medicine")


def medicines_of_table(actor: Actor, patient: Patient) -> list[str]:
    """The medicines that the table in use at the patient's unit names."""
    rows = scoped(AntithromboticRow.objects.all(), actor, Act.VIEW_PATIENTS, through="table__unit_id")
    rows = rows.filter(table__unit=patient.unit_id, table__status=AntithromboticTable.Status.ACTIVE)
    return list(rows.values_list("medicine", flat=True))


def access_entries_of(actor: Actor, patient: Patient) -> QuerySet[AccessEntry]:
    """Who opened the patient's record, latest first; empty for those who may not see history."""
    return scoped(AccessEntry.objects.filter(patient=patient), actor, Act.VIEW_HISTORY, through="patient__unit_id")


def escalations_of(actor: Actor, patient: Patient) -> QuerySet[WorklistItem]:
    """Red flags of the patient that no doctor has dealt with yet, the first recorded first."""
    items = WorklistItem.objects.filter(patient=patient, kind=WorklistItem.Kind.ESCALATION, done_at__isnull=True)
    return scoped(items, actor, Act.VIEW_PATIENTS).order_by("opened_at", "pk")
