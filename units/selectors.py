"""What pages and the API read about units and staff: only the actor's own."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from units.actors import Actor
from units.errors import NotFound
from units.models import Unit
from units.policy import Act


def units_of(actor: Actor, act: Act | None = None) -> QuerySet[Unit]:
    """The units in use in which the actor holds a role, or may do `act`; by name. All of them for the system."""
    units = Unit.objects.filter(is_active=True).order_by("name")
    if actor.is_system:
        return units
    return units.filter(pk__in=actor.roles if act is None else actor.units_for(act))


def unit_by_public_id(actor: Actor, public_id: UUID, act: Act | None = None) -> Unit:
    """One of the actor's units.

    Raises: NotFound, for a unit of others as for one that is not there.
    """
    unit = units_of(actor, act).filter(public_id=public_id).first()
    if unit is None:
        raise NotFound("There is no such unit among yours.")
    return unit
