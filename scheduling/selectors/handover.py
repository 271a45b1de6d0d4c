"""What changed in a unit since a time, and what the coming day needs; a fixed number of queries each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Model, Q, QuerySet, Subquery

from doseplans.models import PlanHold, ProtocolStep
from patients.models import Patient, WorklistItem
from scheduling.models import LIVE, Appointment, AppointmentEvent, Closure, HandoverMark, Note, Resource
from scheduling.selectors.day_board import bounds_of
from units.actors import Actor
from units.models import Unit
from units.policy import Act
from units.scope import scoped

MOST = 300
"""So many of each kind are read, the latest: more than that nobody reads through at a handover."""

GONE_DAYS = 7
"""How far back it is looked for visits that were moved away from a day."""


# --- what changed ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class HoldChange:
    """A plan went on hold, its hold was changed, or lifted."""

    at: datetime
    actor_name: str
    patient: Patient
    label: str  # pghistory's: insert, update or delete
    is_lifted: bool
    reason: str


@dataclass(frozen=True, slots=True)
class ClosureChange:
    """A time was closed, changed or opened again. `resource` None: of the whole unit."""

    at: datetime
    actor_name: str
    label: str
    resource: Resource | None
    starts_at: datetime
    ends_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed in the unit from `since` on, each kind latest first. `is_cut`: there is more than was read."""

    since: datetime
    events: tuple[AppointmentEvent, ...]
    holds: tuple[HoldChange, ...]
    closures: tuple[ClosureChange, ...]
    notes: tuple[Note, ...]
    red_flags: tuple[WorklistItem, ...]
    is_cut: bool


def changes_since(actor: Actor, *, unit: Unit, since: datetime) -> Changes:
    """Visits, holds, closures, notes and red flags that wait for a doctor; five queries."""
    actor.require(Act.VIEW_SCHEDULE, unit.pk)
    events = scoped(AppointmentEvent.objects.all(), actor, Act.VIEW_SCHEDULE, through="appointment__unit_id")
    events = events.filter(appointment__unit=unit, at__gte=since).order_by("-at", "-pk")
    notes = scoped(Note.objects.all(), actor, Act.VIEW_PATIENTS).filter(unit=unit)
    notes = notes.filter(Q(written_at__gte=since) | Q(ended_at__gte=since)).select_related("patient")
    flags = scoped(WorklistItem.objects.all(), actor, Act.VIEW_PATIENTS).filter(
        unit=unit, kind=WorklistItem.Kind.ESCALATION, done_at__isnull=True, opened_at__gte=since
    )
    happened = list(events.select_related("appointment__patient", "appointment__unit")[: MOST + 1])
    written = list(notes.order_by("-written_at", "-pk")[: MOST + 1])
    return Changes(
        since=since,
        events=tuple(happened[:MOST]),
        holds=_holds(actor, unit, since),
        closures=_closures(actor, unit, since),
        notes=tuple(written[:MOST]),
        red_flags=tuple(flags.select_related("patient").order_by("-opened_at", "-pk")[:MOST]),
        is_cut=len(happened) > MOST or len(written) > MOST,
    )


def read_until(actor: Actor, *, unit: Unit) -> datetime | None:
    """Up to when the actor has read what changed here; None where they never said so."""
    if actor.user_id is None:
        return None
    marks = HandoverMark.objects.filter(user_id=actor.user_id, unit=unit)
    return marks.values_list("read_until", flat=True).first()


def unread_of(*, unit: int, user: int) -> tuple[QuerySet[AppointmentEvent], QuerySet[Note]]:
    """What others did to the unit's visits, and wrote, since the user's own mark; none where they have none.

    For the count in the menu: rows that it does not name.
    """
    mark = Subquery(HandoverMark.objects.filter(user_id=user, unit_id=unit).values("read_until")[:1])
    events = AppointmentEvent.objects.filter(appointment__unit_id=unit, at__gt=mark).exclude(actor_id=user)
    return events, Note.objects.filter(unit_id=unit, written_at__gt=mark).exclude(written_by_id=user)


def _history(model: type[Model]) -> QuerySet[Any]:
    rows: QuerySet[Any] = model.history.rel.related_model.objects.all()  # type: ignore[attr-defined]  # pghistory's
    return rows


def _who(row: Any) -> str:
    said = row.pgh_context.metadata if row.pgh_context else {}
    return said.get("actor") or ""


def _holds(actor: Actor, unit: Unit, since: datetime) -> tuple[HoldChange, ...]:
    rows = scoped(_history(PlanHold), actor, Act.VIEW_PLANS, through="plan__patient__unit_id")
    rows = rows.filter(plan__patient__unit=unit, pgh_created_at__gte=since).order_by("-pgh_created_at", "-pgh_id")
    return tuple(
        HoldChange(
            at=row.pgh_created_at,
            actor_name=_who(row),
            patient=row.plan.patient,
            label=row.pgh_label,
            is_lifted=row.lifted_at is not None,
            reason=row.lift_reason if row.lifted_at is not None else row.reason,
        )
        for row in rows.select_related("plan__patient", "pgh_context")[:MOST]
    )


def _closures(actor: Actor, unit: Unit, since: datetime) -> tuple[ClosureChange, ...]:
    rows = scoped(_history(Closure), actor, Act.VIEW_SCHEDULE)
    rows = rows.filter(unit=unit, pgh_created_at__gte=since).order_by("-pgh_created_at", "-pgh_id")
    return tuple(
        ClosureChange(
            at=row.pgh_created_at,
            actor_name=_who(row),
            label=row.pgh_label,
            resource=row.resource,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            reason=row.reason,
        )
        for row in rows.select_related("resource", "pgh_context")[:MOST]
    )


# --- the coming day --------------------------------------------------------------------------------------------------
def next_day_with_visits(actor: Actor, *, unit: Unit, after: date) -> date | None:
    """The first day after that one on which somebody is booked; None where nobody is. One query."""
    since, _until = bounds_of(unit, after + timedelta(days=1))
    visits = scoped(Appointment.objects.all(), actor, Act.VIEW_SCHEDULE)
    first = visits.filter(unit=unit, starts_at__gte=since, status__in=LIVE).order_by("starts_at")
    starts_at = first.values_list("starts_at", flat=True).first()
    return unit.local_date(starts_at) if starts_at else None


@dataclass(frozen=True, slots=True)
class GoneVisit:
    """A visit that was to be on the day and is not: what was got ready for it may have to go back."""

    visit: Appointment
    at: datetime
    is_moved: bool


def gone_from(actor: Actor, *, unit: Unit, on: date) -> tuple[GoneVisit, ...]:
    """Visits for a dose that were cancelled on that day, or moved to another lately; the latest first. Three queries.

    None whose dose is booked again for the day.
    """
    actor.require(Act.VIEW_SCHEDULE, unit.pk)
    since, until = bounds_of(unit, on)
    visits = scoped(Appointment.objects.all(), actor, Act.VIEW_SCHEDULE).filter(unit=unit, dose__isnull=False)
    on_day = visits.filter(starts_at__gte=since, starts_at__lt=until)
    still = set(on_day.filter(status__in=LIVE).values_list("dose_id", flat=True))
    cancelled = on_day.filter(status=Appointment.Status.CANCELLED).select_related("patient", "dose__plan__protocol")
    gone = {visit.dose_id: GoneVisit(visit, visit.dtstamp, is_moved=False) for visit in cancelled}
    moves = AppointmentEvent.objects.filter(
        kind=AppointmentEvent.Kind.MOVED, at__gte=since - timedelta(days=GONE_DAYS), appointment__in=visits
    )
    for move in moves.select_related("appointment__patient", "appointment__dose__plan__protocol").order_by("at"):
        previous = move.snapshot.get("previous") or {}
        was = previous.get("day_starts_at") or previous.get("arrive_at")
        if was and since <= datetime.fromisoformat(was) < until:
            gone[move.appointment.dose_id] = GoneVisit(move.appointment, move.at, is_moved=True)
    left = [one for dose_id, one in gone.items() if dose_id not in still]
    return tuple(sorted(left, key=lambda one: one.at, reverse=True))


def amounts_of(actor: Actor, visits: Iterable[Appointment]) -> Mapping[int, tuple[Decimal, str]]:
    """How much each visit's dose is, and in which unit, by the visit's key; one query.

    Left out where the protocol names no amount. A step's own amount goes before the protocol's.
    """
    asked = [visit for visit in visits if visit.dose is not None and actor.may(Act.VIEW_PLANS, visit.unit_id)]
    steps: dict[int, list[tuple[int | None, Decimal | None]]] = {}
    protocols = {visit.dose.plan.protocol_id for visit in asked if visit.dose is not None}
    rows = ProtocolStep.objects.filter(protocol__in=protocols).order_by("protocol", "ordinal")
    for protocol_id, count, amount in rows.values_list("protocol_id", "count", "dose_amount"):
        steps.setdefault(protocol_id, []).append((count, amount))
    found = {}
    for visit in asked:
        if visit.dose is None:
            continue
        protocol = visit.dose.plan.protocol
        amount = _of_step(steps.get(protocol.pk, ()), visit.dose.sequence) or protocol.dose_amount
        if amount is not None:
            found[visit.pk] = (amount, protocol.dose_unit)
    return found


def _of_step(steps: Sequence[tuple[int | None, Decimal | None]], sequence: int) -> Decimal | None:
    """The amount of the step in which the dose with that number is; None where the step names none.

    >>> steps = [(2, Decimal(50)), (None, Decimal(28))]
    >>> [_of_step(steps, number) for number in (1, 2, 3, 99)]
    [Decimal('50'), Decimal('50'), Decimal('28'), Decimal('28')]
    """
    last = 0
    for count, amount in steps:
        if count is None or sequence <= last + count:
            return amount
        last += count
    return None
