"""Notes as pages read them: those that stand, the pinned first, then the latest."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import Q, QuerySet, Subquery, Value
from django.db.models.functions import JSONObject

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


def notes_along(actor: Actor, *, unit: Unit, on: date) -> Subquery:
    """What `notes_of_day` finds, as one JSON column of another query: the day board has twelve to spend in all."""
    notes = notes_of_day(actor, unit=unit, on=on).order_by().annotate(all_alike=Value(1)).values("all_alike")
    return Subquery(notes.annotate(said=JSONBAgg(JSONObject(**{name: name for name in _ALONG}))).values("said"))


def notes_from(actor: Actor, said: list[dict[str, Any]] | None, *, unit: Unit, on: date) -> tuple[Note, ...]:
    """The notes of such a column, in order; nothing for whoever sees none."""
    if not actor.is_system and unit.pk not in actor.units_for(Act.VIEW_PATIENTS):
        return ()
    notes = [
        Note(unit=unit, on=on, **{**each, "written_at": datetime.fromisoformat(each["written_at"])})
        for each in said or ()
    ]
    return tuple(sorted(notes, key=lambda note: (note.is_pinned, note.written_at), reverse=True))


_ALONG = ("public_id", "text", "is_pinned", "written_at", "written_by_name")


def note_for(actor: Actor, note_id: UUID) -> Note:
    """One note with what it is about. Raises NotFound outside the actor's units."""
    found = _notes(actor).select_related("unit", "patient", "appointment").filter(public_id=note_id).first()
    if found is None:
        raise NotFound("There is no such note in your units.")
    return found


def _notes(actor: Actor) -> QuerySet[Note]:
    return scoped(Note.objects.all(), actor, Act.VIEW_PATIENTS)
