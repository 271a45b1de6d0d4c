"""Close a room, a place, a person or the unit for a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from patients.models import WorklistItem
from patients.services import open_item
from scheduling.engine.ticks import day_words
from scheduling.locking import unit_day_key
from scheduling.models import Appointment, Closure, Resource
from units.actors import Actor
from units.errors import invalid
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
    """Nothing new is booked there from now on. Visits already booked stay, and each opens a worklist item.

    Takes the locks of every day it touches, so that no booking slips in beside it. Raises InvalidInput, NotAllowed.
    """
    actor.require(Act.SET_UP_UNIT, unit.pk)
    if not starts_at < ends_at:
        raise invalid("ends_at", "A closure ends after it begins.")
    if ends_at - starts_at > _LONGEST:
        raise invalid("ends_at", "A closure is two months at most. End the schedule instead.")
    if resource is not None and resource.unit_id != unit.pk:
        raise invalid("resource", "That room or person belongs to another unit.")
    first, last = unit.local_date(starts_at), unit.local_date(ends_at)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    with recorded_as(actor, act="close", reason=reason, locks={unit_day_key(unit.pk, day) for day in days}):
        closure = Closure.objects.create(
            unit=unit, resource=resource, starts_at=starts_at, ends_at=ends_at, reason=reason
        )
        hit = hit_by(closure)
        for visit in hit:
            _open_item(visit, reason)
    return Closed(closure, hit)


def reopen(actor: Actor, closure: Closure) -> None:
    """The closure is gone, and what it closed can be booked again. Raises NotAllowed."""
    actor.require(Act.SET_UP_UNIT, closure.unit_id)
    with recorded_as(actor, act="reopen"):
        closure.delete()


def _open_item(visit: Appointment, reason: str) -> None:
    open_item(
        unit=visit.unit,
        patient=visit.patient,
        kind=WorklistItem.Kind.CALL,
        key=f"closure:{visit.public_id}",
        title="Visit inside a closure",
        detail=f"{day_words(visit.unit.local_date(visit.starts_at))}: {reason}. Move the visit.",
        due_at=min(visit.starts_at, timezone.now() + timedelta(days=1)),
    )


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
