"""The patient was here and the dose was not given: on record with why, and still due. It re-projects nothing.

A record made in error is kept and marked as such.
"""

from __future__ import annotations

from datetime import datetime

from doseplans.errors import DoseNotGiven as NothingOnRecord
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


def withdraw_not_given(actor: Actor, *, attempt: DoseNotGiven, reason: str) -> DoseNotGiven:
    """The record stays, marked as entered in error. Raises: NotAllowed, InvalidInput without a reason, DoseNotGiven."""
    actor.require(Act.RECORD_ADMINISTRATION, attempt.dose.plan.patient.unit_id)
    if not reason.strip():
        raise invalid("reason", "Write down what was wrong with the record.")
    with recorded_as(actor, act="withdraw_not_given", reason=reason):
        stored = DoseNotGiven.objects.select_for_update().filter(pk=attempt.pk, is_entered_in_error=False).first()
        if stored is None:
            raise NothingOnRecord("Somebody has taken this record back already.")
        stored.is_entered_in_error = True
        stored.save(update_fields=["is_entered_in_error"])
    return stored
