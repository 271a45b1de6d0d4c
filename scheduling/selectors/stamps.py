"""A word that changes whenever a unit's day does, for one cheap question: the ETag of the day board.

Two ways of seeing a change, neither of which misses one that is committed late, after others that began later. The rows
of the day itself are few: their `xmin`, which every INSERT and UPDATE renews, says whether one is new. Of what stands
elsewhere (papers, holds, closures, set-up) the last rows of each history table are looked at, whoever they are about:
sometimes the board is drawn again for nothing, never not at all.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Model

from doseplans.models import Administration, DosePlan, PlanHold, Protocol
from patients.models import AntithromboticTable, AntithromboticUse, Authorisation, Check, Consent, Flag, Patient
from scheduling.models import Closure, Resource, Schedule
from units.models import Unit

ELSEWHERE: tuple[type[Model], ...] = (
    Administration,
    AntithromboticTable,
    AntithromboticUse,
    Authorisation,
    Check,
    Closure,
    Consent,
    DosePlan,
    Flag,
    Patient,
    PlanHold,
    Protocol,
    Resource,
    Schedule,
    Unit,
)
LAST = 40
"""A transaction that commits late still is among so many: it cannot have been overtaken by more."""

_DAY = """
    WITH visit AS MATERIALIZED (
      SELECT id, xmin::text AS written FROM scheduling_appointment
      WHERE unit_id = %(unit)s AND starts_at >= %(since)s AND starts_at < %(until)s)
    SELECT md5(concat_ws('|',
      (SELECT string_agg(id || '.' || written, ' ' ORDER BY id) FROM visit),
      (SELECT string_agg(a.id || '.' || a.xmin, ' ' ORDER BY a.id)
       FROM visit JOIN scheduling_allocation a ON a.appointment_id = visit.id),
      (SELECT string_agg(r.id || '.' || r.xmin, ' ' ORDER BY r.id)
       FROM visit JOIN scheduling_appointmentresponse r ON r.appointment_id = visit.id),
      (SELECT string_agg(n.id || '.' || n.xmin, ' ' ORDER BY n.id)
       FROM scheduling_note n WHERE n.unit_id = %(unit)s AND n."on" = %(on)s),
"""


def day_stamp(unit: Unit, *, on: date, since: datetime, until: datetime) -> str:
    """The word; one query. Whoever asks has asked the actor."""
    asked: dict[str, Any] = {"unit": unit.pk, "on": on, "since": since, "until": until}
    with connection.cursor() as cursor:
        cursor.execute(_statement(), asked)
        (word,) = cursor.fetchone() or ("",)
    return str(word)


@cache
def _statement() -> str:
    tables = [model.history.rel.related_model._meta.db_table for model in ELSEWHERE]  # type: ignore[attr-defined]
    looks = [
        f"(SELECT string_agg(pgh_id::text, ' ') FROM (SELECT pgh_id FROM {table} ORDER BY pgh_id DESC LIMIT {LAST}) h)"  # noqa: S608
        for table in tables
    ]
    return f"{_DAY}{', '.join(looks)}))"
