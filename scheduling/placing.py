"""Putting a visit's or a reservation's claims into the table, the one way it is done.

The caller holds the locks of `scheduling.locking`. Rows go in sorted by resource with ON CONFLICT DO NOTHING and are
counted: a bare INSERT against the exclusion constraint is as correct but collapses in a race, because two inserters
wait for each other until the deadlock timeout.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db import connection
from django.utils import timezone

from scheduling.errors import SlotTaken
from scheduling.models import Appointment, AppointmentEvent
from units.rows import insertion, sent_together, stands, values_of


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


def insert_visit(
    appointment: Appointment,
    claims: Sequence[Claim],
    event: AppointmentEvent,
    *,
    along: Callable[[], None] | None = None,
) -> bool:
    """A new visit, its allocations and its first event stand, by one statement; both records have their keys.

    What `along` writes is sent with it, before it.

    False, and nothing is written, where the patient has another visit then or the dose has one. Raises SlotTaken where
    a claim did not arrive: the transaction must then be given up.
    """
    rows = json.dumps(
        [[claim.resource_id, claim.phase, *map(str, (claim.starts_at, claim.ends_at))] for claim in sorted(claims)]
    )
    values = [*values_of(appointment), rows, *values_of(event, besides="appointment_id")]
    with connection.cursor() as cursor:
        with sent_together() if along else nullcontext():
            if along:
                along()
            cursor.execute(_visit_statement(), values)
        appointment_id, placed, event_id = cursor.fetchone()
    if appointment_id is None:
        return False
    if placed != len(claims):
        raise SlotTaken(taken_by_another(claims, dose_id=appointment.dose_id) or _JUST_TAKEN)
    stands(appointment, appointment_id)
    stands(event, event_id)
    event.appointment = appointment
    return True


@cache
def _visit_statement() -> str:
    return f"""
        WITH visit AS ({insertion(Appointment)}),
        placed AS (
            INSERT INTO scheduling_allocation (appointment_id, resource_id, phase, starts_at, ends_at)
            SELECT visit.id, (claim->>0)::bigint, claim->>1, (claim->>2)::timestamptz, (claim->>3)::timestamptz
            FROM visit, json_array_elements(%s::json) AS claim
            ON CONFLICT DO NOTHING RETURNING id
        ),
        told AS ({insertion(AppointmentEvent, source="FROM visit", appointment_id="visit.id")})
        SELECT (SELECT id FROM visit), (SELECT count(*) FROM placed), (SELECT id FROM told)
    """  # noqa: S608  our own names


_JUST_TAKEN = "That slot has just been taken. Choose another one."

TAKEN_BY_ANOTHER = """
    SELECT holder.name, CASE WHEN reservation.offer_id IS NULL THEN reservation.reserved_by_name ELSE '' END
           AS reserved_by_name
    FROM scheduling_allocation allocation
    JOIN scheduling_resource holder ON holder.id = allocation.resource_id
    LEFT JOIN scheduling_reservation reservation ON reservation.id = allocation.reservation_id
    LEFT JOIN scheduling_appointment appointment ON appointment.id = allocation.appointment_id
    WHERE allocation.resource_id = {resource} AND allocation.appointment_id IS DISTINCT FROM coalesce(%(own)s, 0)
      AND tstzrange(allocation.starts_at, allocation.ends_at) && tstzrange({starts_at}, {ends_at})
      AND (reservation.id IS NULL
           OR (reservation.expires_at > %(at)s AND (reservation.dose_id = %(dose)s) IS NOT TRUE))
      AND (appointment.dose_id IS NULL OR appointment.dose_id IS DISTINCT FROM %(dose)s)
"""
"""Who has a resource in a stretch; what the dose (None: no dose) or the visit `own` itself holds does not count.

Both fields go to `taken_in_words`.
"""


def taken_by_another(claims: Sequence[Claim], *, dose_id: int | None) -> str | None:
    """What has one of the resources then, in words; None where all are free."""
    of_claim = TAKEN_BY_ANOTHER.format(
        resource="claim.resource_id", starts_at="claim.starts_at", ends_at="claim.ends_at"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT taken.* FROM unnest(%(resources)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
                 AS claim (resource_id, starts_at, ends_at)
            CROSS JOIN LATERAL ({of_claim}) taken
            LIMIT 1
            """,  # noqa: S608  our own fragment
            {
                "resources": [claim.resource_id for claim in claims],
                "starts": [claim.starts_at for claim in claims],
                "ends": [claim.ends_at for claim in claims],
                "at": timezone.now(),
                "dose": dose_id,
                "own": None,
            },
        )
        row = cursor.fetchone()
    return None if row is None else taken_in_words(*row)


def taken_in_words(name: str, reserved_by: str | None) -> str:
    """Without a patient's name: the reader may not be allowed to know it. Reserved by "" is kept for an offer."""
    if reserved_by == "":
        return f"{name} is kept at that time for patients it was offered to. Withdraw the offer or choose another slot."
    if reserved_by is not None:
        return f"{name} is reserved at that time by {reserved_by}, who is booking a visit. Choose another slot."
    return f"{name} is taken at that time by another visit. Choose another slot."
