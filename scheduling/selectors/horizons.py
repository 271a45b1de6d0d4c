"""Weeks planned at once: as they are shown, and what such a plan is made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, time
from typing import TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from doseplans.models import Administration, Dose, DoseDecision
from scheduling.models import LIVE, Appointment, Horizon, HorizonLine
from scheduling.selectors.needs import Habits, usual
from units.actors import Actor
from units.errors import NotFound
from units.models import Unit
from units.policy import Act
from units.scope import scoped

T = TypeVar("T")


def horizons(actor: Actor) -> QuerySet[Horizon]:
    """The weeks planned in the actor's units, latest first, with their doses in order of time."""
    lines = HorizonLine.objects.select_related("dose__plan__patient", "dose__plan__protocol", "room", "operator")
    rows = scoped(Horizon.objects.all(), actor, Act.VIEW_SCHEDULE).select_related("unit")
    return rows.prefetch_related(Prefetch("lines", queryset=lines.order_by("starts_at", "target_on", "pk")))


def horizon_for(actor: Actor, horizon_id: UUID, *, act: Act = Act.VIEW_SCHEDULE) -> Horizon:
    """The weeks planned; NotFound outside the actor's units, NotAllowed where the role may not do `act`."""
    found = horizons(actor).filter(public_id=horizon_id).first()
    if found is None:
        raise NotFound("There are no such weeks planned in your units.")
    actor.require(act, found.unit_id)
    return found


def open_horizon(actor: Actor, *, unit: Unit) -> Horizon | None:
    """The unit's draft, if there is one; without its lines."""
    rows = scoped(Horizon.objects.filter(unit=unit, state=Horizon.State.DRAFT), actor, Act.VIEW_SCHEDULE)
    return rows.select_related("unit").first()


def unbooked_until(actor: Actor, unit: Unit, until: date) -> list[UUID]:
    """The doses of live plans due before a date that have neither been given nor booked nor left out; one query.

    Plan by plan, in their order.
    """
    given = Administration.objects.filter(dose=OuterRef("pk"), is_entered_in_error=False)
    visited = Appointment.objects.filter(dose=OuterRef("pk"), status__in=LIVE)
    left_out = DoseDecision.objects.filter(dose=OuterRef("pk"), kind=DoseDecision.Kind.OMIT, withdrawn_at__isnull=True)
    doses = scoped(Dose.objects.all(), actor, Act.VIEW_PLANS, through="plan__patient__unit_id").filter(
        plan__patient__unit=unit,
        plan__ended_on__isnull=True,
        plan__patient__deceased_at__isnull=True,
        target_on__lt=until,
    )
    doses = doses.filter(~Exists(given), ~Exists(visited), ~Exists(left_out)).order_by("plan_id", "sequence")
    return list(doses.values_list("public_id", flat=True))


_VISITS = """
    SELECT patient.id, visit.starts_at, operator.resource_id
    FROM unnest(%s::bigint[]) AS patient (id)
    CROSS JOIN LATERAL (
        SELECT id, starts_at FROM scheduling_appointment
        WHERE patient_id = patient.id AND status = 'fulfilled' ORDER BY starts_at DESC LIMIT 5
    ) visit
    LEFT JOIN LATERAL (
        SELECT allocation.resource_id FROM scheduling_allocation allocation
        JOIN scheduling_resource resource ON resource.id = allocation.resource_id AND resource.kind = 'person'
        WHERE allocation.appointment_id = visit.id AND allocation.phase = 'procedure' ORDER BY resource.id LIMIT 1
    ) operator ON true
    ORDER BY patient.id, visit.starts_at DESC
"""


def habits_of_many(unit: Unit, patients: Iterable[int]) -> dict[int, Habits]:
    """When and with whom each patient usually comes, by the last five visits; one query. The weekday is the plan's."""
    with connection.cursor() as cursor:
        cursor.execute(_VISITS, [sorted(set(patients))])
        rows = cursor.fetchall()
    clocks: dict[int, Counter[time]] = {}
    people: dict[int, Counter[int]] = {}
    for patient_id, starts_at, operator_id in rows:
        clocks.setdefault(patient_id, Counter())[unit.local(starts_at).time()] += 1
        people.setdefault(patient_id, Counter())
        if operator_id is not None:
            people[patient_id][operator_id] += 1
    return {key: Habits(None, usual(clocks[key], least=1), usual(people[key], least=1)) for key in clocks}
