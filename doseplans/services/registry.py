"""The yearly return of a plan's data to the medicine's registry, as work for a person."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db.models import Min, Q

from doseplans.calculus.months import add_months
from doseplans.models import DosePlan
from patients.models import WorklistItem
from patients.services import open_item


def open_registry_returns(at: datetime) -> int:
    """Each live plan whose last return, or first dose, is a year ago has an item on the worklist. Returns how many.

    A year is twelve calendar months; after 29 February it ends on 28 February.
    """
    plans = (
        DosePlan.objects.filter(
            protocol__needs_registry_return=True, ended_on__isnull=True, patient__deceased_at__isnull=True
        )
        .annotate(
            first_on=Min(
                "doses__administrations__given_on", filter=Q(doses__administrations__is_entered_in_error=False)
            )
        )
        .select_related("patient__unit", "protocol")
    )
    opened = 0
    for plan in plans:
        since: date | None = plan.registry_returned_on or plan.first_on
        unit = plan.patient.unit
        if since is None or return_due_on(since) > unit.local_date(at):
            continue
        due_on = return_due_on(since)
        opened += open_item(
            unit=unit,
            patient=plan.patient,
            kind=WorklistItem.Kind.REGISTRY,
            key=f"registry:{plan.public_id}",
            title="Return to the registry",
            detail=f"{plan.protocol.name}: the yearly data are due.",
            due_at=datetime.combine(due_on, time(12), tzinfo=unit.zone),
        )
    return opened


def return_due_on(since: date) -> date:
    """A year later.

    >>> return_due_on(date(2024, 2, 29)).isoformat()
    '2025-02-28'
    """
    return date.fromordinal(add_months(since.toordinal(), 12))
