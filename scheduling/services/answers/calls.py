"""Calls about one visit, warnings that it is not ready or has no list: over and back with it. Parts of use cases."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from patients.models import WorklistItem
from scheduling.models import Appointment
from scheduling.services.opening.hours import answer_keys

Kind = WorklistItem.Kind
ENDING_WITH_IT = (Kind.CALL, Kind.NOT_READY, Kind.DECLINED, Kind.TENTATIVE, Kind.UNANSWERED, Kind.UNWRITTEN)

CANCELLED = "No longer needed: the visit was cancelled."
UNDONE = "No longer needed: the booking was undone."
GIVEN = "No longer needed: the dose was given."
ARRIVED = "No longer needed: the patient has arrived."
NOT_ATTENDED = "No longer needed: the patient did not attend."


def close_calls(appointment: Appointment, outcome: str, *, at: datetime) -> None:
    """What is still to be said about the visit is said no more, with the reason; nobody stands as having done it.

    Not what tells the patient of the change itself: `reminders` opens and closes that.
    """
    _about(appointment).filter(done_at__isnull=True).update(done_at=at, outcome=outcome)


def close_answers(appointment: Appointment, *, at: datetime) -> None:
    """Whether the patient comes is known: they are here."""
    keys = answer_keys(appointment)
    WorklistItem.objects.filter(key__in=keys, done_at__isnull=True).update(done_at=at, outcome=ARRIVED)


def reopen_calls(appointment: Appointment, *, closed_at: datetime, outcome: str = CANCELLED) -> None:
    """What a change of that instant closed with that outcome is to be said again, unless it was asked for anew."""
    again = _about(appointment).filter(done_at=closed_at, done_by__isnull=True, outcome=outcome)
    asked = WorklistItem.objects.filter(patient=appointment.patient_id, done_at__isnull=True).values("key")
    again.exclude(key__in=asked).update(done_at=None, outcome="")


def _about(appointment: Appointment) -> QuerySet[WorklistItem]:
    """Keys name the visit by its public id, or by its UID where a message is concerned."""
    names = Q(key__contains=str(appointment.public_id)) | Q(key__contains=appointment.uid)
    # A visit without a list is to be moved, as one outside its window is, which `proposals` sees to.
    kinds = Q(kind__in=ENDING_WITH_IT) | Q(key__startswith="stranded:")
    return WorklistItem.objects.filter(names, kinds, patient=appointment.patient_id).exclude(key__startswith="tell:")
