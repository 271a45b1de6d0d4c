"""The visits of a day that was worked on paper, with what is on record of each; a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Prefetch, Q

from doseplans.models import Administration
from scheduling.models import Allocation, Appointment, AppointmentEvent
from scheduling.selectors.day_board import SHOWN, bounds_of
from units.actors import Actor
from units.models import Unit
from units.policy import Act
from units.scope import scoped


@dataclass(frozen=True, slots=True)
class PaperVisit:
    """A visit with its allocations read, and the record of its dose where that was given."""

    visit: Appointment
    given: Administration | None


def paper_day(actor: Actor, *, unit: Unit, on: date) -> tuple[PaperVisit, ...]:
    """Who was booked or came on the unit's local day, by arrival: also those whose dose was not given then."""
    actor.require(Act.RECORD_ADMINISTRATION, unit.pk)
    since, until = bounds_of(unit, on)
    not_given = AppointmentEvent.objects.filter(appointment=OuterRef("pk"), kind=AppointmentEvent.Kind.NOT_GIVEN)
    visits = list(
        scoped(Appointment.objects.all(), actor, Act.RECORD_ADMINISTRATION)
        .filter(
            Q(status__in=SHOWN) | Q(Exists(not_given), status=Appointment.Status.CANCELLED),
            unit=unit,
            starts_at__gte=since,
            starts_at__lt=until,
        )
        .select_related("unit", "patient", "visit_kind", "dose__plan__protocol")
        .prefetch_related(Prefetch("allocations", queryset=Allocation.objects.select_related("resource")))
        .order_by("starts_at", "pk")
    )
    doses = [visit.dose_id for visit in visits if visit.status == Appointment.Status.FULFILLED and visit.dose_id]
    records = Administration.objects.filter(dose__in=doses, is_entered_in_error=False).select_related("recorded_by")
    given = {record.dose_id: record for record in records}
    return tuple(PaperVisit(visit, given.get(visit.dose_id) if visit.dose_id else None) for visit in visits)
