"""The worklist warns of visits that come near and are not ready. A part of use cases, and periodic work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from doseplans.readiness import GateState, not_green, working_days_before
from patients.models import Patient, WorklistItem
from patients.services import open_item
from scheduling.engine.ticks import day_words, wall_clock
from scheduling.models import Appointment
from scheduling.selectors.lists import bank_holidays
from scheduling.selectors.readiness import readiness_of
from units.models import Unit

WARNING_DAYS = 2
"""Working days before the visit from which on something missing is on the worklist."""

FURTHEST = timedelta(days=14)
"""No run of weekends and bank holidays is longer than this less two working days."""

KEY = "not_ready"


def warned_from(unit: Unit, day: date) -> date:
    """The day from which on something missing for a visit is on the worklist: two working days before."""
    return working_days_before(day, WARNING_DAYS, bank_holidays(unit, day.year - 1, day.year))


def watch_readiness(unit: Unit, *, at: datetime, patient: Patient | None = None) -> int:
    """Each booked visit that comes near and is not ready is on the worklist, and nothing else is. Returns how many are.

    Of the unit, or of one patient. An item somebody has finished today does not come back before tomorrow: they know.
    """
    today = unit.local_date(at)
    visits = [visit for visit in _coming(unit, at, patient) if warned_from(unit, _day(visit)) <= today]
    states = readiness_of(visits, at=at)
    waiting = {f"{KEY}:{visit.public_id}": visit for visit in visits if not_green(states[visit.pk])}
    items = WorklistItem.objects.filter(unit=unit, kind=WorklistItem.Kind.NOT_READY)
    if patient is not None:
        items = items.filter(patient=patient)
    items.filter(done_at__isnull=True).exclude(key__in=waiting).update(
        done_at=at, outcome="Ready now, or no longer needed."
    )
    known = items.filter(key__in=waiting, done_by__isnull=False, done_at__gte=wall_clock(today, time(0), unit.zone))
    for key in set(waiting) - set(known.values_list("key", flat=True)):
        _open(waiting[key], key, not_green(states[waiting[key].pk]))
    return len(waiting)


def _coming(unit: Unit, at: datetime, patient: Patient | None) -> Iterable[Appointment]:
    """Booked visits from today on that could be near enough."""
    since = wall_clock(unit.local_date(at), time(0), unit.zone)
    visits = Appointment.objects.filter(
        unit=unit,
        status=Appointment.Status.BOOKED,
        starts_at__gte=since,
        starts_at__lt=since + FURTHEST,
        dose__isnull=False,
    )
    if patient is not None:
        visits = visits.filter(patient=patient)
    return visits.select_related("unit", "patient").order_by("starts_at")


def _day(visit: Appointment) -> date:
    return visit.unit.local_date(visit.starts_at)


def _open(visit: Appointment, key: str, states: Sequence[GateState]) -> None:
    detail = "; ".join(state.sentence for state in states)
    opened = open_item(
        unit=visit.unit,
        patient=visit.patient,
        kind=WorklistItem.Kind.NOT_READY,
        key=key,
        title=f"Not ready for {day_words(_day(visit))}",
        detail=detail,
        due_at=visit.starts_at,
    )
    if not opened:
        WorklistItem.objects.filter(key=key, done_at__isnull=True).exclude(detail=detail[:300]).update(
            detail=detail[:300], due_at=visit.starts_at, title=f"Not ready for {day_words(_day(visit))}"
        )
