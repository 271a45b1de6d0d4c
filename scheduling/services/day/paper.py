"""A day written on paper, entered afterwards with the times at which things really happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from doseplans.models import Dose, DoseNotGiven
from doseplans.services import GivenRecord, record_given
from scheduling.engine.ticks import day_words
from scheduling.errors import NotInThatState
from scheduling.models import Appointment, AppointmentEvent, MoveProposal
from scheduling.selectors.appointments import appointment_for
from scheduling.services.answers import calls
from scheduling.services.courses.doses import Changed, changing, end_without_dose
from scheduling.services.courses.proposals import close_proposal, recount
from scheduling.services.day.aftercare import CHECK_AFTER, ask_after
from scheduling.services.visits.booking import refuse_overlap, reread
from scheduling.services.visits.events import next_dtstamp, write_event
from scheduling.services.visits.freeing import leave_places
from scheduling.services.visits.wanted import keys_of
from units.actors import Actor
from units.errors import InvalidInput, invalid
from units.history import recorded_as
from units.policy import Act

Kind = AppointmentEvent.Kind
Status = Appointment.Status
FROM_PAPER = "Entered from paper."


@dataclass(frozen=True, slots=True)
class PaperTimes:
    """When things happened besides the dose itself, whose time is in its record.

    `discharged_at` is None while the patient is still here, on the day itself.
    """

    arrived_at: datetime
    started_at: datetime
    discharged_at: datetime | None = None


def record_from_paper(
    actor: Actor, *, dose_id: UUID, record: GivenRecord, times: PaperTimes, version: int | None = None
) -> Changed:
    """The dose and its visit are on record with their true times, all of one day.

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
        _refuse(_wrong_times(times, record.given_at, local_date=unit.local_date, at=at))
        if booked is not None and unit.local_date(booked.starts_at) != unit.local_date(record.given_at):
            when = day_words(unit.local_date(booked.starts_at))
            raise NotInThatState(f"{dose} has a visit on {when}. Move or cancel that one first, or correct the day.")
        administration = record_given(actor, dose=dose, record=record, at=at)
        if at - record.given_at <= CHECK_AFTER:
            ask_after(administration, patient=dose.plan.patient, unit=unit)
        visit = booked or _unplanned(actor, dose, times, at=at)
        _took_place(visit, times, done_at=record.given_at)
        close_proposal(visit, MoveProposal.State.OVER, "The dose was given.", at=at, by=actor.name)
        calls.close_calls(visit, calls.GIVEN, at=at)
        write_event(actor, visit, Kind.GIVEN, at=at, reason=FROM_PAPER)
        proposals = recount(dose.plan, unit=unit, at=at)
    return Changed(dose, visit, tuple(proposals))


def finish_from_paper(
    actor: Actor,
    *,
    appointment_id: UUID,
    times: PaperTimes,
    done_at: datetime,
    reason: str = "",
    version: int | None = None,
) -> Appointment:
    """A visit without a dose took place, with its true times.

    Raises: NotAllowed, InvalidInput, NotInThatState for a visit with a dose or one that is over, StalePage.
    """
    seen = appointment_for(actor, appointment_id, act=Act.RECORD_ADMINISTRATION)
    with recorded_as(actor, act="finish_from_paper", reason=reason, locks=keys_of(seen)):
        visit, at = reread(seen, version=version), timezone.now()
        _expect_open(visit)
        if visit.dose is not None:
            raise NotInThatState("This visit is for a dose: record it as given, or as not given and why.")
        unit = visit.unit
        fields = _wrong_times(times, done_at, local_date=unit.local_date, at=at, what="visit", done="done")
        if unit.local_date(done_at) != unit.local_date(visit.starts_at):
            fields.setdefault("given_at", OTHER_DAY)
        _refuse(fields)
        _took_place(visit, times, done_at=done_at)
        calls.close_calls(visit, calls.ARRIVED, at=at)
        write_event(actor, visit, Kind.DONE, at=at, reason=FROM_PAPER)
    return visit


def record_not_given_from_paper(
    actor: Actor,
    *,
    appointment_id: UUID,
    reason: str,
    arrived_at: datetime,
    note: str = "",
    version: int | None = None,
) -> DoseNotGiven:
    """The patient came at that time and the dose was not given; it is to book again, as in `record_not_given`.

    Raises: NotAllowed, InvalidInput, NotInThatState for a visit that is over or without a dose, StalePage.
    """
    seen = appointment_for(actor, appointment_id, act=Act.RECORD_ADMINISTRATION)
    with recorded_as(actor, act="record_not_given_from_paper", reason=note, locks=keys_of(seen)):
        visit, at = reread(seen, version=version), timezone.now()
        _expect_open(visit)
        fields = {}
        if arrived_at > at:
            fields["arrived_at"] = NOT_YET
        elif visit.unit.local_date(arrived_at) != visit.unit.local_date(visit.starts_at):
            fields["arrived_at"] = OTHER_DAY
        _refuse(fields)
        visit.arrived_at = arrived_at
        calls.close_answers(visit, at=at)
        return end_without_dose(actor, visit, reason=reason, note=note, at=at, happened_at=arrived_at)


def discharge_from_paper(
    actor: Actor, *, appointment_id: UUID, discharged_at: datetime, version: int | None = None
) -> Appointment:
    """A patient who was in recovery went home at that time; the recovery place is free from then.

    Raises: NotAllowed, InvalidInput, NotInThatState, StalePage.
    """
    seen = appointment_for(actor, appointment_id, act=Act.RECORD_ARRIVAL)
    with recorded_as(actor, act="discharge_from_paper", locks=keys_of(seen)):
        visit, at = reread(seen, version=version), timezone.now()
        if visit.status != Status.FULFILLED or visit.discharged_at is not None:
            raise NotInThatState("Only somebody who is in recovery can go home.")
        if discharged_at > at:
            raise invalid("discharged_at", NOT_YET)
        if visit.unit.local_date(discharged_at) != visit.unit.local_date(visit.starts_at):
            raise invalid("discharged_at", OTHER_DAY)
        if visit.recovery_started_at is not None and discharged_at < visit.recovery_started_at:
            raise invalid("discharged_at", "The patient cannot go home before going to recovery.")
        leave_places(visit, discharged_at)
        visit.version += 1
        visit.save()
        write_event(actor, visit, Kind.DISCHARGED, at=at, reason=FROM_PAPER)
    return visit


# --- what every one of them asks -------------------------------------------------------------------------------------
NOT_YET = "That time has not come yet."
OTHER_DAY = "That is not the day of this visit."


def _wrong_times(
    times: PaperTimes,
    done_at: datetime,
    *,
    local_date: Callable[[datetime], date],
    at: datetime,
    what: str = "dose",
    done: str = "given",
) -> dict[str, str]:
    """What is wrong with each time: arrived, started, given, gone home, one after the other on one day, none to come.

    Empty where nothing is. The dose's own time being to come is for its record to refuse.
    """
    fields: dict[str, str] = {}
    home_at = times.discharged_at
    if times.started_at < times.arrived_at:
        fields["started_at"] = "The procedure cannot start before the patient arrives."
    if done_at < times.started_at:
        fields["given_at"] = f"The {what} cannot be {done} before the procedure starts."
    if home_at is None:
        if local_date(done_at) != local_date(at):
            fields["discharged_at"] = "That day is over: write when the patient went home."
        elif done_at > at and not fields:
            fields["given_at"] = NOT_YET
    elif home_at < done_at:
        fields["discharged_at"] = f"The patient cannot go home before the {what} is {done}."
    elif home_at == times.arrived_at:
        fields["discharged_at"] = "The patient cannot go home in the minute of arriving."
    elif home_at > at:
        fields["discharged_at"] = NOT_YET
    if local_date(times.arrived_at) != local_date(home_at or done_at) and not fields:
        fields["discharged_at"] = "All of it happened on one day."
    return fields


def _refuse(fields: dict[str, str]) -> None:
    if fields:
        raise InvalidInput(" ".join(fields.values()), fields=fields)


def _expect_open(visit: Appointment) -> None:
    if visit.status not in {Status.BOOKED, Status.ARRIVED}:
        raise NotInThatState(f"This visit is on record already: {visit.get_status_display().lower()}.")


def _took_place(visit: Appointment, times: PaperTimes, *, done_at: datetime) -> None:
    visit.status = Status.FULFILLED
    visit.arrived_at, visit.procedure_started_at = times.arrived_at, times.started_at
    visit.recovery_started_at, visit.discharged_at = done_at, times.discharged_at
    visit.version += 1
    visit.save()


def _unplanned(actor: Actor, dose: Dose, times: PaperTimes, *, at: datetime) -> Appointment:
    visit = Appointment(
        unit=dose.plan.patient.unit,
        patient=dose.plan.patient,
        dose=dose,
        starts_at=times.arrived_at,
        ends_at=times.discharged_at or at,
        dtstamp=next_dtstamp(at, None),
        booked_at=at,
        booked_by_name=actor.name,
        version=0,
    )
    refuse_overlap(visit, visit.starts_at, visit.ends_at)
    return visit
