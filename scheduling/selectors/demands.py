"""What a visit asks of room, people, places and devices at its unit: rules that the unit has set up, read as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from doseplans.models import Dose, Protocol
from patients.models import Flag, Patient
from scheduling.engine.need import StartHours
from scheduling.engine.recovery import Held
from scheduling.engine.ticks import floor_tick
from scheduling.models import SkillRule, VisitKind
from units.models import Unit

AskedOf = SkillRule.AskedOf


@dataclass(frozen=True, slots=True)
class Asked:
    """A skill that the visit asks for, of what, and because of what: at most one of the last three."""

    skill: str
    asked_of: str
    access_route: str = ""
    need: str = ""
    protocol_code: str = ""

    @property
    def because(self) -> str:
        """Why, as the second half of a sentence."""
        if self.access_route:
            return "this patient's needle is guided by it"
        if self.need:
            label = str(Flag.Code(self.need).label)
            return f"this patient needs it ({label if label[:2].isupper() else label.lower()})"
        return "the protocol asks for it" if self.protocol_code else "this visit asks for it"


@dataclass(frozen=True, slots=True)
class Demands:
    """Everything a visit asks for besides time. With none of it, a booking asks nothing more of the database.

    `only_operator` is the key and the name of the one person who operates for the plan, where the plan says so.
    """

    asked: tuple[Asked, ...] = ()
    is_assisted: bool = False
    only_operator: tuple[int, str] | None = None

    def of(self, asked_of: str) -> frozenset[str]:
        """The skills asked of one kind of thing."""
        return frozenset(one.skill for one in self.asked if one.asked_of == asked_of)

    @property
    def is_skilled(self) -> bool:
        """Whether skills must be read to place the visit."""
        return bool(self.asked)


NOTHING_ASKED = Demands()


def demands_of_all(several: Iterable[Demands]) -> Demands:
    """What a slot must have so that whichever of the visits takes it has what it asks for.

    >>> hoist, scope = Asked("hoist", "place", need="hoist"), Asked("fluoroscopy", "room")
    >>> both = demands_of_all([Demands((hoist,)), Demands((scope, hoist), is_assisted=True)])
    >>> [one.skill for one in both.asked], both.is_assisted
    (['hoist', 'fluoroscopy'], True)
    """
    all_of_them = tuple(several)
    return Demands(
        asked=tuple(dict.fromkeys(one for demands in all_of_them for one in demands.asked)),
        is_assisted=any(demands.is_assisted for demands in all_of_them),
        only_operator=next((demands.only_operator for demands in all_of_them if demands.only_operator), None),
    )


# For a query that has the dose's plan, its protocol and its patient's unit joined: see `Joined`.
ASKED = """(
    SELECT coalesce(json_agg(json_build_array(
        skill.name, rule.asked_of, rule.access_route, rule.need, rule.protocol_code
    ) ORDER BY rule.id), '[]')
    FROM scheduling_skill skill JOIN scheduling_skillrule rule ON rule.skill_id = skill.id
    WHERE skill.unit_id = {plan__patient__unit}.id AND rule.visit_kind_id IS NULL
      AND rule.access_route IN ('', {plan}.access_route)
      AND rule.protocol_code IN ('', {plan__protocol}.code)
      AND (rule.need = '' OR EXISTS (
          SELECT FROM patients_flag flag WHERE flag.patient_id = {plan__patient}.id AND flag.code = rule.need
      ))
)"""
ONLY_OPERATOR = """(
    SELECT json_build_array(person.id, person.name)
    FROM scheduling_onlyoperator only_one JOIN scheduling_resource person ON person.id = only_one.operator_id
    WHERE only_one.plan_id = {plan}.id
)"""


def asked_of_kind(patient: Patient, kind: VisitKind) -> tuple[Asked, ...]:
    """What a visit without a plan asks for; one query."""
    codes = list(Flag.objects.filter(patient=patient).values_list("code", flat=True))
    rules = SkillRule.objects.filter(
        Q(need="") | Q(need__in=codes),
        Q(visit_kind__isnull=True) | Q(visit_kind=kind),
        skill__unit_id=patient.unit_id,
        access_route="",
        protocol_code="",
    )
    rows: Iterable[Any] = rules.order_by("pk").values_list("skill__name", "asked_of", "access_route", "need")
    return tuple(Asked(*row) for row in rows)


def asked_of_everybody(unit: Unit, protocol: Protocol) -> tuple[Asked, ...]:
    """What a visit of the protocol asks for whoever the patient is; one query."""
    rules = SkillRule.objects.filter(
        skill__unit=unit, visit_kind__isnull=True, access_route="", need="", protocol_code__in=["", protocol.code]
    )
    rows = rules.order_by("pk").values_list("skill__name", "asked_of", "protocol_code")
    return tuple(Asked(skill, asked_of, protocol_code=code) for skill, asked_of, code in rows)


def skills_of(unit: Unit) -> dict[int, frozenset[str]]:
    """The names of the unit's skills that each resource has, by the resource's key; one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT link.resource_id, array_agg(skill.name) FROM scheduling_skill skill "
            "JOIN scheduling_skill_resources link ON link.skill_id = skill.id "
            "WHERE skill.unit_id = %s GROUP BY link.resource_id",
            [unit.pk],
        )
        return {key: frozenset(names) for key, names in cursor.fetchall()}


def start_hours_of(protocol: Protocol, unit: Unit, *, at: datetime) -> StartHours | None:
    """When procedures of the protocol may begin, as seen at `at`; None where it says nothing about that."""
    if not (protocol.starts_from or protocol.starts_before or protocol.start_weekdays or protocol.ordered_by):
        return None
    return StartHours(
        since=protocol.starts_from,
        before=protocol.starts_before,
        weekdays=frozenset(protocol.start_weekdays),
        first_on=_ordered_for(protocol, unit, at),
    )


def _ordered_for(protocol: Protocol, unit: Unit, at: datetime) -> date | None:
    """The first day for which the order is still in time: tomorrow until that hour of today, then the day after."""
    if protocol.ordered_by is None:
        return None
    local = unit.local(at)
    return local.date() + timedelta(days=1 if local.time() <= protocol.ordered_by else 2)


_APART = """
    SELECT room.id, allocation.starts_at, allocation.ends_at, other.name
    FROM scheduling_resource room
    JOIN scheduling_resource other ON other.unit_id = room.unit_id AND other.area = room.area
    JOIN scheduling_allocation allocation ON allocation.resource_id = other.id
    LEFT JOIN scheduling_appointment appointment ON appointment.id = allocation.appointment_id
    LEFT JOIN scheduling_reservation reservation ON reservation.id = allocation.reservation_id
    JOIN doseplans_dose dose ON dose.id = coalesce(appointment.dose_id, reservation.dose_id)
    JOIN doseplans_doseplan plan ON plan.id = dose.plan_id
    JOIN doseplans_protocol protocol ON protocol.id = plan.protocol_id
    WHERE room.unit_id = %(unit)s AND room.kind = 'room' AND room.area <> ''
      AND protocol.kept_apart_as NOT IN ('', %(kept)s)
      AND allocation.starts_at < %(until)s AND allocation.starts_at >= %(since)s - interval '1 day'
      AND allocation.ends_at > %(since)s
      AND dose.id <> ALL(%(doses)s)
      AND (reservation.id IS NULL OR reservation.expires_at > %(at)s)
"""

Clash = tuple[int, datetime, datetime, str]
"""A room, the half-open stretch in which nothing of the protocol may run there, and the room that has the reason."""


def kept_apart(unit: Unit, dose: Dose | None, *, since: datetime, until: datetime, at: datetime) -> Sequence[Clash]:
    """Where and when the dose's procedure would meet one it is kept apart from; one query, or none at all."""
    if dose is None or not dose.plan.protocol.kept_apart_as:
        return ()
    return kept_apart_from(unit, dose.plan.protocol.kept_apart_as, (since, until), at=at, besides=[dose.pk])


def kept_apart_from(
    unit: Unit, kept: str, between: tuple[datetime, datetime], *, at: datetime, besides: Iterable[int]
) -> Sequence[Clash]:
    """As `kept_apart`, of any procedure that is kept apart as that; the doses `besides` do not count. One query."""
    since, until = between
    asked: dict[str, Any] = {
        "unit": unit.pk,
        "kept": kept,
        "since": since,
        "until": until,
        "at": at,
        "doses": list(besides),
    }
    with connection.cursor() as cursor:
        cursor.execute(_APART, asked)
        return cursor.fetchall()


Stay = tuple[int, int]
"""A recovery place and the tick from which it is taken."""


def places_asked(unit: Unit, *, since: datetime, until: datetime) -> dict[Stay, frozenset[str]]:
    """Skills that each stay in recovery asks of its place, for those that ask at all; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACES_ASKED, {"unit": unit.pk, "since": since, "until": until})
        return {(place_id, floor_tick(starts_at)): frozenset(names) for place_id, starts_at, names in cursor.fetchall()}


_PLACES_ASKED = """
    SELECT place.id, allocation.starts_at, array_agg(skill.name)
    FROM scheduling_resource place
    JOIN scheduling_allocation allocation ON allocation.resource_id = place.id
    LEFT JOIN scheduling_appointment appointment ON appointment.id = allocation.appointment_id
    LEFT JOIN scheduling_reservation reservation ON reservation.id = allocation.reservation_id
    LEFT JOIN doseplans_dose dose ON dose.id = coalesce(appointment.dose_id, reservation.dose_id)
    LEFT JOIN doseplans_doseplan plan ON plan.id = dose.plan_id
    LEFT JOIN doseplans_protocol protocol ON protocol.id = plan.protocol_id
    JOIN scheduling_skill skill ON skill.unit_id = place.unit_id
    JOIN scheduling_skillrule rule ON rule.skill_id = skill.id AND rule.asked_of = 'place'
    WHERE place.unit_id = %(unit)s AND place.kind = 'recovery'
      AND allocation.starts_at < %(until)s AND allocation.starts_at >= %(since)s - interval '1 day'
      AND allocation.ends_at > %(since)s
      AND (rule.access_route = '' OR rule.access_route = plan.access_route)
      AND (rule.protocol_code = '' OR rule.protocol_code = protocol.code)
      AND (rule.visit_kind_id IS NULL OR rule.visit_kind_id = appointment.visit_kind_id)
      AND (rule.need = '' OR EXISTS (
          SELECT FROM patients_flag flag
          WHERE flag.code = rule.need AND flag.patient_id = coalesce(appointment.patient_id, plan.patient_id)
      ))
    GROUP BY place.id, allocation.starts_at
"""


def with_own_places(
    held: Iterable[Held],
    asked: Mapping[Stay, frozenset[str]],
    skills: Mapping[int, frozenset[str]],
    pool: Iterable[int],
) -> list[Held]:
    """The held stretches, each with the places that have what it asks for (None where it asks for nothing)."""
    may_be: dict[frozenset[str], frozenset[int]] = {}
    places = tuple(pool)
    found = []
    for one in held:
        wanted = asked.get((one.place_id, one.starts))
        if wanted is None:
            found.append(one)
            continue
        if wanted not in may_be:
            may_be[wanted] = frozenset(place for place in places if wanted <= skills.get(place, frozenset()))
        found.append(replace(one, places=may_be[wanted]))
    return found
