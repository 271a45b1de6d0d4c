"""Cancel a visit, and take back what was just done before anybody was told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from scheduling.errors import NotInThatState, UndoTooLate
from scheduling.models import Appointment, AppointmentEvent, MoveProposal
from scheduling.selectors.appointments import appointment_for, appointments
from scheduling.services.answers import calls
from scheduling.services.courses.proposals import close_proposal, propose_if_outside, reopen_proposal
from scheduling.services.opening.hours import look_again, reopen_stranded
from scheduling.services.visits.booking import count_on, free, refuse_overlap, reread
from scheduling.services.visits.events import CHANGE_NOTHING, claims_from, next_dtstamp, state_of, write_event
from scheduling.services.visits.gates import refuse_to_go_back
from scheduling.services.visits.taking_again import take_again
from scheduling.services.visits.wanted import day_keys, keys_of
from scheduling.services.waiting.endings import end_offers_about, take_acceptance_back
from units.actors import Actor
from units.errors import ClinicError, invalid
from units.history import recorded_as
from units.policy import Act

Status = Appointment.Status
Kind = AppointmentEvent.Kind


def cancel_appointment(
    actor: Actor, *, appointment_id: UUID, cancelled_by: str, reason: str = "", version: int | None = None
) -> Appointment:
    """The visit is cancelled, its room, operator and place are free, and one CANCEL goes to whoever had an invite.

    `cancelled_by` is an `Appointment.CancelledBy` value. Raises NotInThatState, StalePage, InvalidInput.
    """
    if cancelled_by not in Appointment.CancelledBy.values:
        raise invalid("cancelled_by", "Say who cancels: the patient, the unit, or a clinical reason.")
    seen = appointment_for(actor, appointment_id, act=Act.BOOK)
    at = timezone.now()
    with recorded_as(actor, act="cancel_appointment", reason=reason, locks=keys_of(seen)):
        appointment = reread(seen, version=version)
        if appointment.status != Status.BOOKED:
            raise NotInThatState(f"This visit is {appointment.get_status_display().lower()} and cannot be cancelled.")
        cancel_locked(actor, appointment=appointment, cancelled_by=cancelled_by, reason=reason, at=at)
        count_on(appointment, at=at)
    return appointment


def cancel_locked(
    actor: Actor, *, appointment: Appointment, cancelled_by: str, reason: str, at: datetime, is_told: bool = True
) -> None:
    """A booked visit that was re-read under its locks is cancelled, inside a use case that has asked for the right.

    `is_told` False cancels it without a word to anybody. The plan's dates are counted again by the caller.
    """
    previous = state_of(appointment, free(appointment))
    appointment.status = Status.CANCELLED
    appointment.cancelled_by = cancelled_by
    appointment.cancellation_reason = reason[:300]
    appointment.ical_sequence += 1
    appointment.dtstamp = next_dtstamp(at, appointment.dtstamp)
    appointment.version += 1
    appointment.save()
    close_proposal(appointment, MoveProposal.State.OVER, "The visit was cancelled.", at=at, by=actor.name)
    calls.close_calls(appointment, calls.CANCELLED, at=at)
    end_offers_about(appointment, "The visit was cancelled.", at=at)
    write_event(actor, appointment, Kind.CANCELLED, at=at, previous=previous, reason=reason[:300], is_told=is_told)


def undo_change(actor: Actor, *, appointment_id: UUID) -> Appointment:
    """The last booking, move, delay or cancellation of the visit never happened as far as anybody outside was told.

    What one act did to several visits (a series, a swap, a list that runs late) is taken back for all, or for none.
    The database's clock decides, because the worker that would send asks the same clock. Raises UndoTooLate when the
    seconds are over or something else happened since, SlotTaken when the old time is gone, and what `refuse_to_go_back`
    does where a hold, an end or a gate stands in the way of the old day meanwhile.
    """
    undoings = _undoings(actor, appointment_for(actor, appointment_id, act=Act.BOOK))
    keys = set[int]().union(*(one.keys() for one in undoings))
    with recorded_as(actor, act="undo_change", locks=keys):
        at = _database_now()
        for one in undoings:
            _begin(one, at=at, is_alone=len(undoings) == 1)
        for one in undoings:
            free(one.visit)
        for one in undoings:
            _restore(one.visit, one.old)
            if one.old:
                refuse_overlap(one.visit, one.visit.arrives_at, one.visit.ends_at)
            one.visit.save()
        for one in undoings:
            _finish(actor, one, at=at)
        for visit in {one.visit.dose.plan_id if one.visit.dose else None: one.visit for one in undoings}.values():
            count_on(visit, at=at)
        for one in undoings:
            if one.old is not None:
                propose_if_outside(one.visit, at=at)
    return next(one.visit for one in undoings if one.visit.public_id == appointment_id)


@dataclass(slots=True)
class _Undoing:
    """One visit whose last change is taken back: as it was seen, the event, and the state before it (None: none).

    `visit` is the visit as it stands, once the locks are held.
    """

    seen: Appointment
    event: AppointmentEvent | None
    old: dict[str, Any] | None
    visit: Appointment

    def keys(self) -> set[int]:
        """The locks under which it is taken back."""
        days = day_keys(self.seen.unit, _day_start(self.old), _instant(self.old["leave_at"])) if self.old else set()
        return keys_of(self.seen) | days


def _undoings(actor: Actor, seen: Appointment) -> list[_Undoing]:
    """The visit's last change, and those of the other visits that the same act changed, in one order."""
    event = _last_change(seen)
    found = [(seen, event)]
    if event is not None and event.together is not None:
        events = AppointmentEvent.objects.filter(together=event.together).order_by("appointment_id")
        visits = {visit.pk: visit for visit in appointments(actor).filter(events__together=event.together)}
        found = [(visits[one.appointment_id], one) for one in events]
    return [_Undoing(visit, one, one.snapshot["previous"] if one else None, visit) for visit, one in found]


def _begin(one: _Undoing, *, at: datetime, is_alone: bool) -> None:
    """The visit re-read under the locks. Raises what stands in the way of taking its change back."""
    one.visit = reread(one.seen, version=None)
    last = _last_change(one.visit)
    if (
        one.event is None
        or last is None
        or last.pk != one.event.pk
        or last.kind not in {Kind.BOOKED, Kind.MOVED, Kind.DELAYED, Kind.CANCELLED}
    ):
        which = "this visit since. Change it" if is_alone else "one of these visits since. Change them"
        raise UndoTooLate(f"Something else has happened to {which} by hand.")
    if at >= last.releases_at:
        raise UndoTooLate("The time to undo is over and the message is on its way. Move or cancel the visit instead.")
    # A delay changes nothing that a plan asks about.
    if one.old and last.kind != Kind.DELAYED:
        _refuse_what_began_meanwhile(one.visit, last, back_to=_day_start(one.old), at=at)


def _finish(actor: Actor, one: _Undoing, *, at: datetime) -> None:
    """The visit has what it had, and what the change had closed is open again."""
    visit, undone = one.visit, one.event
    if undone is None:
        return
    claims = take_again(visit, claims_from(one.old["placing"]), at=at) if one.old else []
    write_event(actor, visit, Kind.UNDONE, at=at, claims=claims, undoes=undone)
    reopen_proposal(visit, closed_at=undone.at)
    take_acceptance_back(undone)
    if one.old is None:
        calls.close_calls(visit, calls.UNDONE, at=at)
    elif undone.kind == Kind.CANCELLED:
        calls.reopen_calls(visit, closed_at=undone.at)
    elif undone.kind == Kind.MOVED:
        reopen_stranded(visit, closed_at=undone.at)
    if one.old is not None:
        look_again(visit, at=at)  # the hours may have changed within the seconds


def _last_change(appointment: Appointment) -> AppointmentEvent | None:
    """What happened last to the visit itself; an offer of another time, or an answer, changes nothing about it."""
    return appointment.events.exclude(kind__in=CHANGE_NOTHING).order_by("-pk").first()


def _refuse_what_began_meanwhile(
    appointment: Appointment, last: AppointmentEvent, *, back_to: datetime, at: datetime
) -> None:
    """A hold or an end has no visit that nobody was asked about, and no gate is passed by way of an undo."""
    unit = appointment.unit
    was_proposed = MoveProposal.objects.filter(
        appointment=appointment, decided_at=last.at, state__in=[MoveProposal.State.MOVED, MoveProposal.State.OVER]
    )
    try:
        refuse_to_go_back(
            appointment,
            on=unit.local_date(back_to),
            today=unit.local_date(at),
            was_moved=last.kind == Kind.MOVED,
            was_unfit=bool(appointment.override_reason) or was_proposed.exists(),
        )
    except ClinicError as refused:
        raise type(refused)(f"This cannot be undone. {refused.sentence}", **refused.facts) from refused


def _restore(appointment: Appointment, old: dict[str, Any] | None) -> None:
    """The visit as it stood before its last event; a visit just booked becomes one entered in error."""
    appointment.version += 1
    if old is None:
        appointment.status = Status.ENTERED_IN_ERROR
        return
    # Somebody whose visit was delayed may be here already.
    if appointment.status == Status.CANCELLED:
        appointment.status = Status.BOOKED
    appointment.cancelled_by = appointment.cancellation_reason = ""
    appointment.squeezed_in_reason = old.get("squeezed_in_reason", "")
    appointment.starts_at, appointment.ends_at = _day_start(old), _instant(old["leave_at"])
    appointment.admitted_at = _instant(old["arrive_at"]) if "day_starts_at" in old else None
    # Nobody was told of the higher number, so it is free to be used for the next real change.
    appointment.ical_sequence = old["ical_sequence"]
    appointment.dtstamp = _instant(old["dtstamp"])


def _day_start(old: dict[str, Any]) -> datetime:
    """When the visit begins on its day, whenever the patient is admitted."""
    return _instant(old.get("day_starts_at", old["arrive_at"]))


def _instant(value: str) -> datetime:
    return datetime.fromisoformat(value)


def _database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
