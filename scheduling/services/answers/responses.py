"""Taking down whether a patient will come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from patients.models import WorklistItem
from patients.services import close_items, open_item
from scheduling.engine.answers import PATIENT, carer_key, differ
from scheduling.engine.ticks import day_words
from scheduling.errors import NotInThatState
from scheduling.models import Appointment, AppointmentEvent, AppointmentResponse
from scheduling.selectors.appointments import visit_to_answer
from scheduling.services.opening.hours import answer_keys, declined_key, tentative_key, unanswered_key
from scheduling.services.visits.booking import reread
from scheduling.services.visits.events import write_event
from scheduling.services.visits.wanted import keys_of
from units.actors import Actor
from units.errors import invalid
from units.history import recorded_as

Status = AppointmentResponse.Status
Channel = AppointmentResponse.Channel


@dataclass(frozen=True, slots=True)
class Answer:
    """What the patient said, and how. `participant_status` and `channel` as in `AppointmentResponse`.

    `ical_sequence` is the invite's that they answered; None: the visit as it stands. `answered_at` None: just now.
    `respondent` is the patient or one of their carers, by key.
    """

    participant_status: str
    channel: str
    note: str = ""
    ical_sequence: int | None = None
    answered_at: datetime | None = None
    respondent: str = PATIENT


def record_answer(
    actor: Actor, *, appointment_id: UUID, answer: Answer, version: int | None = None
) -> AppointmentResponse:
    """The answer is on record with the state of the visit that it answers, and counts while that state stands.

    Somebody who cannot come, or is not sure, is on the worklist until the visit is moved or cancelled, or they answer
    otherwise. An answer to an older SEQUENCE is kept and counts for nothing. Never cancels.
    Raises InvalidInput, StalePage, NotInThatState.
    """
    _refuse_unreadable(answer)
    seen = visit_to_answer(actor, appointment_id)
    _refuse_strangers(seen, answer.respondent)
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
            respondent=answer.respondent,
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


def _refuse_strangers(visit: Appointment, respondent: str) -> None:
    keys = [PATIENT, *map(carer_key, visit.patient.carers.values_list("pk", flat=True))]
    if respondent not in keys:
        raise invalid("respondent", "Say whether the patient or one of their carers answered.")


def _answered_start(visit: Appointment, sequence: int) -> datetime:
    """When the invite of that SEQUENCE asked the patient to arrive; the visit's start where that is not on record."""
    told = visit.events.filter(ical_sequence=sequence).order_by("pk").values_list("snapshot__arrive_at", flat=True)
    first = told.first()
    return datetime.fromisoformat(first) if first else visit.arrives_at


def _in_words(visit: Appointment, response: AppointmentResponse) -> str:
    said = f"{response.get_participant_status_display()}, {response.get_channel_display().lower()}"
    if response.respondent != PATIENT and response.recorded_by_id is not None:
        said = f"{said}, a carer's answer"
    older = "" if response.ical_sequence == visit.ical_sequence else " (to a time that was changed since)"
    return f"{said}{older}. {response.note}"[:300].rstrip() if response.note else f"{said}{older}"


TASKS = {
    Status.DECLINED: (WorklistItem.Kind.DECLINED, declined_key, "cannot come", "Move or cancel it."),
    Status.TENTATIVE: (WorklistItem.Kind.TENTATIVE, tentative_key, "is not sure to come", "Ring them."),
}


def _see_to_it(visit: Appointment, *, at: datetime) -> None:
    """A visit that its patient cannot come to, or may not, is somebody's task; one that they can is no more."""
    task = TASKS.get(Status(visit.participant_status))
    key = task[1](visit) if task else ""
    is_answered = visit.participant_status != Status.NEEDS_ACTION
    for other in {*answer_keys(visit)} - {key}:
        if is_answered or other != unanswered_key(visit):
            close_items(patient=visit.patient, outcome="The patient answered.", at=at, key_starts=other)
    if task is None:
        return
    kind, _key, words, action = task
    answer = visit.answer
    by_carer = answer is not None and answer.respondent != PATIENT
    title = f"The patient {words}, a carer says" if by_carer else f"The patient {words}"
    local = visit.unit.local(visit.arrives_at)
    note = f" {answer.note}" if answer is not None and answer.note else ""
    detail = f"Visit of {day_words(local.date())}, {local:%H:%M}. {_who_said(visit)}{action}{note}"[:300]
    is_new = open_item(
        unit=visit.unit,
        patient=visit.patient,
        kind=kind,
        key=key,
        title=title,
        detail=detail,
        due_at=min(visit.arrives_at, at + timedelta(days=1)),
    )
    if not is_new:
        said_before = WorklistItem.objects.filter(key=key, done_at__isnull=True)
        said_before.exclude(title=title, detail=detail).update(title=title, detail=detail)


def _who_said(visit: Appointment) -> str:
    """Both answers where they differ, and that it was a carer where only a carer answered."""
    said = [one for one in visit.answers if one.participant_status != Status.NEEDS_ACTION]
    if differ(one.participant_status for one in said) or all(one.respondent != PATIENT for one in said):
        return "".join(f"{'Patient' if one.respondent == PATIENT else 'Carer'}: {str(one).lower()}. " for one in said)
    return ""
