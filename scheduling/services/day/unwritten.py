"""The worklist asks what became of visits whose day is over and nobody wrote down. Periodic work.

A dose that was given and is on no record would be counted from the wrong day, or given again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from patients.models import WorklistItem
from patients.services import open_item
from scheduling.engine.ticks import day_words, wall_clock
from scheduling.models import Appointment
from scheduling.services.opening.hours import unwritten_key
from units.models import Unit

FURTHEST = timedelta(days=90)
"""How far back is looked. What was asked before that stays on the worklist until it is written down."""

NO_LONGER = "Written down, or no longer needed."


def watch_outcomes(unit: Unit, *, at: datetime) -> int:
    """Each visit of a day before this one that is still booked, or whose patient is still here, is on the worklist.

    Nothing else is. Returns how many are.
    """
    midnight = wall_clock(unit.local_date(at), time(0), unit.zone)
    waiting = {unwritten_key(visit): visit for visit in _unwritten(unit, midnight)}
    items = WorklistItem.objects.filter(unit=unit, kind=WorklistItem.Kind.UNWRITTEN, done_at__isnull=True)
    items.filter(opened_at__gte=midnight - FURTHEST).exclude(key__in=waiting).update(done_at=at, outcome=NO_LONGER)
    for key in waiting.keys() - set(items.values_list("key", flat=True)):
        _open(waiting[key], key, at=at)
    return len(waiting)


def _unwritten(unit: Unit, midnight: datetime) -> Iterable[Appointment]:
    return Appointment.objects.filter(
        unit=unit,
        status__in=[Appointment.Status.BOOKED, Appointment.Status.ARRIVED],
        starts_at__gte=midnight - FURTHEST,
        starts_at__lt=midnight,
    ).select_related("unit", "patient")


def _open(visit: Appointment, key: str, *, at: datetime) -> None:
    local = visit.unit.local(visit.starts_at)
    so_far = "The patient came, but" if visit.status == Appointment.Status.ARRIVED else "It stands as booked:"
    open_item(
        unit=visit.unit,
        patient=visit.patient,
        kind=WorklistItem.Kind.UNWRITTEN,
        key=key,
        title="Write down what became of a visit",
        detail=f"Visit of {day_words(local.date())}, {local:%H:%M}. {so_far} nobody has written down how it ended.",
        due_at=at,
    )
