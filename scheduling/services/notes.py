"""Notes written and ended, and how far somebody has read what changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from patients.models import Patient
from scheduling.models import LONGEST_NOTE, Appointment, HandoverMark, Note
from units.actors import Actor
from units.errors import InvalidInput, NotAllowed, NotFound, invalid
from units.history import recorded_as
from units.models import Unit
from units.policy import Act
from units.scope import scoped


@dataclass(frozen=True)
class About:
    """What a note is pinned to: a patient, one of their visits, or a day of the unit."""

    unit: Unit
    patient: Patient | None = None
    visit: Appointment | None = None
    on: date | None = None

    @classmethod
    def of_patient(cls, patient: Patient) -> About:
        return cls(patient.unit, patient=patient)

    @classmethod
    def of_visit(cls, visit: Appointment) -> About:
        return cls(visit.unit, patient=visit.patient, visit=visit)

    @classmethod
    def of_day(cls, unit: Unit, on: date) -> About:
        return cls(unit, on=on)


def write_note(actor: Actor, *, about: About, text: str, is_pinned: bool, key: UUID, at: datetime) -> Note:
    """The note is on record. `key` is of the form it was written in: sent twice, it is one note.

    Raises: NotAllowed; InvalidInput for one that is empty or too long.
    """
    actor.require(Act.WRITE_NOTES, about.unit.pk)
    words = "\n".join(text.strip().splitlines())
    if not words:
        raise invalid("text", _("Write the note."))
    if len(words) > LONGEST_NOTE:
        raise invalid("text", _("A note has at most %(n)d characters.") % {"n": LONGEST_NOTE})
    with recorded_as(actor, act="write_note"):
        note, is_new = Note.objects.get_or_create(
            public_id=key,
            defaults={
                "unit": about.unit,
                "patient": about.patient,
                "appointment": about.visit,
                "on": about.on,
                "text": words,
                "is_pinned": is_pinned,
                "written_at": at,
                "written_by_id": actor.user_id,
                "written_by_name": actor.name,
            },
        )
    if not is_new and (note.unit_id, note.written_by_id, note.text) != (about.unit.pk, actor.user_id, words):
        raise InvalidInput(_("This form was used for another note already. Open it again."))
    return note


def end_note(actor: Actor, *, note_id: UUID, at: datetime) -> Note:
    """The note no longer stands; it stays on record. One that was ended already stays as it is.

    Raises: NotFound; NotAllowed.
    """
    with recorded_as(actor, act="end_note"):
        notes = scoped(Note.objects.select_for_update(of=("self",)), actor, Act.VIEW_PATIENTS)
        note = notes.select_related("patient", "appointment__patient", "unit").filter(public_id=note_id).first()
        if note is None:
            raise NotFound(_("There is no such note in your units."))
        actor.require(Act.WRITE_NOTES, note.unit_id)
        if note.ended_at is None:
            note.ended_at, note.ended_by_id, note.ended_by_name = at, actor.user_id, actor.name
            note.save(update_fields=["ended_at", "ended_by", "ended_by_name"])
    return note


def mark_read(actor: Actor, *, unit: Unit, until: datetime, at: datetime) -> None:
    """The actor has read what changed in the unit up to then; never later than now.

    Raises: NotAllowed.
    """
    actor.require(Act.VIEW_SCHEDULE, unit.pk)
    if actor.user_id is None:
        raise NotAllowed(_("Only somebody who has signed in reads and marks."))
    HandoverMark.objects.update_or_create(user_id=actor.user_id, unit=unit, defaults={"read_until": min(until, at)})
