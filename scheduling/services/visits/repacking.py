"""A recovery place that closes: the visits there change to other places first. Nobody is told, nobody moves in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from scheduling.engine.recovery import Held, repack
from scheduling.engine.ticks import ceil_tick, floor_tick, overlaps, wall_clock
from scheduling.models import Allocation, Appointment, Closure, Resource
from scheduling.selectors.demands import places_asked, skills_of, with_own_places
from scheduling.selectors.lists import recovery_pool
from units.models import Unit

MOVABLE = (None, Appointment.Status.BOOKED)
"""Who has not arrived, and what is only reserved, may change place."""

_CLOSED = -1


@dataclass(frozen=True, slots=True)
class Repacking:
    """Where what lies in a place goes while it is closed: allocations by key, and the visits among them."""

    to_place: Mapping[int, int]
    visits: frozenset[int]


NOTHING = Repacking({}, frozenset())


def repacking_for(unit: Unit, place: Resource | None, *, starts_at: datetime, ends_at: datetime) -> Repacking:
    """The changes of place that leave a recovery place empty for a stretch, as far as others are free; nothing changes.

    Stay by stay in order of time, each with as few others changing as can be. What finds no place stays. Under the
    locks of the days where it is to be carried out. Five queries at most.
    """
    if place is None or place.kind != Resource.Kind.RECOVERY:
        return NOTHING
    first, last = unit.local_date(starts_at), unit.local_date(ends_at)
    since, until = (wall_clock(on, time(0), unit.zone) for on in (first - _DAY, last + 2 * _DAY))
    pool = recovery_pool(unit)
    rows = list(
        Allocation.objects.filter(resource__in=pool, starts_at__lt=until, ends_at__gt=since)
        .select_related("appointment")
        .order_by("starts_at", "pk")
    )
    closed = (floor_tick(starts_at), ceil_tick(ends_at))
    in_the_way = [
        row.pk
        for row in rows
        if row.resource_id == place.pk and overlaps(floor_tick(row.starts_at), ceil_tick(row.ends_at), *closed)
    ]
    if not in_the_way or place.pk not in pool:
        return NOTHING
    found = _around(unit, pool, rows, since, until)
    found += [
        Held(_CLOSED - at, place_id, floor_tick(one_since), ceil_tick(one_until), movable=False)
        for at, (place_id, one_since, one_until) in enumerate(
            [(place.pk, starts_at, ends_at), *_closed_places(unit, pool, since, until)]
        )
    ]
    held = {item.key: item for item in found}
    before = {key: item.place_id for key, item in held.items()}
    for key in in_the_way:
        _send_away(held, key, pool)
    moved = {key: item.place_id for key, item in held.items() if item.place_id != before[key]}
    visits = frozenset(
        row.appointment_id for row in rows if row.pk in moved and row.pk in in_the_way and row.appointment_id
    )
    return Repacking(moved, visits)


def carry_out(repacking: Repacking) -> None:
    """The allocations have their new places. Deleted and put in again: an immediate constraint refuses a swap."""
    if not repacking.to_place:
        return
    rows = list(Allocation.objects.filter(pk__in=repacking.to_place))
    Allocation.objects.filter(pk__in=repacking.to_place).delete()
    for row in rows:
        row.resource_id = repacking.to_place[row.pk]
    Allocation.objects.bulk_create(sorted(rows, key=lambda row: (row.resource_id, row.starts_at)))


_DAY = timedelta(days=1)


def _around(
    unit: Unit, pool: Sequence[int], rows: Sequence[Allocation], since: datetime, until: datetime
) -> list[Held]:
    """What takes the pool's places, each with the places that have what it asks for."""
    held = [
        Held(
            row.pk,
            row.resource_id,
            floor_tick(row.starts_at),
            ceil_tick(row.ends_at),
            # Who stays past midnight keeps the place, as when a visit is booked.
            movable=(row.appointment.status if row.appointment else None) in MOVABLE and _is_of_one_day(unit, row),
        )
        for row in rows
    ]
    skills = skills_of(unit)
    return with_own_places(held, places_asked(unit, since=since, until=until), skills, pool) if skills else held


def _is_of_one_day(unit: Unit, row: Allocation) -> bool:
    return unit.local_date(row.starts_at) == unit.local_date(row.ends_at)


def _closed_places(
    unit: Unit, pool: Sequence[int], since: datetime, until: datetime
) -> list[tuple[int, datetime, datetime]]:
    """What else is closed of the pool."""
    rows = Closure.objects.filter(unit=unit, starts_at__lt=until, ends_at__gt=since)
    return [
        (place_id, starts_at, ends_at)
        for resource_id, starts_at, ends_at in rows.values_list("resource_id", "starts_at", "ends_at")
        for place_id in ([resource_id] if resource_id is not None else pool)
        if place_id in pool
    ]


def _send_away(held: dict[int, Held], key: int, pool: Sequence[int]) -> None:
    """The stay has another place, if one can be had."""
    stay = held[key]
    if not stay.movable:
        return
    near = [
        item
        for item in held.values()
        if item.key != key and overlaps(item.starts - _NEAR, item.ends + _NEAR, stay.starts, stay.ends)
    ]
    answer = repack(pool, near, stay.starts, stay.ends, places=stay.places)
    if answer is None:
        return
    held[key] = replace(stay, place_id=answer.place_id)
    for move in answer.moves:
        held[move.key] = replace(held[move.key], place_id=move.to_place_id)


_NEAR = 288
"""A day in ticks: further away nobody has to change place for the stay."""


def days_of(unit: Unit, starts_at: datetime, ends_at: datetime) -> list[date]:
    """The unit's days that a stretch touches."""
    first, last = unit.local_date(starts_at), unit.local_date(ends_at)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
