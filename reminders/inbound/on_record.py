"""What is stored about what a mail speaks of: a visit, a message, the people behind an address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from patients.models import Carer, Patient
from reminders.inbound.judging import OnRecord, Stamp
from reminders.models import Message, Reply
from reminders.people import PATIENT, carer_key
from scheduling.models import Appointment
from units.models import Unit


@dataclass(frozen=True, slots=True)
class Writer:
    """Who wrote, as far as it is known. Without a patient the address stands in several records of the unit."""

    unit: Unit
    patient: Patient | None = None
    respondent: str = ""


def visit_of(uid: str) -> Appointment | None:
    """The visit that the calendar object names."""
    try:
        key = UUID(uid.strip())
    except ValueError:
        return None
    return Appointment.objects.select_related("unit", "patient").filter(uid=key).first()


def state_of(visit: Appointment) -> OnRecord:
    """What an answer to the visit is judged by."""
    return OnRecord(
        sequence_since=_last_move(visit),
        sequence=visit.ical_sequence,
        recipients=addresses_of(visit.patient),
        last=_last_answers(visit),
        is_open=visit.status == Appointment.Status.BOOKED and visit.patient.deceased_at is None,
    )


def addresses_of(patient: Patient) -> dict[str, str]:
    """Who may answer for the patient, by address: themselves, and carers they agreed to. A shared one is the patient's.

    Somebody who wants no e-mail, or to whose address mail came back, may still answer.
    """
    found = {patient.email.lower(): PATIENT} if patient.email else {}
    for carer in patient.carers.filter(receives_invites=True).exclude(email="").order_by("pk"):
        found.setdefault(carer.email.lower(), carer_key(carer.pk))
    return found


def message_with(message_ids: Sequence[str]) -> Message | None:
    """The message of ours among these Message-IDs, the nearest first."""
    known = Message.objects.filter(mime_message_id__in=list(message_ids)[:20])
    by_id = {message.mime_message_id: message for message in known.select_related("patient__unit", "appointment__unit")}
    return next((by_id[one] for one in message_ids if one in by_id), None)


def writer_of(address: str, answers_to: Sequence[str]) -> Writer | None:
    """Who wrote from that address, or in answer to which message; None for somebody nobody knows."""
    if message := message_with(answers_to):
        return Writer(message.patient.unit, message.patient, addresses_of(message.patient).get(address, ""))
    if not address:
        return None
    carers = Carer.objects.filter(email__iexact=address).values("patient")
    patients = list(Patient.objects.filter(Q(email__iexact=address) | Q(pk__in=carers)).select_related("unit")[:2])
    if not patients:
        return None
    if len(patients) > 1:
        return Writer(patients[0].unit)
    return Writer(patients[0].unit, patients[0], addresses_of(patients[0]).get(address, ""))


def _last_move(visit: Appointment) -> int:
    """The SEQUENCE at which the visit came to stand where it stands. What was said since answers it as it is."""
    since = visit.ical_sequence
    now = (visit.arrives_at.isoformat(), visit.ends_at.isoformat())
    events = visit.events.order_by("-pk").values_list("ical_sequence", "snapshot__arrive_at", "snapshot__leave_at")
    for sequence, arrives, leaves in events:
        if (arrives, leaves) != now:
            break
        since = min(since, sequence)
    return since


def _last_answers(visit: Appointment) -> dict[str, Stamp]:
    last: dict[str, Stamp] = {}
    for reply in Reply.objects.filter(appointment=visit, outcome=Reply.Outcome.APPLIED):
        if reply.dtstamp is not None:
            stamp = (reply.ical_sequence or 0, reply.dtstamp)
            last[reply.respondent] = max(last.get(reply.respondent, stamp), stamp)
    return last
