"""Close a room, a place, a person or the unit for a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone

from scheduling.engine.standing import Closing
from scheduling.engine.ticks import ceil_tick, floor_tick
from scheduling.locking import unit_day_key
from scheduling.models import Closure, Resource
from scheduling.selectors.standing import Stranded, openings_of, stranded_by
from scheduling.services.opening.hours import note_hours, settle_hours, units_of
from scheduling.services.visits.repacking import carry_out, days_of, repacking_for
from scheduling.services.waiting.offers import settle_offers
from units.actors import Actor
from units.errors import invalid
from units.history import recorded_as
from units.models import Unit
from units.policy import Act

_LONGEST = timedelta(days=62)


@dataclass(frozen=True, slots=True)
class Closed:
    """The closure and the booked visits it strands; they stand in the book until somebody moves them."""

    closure: Closure
    stranded: tuple[Stranded, ...]


def close(
    actor: Actor,
    *,
    unit: Unit,
    resource: Resource | None,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    seen: str | None = None,
) -> Closed:
    """Nothing new is booked there from now on. Visits already booked stay, and each opens a worklist item.

    Visits in a recovery place change to others first, as far as these are free: that tells nobody anything. A person
    who works in several units is away from all of them. `seen` as for `settle_hours`.
    Raises InvalidInput, NotAllowed, WouldStrand.
    """
    _check(actor, unit, resource, starts_at, ends_at)
    days = {
        unit_day_key(one.pk, on) for one in _units(unit, resource) for on in days_of(one, starts_at, ends_at)
    }  # all of them, however far ahead the closure lies
    with recorded_as(actor, act="close", reason=reason, locks=days):
        carry_out(repacking_for(unit, resource, starts_at=starts_at, ends_at=ends_at))
        before = note_hours(_units(unit, resource), at=timezone.now())
        closure = Closure.objects.create(
            unit=unit, resource=resource, starts_at=starts_at, ends_at=ends_at, reason=reason
        )
        stranded = settle_hours(actor, before=before, act="close", seen=seen)
    for one in _units(unit, resource):
        settle_offers(at=timezone.now(), unit=one)  # a slot that is closed now is on offer no more
    return Closed(closure, stranded)


def stranded_by_closing(
    actor: Actor, *, unit: Unit, resource: Resource | None, starts_at: datetime, ends_at: datetime, reason: str
) -> tuple[Stranded, ...]:
    """The visits that `close` would strand, and nothing is changed. Raises InvalidInput, NotAllowed."""
    _check(actor, unit, resource, starts_at, ends_at)
    at = timezone.now()
    closing = Closing(resource.pk if resource else None, floor_tick(starts_at), ceil_tick(ends_at), reason)
    found: list[Stranded] = []
    for one in _units(unit, resource):
        before = openings_of(one, at=at)
        after = replace(before, closings=(*before.closings, closing))
        found += stranded_by(one, before, after, at=at).stranded
    elsewhere = repacking_for(unit, resource, starts_at=starts_at, ends_at=ends_at).visits
    return tuple(one for one in found if one.visit.pk not in elsewhere)


def reopen(actor: Actor, *, closure: Closure) -> None:
    """The closure is gone, and what it closed can be booked again. Raises NotAllowed."""
    actor.require(Act.CLOSE, closure.unit_id)
    with recorded_as(actor, act="reopen"):
        before = note_hours(_units(closure.unit, closure.resource), at=timezone.now())
        closure.delete()
        settle_hours(actor, before=before, act="reopen")


def _check(actor: Actor, unit: Unit, resource: Resource | None, starts_at: datetime, ends_at: datetime) -> None:
    actor.require(Act.CLOSE, unit.pk)
    if not starts_at < ends_at:
        raise invalid("ends_at", "A closure ends after it begins.")
    if ends_at - starts_at > _LONGEST:
        raise invalid("ends_at", "A closure is two months at most. End the schedule instead.")
    if resource is not None and resource.unit_id != unit.pk:
        raise invalid("resource", "That room or person belongs to another unit.")


def _units(unit: Unit, resource: Resource | None) -> set[Unit]:
    return {unit} if resource is None else units_of(resource)
