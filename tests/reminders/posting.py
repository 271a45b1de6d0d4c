"""Patients who are told by letter."""

from __future__ import annotations

from patients.models import Channel, Flag, Patient

ADDRESS = "1 Quay Road\nOldtown\nAnytown\nAN1 2AA"


def wants_letters(patient: Patient, **changes: object) -> Patient:
    """The patient asked for letters and has an address; kept."""
    values = {"preferred_channel": Channel.LETTER, "postal_address": ADDRESS, "email": "", **changes}
    for name, value in values.items():
        setattr(patient, name, value)
    patient.save()
    return patient


def large_print(patient: Patient) -> None:
    Flag.objects.create(patient=patient, code=Flag.Code.LARGE_PRINT, text="Large print")
