"""Who looked at whose record."""

from __future__ import annotations

from patients.models import AccessEntry, Patient
from units.actors import Actor
from units.policy import Act


def record_access(actor: Actor, *, patient: Patient, page: str) -> None:
    """The look is on record, to be added to and never changed; one INSERT.

    A page calls it once for each opening by a person, not for each time it refreshes itself. `page` is a short name
    ("patient", "visit", "admin"), never an address.

    Raises: NotAllowed, for somebody who may not see the patient at all.
    """
    actor.require(Act.VIEW_PATIENTS, patient.unit_id)
    AccessEntry.objects.create(patient=patient, user_id=actor.user_id, actor_name=actor.name, page=page)
