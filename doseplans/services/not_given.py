"""The patient was here and the dose was not given: on record with why, and still due. It re-projects nothing."""

from __future__ import annotations

from datetime import datetime

from doseplans.models import Dose, DoseNotGiven
from units.actors import Actor
from units.errors import invalid
from units.history import recorded_as
from units.policy import Act

Reason = DoseNotGiven.Reason


def note_not_given(actor: Actor, *, dose: Dose, reason: str, note: str, at: datetime) -> DoseNotGiven:
    """It stands on record that the dose was not given then. `reason` is one of DoseNotGiven.Reason.

    Raises: NotAllowed, InvalidInput.
    """
    actor.require(Act.RECORD_ADMINISTRATION, dose.plan.patient.unit_id)
    if reason not in Reason.values:
        raise invalid("reason", "Choose why it was not given.")
    if reason == Reason.OTHER and not note.strip():
        raise invalid("note", "Say in a few words why.")
    with recorded_as(actor, act="note_not_given", reason=note):
        return DoseNotGiven.objects.create(
            dose=dose, at=at, reason=reason, note=note.strip()[:300], recorded_by_name=actor.name
        )
