"""Notes as pages read them: those that stand, the pinned first, then the latest."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from patients.models import Patient
from scheduling.models import Appointment, Note
from units.actors import Actor
from units.errors import NotFound
from units.models import Unit
from units.policy import Act
from units.scope import scoped


def notes_of_patient(actor: Actor, patient: Patient) -> QuerySet[Note]:
    """Notes about the patient and their visits, those that were ended too: whoever shows them says which they are."""
    return _notes(actor).filter(patient=patient).select_related("appointment")


def notes_of_visit(actor: Actor, visit: Appointment) -> QuerySet[Note]:
    """The visit's notes that stand, and those that are pinned to its patient."""
    is_about = Q(appointment=visit) | Q(patient=visit.patient_id, appointment__isnull=True, is_pinned=True)
    return _notes(actor).filter(is_about, ended_at__isnull=True).select_related("appointment")


def notes_of_day(actor: Actor, *, unit: Unit, on: date) -> QuerySet[Note]:
    """What stands about the unit's day."""
    return _notes(actor).filter(unit=unit, on=on, ended_at__isnull=True)


def note_for(actor: Actor, note_id: UUID) -> Note:
    """One note with what it is about. Raises NotFound outside the actor's units."""
    found = _notes(actor).select_related("unit", "patient", "appointment").filter(public_id=note_id).first()
    if found is None:
        raise NotFound("There is no such note in your units.")
    return found


def _notes(actor: Actor) -> QuerySet[Note]:
    return scoped(Note.objects.all(), actor, Act.VIEW_PATIENTS)
