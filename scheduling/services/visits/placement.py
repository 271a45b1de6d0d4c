"""Placing a visit or a reservation under the locks: hours and closures asked again, a recovery place found, rows in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from scheduling.engine.hours import Misfit, OpenHours
from scheduling.engine.nursing import Shift, has_nurse
from scheduling.engine.recovery import Held, Repacked, repack
from scheduling.engine.standing import nearest_misfit
from scheduling.engine.ticks import ceil_tick, day_words, floor_tick, instant_at, wall_clock
from scheduling.engine.visit import Slot
from scheduling.errors import DoseReservedByOther, SlotNotOffered, SlotTaken
from scheduling.models import Allocation
from scheduling.placing import TAKEN_BY_ANOTHER, Claim, taken_in_words
from scheduling.selectors.demands import places_asked, skills_of, with_own_places
from scheduling.selectors.lists import Stretch, lists_from, patterns_question
from scheduling.services.visits.fitting import Fitted, fit
from scheduling.services.visits.wanted import Visit
from units.actors import Actor
from units.errors import ClinicError
from units.rows import Question, ask_together

Row = tuple[Any, ...]

_MISFITS: Mapping[Misfit, str] = {
    Misfit.CLOSED: "{room} has no list on {day} at {clock}.",
    Misfit.BREAK: "{room} has a break on {day} during a procedure at {clock}.",
    Misfit.FIRST_IN: "On {day} the first patient of {room} comes in later than a procedure at {clock} needs.",
    Misfit.LAST_OUT: "After a procedure at {clock} the patient would leave {room} too late on {day}.",
}


def _check_offered(visit: Visit, lists: Sequence[OpenHours], closures: Sequence[Stretch]) -> Sequence[OpenHours]:
    """A list of the room and the person is open then, and nothing closes them; the lists that serve the visit.

    One that is squeezed in is served by every list of the day. Raises SlotNotOffered.
    """
    slot = visit.slot
    clock = f"{visit.unit.local(slot.procedure_at):%H:%M}"
    held = lists
    if not visit.squeezed_in:
        outside = outside_hours(visit, lists)
        if outside:
            raise SlotNotOffered(f"{outside} Choose one of the slots shown.")
        held = [hours for hours in lists if not hours.refuses(slot.phases, slot.procedure)]
    ends_at = instant_at(slot.procedure + slot.phases.procedure)
    closed = [
        (resource_id != visit.room.pk, until)
        for resource_id, since, until in closures
        if resource_id in {visit.room.pk, visit.operator.pk} and since < ends_at and until > slot.procedure_at
    ]
    if closed:
        is_away, until = min(closed)
        who = f"{visit.operator} is away" if is_away else f"{visit.room} is closed"
        back = visit.unit.local(until)
        raise SlotNotOffered(
            f"{who} on {day_words(slot.on)} at {clock}, until {day_words(back.date())}, {back:%H:%M}. "
            "Choose another slot."
        )
    return held


def outside_hours(visit: Visit, lists: Sequence[OpenHours]) -> str:
    """Why no list of the room and the operator carries the visit, in words; empty where one does."""
    slot = visit.slot
    in_room = [hours for hours in lists if hours.room_id == visit.room.pk]
    held = [hours for hours in in_room if not hours.refuses(slot.phases, slot.procedure)]
    clock, day = f"{visit.unit.local(slot.procedure_at):%H:%M}", day_words(slot.on)
    if not held:
        misfit = nearest_misfit(in_room, slot.phases, slot.procedure) or Misfit.CLOSED
        return _MISFITS[misfit].format(room=visit.room, day=day, clock=clock)
    if not any(visit.operator.pk in hours.operator_ids for hours in held):
        return f"{visit.operator} does not operate in {visit.room} on {day} at {clock}."
    return ""


_IN_THE_WAY = f"""
    SELECT NULL::bigint, NULL::bigint, taken.reserved_by_name, NULL::timestamptz, taken.name
    FROM (VALUES (%(room)s::bigint), (%(operator)s::bigint)) AS chosen (id)
    CROSS JOIN LATERAL (
        {TAKEN_BY_ANOTHER.format(resource="chosen.id", starts_at="%(starts_at)s", ends_at="%(ends_at)s")}
    ) taken
    UNION ALL
    SELECT id, reserved_by_id, reserved_by_name, expires_at, NULL
    FROM scheduling_reservation WHERE unit_id = %(unit)s AND (expires_at <= %(at)s OR dose_id = %(dose)s)
    UNION ALL
    SELECT reservation.id, reservation.reserved_by_id, reservation.reserved_by_name, reservation.expires_at, NULL
    FROM scheduling_allocation allocation
    JOIN scheduling_reservation reservation ON reservation.id = allocation.reservation_id
    WHERE allocation.resource_id = %(shared)s AND reservation.unit_id <> %(unit)s AND reservation.expires_at <= %(at)s
      AND allocation.starts_at < %(ends_at)s AND allocation.starts_at >= %(starts_at)s - interval '1 day'
      AND allocation.ends_at > %(starts_at)s
"""  # noqa: S608  our own fragment


def in_the_way(visit: Visit, *, at: datetime, moving_id: int | None = None) -> Question:
    """What `clear_the_way` asks; for a booking, which sends it along with its locks."""
    slot = visit.slot
    return _IN_THE_WAY, {
        "room": visit.room.pk,
        "operator": visit.operator.pk,
        "starts_at": slot.procedure_at,
        "ends_at": instant_at(slot.procedure + slot.phases.procedure),
        "unit": visit.unit.pk,
        "shared": visit.operator.pk if visit.operator.is_shared else None,
        "dose": visit.errand.dose_pk,
        "own": moving_id,
        "at": at,
    }


def clear_the_way(
    actor: Actor,
    visit: Visit,
    *,
    at: datetime,
    moving_id: int | None = None,
    rows: Sequence[Row] | None = None,
) -> ClinicError | None:
    """Reservations of the unit that have run out are gone, with the actor's own for this dose; their places are free.

    So are those of other units that kept the operator, who works there too. What the visit `moving_id` holds is not in
    its way. `rows` answer `in_the_way`, where the caller has asked it under the locks.

    Returns the refusal, and does nothing, where somebody else is choosing a slot for the dose (DoseReservedByOther) or
    room or operator is taken (SlotTaken). The caller raises it once the transaction is over: in a rush most who waited
    for the day's lock go that way, and after a ROLLBACK psycopg forgets every statement the connection had prepared.
    """
    if rows is None:
        (rows,) = ask_together(in_the_way(visit, at=at, moving_id=moving_id))
    refusal = refusal_in_the_way(actor, visit, rows, at=at)
    if refusal is not None:
        return refusal
    if rows:
        gone = [row[0] for row in rows]
        with connection.cursor() as cursor:
            # In one order, because a shared operator's other unit may be clearing the same away.
            cursor.execute(
                "DELETE FROM scheduling_allocation WHERE id IN (SELECT id FROM scheduling_allocation "
                "WHERE reservation_id = ANY(%s) ORDER BY id FOR UPDATE)",
                [gone],
            )
            cursor.execute("DELETE FROM scheduling_reservation WHERE id = ANY(%s)", [gone])
    return None


def refusal_in_the_way(actor: Actor, visit: Visit, rows: Sequence[Row], *, at: datetime) -> ClinicError | None:
    """What of the answers to `in_the_way` refuses the visit; None where nothing does. Writes nothing."""
    for _, reserved_by_id, name, expires_at, taken in rows:
        if taken is not None:
            return SlotTaken(taken_in_words(taken, name))
        if expires_at > at and reserved_by_id != actor.user_id:
            until = visit.unit.local(expires_at)
            return DoseReservedByOther(
                f"{name} is choosing a slot for this dose until {until:%H:%M}. Ask them, or wait."
            )
    return None


@dataclass(frozen=True, slots=True)
class Day:
    """What stands around a wanted visit: the room's lists that day; the unit's recovery places in the board's order and
    what takes them; what is closed; nurses on duty.
    """

    lists: Sequence[OpenHours]
    pool: Sequence[int]
    held: Sequence[Held]
    closed: Sequence[Stretch]
    shifts: Sequence[Shift]


def _with_recovery_place(visit: Visit, fitted: Fitted, day: Day) -> Slot:
    """The slot with a free place of the pool, after changing the places of visits that have not arrived if need be.

    Changing a place moves nobody in time: no SEQUENCE is bumped and nothing is sent. Raises what `_packed` does.
    """
    found = _packed(visit, fitted, day)
    if found is None:
        return fitted.slot
    change_places({move.key: move.to_place_id for move in found.moves})
    return replace(fitted.slot, recovery_id=found.place_id)


def _packed(visit: Visit, fitted: Fitted, day: Day) -> Repacked | None:
    """The place for the visit and who changes place for it; None where it needs none.

    Raises SlotTaken where the pool is full, or the nurses in recovery have as many patients as they may.
    """
    starts, ends = fitted.slot.recovery_ticks
    if starts == ends:
        return None
    _refuse_without_nurse(visit, day)
    found = repack(day.pool, day.held, starts, ends, places=fitted.places)
    if found is not None and found.moves:
        # Somebody would change place: to one that has what they need themselves.
        found = repack(day.pool, _where_each_may_be(visit, day), starts, ends, places=fitted.places)
    if found is None:
        which = "Every recovery place" if fitted.places is None else "Every recovery place that this patient may have"
        raise SlotTaken(f"{which} is taken after that procedure. Choose an earlier or a later slot.")
    return found


def _refuse_without_nurse(visit: Visit, day: Day) -> None:
    if not day.shifts:
        return
    slot = visit.slot
    stays = [(one.starts, one.ends) for one in day.held if one.key > 0]
    days = slot.on, visit.unit.local_date(slot.leave_at) + timedelta(days=1)
    if not has_nurse(day.shifts, days, visit.unit.zone, stays, slot.recovery_ticks):
        raise SlotTaken(
            "The nurses in recovery have as many patients as they may (local policy) after that procedure. "
            "Choose an earlier or a later slot."
        )


def _where_each_may_be(visit: Visit, day: Day) -> list[Held]:
    """The held stretches with the places that have what each of them asks for."""
    since, until = (wall_clock(visit.on + timedelta(days=n), time(0), visit.unit.zone) for n in (0, 2))
    asked = places_asked(visit.unit, since=since, until=until)
    if not asked:
        return list(day.held)
    return with_own_places(day.held, asked, skills_of(visit.unit), day.pool)


# The unit's recovery places with what takes them, and what closes a place, the room, the operator or the whole unit.
_DAY = """
    SELECT place.ordinal, place.id, allocation.id, allocation.starts_at, allocation.ends_at, appointment.status,
           NULL::time, NULL::time
    FROM scheduling_resource place
    LEFT JOIN scheduling_allocation allocation
      ON allocation.resource_id = place.id AND allocation.starts_at < %(until)s
     AND allocation.starts_at >= %(since)s - interval '1 day' AND allocation.ends_at > %(since)s
    LEFT JOIN scheduling_appointment appointment ON appointment.id = allocation.appointment_id
    WHERE place.unit_id = %(unit)s AND place.kind = 'recovery' AND place.is_active
    UNION ALL
    SELECT NULL, closure.resource_id, closure.id, closure.starts_at, closure.ends_at, 'closed', NULL, NULL
    FROM scheduling_closure closure
    WHERE (closure.unit_id = %(unit)s OR closure.resource_id IN (%(room)s, %(operator)s))
      AND closure.starts_at < %(until)s AND closure.ends_at > %(since)s
    UNION ALL
    SELECT shift.weekday, NULL, shift.nurses * shift.patients_each, NULL, NULL, 'nurses', shift.starts_at, shift.ends_at
    FROM scheduling_nurseshift shift
    WHERE shift.unit_id = %(unit)s AND shift.weekday IN (%(weekday)s, %(next_weekday)s)
"""


def day_questions(visit: Visit) -> tuple[Question, Question]:
    """What is asked about the visit's day, and the next where it stays that long; `day_from` reads the answers."""
    slot, unit = visit.slot, visit.unit
    asked = {
        "unit": unit.pk,
        "since": wall_clock(slot.on, time(0), unit.zone),
        "until": _last_instant(visit),
        "room": visit.room.pk,
        "operator": visit.operator.pk,
        "weekday": slot.on.isoweekday(),
        "next_weekday": unit.local_date(slot.leave_at).isoweekday(),
    }
    # Whoever is squeezed in may be helped by anybody on a list of that day.
    room_id = None if visit.squeezed_in else visit.room.pk
    return (_DAY, asked), patterns_question(unit, since=slot.on, until=_next_day(visit), room_id=room_id)


def _next_day(visit: Visit) -> date:
    return visit.on + timedelta(days=1)


def _last_instant(visit: Visit) -> datetime:
    return max(wall_clock(_next_day(visit), time(0), visit.unit.zone), visit.slot.leave_at)


def day_from(visit: Visit, rows: Sequence[Row], patterns: Sequence[Row]) -> Day:
    """The day as the answers to `day_questions` show it."""
    chosen, until = [visit.room.pk, visit.operator.pk], _last_instant(visit)
    pool = [place_id for _, place_id in sorted({row[:2] for row in rows if None not in row[:2]})]
    held: list[Held] = []
    closed: list[Stretch] = []
    shifts = [Shift(row[0], row[6], row[7], row[2]) for row in rows if row[5] == "nurses"]
    for _, resource_id, key, starts_at, ends_at, status, *_ in rows:
        if status == "nurses":
            continue
        if status == "closed":
            closes = (resource_id,) if resource_id is not None else (*chosen, *pool)
            closed += [(closed_id, starts_at, ends_at) for closed_id in closes]
        elif key is not None:
            # Who stays past midnight keeps the place: the neighbours of the next day are not known here.
            movable = status in {None, "booked"} and ends_at <= until
            held.append(Held(key, resource_id, floor_tick(starts_at), ceil_tick(ends_at), movable=movable))
    # Closures of a place cannot change place.
    held += [
        Held(-index, resource_id, floor_tick(starts_at), ceil_tick(ends_at), movable=False)
        for index, (resource_id, starts_at, ends_at) in enumerate(closed, start=1)
        if resource_id in pool
    ]
    lists = lists_from(patterns, visit.unit, since=visit.on, until=_next_day(visit))
    return Day(lists, pool, held, closed, shifts)


def change_places(places: dict[int, int]) -> None:
    """Allocations by key change resource. Deleted and put in again: an immediate constraint refuses a swap."""
    if not places:
        return
    rows = list(Allocation.objects.filter(pk__in=places))
    Allocation.objects.filter(pk__in=places).delete()
    for row in rows:
        row.resource_id = places[row.pk]
    Allocation.objects.bulk_create(sorted(rows, key=lambda row: row.resource_id))


def claims_for(visit: Visit, day: Day | None = None) -> list[Claim]:
    """The visit's claims in order of resource, with a recovery place: hours and closures are asked again, the pool too.

    `day` is what the caller has just read under the locks. Raises SlotNotOffered, and SlotTaken where the pool is full.
    """
    day = day or day_from(visit, *ask_together(*day_questions(visit)))
    held = _check_offered(visit, day.lists, day.closed)
    spans = _with_recovery_place(visit, fit(visit, held, day.pool), day).spans
    return sorted(Claim(span.resource_id, span.phase.value, span.starts_at, span.ends_at) for span in spans)


def check_places(visit: Visit) -> Day:
    """Nothing written: whether the visit would have everything it asks for, as the day stands without a lock.

    Returns the day. Raises what `claims_for` does.
    """
    day = day_from(visit, *ask_together(*day_questions(visit)))
    check_recovery(visit, check_room_and_people(visit, day), day)
    return day


def check_room_and_people(visit: Visit, day: Day) -> Fitted:
    """The first half of `check_places`: hours, closures, skills, help, imaging. Raises SlotNotOffered and SlotTaken."""
    return fit(visit, _check_offered(visit, day.lists, day.closed), day.pool)


def check_recovery(visit: Visit, fitted: Fitted, day: Day) -> None:
    """The second half of `check_places`. Raises SlotTaken."""
    _packed(visit, fitted, day)


def check_not_past(visit: Visit, *, at: datetime | None = None) -> None:
    """Raises SlotNotOffered for a visit whose arrival has passed."""
    if visit.arrives_at < (at or timezone.now()):
        raise SlotNotOffered("That time has passed. Choose another slot.")
