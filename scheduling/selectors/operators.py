"""Who may operate at a unit, and the one person that a plan asks for."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from doseplans.models import DosePlan
from scheduling.models import OnlyOperator, Resource
from units.actors import Actor
from units.models import Unit
from units.policy import Act


def operators_of(actor: Actor, *, unit: Unit) -> QuerySet[Resource]:
    """People in use who work in the unit, by name."""
    actor.require(Act.VIEW_SCHEDULE, unit.pk)
    works_here = Q(unit=unit) | Q(also_works_in=unit)
    return Resource.objects.filter(works_here, kind=Resource.Kind.PERSON, is_active=True).distinct().order_by("name")


def only_operators(actor: Actor, plans: Iterable[DosePlan]) -> dict[int, Resource]:
    """The one person who operates for a plan, by the plan's key, where a plan asks for one; one query."""
    seen = [plan.pk for plan in plans if actor.may(Act.VIEW_PLANS, plan.patient.unit_id)]
    return {row.plan_id: row.operator for row in OnlyOperator.objects.filter(plan__in=seen).select_related("operator")}


def is_on_lists(actor: Actor) -> bool:
    """Whether somebody of the lists signs in as this actor."""
    return Resource.objects.filter(user=actor.user_id, is_active=True).exists()
