"""Two visits change places: each has the other's room, operator and start, or nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from scheduling.engine.ticks import day_words, floor_tick, instant_at
from scheduling.engine.visit import Phase
from scheduling.errors import NotInThatState, StalePage, SwapRefused
from scheduling.locking import person_key
from scheduling.models import Appointment, Resource
from scheduling.selectors.appointments import appointment_for
from scheduling.selectors.errands import Errand, errand_of_visit
from scheduling.services.visits.moving import count_on_from, set_down, settle, take_off
from scheduling.services.visits.wanted import Wanted, day_keys, keys_of
from units.actors import Actor
from units.errors import ClinicError, NotFound, invalid
from units.history import recorded_as
from units.policy import Act


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a visit stands: the start of its procedure, the room, who operates."""

    procedure_at: datetime
    room: Resource
    operator: Resource

    def __str__(self) -> str:
        return f"{self.room.name}, {self.operator.name}"


@dataclass(frozen=True, slots=True)
class Change:
    """One of the two visits as it stands now, with when its patient was to arrive and in whose hands it was and is."""

    visit: Appointment
    was_at: datetime
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A visit that somebody wants to swap, at the version their page showed (None: whichever stands)."""

    appointment_id: UUID
    version: int | None = None


def swap_appointments(actor: Actor, *, first: Seen, second: Seen, reason: str = "") -> tuple[Change, Change]:
    """Each visit has the other's start of procedure, room and operator, and one update of each goes out.

    Each keeps its own length: who needs longer to be made ready arrives earlier. Both or neither. No limit of a dose is
    overridden. Raises: SwapRefused where one would not fit, with the reason; StalePage, NotInThatState, InvalidInput,
    NotFound, NotAllowed.
    """
    seen = [appointment_for(actor, one.appointment_id, act=Act.BOOK) for one in (first, second)]
    _refuse_unlike(*seen)
    at = timezone.now()
    places = [_place_of(one) for one in seen]
    errands = [errand_of_visit(actor, one) for one in seen]
    wanted = [_wanted(one, errand, place) for one, errand, place in zip(seen, errands, reversed(places), strict=True)]
    with recorded_as(actor, act="swap_appointments", reason=reason, locks=_keys(seen, errands, wanted, places)):
        if [_place_of(one) for one in seen] != places:
            raise StalePage("One of the visits was moved at this very moment. Look at both again before you go on.")
        taken_off = [take_off(one, version=asked.version) for one, asked in zip(seen, (first, second), strict=True)]
        moved = []
        for moving, visit, place in zip(taken_off, seen, wanted, strict=True):
            with _told_of(visit, place):
                moved.append(set_down(actor, moving=moving, wanted=place, at=at))
        together = uuid4()
        for down, visit, place in zip(moved, seen, wanted, strict=True):
            with _told_of(visit, place):
                settle(actor, moved=down, reason=reason, at=at, together=together)
        count_on_from(moved, at=at)
    one, other = (
        Change(moving.appointment, visit.arrives_at, str(was), str(now))
        for moving, visit, was, now in zip(taken_off, seen, places, reversed(places), strict=True)
    )
    return one, other


def preview_swap(actor: Actor, *, first: Seen, second: Seen) -> tuple[Change, Change]:
    """What the swap would do, with every check of it, while nothing is changed and nobody told.

    It is made and taken back at once, so that what it says is what would happen. Raises what `swap_appointments` does.
    """
    with transaction.atomic():
        swapped = swap_appointments(actor, first=first, second=second)
        transaction.set_rollback(True)
    return swapped


def _refuse_unlike(first: Appointment, second: Appointment) -> None:
    if first.pk == second.pk:
        raise invalid("with", "A visit cannot change places with itself. Choose another one.")
    if first.unit_id != second.unit_id:
        raise invalid("with", "Only visits of one unit change places. Move each of them instead.")
    if first.patient_id == second.patient_id:
        raise invalid("with", "Both visits are of the same patient. Move one of them instead.")
    for visit in (first, second):
        if visit.status != Appointment.Status.BOOKED:
            raise NotInThatState(
                f"The visit of {_when(visit)} is {visit.get_status_display().lower()} and cannot be moved."
            )


def _place_of(visit: Appointment) -> _Place:
    """Where the visit stands now. Raises NotInThatState for a visit that has lost its room or operator."""
    rows = visit.allocations.filter(phase=Phase.PROCEDURE).select_related("resource")
    found = {row.resource.kind: row for row in rows}
    room, person = found.get(Resource.Kind.ROOM), found.get(Resource.Kind.PERSON)
    if room is None or person is None:
        raise NotInThatState(f"The visit of {_when(visit)} has no room or nobody to operate. Move it instead.")
    return _Place(room.starts_at, room.resource, person.resource)


def _wanted(visit: Appointment, errand: Errand, place: _Place) -> Wanted:
    """The place as this visit's patient would come to it."""
    arrive = floor_tick(place.procedure_at) - errand.phases.before
    is_admitted = visit.admitted_at is not None
    return Wanted(instant_at(arrive), place.room.public_id, place.operator.public_id, is_admitted)


def _keys(seen: list[Appointment], errands: list[Errand], wanted: list[Wanted], places: list[_Place]) -> set[int]:
    """Every lock under which both are placed: the days as they are and as they will be, patients, operators."""
    keys = {person_key(place.operator.pk) for place in places}
    for visit, errand, place in zip(seen, errands, wanted, strict=True):
        leave_at = instant_at(floor_tick(place.starts_at) + errand.phases.length)
        keys |= keys_of(visit) | day_keys(visit.unit, place.starts_at, leave_at)
    return keys


@contextmanager
def _told_of(visit: Appointment, place: Wanted) -> Iterator[None]:
    """A refusal inside names the visit that would not fit, and where."""
    try:
        yield
    except (NotFound, StalePage):
        raise
    except ClinicError as refused:
        local = visit.unit.local(place.starts_at)
        raise SwapRefused(
            f"The visit of {_when(visit)} does not fit on {day_words(local.date())} at {local:%H:%M}: "
            f"{refused.sentence} Nothing was changed.",
            appointment=str(visit.public_id),
            because=refused.code,
        ) from refused


def _when(visit: Appointment) -> str:
    local = visit.unit.local(visit.starts_at)
    return f"{day_words(local.date())}, {local:%H:%M}"
