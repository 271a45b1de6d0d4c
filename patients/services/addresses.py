"""Addresses that mail came back from: nothing more goes there, until it is changed or staff say to try again."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from patients.models import Carer, Patient
from patients.selectors import patient_by_public_id
from patients.services.worklist import close_items
from units.actors import Actor
from units.errors import NotFound
from units.history import recorded_as
from units.policy import Act

PATIENT = "patient"
CHANGED = "The address was changed."
TRIED_AGAIN = "The address is tried again."


def bounced_key(patient: Patient, recipient: str) -> str:
    """The key of the worklist item that asks for another address. `recipient` is “patient” or “carer:12”."""
    return f"bounced:{patient.public_id}:{recipient}:"


def mark_bounced(actor: Actor, *, patient: Patient, carer_id: int | None, address: str) -> None:
    """Nothing more is mailed there, where it is still their address. Part of reading what came back."""
    rows = Patient.objects.filter(pk=patient.pk) if carer_id is None else Carer.objects.filter(pk=carer_id)
    with recorded_as(actor, act="mark_bounced"):
        rows.filter(email__iexact=address).update(bounced_email=address.lower())


def try_address_again(actor: Actor, *, patient_id: UUID, carer_id: UUID | None = None) -> None:
    """Mail goes to the address on record again, the patient's or that carer's; what is due from now on.

    Raises NotFound, NotAllowed.
    """
    patient = patient_by_public_id(actor, patient_id)
    actor.require(Act.EDIT_PATIENTS, patient.unit_id)
    carer = patient.carers.filter(public_id=carer_id).first() if carer_id else None
    if carer_id is not None and carer is None:
        raise NotFound("The patient has no such carer.")
    record = carer or patient
    with recorded_as(actor, act="try_address_again"):
        type(record).objects.filter(pk=record.pk).update(bounced_email="")
        recipient = f"carer:{carer.pk}" if carer else PATIENT
        close_items(patient=patient, outcome=TRIED_AGAIN, at=timezone.now(), key_starts=bounced_key(patient, recipient))


def close_bounced(patient: Patient) -> None:
    """The patient's address is another one: nobody need ask for it. Part of changing it."""
    close_items(patient=patient, outcome=CHANGED, at=timezone.now(), key_starts=bounced_key(patient, PATIENT))
