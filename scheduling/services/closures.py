"""Close a room, a place, a person or the unit for a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from scheduling.locking import lock, unit_day_key
from scheduling.models import Appointment, Closure, Resource
from units.actors import Actor
from units.errors import InvalidInput
from units.history import recorded_as
from units.models import Unit
from units.policy import Act

_LONGEST = timedelta(days=62)


@dataclass(frozen=True, slots=True)
class Closed:
    """The closure and the booked visits it hits; they stand until somebody moves them."""

    closure: Closure
    hit: tuple[Appointment, ...]


def close(
    actor: Actor, *, unit: Unit, resource: Resource | None, starts_at: datetime, ends_at: datetime, reason: str
) -> Closed:
    """Nothing new is booked there from now on; the visits already booked are returned, not moved.

    Takes the locks of every day it touches, so that no booking slips in beside it. Raises InvalidInput, NotAllowed.
    """
    actor.require(Act.SET_UP_UNIT, unit.pk)
    if not starts_at < ends_at:
        raise InvalidInput("A closure ends after it begins.", fields=["ends_at"])
    if ends_at - starts_at > _LONGEST:
        raise InvalidInput("A closure is two months at most. End the schedule instead.", fields=["ends_at"])
    if resource is not None and resource.unit_id != unit.pk:
        raise InvalidInput("That room or person belongs to another unit.", fields=["resource"])
    first, last = unit.local_date(starts_at), unit.local_date(ends_at)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    with recorded_as(actor, act="close", reason=reason), transaction.atomic():
        lock(unit_day_key(unit.pk, day) for day in days)
        closure = Closure.objects.create(
            unit=unit, resource=resource, starts_at=starts_at, ends_at=ends_at, reason=reason
        )
        hit = hit_by(closure)
    return Closed(closure, hit)


def hit_by(closure: Closure) -> tuple[Appointment, ...]:
    """Booked visits that take what the closure closes, in order of time."""
    visits = Appointment.objects.filter(
        unit_id=closure.unit_id,
        status=Appointment.Status.BOOKED,
        allocations__starts_at__lt=closure.ends_at,
        allocations__ends_at__gt=closure.starts_at,
    )
    if closure.resource_id is not None:
        visits = visits.filter(allocations__resource_id=closure.resource_id)
    return tuple(visits.select_related("patient", "unit").distinct().order_by("starts_at"))
