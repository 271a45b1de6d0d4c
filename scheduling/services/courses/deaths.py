"""A patient dies, and nothing is sent any more; a death recorded in error is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from doseplans.models import DosePlan
from doseplans.services import end_plans_of_deceased, reopen_plans_of_deceased
from patients.models import Patient, WorklistItem
from patients.selectors import patient_by_public_id
from patients.services import close_items, mark_deceased, open_item, reopen_items, unmark_deceased
from scheduling.locking import patient_key
from scheduling.models import Appointment
from scheduling.selectors.courses import PATIENT_DIED, booked_of_patient, freed_by_death
from scheduling.services.visits.freeing import (
    Overtaken,
    count_again,
    free_visits,
    let_reservations_go,
    locks_of,
    reread_booked,
    visits_in_words,
)
from units.actors import Actor
from units.history import recorded_as
from units.policy import Act


@dataclass(frozen=True, slots=True)
class Died:
    """What a death ended. `closed` are tasks about the patient that nobody needs to do any more."""

    patient: Patient
    plans: tuple[DosePlan, ...]
    freed: tuple[Appointment, ...]
    closed: int


@dataclass(frozen=True, slots=True)
class Revived:
    """What lives again. `freed` are visits to come that the death had cancelled: they are not taken again."""

    patient: Patient
    plans: tuple[DosePlan, ...]
    freed: tuple[Appointment, ...]


def record_death(actor: Actor, *, patient_id: UUID, died_on: date, note: str = "") -> Died:
    """The patient died that day: every plan is over, every visit free, every task closed, and nobody is told.

    Nothing is sent from now on. Raises: NotAllowed, InvalidInput, PatientHasDied.
    """
    patient = patient_by_public_id(actor, patient_id)
    actor.require(Act.RECORD_DEATH, patient.unit_id)
    for _ in range(_TRIES):
        try:
            return _record_death(actor, patient, died_on=died_on, note=note)
        except Overtaken as overtaken:
            refused = overtaken
    raise refused


_TRIES = 3
"""A death is not refused because somebody booked at the same moment."""


def _record_death(actor: Actor, patient: Patient, *, died_on: date, note: str) -> Died:
    at = timezone.now()
    booked = booked_of_patient(actor, patient, since=min(died_on, patient.unit.local_date(at)))
    locks = locks_of(patient, booked)
    with recorded_as(actor, act="record_death", reason=note, locks=locks):
        visits = reread_booked(booked, locks)
        mark_deceased(actor, patient=patient, died_on=died_on, at=at)
        plans = end_plans_of_deceased(actor, patient=patient, on=died_on, at=at)
        free_visits(actor, visits, by=Appointment.CancelledBy.CLINICAL, reason=PATIENT_DIED, at=at, is_told=False)
        let_reservations_go(plans)
        closed = close_items(patient=patient, outcome=PATIENT_DIED, at=at)
    return Died(patient, tuple(plans), tuple(visits), closed)


def undo_death(actor: Actor, *, patient_id: UUID, reason: str) -> Revived:
    """The death was recorded in error: the patient lives, and so do the plans it ended and the tasks it closed.

    Visits it freed are not taken again: they are listed on the worklist, to be told to the patient and booked again.
    Raises: NotAllowed, InvalidInput, PatientNotDeceased.
    """
    patient = patient_by_public_id(actor, patient_id)
    actor.require(Act.UNDO_DEATH, patient.unit_id)
    at = timezone.now()
    with recorded_as(actor, act="undo_death", reason=reason, locks={patient_key(patient.pk)}):
        unmark_deceased(actor, patient=patient, reason=reason)
        plans = reopen_plans_of_deceased(actor, patient=patient)
        freed = freed_by_death(actor, patient)
        named = [name for visit in freed for name in (visit.uid, visit.public_id)]
        reopen_items(patient=patient, outcome=PATIENT_DIED, but_not_about=named)
        for plan in plans:
            count_again(plan, at=at)
        to_come = tuple(visit for visit in freed if visit.starts_at > at)
        if to_come:
            _ask_to_book_again(patient, to_come, at=at)
    return Revived(patient, tuple(plans), to_come)


def _ask_to_book_again(patient: Patient, freed: Sequence[Appointment], *, at: datetime) -> None:
    open_item(
        unit=patient.unit,
        patient=patient,
        kind=WorklistItem.Kind.NO_NEXT_VISIT,
        key=f"book-again:{patient.public_id}",
        title="Book again, and tell the patient",
        detail=f"A death recorded in error had freed: {visits_in_words(freed)}. The patient was not told and may "
        "still expect to come.",
        due_at=at,
    )
