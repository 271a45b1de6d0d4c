"""The one way a query is cut down to what an actor may see."""

from __future__ import annotations

from functools import reduce
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from units.actors import Actor
from units.policy import Act

M = TypeVar("M", bound=Model)


def scoped(queryset: QuerySet[M], actor: Actor, act: Act, *, through: str = "unit_id") -> QuerySet[M]:
    """The rows of units in which the actor may do `act`; all rows for the system.

    `through` is the lookup from the model to its unit's key, such as `"patient__unit_id"`.
    """
    if actor.is_system:
        return queryset
    return queryset.filter(**{f"{through}__in": actor.units_for(act)})


def unit_id_of(record: Model, through: str = "unit_id") -> int | None:
    """The key of the unit a record belongs to, by the same lookup as `scoped`; None where the record has none."""
    found: Any = reduce(getattr, through.split("__"), record)
    return found if found is None else int(found)
