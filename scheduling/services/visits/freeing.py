"""Visits of a course freed together: their locks, what the page knew of them, and the dates that follow. Parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from doseplans.models import DosePlan
from patients.models import Patient
from scheduling.engine.ticks import day_words
from scheduling.errors import StalePage
from scheduling.locking import patient_key
from scheduling.models import Appointment, Reservation
from scheduling.services.courses.proposals import recount
from scheduling.services.visits.cancelling import cancel_locked
from scheduling.services.visits.wanted import keys_of
from scheduling.services.waiting.endings import end_offers_of_plan
from units.actors import Actor


class Overtaken(StalePage):
    """A visit came or moved between reading it and taking its locks."""


def locks_of(patient: Patient, booked: QuerySet[Appointment]) -> set[int]:
    """The locks under which the visits, and the patient's plans, change."""
    return {patient_key(patient.pk)}.union(*(keys_of(visit) for visit in booked))


def reread_booked(booked: QuerySet[Appointment], locks: set[int]) -> list[Appointment]:
    """The booked visits as they stand now that the locks are held. Raises Overtaken where one of theirs is not."""
    visits = list(booked.all().select_for_update(of=("self",)))
    if any(not keys_of(visit) <= locks for visit in visits):
        raise Overtaken("A visit of this patient was booked or moved at this very moment. Look at it, and try again.")
    return visits


def refuse_changed(visits: Sequence[Appointment], seen: Mapping[UUID, int] | None) -> None:
    """Raises StalePage where the booked visits are not those the page showed, at the versions it showed."""
    if seen is not None and {visit.public_id: visit.version for visit in visits} != dict(seen):
        raise StalePage("The booked visits have changed since your page was loaded. Look at them again.")


def free_visits(
    actor: Actor, visits: Iterable[Appointment], *, by: str, reason: str, at: datetime, is_told: bool = True
) -> None:
    """The visits are cancelled; `is_told` False says so to nobody."""
    for visit in visits:
        cancel_locked(actor, appointment=visit, cancelled_by=by, reason=reason, at=at, is_told=is_told)


def let_reservations_go(plans: Sequence[DosePlan]) -> None:
    """Slots that somebody has reserved for a dose of the plans are free, and no earlier time is offered for one."""
    Reservation.objects.filter(dose__plan__in=plans).delete()
    for plan in plans:
        end_offers_of_plan(plan.pk, "The plan was put on hold or has ended.", at=timezone.now())


def count_again(plan: DosePlan, *, at: datetime) -> None:
    """The plan's dates follow from what is given, decided and booked now."""
    recount(plan, unit=plan.patient.unit, at=at)


def visits_in_words(visits: Sequence[Appointment]) -> str:
    """Tue 24 Nov, 10:00; Tue 22 Dec, 09:00."""
    local = (visit.unit.local(visit.starts_at) for visit in visits)
    return "; ".join(f"{day_words(at.date())}, {at:%H:%M}" for at in local)


def leave_places(appointment: Appointment, at: datetime) -> None:
    """The patient is gone from then on, and whatever the visit still took is free. The visit is not saved yet."""
    appointment.discharged_at = at
    appointment.allocations.filter(starts_at__lt=at, ends_at__gt=at).update(ends_at=at)
    appointment.allocations.filter(starts_at__gte=at).delete()
