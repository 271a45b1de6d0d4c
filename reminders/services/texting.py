"""Text messages that come back: STOP and START, what else people write, and what became of what we sent.

Whatever tells of them calls these: the poll below, or a provider's webhook in front of it. STOP ends text messages and
nothing else; the visit stands.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from enum import StrEnum

import phonenumbers
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from patients.models import Patient, WorklistItem
from patients.services import open_item
from reminders.channels import Received, Report, adapter_of
from reminders.models import Message
from reminders.people import reader_of
from reminders.services.calls import report_failure
from reminders.services.routing import fall_back
from units.actors import Actor
from units.history import recorded_as

log = logging.getLogger(__name__)

State = Message.State
# As networks and people write them, in any case and with a full stop or two.
STOPPING = frozenset({"stop", "stopall", "unsubscribe", "end", "quit"})
STARTING = frozenset({"start", "unstop"})
MOST_ASKED = 200


class Answer(StrEnum):
    """What a text message asks for."""

    STOP = "stop"
    START = "start"
    OTHER = "other"


def understood(words: str) -> Answer:
    """What somebody wants who writes this. Only the word by itself counts: "don't stop" is for a person to read.

    >>> understood(" Stop. "), understood("START"), understood("please do not stop")
    (<Answer.STOP: 'stop'>, <Answer.START: 'start'>, <Answer.OTHER: 'other'>)
    """
    word = words.strip().strip(".!\"'").strip().lower()
    if word in STOPPING:
        return Answer.STOP
    return Answer.START if word in STARTING else Answer.OTHER


def receive_text(received: Received) -> int:
    """STOP or START holds for everybody with that number; anything else is read by a person. Returns for how many.

    Hearing the same twice changes nothing. Visits are never touched.
    """
    number = _e164(received.number)
    patients = list(Patient.objects.filter(phone=number, deceased_at__isnull=True).order_by("pk")) if number else []
    answer = understood(received.words)
    for patient in patients:
        if answer is Answer.OTHER:
            _ask_to_read(patient, received)
            continue
        accepts = answer is Answer.START
        with recorded_as(Actor.own("Patient", patient_id=patient.pk), act=f"text_{answer.value}"):
            Patient.objects.filter(pk=patient.pk).exclude(accepts_text=accepts).update(accepts_text=accepts)
    if not patients:
        log.info("text message from a number that is nobody's", extra={"received_id": received.received_id})
    return len(patients)


def receive_report(report: Report) -> bool:
    """What became of a text message is on record; one that never arrived goes another way. False where it is not ours.

    Hearing the same twice changes nothing.
    """
    with transaction.atomic():
        rows = Message.objects.select_for_update(of=("self",), no_key=True).select_related(
            "appointment__unit", "appointment__patient", "patient", "carer", "event"
        )
        message = rows.filter(provider_id=report.provider_id).exclude(provider_id="").first()
        if message is None:
            return False
        if report.is_delivered or message.state != State.SENT:
            return True
        Message.objects.filter(pk=message.pk).update(state=State.FAILED, why=report.words[:200])
        if fall_back(message, reader_of(message)) is None:
            report_failure(message, why=report.words)
    return True


def ask_provider() -> tuple[int, int]:
    """The provider has been asked for answers and for what became of the last days' messages. How many of each."""
    adapter = adapter_of("text")
    received = adapter.received()
    for one in received:
        receive_text(one)
    since = timezone.now() - timedelta(days=4)
    sent = Message.objects.filter(channel="text", state=State.SENT, sent_at__gte=since).exclude(provider_id="")
    reports = adapter.reports(sent.order_by("-sent_at").values_list("provider_id", flat=True)[:MOST_ASKED])
    for report in reports:
        receive_report(report)
    return len(received), len(reports)


def _ask_to_read(patient: Patient, received: Received) -> None:
    """What somebody wrote is never in logs; who may see the patient reads it on the task."""
    key = f"text:{received.received_id}:{patient.pk}"
    if WorklistItem.objects.filter(key=key).exists():
        return
    open_item(
        unit=patient.unit,
        patient=patient,
        kind=WorklistItem.Kind.UNMATCHED_REPLY,
        key=key,
        title="Read a text message from the patient",
        detail=received.words.strip()[:300],
        due_at=timezone.now(),
    )


def _e164(number: str) -> str:
    try:
        parsed = phonenumbers.parse(
            number if number.startswith(("+", "0")) else f"+{number}", settings.PHONENUMBER_DEFAULT_REGION
        )
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
