"""A day written on paper, entered afterwards with the times at which things really happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from doseplans.models import Dose
from doseplans.services import GivenRecord, record_given
from scheduling.engine.ticks import day_words
from scheduling.errors import NotInThatState
from scheduling.models import Appointment, AppointmentEvent, MoveProposal
from scheduling.services import calls
from scheduling.services.aftercare import CHECK_AFTER, ask_after
from scheduling.services.booking import refuse_overlap
from scheduling.services.doses import Changed, changing
from scheduling.services.events import next_dtstamp, write_event
from scheduling.services.proposals import close_proposal, recount
from units.actors import Actor
from units.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class PaperTimes:
    """When things happened besides the dose itself, whose time is in its record."""

    arrived_at: datetime
    started_at: datetime
    discharged_at: datetime


def record_from_paper(
    actor: Actor, *, dose_id: UUID, record: GivenRecord, times: PaperTimes, version: int | None = None
) -> Changed:
    """The dose and its visit are on record with their true times, all of one day that is over or nearly so.

    A visit booked for that day is the one that took place; where none was, one is written down that took no room.
    Raises: NotAllowed, InvalidInput, NotInThatState where a visit stands on another day, StalePage, PatientElsewhere,
    and what `record_given` refuses.
    """
    with changing(actor, dose_id=dose_id, name="record_from_paper", reason=record.note, version=version) as (
        dose,
        booked,
        at,
    ):
        unit = dose.plan.patient.unit
        _check_times(record, times, local_date=unit.local_date, at=at)
        if booked is not None and unit.local_date(booked.starts_at) != unit.local_date(record.given_at):
            when = day_words(unit.local_date(booked.starts_at))
            raise NotInThatState(f"{dose} has a visit on {when}. Move or cancel that one first, or correct the day.")
        administration = record_given(actor, dose=dose, record=record, at=at)
        if at - record.given_at <= CHECK_AFTER:
            ask_after(administration, patient=dose.plan.patient, unit=unit)
        visit = booked or _unplanned(actor, dose, times, at=at)
        visit.status = Appointment.Status.FULFILLED
        visit.arrived_at, visit.procedure_started_at = times.arrived_at, times.started_at
        visit.recovery_started_at, visit.discharged_at = record.given_at, times.discharged_at
        visit.version += 1
        visit.save()
        close_proposal(visit, MoveProposal.State.OVER, "The dose was given.", at=at, by=actor.name)
        calls.close_calls(visit, calls.GIVEN, at=at)
        write_event(actor, visit, AppointmentEvent.Kind.GIVEN, at=at, reason="Entered from paper.")
        proposals = recount(dose.plan, unit=unit, at=at)
    return Changed(dose, visit, tuple(proposals))


def _check_times(
    record: GivenRecord, times: PaperTimes, *, local_date: Callable[[datetime], date], at: datetime
) -> None:
    """Arrived, started, given, gone home: one after the other, on one day, none of it to come."""
    fields: dict[str, str] = {}
    if times.started_at < times.arrived_at:
        fields["started_at"] = "The procedure cannot start before the patient arrives."
    if record.given_at < times.started_at:
        fields["given_at"] = "The dose cannot be given before the procedure starts."
    if times.discharged_at < record.given_at:
        fields["discharged_at"] = "The patient cannot go home before the dose is given."
    elif times.discharged_at == times.arrived_at:
        fields["discharged_at"] = "The patient cannot go home in the minute of arriving."
    elif times.discharged_at > at:
        fields["discharged_at"] = "That time has not come yet."
    if local_date(times.arrived_at) != local_date(times.discharged_at) and not fields:
        fields["discharged_at"] = "All of it happened on one day."
    if fields:
        raise InvalidInput(" ".join(fields.values()), fields=fields)


def _unplanned(actor: Actor, dose: Dose, times: PaperTimes, *, at: datetime) -> Appointment:
    visit = Appointment(
        unit=dose.plan.patient.unit,
        patient=dose.plan.patient,
        dose=dose,
        starts_at=times.arrived_at,
        ends_at=times.discharged_at,
        dtstamp=next_dtstamp(at, None),
        booked_at=at,
        booked_by_name=actor.name,
        version=0,
    )
    refuse_overlap(visit, visit.starts_at, visit.ends_at)
    return visit
