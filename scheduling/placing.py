"""Putting a visit's or a reservation's claims into the table, the one way it is done.

The caller holds the locks of `scheduling.locking`. Rows go in sorted by resource with ON CONFLICT DO NOTHING and are
counted: a bare INSERT against the exclusion constraint is as correct but collapses in a race, because two inserters
wait for each other until the deadlock timeout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone

from scheduling.errors import SlotTaken


@dataclass(frozen=True, slots=True, order=True)
class Claim:
    """A resource wanted for a stretch of time: `[starts_at, ends_at)`, aware UTC."""

    resource_id: int
    phase: str
    starts_at: datetime
    ends_at: datetime


def insert_claims(
    claims: Sequence[Claim],
    *,
    dose_id: int | None,
    appointment_id: int | None = None,
    reservation_id: int | None = None,
) -> None:
    """Every claim is an allocation of that owner, or SlotTaken is raised and the transaction must be given up."""
    ordered = sorted(claims)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO scheduling_allocation (appointment_id, reservation_id, resource_id, phase, starts_at, ends_at)
            SELECT %s, %s, resource_id, phase, starts_at, ends_at
            FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[])
                 AS claim (resource_id, phase, starts_at, ends_at)
            ON CONFLICT DO NOTHING
            """,
            [
                appointment_id,
                reservation_id,
                [claim.resource_id for claim in ordered],
                [claim.phase for claim in ordered],
                [claim.starts_at for claim in ordered],
                [claim.ends_at for claim in ordered],
            ],
        )
        placed = cursor.rowcount
    if placed != len(ordered):
        raise SlotTaken(taken_by_another(ordered, dose_id=dose_id) or _JUST_TAKEN)


_JUST_TAKEN = "That slot has just been taken. Choose another one."


def taken_by_another(claims: Sequence[Claim], *, dose_id: int | None) -> str | None:
    """What has one of the resources then, in words; None where all are free. What the dose itself holds does not count.

    Without a patient's name: the reader may not be allowed to know it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT resource.name, reservation.reserved_by_name
            FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS claim (resource_id, starts_at, ends_at)
            JOIN scheduling_allocation allocation
              ON allocation.resource_id = claim.resource_id
             AND tstzrange(allocation.starts_at, allocation.ends_at) && tstzrange(claim.starts_at, claim.ends_at)
            JOIN scheduling_resource resource ON resource.id = allocation.resource_id
            LEFT JOIN scheduling_reservation reservation ON reservation.id = allocation.reservation_id
            LEFT JOIN scheduling_appointment appointment ON appointment.id = allocation.appointment_id
            WHERE (reservation.id IS NULL OR (reservation.expires_at > %s AND reservation.dose_id IS DISTINCT FROM %s))
              AND (appointment.id IS NULL OR appointment.dose_id IS DISTINCT FROM %s)
            ORDER BY resource.kind DESC, resource.id LIMIT 1
            """,
            [
                [claim.resource_id for claim in claims],
                [claim.starts_at for claim in claims],
                [claim.ends_at for claim in claims],
                timezone.now(),
                dose_id,
                dose_id,
            ],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    name, reserved_by = row
    if reserved_by is not None:
        return f"{name} is reserved at that time by {reserved_by}, who is booking a visit. Choose another slot."
    return f"{name} is taken at that time by another visit. Choose another slot."
