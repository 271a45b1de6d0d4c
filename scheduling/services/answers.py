"""Taking down whether a patient will come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from patients.models import WorklistItem
from patients.services import close_items, open_item
from scheduling.engine.ticks import day_words
from scheduling.errors import NotInThatState
from scheduling.models import Appointment, AppointmentEvent, AppointmentResponse
from scheduling.selectors.appointments import appointment_for
from scheduling.services.booking import reread
from scheduling.services.events import write_event
from scheduling.services.hours import declined_key
from scheduling.services.visits import keys_of
from units.actors import Actor
from units.errors import invalid
from units.history import recorded_as
from units.policy import Act

Status = AppointmentResponse.Status
Channel = AppointmentResponse.Channel


@dataclass(frozen=True, slots=True)
class Answer:
    """What the patient said, and how. `participant_status` and `channel` as in `AppointmentResponse`.

    `ical_sequence` is the invite's that they answered; None: the visit as it stands. `answered_at` None: just now.
    """

    participant_status: str
    channel: str
    note: str = ""
    ical_sequence: int | None = None
    answered_at: datetime | None = None


def record_answer(
    actor: Actor, *, appointment_id: UUID, answer: Answer, version: int | None = None
) -> AppointmentResponse:
    """The answer is on record with the state of the visit that it answers, and counts while that state stands.

    Somebody who cannot come is on the worklist until the visit is moved or cancelled, or they answer otherwise. An
    answer to an older SEQUENCE is kept and counts for nothing. Raises InvalidInput, StalePage, NotInThatState.
    """
    _refuse_unreadable(answer)
    seen = appointment_for(actor, appointment_id, act=Act.BOOK)
    with recorded_as(actor, act="record_answer", reason=answer.note, locks=keys_of(seen)):
        visit = reread(seen, version=version)
        at = timezone.now()
        if visit.status != Appointment.Status.BOOKED:
            raise NotInThatState(f"This visit is {visit.get_status_display().lower()}: no answer is needed any more.")
        sequence = visit.ical_sequence if answer.ical_sequence is None else answer.ical_sequence
        if sequence > visit.ical_sequence:
            raise invalid("ical_sequence", "No such state of the visit has been sent yet.")
        response = AppointmentResponse.objects.create(
            appointment=visit,
            participant_status=answer.participant_status,
            channel=answer.channel,
            note=answer.note.strip(),
            answered_at=min(answer.answered_at or at, at),
            ical_sequence=sequence,
            arrives_at=visit.arrives_at if sequence == visit.ical_sequence else _answered_start(visit, sequence),
            recorded_at=at,
            recorded_by_id=actor.user_id,
            recorded_by_name=actor.name,
        )
        write_event(actor, visit, AppointmentEvent.Kind.ANSWERED, at=at, reason=_in_words(visit, response))
        _see_to_it(visit, at=at)
    return response


def _refuse_unreadable(answer: Answer) -> None:
    if answer.participant_status not in Status.values:
        raise invalid("participant_status", "Say whether they will come, cannot come, or are not sure yet.")
    if answer.channel not in Channel.values:
        raise invalid("channel", "Say how the answer came.")
    if len(answer.note) > 300:
        raise invalid("note", "Keep the note to 300 characters.")


def _answered_start(visit: Appointment, sequence: int) -> datetime:
    """When the invite of that SEQUENCE asked the patient to arrive; the visit's start where that is not on record."""
    told = visit.events.filter(ical_sequence=sequence).order_by("pk").values_list("snapshot__arrive_at", flat=True)
    first = told.first()
    return datetime.fromisoformat(first) if first else visit.arrives_at


def _in_words(visit: Appointment, response: AppointmentResponse) -> str:
    said = f"{response.get_participant_status_display()}, {response.get_channel_display().lower()}"
    older = "" if response.ical_sequence == visit.ical_sequence else " (to a time that was changed since)"
    return f"{said}{older}. {response.note}"[:300].rstrip() if response.note else f"{said}{older}"


def _see_to_it(visit: Appointment, *, at: datetime) -> None:
    """A visit that its patient cannot come to is somebody's task; one that they can is no more."""
    if visit.participant_status != Status.DECLINED:
        close_items(patient=visit.patient, outcome="The patient answered.", at=at, key_starts=declined_key(visit))
        return
    local = visit.unit.local(visit.arrives_at)
    open_item(
        unit=visit.unit,
        patient=visit.patient,
        kind=WorklistItem.Kind.CALL,
        key=declined_key(visit),
        title="The patient cannot come",
        detail=f"Visit of {day_words(local.date())}, {local:%H:%M}. Move or cancel it.",
        due_at=min(visit.arrives_at, at + timedelta(days=1)),
    )
