"""A list that runs late, or a patient who does: what would move, and the one press that moves it.

Nobody is moved to another day, room or person, so no gate of a plan is asked again. A patient is told where the time to
arrive changes and is still to come, and only then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db.models import Q
from django.utils import timezone

from patients.models import WorklistItem
from patients.services import open_item
from scheduling.engine.delay import Delay, Late, Left, Shifted, Short, delay
from scheduling.engine.ticks import TICK_MINUTES, day_words, instant_at
from scheduling.errors import NotInThatState, SlotNotOffered, StalePage
from scheduling.locking import patient_key, person_key
from scheduling.models import Allocation, Appointment, AppointmentEvent, Part, Reservation, Resource
from scheduling.placing import Claim, insert_claims
from scheduling.selectors.appointments import appointment_for
from scheduling.selectors.list_left import Along, ListLeft, Placed, list_left
from scheduling.services.opening.hours import item_key
from scheduling.services.visits.events import next_dtstamp, state_of, write_event
from scheduling.services.visits.placement import change_places
from scheduling.services.visits.wanted import day_keys
from units.actors import Actor
from units.errors import invalid
from units.history import recorded_as
from units.policy import Act

MOST_MINUTES = 480


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late, and what of the list. With an `over_reason` of somebody who may squeeze in, visits that would not fit
    otherwise run past the hours of their lists. Visits in `stay` are left where they are (public ids).
    """

    minutes: int
    along: Along = Along.ROOM
    over_reason: str = ""
    stay: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Outlook:
    """One visit of the list as it would go on. `short` says what the day lacks for it, else empty.

    `arrives_at` is when the patient is to come, or came; `is_told` whether a message says so.
    """

    placed: Placed
    arrives_at: datetime
    procedure_at: datetime
    leaves_at: datetime
    is_told: bool = False
    is_over: bool = False
    is_left: bool = False
    short: str = ""
    way_out: str = ""

    @property
    def visit(self) -> Appointment:
        return self.placed.visit

    @property
    def minutes(self) -> int:
        """By how much its procedure moves."""
        return int((self.procedure_at - self.placed.operator.starts_at).total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The rest of the list, in its order. `mark` names exactly this; `repacked` others change their recovery place."""

    lateness: Lateness
    lines: tuple[Outlook, ...]
    repacked: int
    mark: str

    @property
    def moving(self) -> tuple[Outlook, ...]:
        """Those whose time changes."""
        return tuple(one for one in self.lines if one.minutes)

    @property
    def unfitting(self) -> tuple[Outlook, ...]:
        """Those that the day has nothing for: somebody decides about each before the others can move."""
        return tuple(one for one in self.lines if one.short)


def look_ahead(actor: Actor, *, appointment_id: UUID, lateness: Lateness) -> Outcome:
    """What would move if the list ran so late from that visit on; nothing is locked and nothing written.

    Raises: NotFound, NotAllowed, InvalidInput, NotInThatState.
    """
    at = timezone.now()
    seen = appointment_for(actor, appointment_id, act=Act.BOOK)
    _check(actor, seen, lateness, at=at)
    ahead = list_left(actor, seen, lateness.along, at=at)
    return _outcome(seen, ahead, _worked_out(seen, ahead, lateness, at=at), lateness, at=at)


def run_late(
    actor: Actor,
    *,
    appointment_id: UUID,
    lateness: Lateness,
    seen: str | None = None,
) -> Outcome:
    """The rest of the list stands at its new times, in one transaction.

    `seen` is the `mark` of what the page showed: where the day would go on otherwise by now, StalePage is raised.
    Each visit that was left where it is goes on the worklist, to be moved by hand. Raises what `look_ahead` does, and
    SlotNotOffered where a visit no longer fits and nobody has said what becomes of it, or nothing has to move.
    """
    at = timezone.now()
    first = appointment_for(actor, appointment_id, act=Act.BOOK)
    _check(actor, first, lateness, at=at)
    known = list_left(actor, first, lateness.along, at=at)
    reason = lateness.over_reason.strip() or f"Running late: {lateness.minutes} min"
    with recorded_as(actor, act="run_late", reason=reason, locks=_keys(known)):
        ahead = list_left(actor, first, lateness.along, at=at)
        if not _keys(ahead) <= _keys(known):
            raise StalePage("A visit came into this list at this very moment. Look at it again.")
        worked_out = _worked_out(first, ahead, lateness, at=at)
        outcome = _outcome(first, ahead, worked_out, lateness, at=at)
        if seen is not None and seen != outcome.mark:
            raise StalePage("The day, or what you leave out, is not as on your page. Look at what would move now.")
        if outcome.unfitting or not outcome.moving:
            raise SlotNotOffered(_why_not(outcome))
        _clear_expired(ahead, at=at)
        _apply(actor, ahead, worked_out, outcome, reason=reason, at=at)
        for one in outcome.lines:
            if one.is_left:
                _ask_to_move(one, at=at)
    return outcome


def _check(actor: Actor, seen: Appointment, lateness: Lateness, *, at: datetime) -> None:
    minutes = lateness.minutes
    if not TICK_MINUTES <= minutes <= MOST_MINUTES or minutes % TICK_MINUTES:
        raise invalid("minutes", f"Give full five minutes, up to {MOST_MINUTES // 60} hours.")
    on = seen.unit.local_date(seen.starts_at)
    if on != seen.unit.local_date(at):
        raise NotInThatState(f"This visit is on {day_words(on)}. Only a list of today runs late: move the visit.")
    if lateness.over_reason.strip():
        actor.require(Act.SQUEEZE_IN, seen.unit_id)


def _worked_out(first: Appointment, ahead: ListLeft, lateness: Lateness, *, at: datetime) -> Delay:
    placed = next(one for one in ahead.placed if one.visit.pk == first.pk)
    if placed.operator.starts_at + timedelta(minutes=lateness.minutes) < at:
        begins = first.unit.local(placed.operator.starts_at)
        raise invalid("minutes", f"The procedure was to begin at {begins:%H:%M}: so few minutes later has passed too.")
    late = Late(
        key=first.pk,
        ticks=lateness.minutes // TICK_MINUTES,
        blocked_id=ahead.blocked.pk if ahead.blocked is not None else None,
        may_run_over=bool(lateness.over_reason.strip()),
        standing=frozenset(
            one.visit.pk for one in ahead.placed if one.visit.public_id in lateness.stay and one is not placed
        ),
    )
    return delay(ahead.rest, ahead.listed, late)


# --- in words --------------------------------------------------------------------------------------------------------
_SHORT = {
    Short.NO_TIME: "{room} or {operator} is taken for the rest of the day.",
    Short.START_HOURS: "Its protocol lets no procedure begin at {clock} (local policy).",
    Short.KEPT_APART: "At {clock} a procedure that it is kept apart from is in the same area.",
    Short.HOURS: "It would begin at {clock}, outside the hours of {room} and {operator}.",
    Short.LAST_OUT: "Beginning at {clock}, the patient would leave {room} too late.",
    Short.NO_NURSE: "After {clock} the nurses in recovery have as many patients as they may (local policy).",
    Short.NO_RECOVERY: "No recovery place is free for long enough after a procedure at {clock}.",
}
_BY_HAND = "Move it to another room or day first, or leave it where it is."
_OVER = "Move it to another room or day first, leave it where it is, or let the list run over."


def _outcome(first: Appointment, ahead: ListLeft, found: Delay, lateness: Lateness, *, at: datetime) -> Outcome:
    shifted = {one.key: one for one in found.shifted}
    left = {one.key: one for one in found.left}
    lines = tuple(_line(one, shifted, left, at=at) for one in ahead.placed)
    said = [
        f"{one.visit.public_id}:{one.visit.version}:{one.procedure_at.timestamp()}:{one.short}:{one.is_left}"
        for one in lines
    ]
    mark = hashlib.sha256(" ".join([str(first.public_id), *said]).encode()).hexdigest()[:16]
    return Outcome(lateness, lines, len(found.moves), mark)


def _line(one: Placed, shifted: dict[int, Shifted], left: dict[int, Left], *, at: datetime) -> Outlook:
    key = one.visit.pk
    if key in shifted:
        return _moving(one, shifted[key], at=at)
    stands = Outlook(one, one.visit.arrives_at, one.operator.starts_at, one.visit.ends_at)
    return _unfitting(stands, left[key]) if key in left else replace(stands, is_left=True)


def _moving(one: Placed, shifted: Shifted, *, at: datetime) -> Outlook:
    by = timedelta(minutes=(shifted.procedure - shifted.was) * TICK_MINUTES)
    visit = one.visit
    is_here = visit.status == Appointment.Status.ARRIVED
    comes_on_the_day = not is_here and visit.admitted_at is None
    arrives_at = visit.arrives_at + by if comes_on_the_day else visit.arrives_at
    return Outlook(
        one,
        arrives_at=arrives_at,
        procedure_at=instant_at(shifted.procedure),
        leaves_at=visit.ends_at + by,
        is_told=arrives_at != visit.arrives_at and arrives_at > at,
        is_over=shifted.is_over,
    )


def _unfitting(one: Outlook, left: Left) -> Outlook:
    clock = f"{one.visit.unit.local(instant_at(left.would)):%H:%M}" if left.would is not None else ""
    words = _SHORT[left.short].format(room=one.placed.room.resource, operator=one.placed.operator.resource, clock=clock)
    return replace(one, short=words, way_out=_OVER if left.short in {Short.HOURS, Short.LAST_OUT} else _BY_HAND)


def _why_not(outcome: Outcome) -> str:
    if not outcome.unfitting:
        return "Nothing of this list has to move."
    one = outcome.unfitting[0]
    local = one.visit.unit.local(one.placed.operator.starts_at)
    return f"The procedure of {local:%H:%M} in {one.placed.room.resource} no longer fits. {one.short} {one.way_out}"


# --- the change ------------------------------------------------------------------------------------------------------
def _keys(ahead: ListLeft) -> set[int]:
    """The day and the next, for whoever stays past midnight; the patients; people whom other units book, too."""
    midnight = instant_at(ahead.rest.until)
    keys = day_keys(ahead.unit, midnight - timedelta(hours=1), midnight)
    keys |= {patient_key(one.visit.patient_id) for one in ahead.placed}
    return keys | {person_key(pk) for pk in _shared(ahead)}


def _shared(ahead: ListLeft) -> set[int]:
    """People of the list who work in other units as well."""
    people = {
        row.resource_id
        for one in ahead.placed
        for row in one.visit.allocations.all()
        if row.resource.kind == Resource.Kind.PERSON
    }
    shared = Resource.objects.filter(pk__in=people).filter(Q(also_works_in__isnull=False) | ~Q(unit=ahead.unit))
    return set(shared.values_list("pk", flat=True))


def _clear_expired(ahead: ListLeft, *, at: datetime) -> None:
    """Reservations that have run out are gone; rows in one order, as another unit may clear the same away."""
    over = Q(unit=ahead.unit) | Q(allocations__resource__in=_shared(ahead))
    gone = list(Reservation.objects.filter(over, expires_at__lte=at).values_list("pk", flat=True).distinct())
    if gone:
        rows = Allocation.objects.filter(reservation__in=gone).order_by("pk").select_for_update(of=("self",))
        Allocation.objects.filter(pk__in=[row.pk for row in rows]).delete()
        Reservation.objects.filter(pk__in=gone).delete()


def _apply(actor: Actor, ahead: ListLeft, found: Delay, outcome: Outcome, *, reason: str, at: datetime) -> None:
    places = {one.key: one.place_id for one in found.shifted}
    moving = list(outcome.moving)
    keys = [one.visit.pk for one in moving]
    list(Appointment.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))
    claims = {one.visit.pk: _claims(one.placed) for one in moving}
    Allocation.objects.filter(appointment__in=keys).delete()
    change_places(_changed(ahead, found, keys))
    together = uuid4()
    # The last first: a patient's visits do not pass through one another.
    for one in reversed(moving):
        visit = one.visit
        previous = state_of(visit, claims[visit.pk])
        _retime(one, at=at, over_reason=outcome.lateness.over_reason.strip())
        now = _moved(claims[visit.pk], timedelta(minutes=one.minutes), places[visit.pk])
        insert_claims(now, dose_id=visit.dose_id, appointment_id=visit.pk)
        write_event(
            actor,
            visit,
            AppointmentEvent.Kind.DELAYED,
            at=at,
            claims=now,
            previous=previous,
            reason=reason,
            together=together,
        )


def _changed(ahead: ListLeft, found: Delay, moving: Sequence[int]) -> dict[int, int]:
    """Allocations of those who only change their recovery place, with the new one."""
    changed = {move.key: move.to_place_id for move in found.moves}
    places = {one.key: one.place_id for one in found.shifted if one.key not in moving}
    for one in ahead.placed:
        place_id = places.get(one.visit.pk)
        if one.stay is not None and place_id is not None and place_id != one.stay.resource_id:
            changed[one.stay.pk] = place_id
    return changed


def _claims(placed: Placed) -> list[Claim]:
    rows = placed.visit.allocations.all()
    return sorted(Claim(row.resource_id, row.phase, row.starts_at, row.ends_at) for row in rows)


def _moved(claims: Sequence[Claim], by: timedelta, place_id: int | None) -> list[Claim]:
    later = (replace(one, starts_at=one.starts_at + by, ends_at=one.ends_at + by) for one in claims)
    return sorted(
        replace(one, resource_id=place_id) if one.phase == Part.RECOVERY and place_id is not None else one
        for one in later
    )


def _retime(one: Outlook, *, at: datetime, over_reason: str) -> None:
    """The visit's own row has the new times. Whoever is here already keeps the time at which they were to come."""
    visit = one.visit
    if visit.status == Appointment.Status.BOOKED:
        visit.starts_at += timedelta(minutes=one.minutes)
    visit.ends_at = one.leaves_at
    if one.is_told:
        visit.ical_sequence += 1
        visit.dtstamp = next_dtstamp(at, visit.dtstamp)
    if one.is_over:
        visit.squeezed_in_reason = over_reason[:300]
    visit.version += 1
    visit.save(update_fields=["starts_at", "ends_at", "ical_sequence", "dtstamp", "squeezed_in_reason", "version"])


def _ask_to_move(one: Outlook, *, at: datetime) -> None:
    """The visit is on the worklist until somebody has moved it: what closes a visit without a list closes this too."""
    local = one.visit.unit.local(one.visit.starts_at)
    open_item(
        unit=one.visit.unit,
        patient=one.visit.patient,
        kind=WorklistItem.Kind.MOVE,
        key=f"{item_key(one.visit)}:late",
        title="Visit to move: its list runs late",
        detail=f"{day_words(local.date())} {local:%H:%M} in {one.placed.room.resource}: left where it is for now.",
        due_at=at,
    )
