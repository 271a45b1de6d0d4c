"""Who is told about a patient's visits: the patient, and the carers the patient has agreed to."""

from __future__ import annotations

from dataclasses import dataclass

from patients.models import Carer, Channel, Flag, Patient
from reminders.ical import RecipientKind, UnusableAddress
from reminders.ical.visit import usable_address
from reminders.models import Message

PATIENT = "patient"


@dataclass(frozen=True, slots=True)
class Person:
    """One reader of messages. `address` is empty where mail cannot reach them; `why_not` then says why, in words."""

    key: str
    kind: RecipientKind
    name: str
    address: str
    language: str
    is_large_print: bool
    carer_id: int | None = None
    why_not: str = ""


def carer_key(carer_id: int) -> str:
    """How messages name a carer, also after the carer's row is gone."""
    return f"carer:{carer_id}"


def people_of(patient: Patient) -> list[Person]:
    """The patient first, then the carers who get invites. Nobody twice: a shared mailbox gets one of each."""
    people = [patient_as_person(patient)]
    for carer in patient.carers.filter(receives_invites=True).order_by("pk"):
        person = carer_as_person(carer, patient)
        if not person.address or all(person.address.lower() != other.address.lower() for other in people):
            people.append(person)
    return people


def patient_as_person(patient: Patient) -> Person:
    """The patient as a reader, with the format they need."""
    flags = {flag.code for flag in patient.flags.all()}
    address, why_not = _reachable(patient.email)
    if not patient.accepts_email:
        address, why_not = "", "Does not want e-mail"
    return Person(
        key=PATIENT,
        kind=RecipientKind.PATIENT,
        name=f"{patient.given_name} {patient.family_name}".strip(),
        address=address,
        language=patient.language,
        is_large_print=Flag.Code.LARGE_PRINT in flags,
        why_not=why_not,
    )


def carer_as_person(carer: Carer, patient: Patient) -> Person:
    """A carer as a reader, in the patient's language."""
    address, why_not = _reachable(carer.email)
    return Person(
        key=carer_key(carer.pk),
        kind=RecipientKind.CARER,
        name=carer.name,
        address=address,
        language=patient.language,
        is_large_print=False,
        carer_id=carer.pk,
        why_not=why_not,
    )


def reader_of(message: Message) -> Person | None:
    """The person a message is for as they are on record now; None where they are no longer to be told."""
    if message.recipient == PATIENT:
        return patient_as_person(message.patient)
    if message.carer is None or not message.carer.receives_invites:
        return None
    return carer_as_person(message.carer, message.patient)


def wants_other_channel(patient: Patient) -> str | None:
    """How the patient asked to be told, in words, where that is not e-mail; None where it is.

    E-mail goes as well where there is an address and no objection: nothing else can carry an invite.
    """
    match patient.preferred_channel:
        case Channel.EMAIL:
            return None
        case Channel.TEXT:
            return "Wants a text message"
        case Channel.LETTER:
            return "Wants a letter"
        case _:
            return "Wants a call"


def _reachable(address: str) -> tuple[str, str]:
    if not address.strip():
        return "", "No e-mail address on record"
    try:
        return usable_address(address), ""
    except UnusableAddress:
        return "", "The e-mail address on record cannot be used"
