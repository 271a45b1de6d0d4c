"""What a visit had and takes again: its recovery place, or another of the pool that has what the patient needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from scheduling.engine.nursing import Shift, has_nurse
from scheduling.engine.ticks import ceil_tick, floor_tick
from scheduling.errors import SlotTaken
from scheduling.models import Allocation, Appointment, Part
from scheduling.placing import Claim, insert_claims
from scheduling.selectors.demands import kept_apart
from scheduling.selectors.nursing import shifts_of

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
      AND (place.id = %(old)s OR NOT EXISTS (
          SELECT FROM scheduling_skill skill
          JOIN scheduling_skillrule rule ON rule.skill_id = skill.id AND rule.asked_of = 'place'
          JOIN scheduling_appointment visit ON visit.id = %(visit)s
          LEFT JOIN doseplans_dose dose ON dose.id = visit.dose_id
          LEFT JOIN doseplans_doseplan plan ON plan.id = dose.plan_id
          LEFT JOIN doseplans_protocol protocol ON protocol.id = plan.protocol_id
          WHERE skill.unit_id = place.unit_id
            AND (rule.access_route = '' OR rule.access_route = plan.access_route)
            AND (rule.protocol_code = '' OR rule.protocol_code = protocol.code)
            AND (rule.visit_kind_id IS NULL OR rule.visit_kind_id = visit.visit_kind_id)
            AND (rule.need = '' OR EXISTS (
                SELECT FROM patients_flag flag WHERE flag.code = rule.need AND flag.patient_id = visit.patient_id
            ))
            AND NOT EXISTS (
                SELECT FROM scheduling_skill_resources link
                WHERE link.skill_id = skill.id AND link.resource_id = place.id
            )
      ))
    ORDER BY place.id <> %(old)s, place.ordinal, place.id LIMIT 1
"""


def with_free_place(appointment: Appointment, claim: Claim) -> Claim:
    """The claim as it is, unless it is for a recovery place that is taken now: places are a pool."""
    if claim.phase != Part.RECOVERY:
        return claim
    asked: dict[str, Any] = {
        "unit": appointment.unit_id,
        "visit": appointment.pk,
        "old": claim.resource_id,
        "since": claim.starts_at,
        "until": claim.ends_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FREE_PLACE, asked)
        row = cursor.fetchone()
    return replace(claim, resource_id=row[0]) if row else claim


def take_again(appointment: Appointment, old: Sequence[Claim], *, at: datetime) -> list[Claim]:
    """The visit has its old room and operator again, and its old recovery place or another that is free.

    Raises SlotTaken, which says what has the time.
    """
    claims = [with_free_place(appointment, claim) for claim in old]
    try:
        refuse_what_came_meanwhile(appointment, claims, at=at)
        insert_claims(claims, dose_id=appointment.dose_id, appointment_id=appointment.pk)
    except SlotTaken as taken:
        raise SlotTaken(f"This cannot be undone. {taken.sentence}") from taken
    return claims


def refuse_what_came_meanwhile(appointment: Appointment, claims: Sequence[Claim], *, at: datetime) -> None:
    """Nothing, where the nurses in recovery can take the visit again and nothing it is kept apart from is beside it.

    Under the day's lock. Raises SlotTaken.
    """
    unit = appointment.unit
    shifts = shifts_of(unit)
    for claim in claims:
        if claim.phase == Part.RECOVERY and shifts:
            _refuse_without_nurse(appointment, claim, shifts)
        elif claim.phase == Part.PROCEDURE:
            since, until = claim.starts_at, claim.ends_at
            clashes = kept_apart(unit, appointment.dose, since=since, until=until, at=at)
            if any(clash[0] == claim.resource_id for clash in clashes):
                raise SlotTaken("A procedure that this one is kept apart from has come into the same area meanwhile.")


def _refuse_without_nurse(appointment: Appointment, claim: Claim, shifts: Sequence[Shift]) -> None:
    unit = appointment.unit
    days = unit.local_date(claim.starts_at), unit.local_date(claim.ends_at) + timedelta(days=1)
    others = Allocation.objects.filter(
        phase=Part.RECOVERY, resource__unit=unit, starts_at__lt=claim.ends_at, ends_at__gt=claim.starts_at
    ).exclude(appointment=appointment)
    stays = [(floor_tick(starts), ceil_tick(ends)) for starts, ends in others.values_list("starts_at", "ends_at")]
    wanted = floor_tick(claim.starts_at), ceil_tick(claim.ends_at)
    if not has_nurse(shifts, days, unit.zone, stays, wanted):
        raise SlotTaken("The nurses in recovery have as many patients as they may (local policy) at the old time now.")
