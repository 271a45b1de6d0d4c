"""A patient who was taken for not attending, and came: the visit stands again where its time is still free."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from patients.services import close_items
from scheduling.engine.ticks import day_words
from scheduling.errors import NotInThatState
from scheduling.models import Appointment, AppointmentEvent
from scheduling.placing import Claim
from scheduling.selectors.appointments import appointment_for
from scheduling.services.answers import calls
from scheduling.services.courses.proposals import reopen_proposal
from scheduling.services.visits.booking import count_on, refuse_overlap, reread
from scheduling.services.visits.events import claims_from, write_event
from scheduling.services.visits.gates import refuse_to_go_back
from scheduling.services.visits.taking_again import take_again
from scheduling.services.visits.wanted import keys_of
from units.actors import Actor
from units.errors import ClinicError
from units.history import recorded_as
from units.policy import Act

CAME = "No longer needed: the patient came."


def correct_noshow(actor: Actor, *, appointment_id: UUID, version: int | None = None) -> Appointment:
    """“Did not attend” is taken back on its day: the visit is booked again at its time, and nobody is told anything.

    Raises: NotAllowed, StalePage, NotInThatState, SlotTaken which says what has the time now, PatientElsewhere, and
    what `refuse_to_go_back` does where the dose was booked again, a hold was placed or the plan has ended.
    """
    seen = appointment_for(actor, appointment_id, act=Act.RECORD_ARRIVAL)
    with recorded_as(actor, act="correct_noshow", locks=keys_of(seen)):
        appointment, at = reread(seen, version=version), timezone.now()
        missed = _missed(appointment, at=at)
        _refuse_what_came(appointment, at=at)
        old = missed.snapshot["previous"]
        appointment.status = Appointment.Status.BOOKED
        # Nobody was told of the later stamp; with the one before, nothing that was sent has to be sent again.
        appointment.dtstamp = datetime.fromisoformat(old["dtstamp"])
        appointment.version += 1
        appointment.save(update_fields=["status", "dtstamp", "version"])
        claims: list[Claim] = take_again(appointment, claims_from(old["placing"]), at=at)
        reason = "Marked as not attended by mistake."
        kind = AppointmentEvent.Kind.CORRECTED
        write_event(actor, appointment, kind, at=at, claims=claims, reason=reason, undoes=missed)
        close_items(patient=appointment.patient, outcome=CAME, at=at, key_starts=f"noshow:{appointment.public_id}")
        calls.reopen_calls(appointment, closed_at=missed.at, outcome=calls.NOT_ATTENDED)
        reopen_proposal(appointment, closed_at=missed.at)
        count_on(appointment, at=at)
    return appointment


def _missed(appointment: Appointment, *, at: datetime) -> AppointmentEvent:
    """The event that said so, with what the visit had."""
    if appointment.status != Appointment.Status.NOSHOW:
        raise NotInThatState(f"This visit is {appointment.get_status_display().lower()}: nobody marked it as missed.")
    on = appointment.unit.local_date(appointment.starts_at)
    if on != appointment.unit.local_date(at):
        raise NotInThatState(f"This visit was on {day_words(on)}. Enter a dose given then from paper, or book again.")
    missed = appointment.events.filter(kind=AppointmentEvent.Kind.NOSHOW).order_by("-pk").first()
    if missed is None or not missed.snapshot["previous"]:
        raise NotInThatState("Nobody wrote down what this visit had. Book it again.")
    return missed


def _refuse_what_came(appointment: Appointment, *, at: datetime) -> None:
    on = appointment.unit.local_date(appointment.starts_at)
    was_unfit = bool(appointment.override_reason)
    try:
        refuse_to_go_back(
            appointment, on=on, today=appointment.unit.local_date(at), was_moved=False, was_unfit=was_unfit
        )
        refuse_overlap(appointment, appointment.arrives_at, appointment.ends_at)
    except ClinicError as refused:
        raise type(refused)(f"This cannot be undone. {refused.sentence}", **refused.facts) from refused
