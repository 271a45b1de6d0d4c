"""Worklist items: where a mail cannot do the telling, a person does. None of these can stop anybody else's message."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from doseplans.calculus import day_in_words
from patients.models import Channel, Patient, WorklistItem
from patients.services import open_item
from reminders.models import Message, Purpose
from reminders.people import Person, wants_other_channel
from reminders.rules import needs_call_as_well
from scheduling.models import Appointment

TITLES = {
    Purpose.INVITE: "Tell the patient: new visit",
    Purpose.UPDATE: "Tell the patient: new time",
    Purpose.CANCEL: "Tell the patient: visit cancelled",
}
NO_LONGER_NEEDED = "No longer needed: the visit was changed or undone."


def ask_to_tell(appointment: Appointment, person: Person, purpose: str, *, at: datetime, due_at: datetime) -> None:
    """A person tells the patient by hand where no channel does, where they asked for a call, or time is short.

    One item for each change of the visit, also when it is derived again.
    """
    reasons = why_by_hand(person)
    if purpose == Purpose.CANCEL and needs_call_as_well(appointment.arrives_at, at=at):
        reasons.append("The visit would have been very soon")
    key = _telling_key(appointment)
    if WorklistItem.objects.filter(key=key).exists():
        return
    open_item(
        unit=appointment.unit,
        patient=appointment.patient,
        kind=WorklistItem.Kind.NO_ADDRESS if person.why_not else WorklistItem.Kind.CALL,
        key=key,
        title=TITLES[Purpose(purpose)],
        detail=f"{'. '.join([_time_of(appointment), *reasons])}.",
        due_at=due_at,
    )


def why_by_hand(person: Person) -> list[str]:
    """Why somebody has to ring, in words: e-mail does not reach them, or what they asked for cannot be used."""
    reasons = [reason for reason in (person.why_not, wants_other_channel(person.preferred)) if reason]
    if person.preferred != Channel.EMAIL and (why_not := person.why_not_by(person.preferred)):
        reasons.append(why_not)
    elif person.preferred == Channel.LETTER:
        reasons.append("It would come too late")
    return reasons


def ask_for_address(patient: Patient, person: Person) -> None:
    """A carer who should get invites but cannot: asked for once, not at every visit."""
    open_item(
        unit=patient.unit,
        patient=patient,
        kind=WorklistItem.Kind.NO_ADDRESS,
        key=f"address:{person.key}",
        title="Ask for the carer's e-mail address",
        detail=f"{person.name} is to get invites. {person.why_not}.",
        due_at=timezone.now(),
    )


def drop_stale_requests(appointment: Appointment, *, is_current_kept: bool) -> None:
    """Open requests to tell the patient something that is no longer so are closed, with the reason as outcome."""
    open_items = _tellings(appointment).filter(done_at__isnull=True)
    if is_current_kept:
        open_items = open_items.exclude(key=_telling_key(appointment))
    open_items.update(done_at=timezone.now(), outcome=NO_LONGER_NEEDED)


def was_told_by_hand(appointment: Appointment) -> bool:
    """Whether somebody has already told the patient of this visit, so that they must also hear of its end."""
    return _tellings(appointment).filter(done_by__isnull=False).exists()


def report_failure(message: Message, *, why: str) -> None:
    """A message that will not be tried again is somebody's task."""
    open_item(
        unit=message.appointment.unit,
        patient=message.patient,
        kind=WorklistItem.Kind.MESSAGE_FAILED,
        key=f"message:{message.public_id}",
        title=f"Not delivered: {message.get_purpose_display().lower()}",
        detail=f"To {message.recipient_name}, visit of {_time_of(message.appointment)}. {why}",
        due_at=timezone.now(),
    )


def report_lost_reminder(message: Message) -> None:
    """A reminder that an outage has held up for too long is spoken instead; one call for all of a visit's."""
    open_item(
        unit=message.appointment.unit,
        patient=message.patient,
        kind=WorklistItem.Kind.CALL,
        key=f"reminder:{message.uid}",
        title="Remind the patient of the visit",
        detail=f"{_time_of(message.appointment)}. The reminder did not go out in time.",
        due_at=timezone.now(),
    )


def report_underivable(appointment_id: int) -> None:
    """A visit whose messages cannot be written, for whatever reason, is told by a person."""
    appointment = Appointment.objects.select_related("patient", "unit").get(pk=appointment_id)
    open_item(
        unit=appointment.unit,
        patient=appointment.patient,
        kind=WorklistItem.Kind.MESSAGE_FAILED,
        key=f"derive:{appointment.uid}",
        title="Tell the patient of the change",
        detail=f"No message could be written for the visit of {_time_of(appointment)}.",
        due_at=timezone.now(),
    )


def _time_of(appointment: Appointment) -> str:
    """The visit's day and time as the staff's pages say them: Tue 1 Dec, 09:30; with the year where it is another."""
    local, today = appointment.unit.local(appointment.arrives_at), appointment.unit.local_date(timezone.now())
    return f"{day_in_words(local.toordinal(), beside=today.toordinal())}, {local:%H:%M}"


def _tellings(appointment: Appointment) -> QuerySet[WorklistItem]:
    return WorklistItem.objects.filter(patient_id=appointment.patient_id, key__startswith=f"tell:{appointment.uid}:")


def _telling_key(appointment: Appointment) -> str:
    return f"tell:{appointment.uid}:{appointment.ical_sequence}:{int(appointment.dtstamp.timestamp())}"
