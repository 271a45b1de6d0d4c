"""The reference for bookings: psycopg alone, writing the same rows under the same locks and constraints."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import psycopg

from scheduling.locking import patient_key, unit_day_key
from tests.ward import Ward

_EXPIRED = (
    "DELETE FROM scheduling_allocation USING scheduling_reservation reservation "
    "WHERE reservation.id = reservation_id AND reservation.unit_id = %s AND reservation.expires_at <= now()"
)
_APPOINTMENT = """
    INSERT INTO scheduling_appointment (public_id, unit_id, patient_id, dose_id, status, starts_at, ends_at, uid,
        ical_sequence, dtstamp, version, booked_at, booked_by_name, override_reason, squeezed_in_reason, cancelled_by,
        cancellation_reason)
    VALUES (%s, %s, %s, %s, 'booked', %s, %s, %s, 0, now(), 1, now(), 'raw', '', '', '', '')
    ON CONFLICT DO NOTHING RETURNING id
"""
_ALLOCATIONS = """
    INSERT INTO scheduling_allocation (appointment_id, resource_id, phase, starts_at, ends_at)
    SELECT %s, resource_id, phase, starts_at, ends_at
    FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[])
         AS claim (resource_id, phase, starts_at, ends_at)
    ON CONFLICT DO NOTHING
"""
_EVENT = """
    INSERT INTO scheduling_appointmentevent (appointment_id, kind, at, actor_name, reason, uid, ical_sequence, dtstamp,
        releases_at, snapshot)
    VALUES (%s, 'booked', now(), 'raw', '', %s, 0, now(), now(), '{}')
"""

# The dose after it says from then on that it counts from a booked day.
_NEXT_DOSE = """
    UPDATE doseplans_dose following SET rule = '28 days after the dose booked'
    FROM doseplans_dose booked
    WHERE booked.id = %s AND following.plan_id = booked.plan_id AND following.sequence = booked.sequence + 1
"""
ON_RECORD = "SELECT set_config('pghistory.context_id', %s, true), set_config('pghistory.context_metadata', %s, true)"


class Refused(Exception):
    """A row did not arrive: somebody else has it."""


def book(
    connection: psycopg.Connection,
    ward: Ward,
    *,
    patient_id: int,
    dose_id: int,
    arrive: datetime,
    resources: tuple[int, int, int],
    locked: bool = True,
) -> None:
    """One visit with its room, operator and place in one transaction. Raises Refused."""
    procedure = arrive + timedelta(minutes=60)
    recovery = procedure + timedelta(minutes=45)
    leave = recovery + timedelta(minutes=90)
    room, operator, place = resources
    claims = sorted(
        [
            (room, "procedure", procedure, recovery),
            (operator, "procedure", procedure, recovery),
            (place, "recovery", recovery, leave),
        ]
    )
    with connection.transaction(), connection.cursor() as cursor:
        if locked:
            keys = sorted({patient_key(patient_id), unit_day_key(ward.unit.pk, ward.unit.local_date(arrive))})
            cursor.execute("SELECT count(pg_advisory_xact_lock(key)) FROM unnest(%s::bigint[]) AS key", [keys])
            cursor.execute(_EXPIRED, [ward.unit.pk])
        cursor.execute(ON_RECORD, [str(uuid.uuid4()), '{"actor": "raw", "act": "book"}'])
        uid = uuid.uuid4()
        cursor.execute(_APPOINTMENT, [uuid.uuid4(), ward.unit.pk, patient_id, dose_id, arrive, leave, uid])
        row = cursor.fetchone()
        if row is None:
            raise Refused
        cursor.execute(_ALLOCATIONS, [row[0], *map(list, zip(*claims, strict=True))])
        if cursor.rowcount != len(claims):
            raise Refused
        cursor.execute(_EVENT, [row[0], uid])
        cursor.execute(_NEXT_DOSE, [dose_id])
