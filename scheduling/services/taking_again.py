"""What a visit had and takes again: its recovery place, or another of the pool."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import connection

from doseplans.models import ProtocolPhase
from scheduling.models import Appointment
from scheduling.placing import Claim

_FREE_PLACE = """
    SELECT place.id FROM scheduling_resource place
    WHERE place.unit_id = %(unit)s AND place.kind = 'recovery' AND place.is_active
      AND NOT EXISTS (
          SELECT FROM scheduling_allocation taken
          WHERE taken.resource_id = place.id AND taken.starts_at < %(until)s AND taken.ends_at > %(since)s
      )
      AND NOT EXISTS (
          SELECT FROM scheduling_closure closure
          WHERE (closure.resource_id = place.id OR (closure.unit_id = place.unit_id AND closure.resource_id IS NULL))
            AND closure.starts_at < %(until)s AND closure.ends_at > %(since)s
      )
    ORDER BY place.id <> %(old)s, place.ordinal, place.id LIMIT 1
"""


def with_free_place(appointment: Appointment, claim: Claim) -> Claim:
    """The claim as it is, unless it is for a recovery place that is taken now: places are a pool."""
    if claim.phase != ProtocolPhase.Phase.RECOVERY:
        return claim
    asked: dict[str, Any] = {
        "unit": appointment.unit_id,
        "old": claim.resource_id,
        "since": claim.starts_at,
        "until": claim.ends_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FREE_PLACE, asked)
        row = cursor.fetchone()
    return replace(claim, resource_id=row[0]) if row else claim
