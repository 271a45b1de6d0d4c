"""A death on record, and taken back. What becomes of plans and visits is the business of the use case above."""

from __future__ import annotations

from datetime import date, datetime, time

from patients.errors import PatientHasDied, PatientNotDeceased
from patients.models import Patient
from units.actors import Actor
from units.errors import invalid
from units.history import recorded_as
from units.policy import Act


def mark_deceased(actor: Actor, *, patient: Patient, died_on: date, at: datetime) -> Patient:
    """The patient is on record as having died that day: nothing is booked, and nothing leaves, any more.

    Raises: NotAllowed, InvalidInput, PatientHasDied.
    """
    actor.require(Act.RECORD_DEATH, patient.unit_id)
    if died_on > patient.unit.local_date(at):
        raise invalid("died_on", "The day lies in the future.")
    if died_on < patient.birth_date:
        raise invalid("died_on", "The day lies before the patient's birth.")
    with recorded_as(actor, act="mark_deceased"):
        stored = _locked(patient)
        if stored.deceased_at is not None:
            raise PatientHasDied("The patient's death is on record already.")
        # Only the day is known: noon of it, but never an instant to come.
        stored.deceased_at = min(at, datetime.combine(died_on, time(12), tzinfo=patient.unit.zone))
        stored.save(update_fields=["deceased_at"])
    patient.deceased_at = stored.deceased_at
    return patient


def unmark_deceased(actor: Actor, *, patient: Patient, reason: str) -> Patient:
    """The death was recorded in error: the patient lives.

    Raises: NotAllowed, InvalidInput without a reason, PatientNotDeceased.
    """
    actor.require(Act.UNDO_DEATH, patient.unit_id)
    if not reason.strip():
        raise invalid("reason", "Write down how the mistake came about.")
    with recorded_as(actor, act="unmark_deceased", reason=reason):
        stored = _locked(patient)
        if stored.deceased_at is None:
            raise PatientNotDeceased("No death is on record for this patient.")
        stored.deceased_at = None
        stored.save(update_fields=["deceased_at"])
    patient.deceased_at = None
    return patient


def _locked(patient: Patient) -> Patient:
    return Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
