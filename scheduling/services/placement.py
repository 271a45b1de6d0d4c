"""Placing a visit or a reservation under the locks: hours and closures asked again, a recovery place found, rows in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

from django.db import connection
from django.utils import timezone

from scheduling.engine.recovery import Held, repack
from scheduling.engine.ticks import ceil_tick, day_words, floor_tick, wall_clock
from scheduling.engine.visit import Slot
from scheduling.errors import SlotNotOffered, SlotTaken
from scheduling.models import Allocation, Reservation
from scheduling.placing import Claim, insert_claims, taken_by_another
from scheduling.selectors.lists import closed_stretches, lists_of, recovery_pool
from scheduling.services.visits import Visit
from units.models import Unit


def refuse_taken(visit: Visit) -> None:
    """Raises SlotTaken where room or operator is taken as far as can be seen without a lock.

    In a rush for one slot all but the first are told at once, and do not queue for the day's lock; whoever passes is
    still only sure once the rows are in.
    """
    sentence = taken_by_another(claims_of(visit.slot), dose_id=visit.dose.pk)
    if sentence is not None:
        raise SlotTaken(sentence)


def check_offered(visit: Visit) -> None:
    """A list of the room and the person is open then, and nothing closes them. Raises SlotNotOffered."""
    slot, unit = visit.slot, visit.unit
    lists = lists_of(unit, since=slot.on, until=slot.on + timedelta(days=1), room_id=visit.room.pk)
    held = [hours for hours in lists if not hours.refuses(slot.phases, slot.procedure)]
    clock = f"{unit.local(slot.procedure_at):%H:%M}"
    if not held:
        raise SlotNotOffered(
            f"{visit.room} has no list on {day_words(slot.on)} at {clock}. Choose one of the slots shown."
        )
    if not any(visit.operator.pk in hours.operator_ids for hours in held):
        raise SlotNotOffered(
            f"{visit.operator} does not operate in {visit.room} on {day_words(slot.on)} at {clock}. "
            "Choose one of the slots shown."
        )
    closed = closed_stretches(
        unit, [visit.room.pk, visit.operator.pk], since=slot.procedure_at, until=slot.spans[0].ends_at
    )
    if closed:
        name = visit.room if closed[0][0] == visit.room.pk else visit.operator
        raise SlotNotOffered(f"{name} is closed or away on {day_words(slot.on)} at {clock}. Choose another slot.")


def drop_expired_reservations(unit: Unit, *, at: datetime, dose_id: int | None = None) -> None:
    """Reservations of the unit that have run out are gone, with the one for this dose if named; places are free."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH gone AS (
                DELETE FROM scheduling_reservation
                WHERE unit_id = %(unit)s AND (expires_at <= %(at)s OR dose_id = %(dose)s) RETURNING id
            )
            DELETE FROM scheduling_allocation USING gone WHERE reservation_id = gone.id
            """,
            {"unit": unit.pk, "at": at, "dose": dose_id},
        )


def with_recovery_place(visit: Visit) -> Slot:
    """The slot with a free place of the pool, after changing the places of visits that have not arrived if need be.

    Changing a place moves nobody in time: no SEQUENCE is bumped and nothing is sent. Raises SlotTaken where the pool
    is full.
    """
    slot = visit.slot
    starts, ends = slot.recovery_ticks
    if starts == ends:
        return slot
    pool = recovery_pool(visit.unit)
    found = repack(pool, _held(visit.unit, pool, slot), starts, ends)
    if found is None:
        raise SlotTaken("Every recovery place is taken after that procedure. Choose an earlier or a later slot.")
    _change_places({move.key: move.to_place_id for move in found.moves})
    return replace(slot, recovery_id=found.place_id)


def _held(unit: Unit, pool: tuple[int, ...], slot: Slot) -> list[Held]:
    """Everything that takes a place of the pool on the slot's day; closures cannot change place."""
    since = wall_clock(slot.on, time(0), unit.zone)
    until = max(wall_clock(slot.on + timedelta(days=1), time(0), unit.zone), slot.leave_at)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT allocation.id, allocation.resource_id, allocation.starts_at, allocation.ends_at, appointment.status
            FROM scheduling_allocation allocation
            LEFT JOIN scheduling_appointment appointment ON appointment.id = allocation.appointment_id
            WHERE allocation.resource_id = ANY(%s) AND allocation.starts_at < %s AND allocation.starts_at >= %s
              AND allocation.ends_at > %s
            """,
            [list(pool), until, since - timedelta(days=1), since],
        )
        rows = cursor.fetchall()
    held = [
        # Who stays past midnight keeps the place: the neighbours of the next day are not known here.
        Held(
            pk,
            resource_id,
            floor_tick(starts_at),
            ceil_tick(ends_at),
            movable=status in {None, "booked"} and ends_at <= until,
        )
        for pk, resource_id, starts_at, ends_at, status in rows
    ]
    closed = closed_stretches(unit, pool, since=since, until=until)
    held += [
        Held(-index, resource_id, floor_tick(starts_at), ceil_tick(ends_at), movable=False)
        for index, (resource_id, starts_at, ends_at) in enumerate(closed, start=1)
    ]
    return held


def _change_places(places: dict[int, int]) -> None:
    """Allocations by key change resource. Deleted and put in again: an immediate constraint refuses a swap."""
    if not places:
        return
    rows = list(Allocation.objects.filter(pk__in=places))
    Allocation.objects.filter(pk__in=places).delete()
    for row in rows:
        row.resource_id = places[row.pk]
    Allocation.objects.bulk_create(sorted(rows, key=lambda row: row.resource_id))


def claims_of(slot: Slot) -> list[Claim]:
    """The slot's claims as rows."""
    return [Claim(span.resource_id, span.phase.value, span.starts_at, span.ends_at) for span in slot.spans]


def place(visit: Visit, *, appointment_id: int | None = None, reservation: Reservation | None = None) -> list[Claim]:
    """The visit's claims stand in the table for that owner. Raises SlotTaken; the transaction must then be given up."""
    claims = claims_of(with_recovery_place(visit))
    insert_claims(
        claims,
        dose_id=visit.dose.pk,
        appointment_id=appointment_id,
        reservation_id=reservation.pk if reservation else None,
    )
    return claims


def check_not_past(visit: Visit, *, at: datetime | None = None) -> None:
    """Raises SlotNotOffered for a visit whose arrival has passed."""
    if visit.slot.arrive_at < (at or timezone.now()):
        raise SlotNotOffered("That time has passed. Choose another slot.")
