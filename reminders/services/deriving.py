"""From what happened to a visit to who is told what: the outbox is worked off, visit by visit.

For each visit the messages are brought into agreement with how it stands now, under a lock on its row, so that
deriving twice, late, or by two workers at once gives the same messages.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now

from patients.models import Channel
from reminders.channels.planning import PHONE
from reminders.models import REQUEST_PURPOSES, Message, Purpose
from reminders.people import PATIENT, Person, patient_as_person, people_of
from reminders.rules import QuietHours, Standing, needs_call_as_well, reminders_ahead
from reminders.services.calls import ask_for_address, ask_to_tell, drop_stale_requests, was_told_by_hand
from reminders.services.composing import instants_of
from reminders.services.offers import tell_offers
from reminders.services.routing import is_post_in_time, plan_for
from reminders.services.rows import message_row
from reminders.standing import standing_of, why_stale
from scheduling.models import Appointment, AppointmentEvent
from scheduling.services.visits.events import ABOUT_OFFERS

log = logging.getLogger(__name__)

State = Message.State
# The order of locks everywhere in this app: the visit, then its messages.
PAGE = 200


def derive_messages(event_ids: Iterable[int] | None = None, *, limit: int | None = None) -> int:
    """Every event given, or every underived one up to `limit`, has its messages. Returns how many visits were worked.

    One transaction a visit. A visit that another worker holds is left to it, unless it was asked for by event.
    """
    worked = 0
    for appointment_id in visits_to_derive(event_ids, limit=limit):
        worked += derive_visit(appointment_id, is_waiting=event_ids is not None)
    return worked


def visits_to_derive(event_ids: Iterable[int] | None = None, *, limit: int | None = None) -> Iterator[int]:
    """Keys of visits with underived events, oldest event first, each once; read in pages through the partial index."""
    underived = AppointmentEvent.objects.filter(messages_derived_at__isnull=True).order_by("pk")
    if event_ids is not None:
        underived = underived.filter(pk__in=list(event_ids))
    seen: set[int] = set()
    last = 0
    while page := list(underived.filter(pk__gt=last).values_list("pk", "appointment_id")[:PAGE]):
        for _event_id, appointment_id in page:
            if appointment_id in seen:
                continue
            if limit is not None and len(seen) >= limit:
                return
            seen.add(appointment_id)
            yield appointment_id
        last = page[-1][0]


def derive_visit(appointment_id: int, *, is_waiting: bool = True) -> bool:
    """The visit's messages agree with how it stands, and its events are marked. False where there was nothing to do."""
    with transaction.atomic():
        appointment = (
            Appointment.objects.select_for_update(of=("self",), skip_locked=not is_waiting, no_key=True)
            .select_related("unit", "patient", "dose__plan")
            .filter(pk=appointment_id)
            .first()
        )
        if appointment is None:
            return False
        events = list(appointment.events.filter(messages_derived_at__isnull=True).order_by("pk"))
        if not events:
            return False
        news = [event for event in events if event.kind not in ABOUT_OFFERS]
        if news:
            _agree(appointment, news[-1], again_to=_again_to(news))
        tell_offers(appointment, [event for event in events if event.kind in ABOUT_OFFERS])
        AppointmentEvent.objects.filter(pk__in=[event.pk for event in events]).update(messages_derived_at=Now())
    return True


def _again_to(news: Sequence[AppointmentEvent]) -> frozenset[str] | None:
    """The readers who are told once more of what they know; None where something has changed."""
    if any(event.kind != AppointmentEvent.Kind.TOLD_AGAIN for event in news):
        return None
    return frozenset(key for event in news for key in event.snapshot["to"])


def _agree(appointment: Appointment, event: AppointmentEvent, *, again_to: frozenset[str] | None = None) -> None:
    standing = standing_of(appointment)
    messages = list(appointment.messages.order_by("pk"))
    undone = set(appointment.events.filter(undoes__isnull=False).values_list("undoes_id", flat=True))
    _skip_stale(messages, standing, undone)
    # A visit that a death has freed stays unspoken of, also where the death is taken back before this is worked.
    if standing.is_deceased or event.snapshot.get("is_untold"):
        drop_stale_requests(appointment, is_current_kept=False)
        return
    if again_to is None:
        drop_stale_requests(appointment, is_current_kept=True)
    if standing.status == Appointment.Status.BOOKED:
        _tell_it_stands(appointment, event, messages, again_to=again_to)
    elif standing.status in {Appointment.Status.CANCELLED, Appointment.Status.ENTERED_IN_ERROR}:
        _tell_it_is_off(appointment, event, messages)


def _skip_stale(messages: Sequence[Message], standing: Standing, undone: Set[int]) -> None:
    for message in messages:
        if message.state != State.PENDING:
            continue
        reason = why_stale(message, standing, is_event_undone=message.event_id in undone)
        # Only while nobody has claimed it: a worker that has asks the same question again before it sends.
        mine = Message.objects.filter(pk=message.pk, state=State.PENDING)
        if reason and mine.update(state=State.SKIPPED, why=reason):
            message.state = State.SKIPPED


def _tell_it_stands(
    appointment: Appointment,
    event: AppointmentEvent,
    messages: Sequence[Message],
    *,
    again_to: frozenset[str] | None = None,
) -> None:
    """Everybody has the visit as it is now in their calendar, and reminders of it to come.

    Where nothing has changed, only `again_to` are told once more, by writing, and whoever had not been told.
    """
    arrive_at, _leave_at = instants_of(event.snapshot)
    ahead = reminders_ahead(
        arrive_at,
        appointment.unit.zone,
        QuietHours(appointment.unit.quiet_from, appointment.unit.quiet_until),
        at=event.at,
    )
    wanted = []
    for person in people_of(appointment.patient):
        theirs = [message for message in messages if message.recipient == person.key]
        has_been_asked = any(message.purpose in REQUEST_PURPOSES for message in theirs if _may_be_out(message))
        purpose = Purpose.UPDATE if has_been_asked or _was_told_before(appointment, person) else Purpose.INVITE
        if not person.address and person.key != PATIENT:
            ask_for_address(appointment.patient, person)
            continue
        is_told = _has(theirs, REQUEST_PURPOSES, appointment)
        if again_to is not None and not is_told:
            is_told = person.key not in again_to and _has_this_time(theirs, appointment)
            purpose = Purpose.INVITE if person.key in again_to else purpose
        if not is_told:
            channels = plan_for(appointment, person, purpose, at=event.at).at_once
            if PHONE in channels and again_to is None:
                ask_to_tell(appointment, person, purpose, at=event.at, due_at=event.releases_at)
            wanted += [
                message_row(appointment, event, person, purpose, due_at=event.releases_at, channel=channel)
                for channel in channels
                if channel != PHONE
            ]
        for step in ahead:
            if not _has(theirs, (step.step.value,), appointment):
                due_at = max(step.due_at, event.releases_at)
                channels = plan_for(appointment, person, step.step.value, at=due_at).at_once
                wanted += [
                    message_row(appointment, event, person, step.step.value, due_at=due_at, channel=channel)
                    for channel in channels
                ]
    Message.objects.bulk_create(wanted, ignore_conflicts=True)


def _tell_it_is_off(appointment: Appointment, event: AppointmentEvent, messages: Sequence[Message]) -> None:
    """Everybody who may have had a request gets one cancellation by each channel that had it, and nobody else.

    Somebody rings besides where the patient was rung before, where a channel cannot take back what it brought, or where
    the visit would have been very soon.
    """
    wanted = []
    needs_call = is_patient_told = was_told_by_hand(appointment)
    for person in people_of(appointment.patient):
        last_by = {
            message.channel: message
            for message in messages
            if message.recipient == person.key and message.is_calendar and _may_be_out(message)
        }
        told_by = [channel for channel, last in last_by.items() if last.purpose != Purpose.CANCEL]
        if not told_by and not (person.key == PATIENT and is_patient_told):
            continue
        usable = {channel for channel in told_by if _can_tell(appointment, person, channel, event.at)}
        wanted += [
            message_row(appointment, event, person, Purpose.CANCEL, due_at=event.releases_at, channel=channel)
            for channel in told_by
            if channel in usable
        ]
        if person.key == PATIENT:
            is_patient_told = True
            wished = plan_for(appointment, person, Purpose.CANCEL, at=event.at).order[:1]
            needs_call = needs_call or len(usable) < len(told_by) or wished == (PHONE,)
    if is_patient_told and (needs_call or needs_call_as_well(appointment.arrives_at, at=event.at)):
        patient = patient_as_person(appointment.patient)
        ask_to_tell(appointment, patient, Purpose.CANCEL, at=event.at, due_at=event.releases_at)
    Message.objects.bulk_create(wanted, ignore_conflicts=True)


def _can_tell(appointment: Appointment, person: Person, channel: str, at: datetime) -> bool:
    """Whether this channel still reaches them, in time."""
    is_slow = channel == Channel.LETTER and not is_post_in_time(appointment.unit, appointment.arrives_at, at=at)
    return not is_slow and not person.why_not_by(channel)


def _may_be_out(message: Message) -> bool:
    """Whether somebody may have it: sent, on its way, or tried with an outcome that nobody knows."""
    return message.state in {State.SENT, State.SENDING} or message.is_possibly_out


def _has(messages: Iterable[Message], purposes: Sequence[str], appointment: Appointment) -> bool:
    """Whether one of these is on its way or out for the visit as it stands now."""
    return any(
        message.purpose in purposes
        and message.state != State.SKIPPED
        and (message.ical_sequence, message.dtstamp) == (appointment.ical_sequence, appointment.dtstamp)
        for message in messages
    )


def _has_this_time(messages: Iterable[Message], appointment: Appointment) -> bool:
    """Whether they may have a request of the visit's SEQUENCE, whatever has been said again since."""
    return any(
        message.purpose in REQUEST_PURPOSES
        and message.ical_sequence == appointment.ical_sequence
        and _may_be_out(message)
        for message in messages
    )


def _was_told_before(appointment: Appointment, person: Person) -> bool:
    return person.key == PATIENT and was_told_by_hand(appointment)
