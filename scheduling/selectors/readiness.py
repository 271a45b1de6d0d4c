"""Whether visits are ready: every gate of the protocol with what is on record, in one query however many visits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from doseplans.readiness import (
    AuthorisationFact,
    CheckFact,
    ConsentFact,
    Facts,
    GateState,
    GivenFact,
    MedicineFact,
    Table,
    TableRow,
    judge,
)
from scheduling.models import Appointment

Readiness = tuple[GateState, ...]
"""Every gate of a visit's protocol, in the protocol's order; empty where the protocol has none, or there is no dose."""

# One statement: the board asks for a day of visits, and every list has a number of queries that does not grow.
_VISITS = """
    SELECT visit.id, unit.timezone,
      coalesce((SELECT min(a.starts_at) FROM scheduling_allocation a
                WHERE a.appointment_id = visit.id AND a.phase = 'procedure'), visit.starts_at),
      CASE WHEN protocol.dose_unit = 'mg' THEN coalesce(
        (SELECT s.dose_amount FROM (
           SELECT dose_amount, ordinal, sum(coalesce(count, 100000)) OVER (ORDER BY ordinal) AS upto
           FROM doseplans_protocolstep WHERE protocol_id = protocol.id) s
         WHERE s.upto >= dose.sequence ORDER BY s.ordinal LIMIT 1), protocol.dose_amount) END,
      (SELECT json_agg(json_build_array(g.code, g.validity_days) ORDER BY g.ordinal, g.id)
       FROM doseplans_protocolgate g WHERE g.protocol_id = protocol.id),
      (SELECT json_agg(json_build_array(c.kind, c.given_on, c.expires_on, c.withdrawn_on))
       FROM patients_consent c WHERE c.patient_id = visit.patient_id),
      (SELECT json_agg(json_build_array(c.kind, c.done_on, c.is_acceptable, c.result)) FROM (
         SELECT DISTINCT ON (kind) kind, done_on, is_acceptable, result FROM patients_check
         WHERE patient_id = visit.patient_id AND NOT is_entered_in_error
           AND done_on <= (visit.starts_at AT TIME ZONE unit.timezone)::date
         ORDER BY kind, done_on DESC, id DESC) c),
      (SELECT json_agg(json_build_array(a.status, a.funding_source, coalesce(a.valid_from, a.approved_on),
                                        a.valid_from, a.valid_to, a.units_approved, a.doses_approved)
                       ORDER BY a.valid_to DESC NULLS FIRST, a.id DESC)
       FROM patients_authorisation a WHERE a.patient_id = visit.patient_id),
      (SELECT json_agg(json_build_array(u.medicine, u.hold_agreed_on) ORDER BY u.medicine)
       FROM patients_antithromboticuse u WHERE u.patient_id = visit.patient_id AND u.stopped_on IS NULL),
      EXISTS (SELECT 1 FROM patients_flag f WHERE f.patient_id = visit.patient_id AND f.code = 'antithrombotic'),
      (SELECT json_build_array(t.version,
         (SELECT json_agg(json_build_array(r.medicine, r.hours_before, r.needs_inr, r.note))
          FROM patients_antithromboticrow r WHERE r.table_id = t.id))
       FROM patients_antithrombotictable t WHERE t.unit_id = visit.unit_id AND t.status = 'active'),
      (SELECT json_agg(json_build_array(x.given_on, CASE WHEN x.dose_unit = 'mg' THEN x.dose_amount::text END))
       FROM doseplans_administration x
       JOIN doseplans_dose d ON d.id = x.dose_id
       JOIN doseplans_doseplan p ON p.id = d.plan_id
       JOIN doseplans_protocol q ON q.id = p.protocol_id
       WHERE p.patient_id = visit.patient_id AND q.code = protocol.code AND NOT x.is_entered_in_error),
      (SELECT h.reason FROM doseplans_planhold h WHERE h.plan_id = plan.id AND h.lifted_at IS NULL)
    FROM scheduling_appointment visit
    JOIN units_unit unit ON unit.id = visit.unit_id
    JOIN doseplans_dose dose ON dose.id = visit.dose_id
    JOIN doseplans_doseplan plan ON plan.id = dose.plan_id
    JOIN doseplans_protocol protocol ON protocol.id = plan.protocol_id
    WHERE visit.id = ANY(%s)
"""


_JSON = frozenset({4, 5, 6, 7, 8, 10, 11})
"""Its columns that are JSON."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the statement above, in its order."""

    visit_id: int
    zone: str
    procedure_at: datetime
    dose_mg: Decimal | None
    gates: Sequence[Any]
    consents: Sequence[Any]
    checks: Sequence[Any]
    authorisations: Sequence[Any]
    medicines: Sequence[Any]
    is_flagged: bool
    table: Sequence[Any] | None
    given: Sequence[Any]
    hold_reason: str | None


def readiness_of(visits: Iterable[Appointment], *, at: datetime) -> Mapping[int, Readiness]:
    """Every gate of each visit as it stands at `at`, by the visit's key; one query.

    Whoever asks has read the visits by a selector that takes the actor.
    """
    keys = [visit.pk for visit in visits if visit.dose_id is not None]
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_VISITS, [keys])
        rows = [_Row(*(_read(value) if n in _JSON else value for n, value in enumerate(v))) for v in cursor.fetchall()]
    found = {row.visit_id: judge(_facts(row, at), [(code, days) for code, days in row.gates or ()]) for row in rows}
    return {key: found.get(key, ()) for key in keys}


def readiness(visit: Appointment, *, at: datetime) -> Readiness:
    """Every gate of one visit as it stands at `at`; one query."""
    return readiness_of([visit], at=at).get(visit.pk, ())


def _read(value: Any) -> Any:
    """JSON comes as text where Django has told the driver to leave it."""
    return json.loads(value) if isinstance(value, str) else value


def _facts(row: _Row, at: datetime) -> Facts:
    zone = ZoneInfo(row.zone)
    return Facts(
        at=at.astimezone(zone),
        procedure_at=row.procedure_at.astimezone(zone),
        consents=tuple(
            ConsentFact(kind, _day(given), _day_or_none(expires), _day_or_none(withdrawn))
            for kind, given, expires, withdrawn in row.consents or ()
        ),
        checks=tuple(CheckFact(kind, _day(done), fine, result) for kind, done, fine, result in row.checks or ()),
        authorisations=tuple(
            AuthorisationFact(
                status, source, _day_or_none(since), _day_or_none(first), _day_or_none(last), units, doses
            )
            for status, source, since, first, last, units, doses in row.authorisations or ()
        ),
        medicines=tuple(MedicineFact(name, _day_or_none(agreed)) for name, agreed in row.medicines or ()),
        is_flagged_antithrombotic=row.is_flagged,
        table=_table(row.table),
        given=tuple(GivenFact(_day(on), Decimal(amount) if amount else None) for on, amount in row.given or ()),
        dose_mg=row.dose_mg,
        hold_reason=row.hold_reason,
    )


def _table(found: Sequence[Any] | None) -> Table | None:
    if found is None:
        return None
    version, rows = found
    by_name = {name.strip().casefold(): TableRow(hours, needs_inr, note) for name, hours, needs_inr, note in rows or ()}
    return Table(version, by_name)


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _day_or_none(text: str | None) -> date | None:
    return _day(text) if text else None
