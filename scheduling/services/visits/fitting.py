"""What a visit needs besides room, operator and time, found under the locks: skills, an assistant, imaging, nurses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from scheduling.engine.hours import OpenHours
from scheduling.engine.ticks import day_words, instant_at
from scheduling.engine.visit import Slot
from scheduling.errors import SlotNotOffered, SlotTaken
from scheduling.models import Resource
from scheduling.selectors.demands import Asked, AskedOf, Demands, kept_apart, skills_of, start_hours_of
from scheduling.services.visits.wanted import Chosen, Visit
from units.models import Unit

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Fitted:
    """The slot with an assistant and an imaging device where it takes one, and the places the patient may have.

    `places` is None where any place of the pool will do.
    """

    slot: Slot
    places: frozenset[int] | None = None


def fit(visit: Visit, held: Sequence[OpenHours], pool: Sequence[int]) -> Fitted:
    """Whatever else the visit asks for is there. `held` are the lists that serve it, `pool` the unit's places.

    Under the locks. Asks the database nothing for a visit that asks for nothing. Raises SlotNotOffered where what was
    chosen cannot do it at any time, SlotTaken where it could at another time.
    """
    demands = visit.errand.demands
    _refuse_another_operator(visit, demands)
    _refuse_neighbours(visit)
    if not demands.is_skilled and not demands.is_assisted:
        return Fitted(visit.slot)
    skills = skills_of(visit.unit) if demands.is_skilled else {}
    _refuse_unskilled(visit, demands, skills)
    slot = _with_help(visit, demands, skills, held)
    wanted = demands.of(AskedOf.PLACE)
    if not wanted or not slot.phases.stay:
        return Fitted(slot)
    places = frozenset(place for place in pool if wanted <= skills.get(place, frozenset()))
    if not places:
        one = next(asked for asked in demands.asked if asked.asked_of == AskedOf.PLACE)
        raise SlotNotOffered(f"There is no recovery place with {one.skill} here; {one.because}. Ask the administrator.")
    return Fitted(slot, places)


def refuse_start(visit: Visit) -> None:
    """Nothing, where the protocol's own hours allow the procedure to begin then. Raises SlotNotOffered."""
    dose, unit = visit.dose, visit.unit
    hours = None if dose is None else start_hours_of(dose.plan.protocol, unit, at=timezone.now())
    if dose is None or hours is None:
        return
    protocol, on = dose.plan.protocol, visit.on
    if hours.first_on is not None and on < hours.first_on:
        raise SlotNotOffered(
            f"{protocol.name} is ordered by {protocol.ordered_by:%H:%M} the day before (local policy), and that has "
            f"passed for {day_words(on)}. Choose {day_words(hours.first_on)} or a later day."
        )
    if hours.allows(on, unit.local(visit.slot.procedure_at).time()):
        return
    parts = [f"from {hours.since:%H:%M}" if hours.since else "", f"before {hours.before:%H:%M}" if hours.before else ""]
    if hours.weekdays:
        parts.append(f"on {' '.join(_WEEKDAYS[day - 1] for day in sorted(hours.weekdays))}")
    raise SlotNotOffered(
        f"Procedures of {protocol.name} begin {', '.join(part for part in parts if part)} (local policy). "
        "Choose another slot."
    )


def _refuse_another_operator(visit: Visit, demands: Demands) -> None:
    only = demands.only_operator
    if only is not None and only[0] != visit.operator.pk:
        raise SlotNotOffered(f"The plan asks for {only[1]} and nobody else to operate. Choose a slot of theirs.")


def _refuse_neighbours(visit: Visit) -> None:
    slot = visit.slot
    clashes = kept_apart(
        visit.unit,
        visit.dose,
        since=slot.procedure_at,
        until=instant_at(slot.procedure + slot.phases.procedure),
        at=timezone.now(),
    )
    other = next((name for room_id, _, _, name in clashes if room_id == visit.room.pk), None)
    if other is not None:
        raise SlotTaken(
            f"A procedure that this one is kept apart from (local policy) is in {other} at that time, which is the "
            "same area. Choose another time, or a room of another area."
        )


def _refuse_unskilled(visit: Visit, demands: Demands, skills: dict[int, frozenset[str]]) -> None:
    for chosen, asked_of, verb in ((visit.room, AskedOf.ROOM, "has no"), (visit.operator, AskedOf.OPERATOR, "does no")):
        for one in demands.asked:
            if one.asked_of == asked_of and one.skill not in skills.get(chosen.pk, frozenset()):
                raise SlotNotOffered(_lacks(visit.unit, chosen, verb, one))


def _lacks(unit: Unit, chosen: Chosen, verb: str, one: Asked) -> str:
    """Room 2 has no fluoroscopy; this patient's needle is guided by it. Choose Room 1."""
    others = Resource.objects.filter(kind=chosen.kind, skills__unit=unit, skills__name=one.skill, is_active=True)
    names = list(others.order_by("ordinal", "name").values_list("name", flat=True))
    way_out = f"Choose {' or '.join(names)}." if names else "Nobody and nothing here has it: ask the administrator."
    return f"{chosen.name} {verb} {one.skill}; {one.because}. {way_out}"


def _with_help(visit: Visit, demands: Demands, skills: dict[int, frozenset[str]], held: Sequence[OpenHours]) -> Slot:
    """The slot with somebody to assist and a device to guide the needle, as far as it needs them."""
    slot, imaging = visit.slot, demands.of(AskedOf.IMAGING)
    needs_device = not imaging <= skills.get(visit.room.pk, frozenset())
    if not demands.is_assisted and not needs_device:
        return slot
    people = {
        person
        for hours in held
        if visit.squeezed_in or visit.operator.pk in hours.operator_ids
        for person in hours.operator_ids
        if person != visit.operator.pk and demands.of(AskedOf.ASSISTANT) <= skills.get(person, frozenset())
    }
    free = _free(visit, people if demands.is_assisted else ())
    if demands.is_assisted:
        operates = demands.of(AskedOf.OPERATOR)
        helpers = [key for key, kind in free if kind == Resource.Kind.PERSON]
        # As the search does: who may operate, too, comes last.
        helpers.sort(key=lambda key: operates <= skills.get(key, frozenset()))
        if not helpers:
            raise SlotTaken("Nobody of that list is free at that time to assist. Choose another slot.")
        slot = replace(slot, assistant_id=helpers[0])
    if needs_device:
        devices = (key for key, kind in free if kind == Resource.Kind.IMAGING)
        device = next((key for key in devices if imaging <= skills.get(key, frozenset())), None)
        if device is None:
            one = next(asked for asked in demands.asked if asked.asked_of == AskedOf.IMAGING)
            words = _lacks(visit.unit, visit.room, "has no", one).partition(" Nobody and nothing")[0]
            raise SlotTaken(f"{words} No device that could be brought there is free at that time.")
        slot = replace(slot, imaging_id=device)
    return slot


_FREE = """
    SELECT resource.id, resource.kind FROM scheduling_resource resource
    WHERE (resource.id = ANY(%(people)s) OR (resource.unit_id = %(unit)s AND resource.kind = 'imaging'))
      AND resource.is_active
      AND NOT EXISTS (
          SELECT FROM scheduling_allocation taken
          LEFT JOIN scheduling_reservation claim ON claim.id = taken.reservation_id
          WHERE taken.resource_id = resource.id AND taken.starts_at < %(ends_at)s AND taken.ends_at > %(starts_at)s
            AND taken.appointment_id IS DISTINCT FROM coalesce(%(own)s, 0)
            AND (claim.id IS NULL OR (claim.expires_at > %(at)s AND (claim.dose_id = %(dose)s) IS NOT TRUE))
      )
      AND NOT EXISTS (
          SELECT FROM scheduling_closure closure
          WHERE (closure.resource_id = resource.id OR (closure.unit_id = %(unit)s AND closure.resource_id IS NULL))
            AND closure.starts_at < %(ends_at)s AND closure.ends_at > %(starts_at)s
      )
    ORDER BY resource.unit_id <> %(unit)s, resource.ordinal, resource.id
"""


def _free(visit: Visit, people: Iterable[int]) -> list[tuple[int, str]]:
    """Who of the people, and which imaging devices of the unit, nothing takes during the procedure."""
    slot = visit.slot
    starts_at: datetime = slot.procedure_at
    asked: dict[str, Any] = {
        "people": list(people),
        "unit": visit.unit.pk,
        "starts_at": starts_at,
        "ends_at": instant_at(slot.procedure + slot.phases.procedure),
        # Gone already where a booking asks under its locks; whoever only looks has them still standing.
        "own": visit.moving_id,
        "dose": visit.errand.dose_pk,
        "at": timezone.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_FREE, asked)
        return cursor.fetchall()
