"""A dose that went otherwise than planned: not given, left out, set for another day, or on record wrongly.

What becomes of its visit and of the visits after it is decided in the same act.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.utils import timezone

from doseplans.models import Administration, Dose, DoseNotGiven
from doseplans.services import (
    GivenRecord,
    correct_given,
    omit_dose,
    set_dose_date,
    withdraw_decision,
    withdraw_given,
)
from doseplans.services.not_given import note_not_given
from patients.models import WorklistItem
from patients.services import open_item
from scheduling.errors import NotInThatState, StalePage
from scheduling.locking import patient_key
from scheduling.models import LIVE, Appointment, AppointmentEvent, MoveProposal, Reservation
from scheduling.selectors.appointments import appointment_for
from scheduling.services.courses.proposals import recount
from scheduling.services.day.aftercare import ask_at_the_right_time, ask_no_more
from scheduling.services.visits.booking import count_on, free, reread
from scheduling.services.visits.cancelling import cancel_locked
from scheduling.services.visits.events import state_of, write_event
from scheduling.services.visits.wanted import dose_for, keys_of
from units.actors import Actor
from units.history import recorded_as
from units.policy import Act

Status = Appointment.Status
Kind = AppointmentEvent.Kind
NOT_GIVEN_DUE = timedelta(hours=4)
"""How soon a clinician is to look at a dose that was not given. Local policy."""

NOT_GIVEN_AT = "not_given_at"
"""Where the event of a dose not given keeps the time of its record, which for a paper day is not its own."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What came of an act on a dose: its visit where it has one, and the moves it proposes."""

    dose: Dose
    visit: Appointment | None
    proposals: tuple[MoveProposal, ...]


def record_not_given(
    actor: Actor, *, appointment_id: UUID, reason: str, note: str = "", version: int | None = None
) -> DoseNotGiven:
    """The patient came and the dose was not given: the visit is over, its places are free, the dose is to book again.

    Nobody is sent a cancellation of a visit that took place. `reason` is one of DoseNotGiven.Reason. Raises:
    NotInThatState before the patient has arrived, InvalidInput, StalePage.
    """
    seen = appointment_for(actor, appointment_id, act=Act.RECORD_ADMINISTRATION)
    with recorded_as(actor, act="record_not_given", reason=note, locks=keys_of(seen)):
        visit, at = reread(seen, version=version), timezone.now()
        if visit.status != Status.ARRIVED or visit.dose is None:
            raise NotInThatState(
                f"This visit is {visit.get_status_display().lower()}: only of somebody who has arrived can it be said "
                "that the dose was not given."
            )
        return end_without_dose(actor, visit, reason=reason, note=note, at=at, happened_at=at)


def end_without_dose(
    actor: Actor, visit: Appointment, *, reason: str, note: str, at: datetime, happened_at: datetime
) -> DoseNotGiven:
    """The visit of somebody who came is over without its dose; a clinician is asked how it goes on. Under its locks.

    `happened_at` is earlier than `at` for a day written on paper.
    """
    if visit.dose is None:
        raise NotInThatState("This visit has no dose.")
    attempt = note_not_given(actor, dose=visit.dose, reason=reason, note=note, at=happened_at)
    words = ". ".join(part for part in (str(attempt.get_reason_display()), note.strip().rstrip(".")) if part)
    # What it takes again should this be an error, and which record it was.
    previous = state_of(visit, free(visit)) | {NOT_GIVEN_AT: happened_at.astimezone(UTC).isoformat()}
    visit.status = Status.CANCELLED
    visit.cancelled_by = Appointment.CancelledBy.CLINICAL
    visit.cancellation_reason = words[:300]
    visit.version += 1
    visit.save()
    write_event(actor, visit, Kind.NOT_GIVEN, at=at, previous=previous, reason=words[:300])
    open_item(
        unit=visit.unit,
        patient=visit.patient,
        kind=WorklistItem.Kind.CLINICAL,
        key=f"not_given:{visit.public_id}",
        title="Dose not given",
        detail=f"{visit.dose}: {words}. Decide how it goes on; the dose is to be booked again.",
        due_at=at + NOT_GIVEN_DUE,
    )
    count_on(visit, at=at)
    return attempt


def omit_dose_and_free(
    actor: Actor, *, dose_id: UUID, reason: str, on: date | None = None, version: int | None = None
) -> Changed:
    """The dose is left out and its booked visit cancelled; later doses count from `on`.

    Without `on` they count from the day the dose was due, or from today where that has passed. `version` is the
    visit's as the page showed it. Raises: NotAllowed, InvalidInput, NotInThatState while the patient is here,
    StalePage, and what `omit_dose` refuses.
    """
    with changing(actor, dose_id=dose_id, name="omit_dose_and_free", reason=reason, version=version) as (
        dose,
        visit,
        at,
    ):
        decision_on = on or counts_from(dose, today=dose.plan.patient.unit.local_date(at))
        omit_dose(actor, dose=dose, on=decision_on, reason=reason, at=at)
        if visit is not None:
            if visit.status != Status.BOOKED:
                raise NotInThatState("The patient is here. Record first how this visit ends.")
            clinical = Appointment.CancelledBy.CLINICAL.value
            cancel_locked(actor, appointment=visit, cancelled_by=clinical, reason=reason, at=at)
        Reservation.objects.filter(dose=dose).delete()
        proposals = recount(dose.plan, unit=dose.plan.patient.unit, at=at)
    return Changed(dose, visit, tuple(proposals))


def counts_from(dose: Dose, *, today: date) -> date:
    """The day later doses count from when this one is left out, unless somebody says otherwise."""
    return max(dose.target_on, today)


def decide_dose_date(actor: Actor, *, dose_id: UUID, on: date, reason: str) -> Changed:
    """The dose is due on the day a clinician sets; visits that no longer fit are proposed to be moved.

    Raises: NotAllowed, InvalidInput, and what `set_dose_date` refuses.
    """
    with changing(actor, dose_id=dose_id, name="decide_dose_date", reason=reason) as (dose, visit, at):
        set_dose_date(actor, dose=dose, on=on, reason=reason, at=at)
        proposals = recount(dose.plan, unit=dose.plan.patient.unit, at=at)
    return Changed(dose, visit, tuple(proposals))


def take_back_decision(actor: Actor, *, dose_id: UUID, reason: str) -> Changed:
    """What a clinician decided about the dose no longer holds; its dates follow the protocol again.

    Raises: NotAllowed, InvalidInput, and what `withdraw_decision` refuses.
    """
    with changing(actor, dose_id=dose_id, name="take_back_decision", reason=reason) as (dose, visit, at):
        withdraw_decision(actor, dose=dose, reason=reason, at=at)
        proposals = recount(dose.plan, unit=dose.plan.patient.unit, at=at)
    return Changed(dose, visit, tuple(proposals))


def correct_administration(
    actor: Actor, *, dose_id: UUID, record: GivenRecord, reason: str, replaces: UUID | None = None
) -> Changed:
    """The dose stands on record as it was really given, later dates follow from that, and the old version is kept.

    `replaces` is the record that the page showed: where another one stands by now, StalePage says whose it is.
    Raises also: NotAllowed, InvalidInput, and what `correct_given` refuses.
    """
    with changing(actor, dose_id=dose_id, name="correct_administration", reason=reason) as (dose, visit, at):
        if replaces is not None:
            _refuse_stale_record(dose, replaces)
        corrected = correct_given(actor, dose=dose, record=record, reason=reason, at=at)
        ask_at_the_right_time(corrected, unit=dose.plan.patient.unit)
        if visit is not None:
            visit.version += 1
            visit.save(update_fields=["version"])
            write_event(actor, visit, Kind.CORRECTED, at=at, reason=reason[:300])
        proposals = recount(dose.plan, unit=dose.plan.patient.unit, at=at)
    return Changed(dose, visit, tuple(proposals))


def _refuse_stale_record(dose: Dose, shown: UUID) -> None:
    standing = Administration.objects.filter(dose=dose, is_entered_in_error=False).select_related("recorded_by").first()
    if standing is not None and standing.public_id != shown:
        by = f" by {standing.recorded_by.name}" if standing.recorded_by else ""
        raise StalePage(f"This record was put right{by} since your page was loaded. Look at it again before you go on.")


def withdraw_administration(actor: Actor, *, dose_id: UUID, reason: str) -> Changed:
    """The dose was not given after all: the record is kept as entered in error, and the dose is to be given again.

    A visit still going on is back at “arrived”; one that is over was none, and its dose is to be booked again.
    Raises: NotAllowed, InvalidInput, and what `withdraw_given` refuses.
    """
    with changing(actor, dose_id=dose_id, name="withdraw_administration", reason=reason) as (dose, visit, at):
        wrong = withdraw_given(actor, dose=dose, reason=reason)
        ask_no_more(wrong, patient=dose.plan.patient, at=at)
        if visit is not None and visit.status == Status.FULFILLED:
            _not_fulfilled(actor, visit, reason=reason, at=at)
        proposals = recount(dose.plan, unit=dose.plan.patient.unit, at=at)
    return Changed(dose, visit, tuple(proposals))


def _not_fulfilled(actor: Actor, visit: Appointment, *, reason: str, at: datetime) -> None:
    is_here = visit.discharged_at is None and visit.unit.local_date(visit.starts_at) == visit.unit.local_date(at)
    visit.recovery_started_at = None
    if is_here:
        visit.status = Status.ARRIVED
    else:
        free(visit)
        visit.status = Status.ENTERED_IN_ERROR
    visit.version += 1
    visit.save()
    write_event(actor, visit, Kind.CORRECTED, at=at, reason=reason[:300])


@contextmanager
def changing(
    actor: Actor, *, dose_id: UUID, name: str, reason: str, version: int | None = None
) -> Iterator[tuple[Dose, Appointment | None, datetime]]:
    """The dose and its live visit, re-read under the locks, inside a transaction on the record."""
    dose = dose_for(actor, dose_id)
    seen = _live_visit(dose)
    keys = {patient_key(dose.plan.patient_id)} | (keys_of(seen) if seen else set())
    with recorded_as(actor, act=name, reason=reason, locks=keys):
        # What is refused below rolls all of it back; each use case called asks for the right.
        if seen is not None:
            visit: Appointment | None = reread(seen, version=version)
        else:
            visit = _live_visit(dose)
            if visit is not None:
                raise NotInThatState("The dose was booked at this very moment. Look at it again.")
        dose.refresh_from_db(fields=["target_on", "earliest_on", "latest_on", "rule"])
        yield dose, visit, timezone.now()


def _live_visit(dose: Dose) -> Appointment | None:
    return (
        Appointment.objects.filter(dose=dose, status__in=LIVE)
        .select_related("unit", "patient", "dose__plan__protocol")
        .first()
    )
