"""The worklist asks to ring whoever has not said whether they will come. Periodic work."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from doseplans.models import PlanHold
from patients.models import WorklistItem
from patients.services import open_item
from scheduling.engine.asking import Call, call_for
from scheduling.engine.ticks import day_words
from scheduling.models import Appointment, AppointmentResponse
from scheduling.selectors.lists import bank_holidays
from scheduling.services.opening.hours import unanswered_key
from units.models import Unit

FURTHEST = timedelta(days=14)
"""No run of weekends and bank holidays is longer."""

NO_LONGER = "Answered, or no longer needed."


def watch_answers(unit: Unit, *, at: datetime) -> int:
    """Each visit that comes near and that nobody has answered is on the worklist, and no other. Returns how many.

    Nobody is rung about a visit that is held, or of a plan that has ended. What somebody has finished does not come
    back while the visit stands as it stood: they know.
    """
    holidays = bank_holidays(unit, at.year - 1, at.year + 1)
    calls = {visit: call_for(visit.arrives_at, unit.zone, holidays) for visit in _unanswered(unit, at)}
    waiting = {unanswered_key(visit): (visit, call) for visit, call in calls.items() if call.opens_at <= at}
    items = WorklistItem.objects.filter(unit=unit, kind=WorklistItem.Kind.UNANSWERED)
    items.filter(done_at__isnull=True).exclude(key__in=waiting).update(done_at=at, outcome=NO_LONGER)
    finished = items.filter(key__in=waiting, done_by__isnull=False).values_list("key", "opened_at")
    since = dict(finished.order_by("opened_at"))
    for key, (visit, call) in waiting.items():
        if key not in since or since[key] < visit.dtstamp:
            _open(visit, key, call)
    return len(waiting)


def _unanswered(unit: Unit, at: datetime) -> Iterable[Appointment]:
    """Booked visits to come, of patients alive and plans that go on, to which nobody has said anything."""
    held = PlanHold.objects.filter(plan=OuterRef("dose__plan"), lifted_at__isnull=True)
    visits = (
        Appointment.objects.filter(
            unit=unit,
            status=Appointment.Status.BOOKED,
            starts_at__gte=at,
            starts_at__lt=at + FURTHEST,
            patient__deceased_at__isnull=True,
            dose__plan__ended_on__isnull=True,
        )
        .exclude(Exists(held))
        .select_related("unit", "patient")
        .prefetch_related("responses")
        .order_by("starts_at")
    )
    unsaid = AppointmentResponse.Status.NEEDS_ACTION
    return [visit for visit in visits if visit.arrives_at > at and visit.participant_status == unsaid]


def _open(visit: Appointment, key: str, call: Call) -> None:
    local = visit.unit.local(visit.arrives_at)
    open_item(
        unit=visit.unit,
        patient=visit.patient,
        kind=WorklistItem.Kind.UNANSWERED,
        key=key,
        title="Ask whether the patient will come",
        detail=f"Visit of {day_words(local.date())}, {local:%H:%M}. Nobody has answered.",
        due_at=call.due_at,
    )
