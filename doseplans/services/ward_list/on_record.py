"""What is on record already about the people of a list: a fixed number of queries, however long the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Prefetch, Q
from django.db.models.functions import Upper

from doseplans.models import Administration, DosePlan, PlanHold, Protocol
from doseplans.wardlist import WardRow
from doseplans.wardlist.cells import folded
from patients.models import Patient
from units.models import Unit


@dataclass(slots=True)
class OnRecord:
    """The unit's patients of the list by number, and NHS numbers that other units have on record."""

    by_hospital_number: dict[str, Patient] = field(default_factory=dict)
    by_nhs_number: dict[str, Patient] = field(default_factory=dict)
    elsewhere: frozenset[str] = frozenset()
    plans: dict[int, DosePlan] = field(default_factory=dict)
    given: dict[int, tuple[date, ...]] = field(default_factory=dict)

    def patient_of(self, row: WardRow) -> Patient | None:
        """Whoever has the row's hospital number here, else its NHS number."""
        return self.by_hospital_number.get(folded(row.who.hospital_number)) or self.by_nhs_number.get(
            row.who.nhs_number or ""
        )

    def plan_of(self, patient: Patient) -> DosePlan | None:
        """The patient's plan of the list's protocol: the live one, else the last."""
        return self.plans.get(patient.pk)


def look_up(unit: Unit, protocol: Protocol, rows: Sequence[WardRow]) -> OnRecord:
    """What the unit has on record about the people of these rows."""
    hospital_numbers = {row.who.hospital_number for row in rows}
    nhs_numbers = {row.who.nhs_number for row in rows if row.who.nhs_number}
    people = (
        Patient.objects.annotate(number=Upper("hospital_number"))
        .filter(Q(unit=unit, number__in=hospital_numbers) | Q(nhs_number__in=nhs_numbers))
        .select_related("unit")
        .prefetch_related("flags", "carers", "consents", "authorisations")
    )
    ours = [patient for patient in people if patient.unit_id == unit.pk]
    known = OnRecord(
        by_hospital_number={folded(patient.hospital_number): patient for patient in ours},
        by_nhs_number={patient.nhs_number: patient for patient in ours if patient.nhs_number},
        elsewhere=frozenset(
            patient.nhs_number for patient in people if patient.unit_id != unit.pk and patient.nhs_number
        ),
    )
    if ours:
        _add_plans(known, protocol, [patient.pk for patient in ours])
    return known


def _add_plans(known: OnRecord, protocol: Protocol, patient_keys: list[int]) -> None:
    standing = PlanHold.objects.filter(lifted_at__isnull=True)
    # A plan may follow an earlier version of the protocol: it is the same treatment.
    plans = DosePlan.objects.filter(patient__in=patient_keys, protocol__code=protocol.code).prefetch_related(
        Prefetch("holds", queryset=standing, to_attr="standing_holds")
    )
    for plan in plans.order_by("created_at", "pk"):
        before = known.plans.get(plan.patient_id)
        if before is None or before.ended_on is not None:
            known.plans[plan.patient_id] = plan
    days: dict[int, list[date]] = {}
    records = Administration.objects.filter(
        dose__plan__in=[plan.pk for plan in known.plans.values()], is_entered_in_error=False
    )
    for plan_id, given_on in records.order_by("dose__sequence").values_list("dose__plan", "given_on"):
        days.setdefault(plan_id, []).append(given_on)
    known.given = {plan_id: tuple(given) for plan_id, given in days.items()}
