"""What happens on the day: arrived, in the room, given, gone home; or not come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from doseplans.models import Administration, Dose, ProtocolPhase
from doseplans.readiness import reds
from doseplans.services import GivenRecord, record_given
from patients.models import WorklistItem
from patients.services import open_item
from scheduling.engine.ticks import day_words
from scheduling.errors import NotInThatState, NotReady
from scheduling.models import Appointment, AppointmentEvent, MoveProposal
from scheduling.selectors.appointments import appointment_for
from scheduling.selectors.readiness import readiness
from scheduling.services.answers import calls
from scheduling.services.courses.proposals import close_proposal
from scheduling.services.day.aftercare import ask_after
from scheduling.services.visits.booking import count_on, free, reread
from scheduling.services.visits.events import next_dtstamp, state_of, write_event
from scheduling.services.visits.freeing import leave_places
from scheduling.services.visits.wanted import keys_of
from units.actors import Actor
from units.errors import invalid
from units.history import recorded_as
from units.policy import Act

Status = Appointment.Status
Kind = AppointmentEvent.Kind


@contextmanager
def _change(
    actor: Actor, appointment_id: UUID, act: Act, name: str, version: int | None, reason: str = ""
) -> Iterator[tuple[Appointment, datetime]]:
    """The visit, re-read under its locks inside a transaction on the record, and the instant of the change."""
    seen = appointment_for(actor, appointment_id, act=act)
    with recorded_as(actor, act=name, reason=reason, locks=keys_of(seen)):
        yield reread(seen, version=version), timezone.now()


def _expect(appointment: Appointment, *states: str, to_be: str) -> None:
    if appointment.status not in states:
        raise NotInThatState(f"This visit is {appointment.get_status_display().lower()}, so it cannot be {to_be}.")


def _save(
    actor: Actor,
    appointment: Appointment,
    kind: str,
    *,
    at: datetime,
    reason: str = "",
    previous: dict[str, Any] | None = None,
) -> None:
    appointment.version += 1
    appointment.save()
    write_event(actor, appointment, kind, at=at, reason=reason, previous=previous)


def record_arrival(actor: Actor, *, appointment_id: UUID, version: int | None = None) -> Appointment:
    """The patient is here. Nothing but the state of the visit can refuse it: gates stop the procedure, not arrival."""
    with _change(actor, appointment_id, Act.RECORD_ARRIVAL, "record_arrival", version) as (appointment, at):
        _expect(appointment, Status.BOOKED, to_be="marked as arrived")
        if appointment.unit.local_date(appointment.starts_at) != appointment.unit.local_date(at):
            when = day_words(appointment.unit.local_date(appointment.starts_at))
            raise NotInThatState(f"This visit is on {when}. Move it to today first if the patient is here.")
        appointment.status, appointment.arrived_at = Status.ARRIVED, at
        _save(actor, appointment, Kind.ARRIVED, at=at)
        calls.close_answers(appointment, at=at)
    return appointment


def correct_arrival(actor: Actor, *, appointment_id: UUID, version: int | None = None) -> Appointment:
    """A wrong “arrived” is put right: the visit is booked again, and both stay on the record."""
    with _change(actor, appointment_id, Act.RECORD_ARRIVAL, "correct_arrival", version) as (appointment, at):
        _expect(appointment, Status.ARRIVED, to_be="put back to booked")
        appointment.status, appointment.arrived_at, appointment.procedure_started_at = Status.BOOKED, None, None
        _save(actor, appointment, Kind.CORRECTED, at=at, reason="Marked as arrived by mistake.")
    return appointment


def start_procedure(
    actor: Actor, *, appointment_id: UUID, version: int | None = None, override_reason: str = ""
) -> Appointment:
    """The patient is in the procedure room.

    A red gate stops it; a doctor's written reason goes on all the same, and stands on the record with the gates that
    were red. Raises: NotInThatState, NotReady.
    """
    with _change(actor, appointment_id, Act.RECORD_ADMINISTRATION, "start_procedure", version, override_reason) as (
        appointment,
        at,
    ):
        _expect(appointment, Status.ARRIVED, to_be="started")
        if appointment.procedure_started_at is not None:
            raise NotInThatState("The procedure has been started already.")
        reason = _overridden(actor, appointment, override_reason.strip(), at=at)
        appointment.procedure_started_at = at
        _save(actor, appointment, Kind.STARTED, at=at, reason=reason)
    return appointment


def _overridden(actor: Actor, appointment: Appointment, reason: str, *, at: datetime) -> str:
    """Why the procedure starts although gates are red, with which; empty where none is."""
    stopped_by = reds(readiness(appointment, at=at))
    if not stopped_by:
        return ""
    said = "; ".join(state.sentence for state in stopped_by)
    may_override = actor.may(Act.OVERRIDE_READINESS, appointment.unit_id)
    if reason and may_override:
        return f"{reason} (in spite of: {said})"[:300]
    way_out = "Write down your reason to go on all the same." if may_override else "Mend it, or ask a doctor."
    raise NotReady(f"Not ready. {said}. {way_out}", gates=[state.code for state in stopped_by])


@dataclass(frozen=True, slots=True)
class Given:
    """What followed from a dose given: the record, the next dose, and booked visits that no longer fit."""

    appointment: Appointment
    administration: Administration
    next_dose: Dose | None
    unfitting: tuple[Appointment, ...]


def record_administration(
    actor: Actor, *, appointment_id: UUID, record: GivenRecord, version: int | None = None
) -> Given:
    """The dose is given: the plan re-anchors on that day, and later dates follow from it.

    Visits that are now too early or too late stay where they are; for each a move is proposed. Raises NotInThatState,
    InvalidInput, and what `doseplans` refuses (a second record of one dose, a time in the future).
    """
    with _change(actor, appointment_id, Act.RECORD_ADMINISTRATION, "record_administration", version) as (visit, at):
        _expect(visit, Status.ARRIVED, to_be="recorded as given")
        if visit.dose is None:
            raise invalid("dose", "This visit has no dose to give.")
        if visit.unit.local_date(record.given_at) != visit.unit.local_date(visit.starts_at):
            raise invalid("given_at", "The time given is not on the day of this visit.")
        administration = record_given(actor, dose=visit.dose, record=record, at=at)
        ask_after(administration, patient=visit.patient, unit=visit.unit)
        visit.status = Status.FULFILLED
        visit.procedure_started_at = visit.procedure_started_at or min(record.given_at, at)
        visit.recovery_started_at = at
        _save(actor, visit, Kind.GIVEN, at=at)
        close_proposal(visit, MoveProposal.State.OVER, "The dose was given.", at=at, by=actor.name)
        calls.close_calls(visit, calls.GIVEN, at=at)
        unfitting = tuple(proposal.appointment for proposal in count_on(visit, at=at))
        plan_doses = Dose.objects.filter(plan_id=visit.dose.plan_id)
        following = plan_doses.filter(sequence__gt=visit.dose.sequence).order_by("sequence").first()
    return Given(visit, administration, following, unfitting)


def finish_visit(actor: Actor, *, appointment_id: UUID, version: int | None = None) -> Appointment:
    """A visit without a dose is done: the patient recovers, or goes home at once where no recovery place was taken.

    Raises: NotInThatState, also for a visit whose dose is to be recorded instead; StalePage.
    """
    with _change(actor, appointment_id, Act.RECORD_ADMINISTRATION, "finish_visit", version) as (appointment, at):
        _expect(appointment, Status.ARRIVED, to_be="finished")
        if appointment.dose is not None:
            raise NotInThatState("This visit is for a dose: record it as given, or as not given and why.")
        appointment.status = Status.FULFILLED
        appointment.procedure_started_at = appointment.procedure_started_at or at
        appointment.recovery_started_at = at
        if not appointment.allocations.filter(phase=ProtocolPhase.Phase.RECOVERY).exists():
            appointment.discharged_at = at
        _save(actor, appointment, Kind.DONE, at=at)
    return appointment


def discharge(actor: Actor, *, appointment_id: UUID, version: int | None = None) -> Appointment:
    """The patient has gone home; the recovery place is free from now."""
    with _change(actor, appointment_id, Act.RECORD_ARRIVAL, "discharge", version) as (appointment, at):
        _expect(appointment, Status.FULFILLED, to_be="discharged")
        if appointment.discharged_at is not None:
            raise NotInThatState("The patient has been discharged already.")
        leave_places(appointment, at)
        _save(actor, appointment, Kind.DISCHARGED, at=at)
    return appointment


def record_noshow(actor: Actor, *, appointment_id: UUID, reason: str = "", version: int | None = None) -> Appointment:
    """The patient did not come: the visit ends, its places are free, the dose is unbooked again, and a call is due."""
    with _change(actor, appointment_id, Act.RECORD_ARRIVAL, "record_noshow", version, reason) as (appointment, at):
        _expect(appointment, Status.BOOKED, to_be="marked as not attended")
        if appointment.arrives_at > at:
            raise NotInThatState("The arrival time has not come yet. Cancel the visit if the patient will not come.")
        # With what it gave up: the waiting list is offered what of it is to come, and it can be put back.
        previous = state_of(appointment, free(appointment))
        appointment.status = Status.NOSHOW
        appointment.dtstamp = next_dtstamp(at, appointment.dtstamp)
        _save(actor, appointment, Kind.NOSHOW, at=at, reason=reason, previous=previous)
        close_proposal(appointment, MoveProposal.State.OVER, "The patient did not attend.", at=at, by=actor.name)
        calls.close_calls(appointment, calls.NOT_ATTENDED, at=at)
        count_on(appointment, at=at)
        what = "dose" if appointment.dose else "visit, if it is still needed,"
        open_item(
            unit=appointment.unit,
            patient=appointment.patient,
            kind=WorklistItem.Kind.CALL,
            key=f"noshow:{appointment.public_id}",
            title="Did not attend",
            detail=f"Ring and find out why, then book the {what} again.",
            due_at=at,
        )
    return appointment
