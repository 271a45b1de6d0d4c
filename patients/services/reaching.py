"""An e-mail address put right by whoever has just spoken to somebody."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from patients.models import Carer
from patients.selectors import patient_by_public_id
from patients.services.addresses import CHANGED, PATIENT, bounced_key, try_address_again
from patients.services.records import update_patient
from patients.services.worklist import close_items
from units.actors import Actor
from units.errors import NotFound, invalid
from units.history import recorded_as
from units.policy import Act


def correct_address(actor: Actor, *, patient_id: UUID, recipient: str, email: str) -> None:
    """Mail to the patient, or to that carer, goes there from now on, and nobody need ask for an address any more.

    `recipient` is “patient” or “carer:12”. The address that mail came back from, given once more, is tried again.
    Raises NotFound, NotAllowed, InvalidInput.
    """
    patient = patient_by_public_id(actor, patient_id)
    actor.require(Act.EDIT_PATIENTS, patient.unit_id)
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise invalid("email", "Write a whole e-mail address.") from None
    with recorded_as(actor, act="correct_address"):
        at = timezone.now()
        if recipient == PATIENT:
            is_same = patient.email.lower() == email
            update_patient(actor, patient_id=patient_id, email=email)
            carer = None
        else:
            key = recipient.removeprefix("carer:")
            carer = patient.carers.filter(pk=int(key) if key.isdecimal() else 0).select_for_update().first()
            if carer is None:
                raise NotFound("The patient has no such carer.")
            is_same = carer.email.lower() == email
            Carer.objects.filter(pk=carer.pk).update(email=email, bounced_email="")
            close_items(patient=patient, outcome=CHANGED, at=at, key_starts=f"address:{recipient}")
        if is_same:
            try_address_again(actor, patient_id=patient_id, carer_id=carer.public_id if carer else None)
        close_items(patient=patient, outcome=CHANGED, at=at, key_starts=bounced_key(patient, recipient))
