"""Who is told about a patient's visits: the patient, and the carers the patient has agreed to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import phonenumbers
from django.conf import settings
from django.db.models import prefetch_related_objects

from patients.models import Carer, Channel, Flag, Patient
from reminders.channels.planning import Reach
from reminders.ical import RecipientKind, UnusableAddress
from reminders.ical.visit import usable_address
from reminders.models import Message
from scheduling.engine.answers import PATIENT, carer_key

__all__ = [
    "PATIENT",
    "Person",
    "carer_as_person",
    "carer_key",
    "patient_as_person",
    "people_of",
    "people_of_each",
    "reader_of",
    "wants_other_channel",
]

REFUSES_EMAIL = "Does not want e-mail"
REFUSES_TEXTS = "Does not want text messages"
REFUSALS = frozenset({REFUSES_EMAIL, REFUSES_TEXTS})
# Whose consent is on record only for e-mail.
NO_TEXT_TO_CARERS = "Carers are not texted"
NO_LETTER_TO_CARERS = "Carers get no letters"


@dataclass(frozen=True, slots=True)
class Person:
    """One reader of messages. `address` is empty where mail cannot reach them; `why_not` then says why, in words.

    So with `mobile` and `postal_address` and their reasons.
    """

    key: str
    kind: RecipientKind
    name: str
    address: str
    language: str
    is_large_print: bool
    carer_id: int | None = None
    why_not: str = ""
    preferred: str = Channel.EMAIL
    is_easy_read: bool = False
    mobile: str = ""
    why_no_text: str = NO_TEXT_TO_CARERS
    postal_address: str = ""
    why_no_letter: str = NO_LETTER_TO_CARERS

    @property
    def is_carer(self) -> bool:
        """Whether the visits that they are told of are somebody else's."""
        return self.kind is RecipientKind.CARER

    @property
    def reach(self) -> Reach:
        """What the choice of a channel asks of a reader."""
        why_not = {Channel.EMAIL: self.why_not, Channel.TEXT: self.why_no_text, Channel.LETTER: self.why_no_letter}
        refused = frozenset(channel.value for channel, why in why_not.items() if why in REFUSALS)
        return Reach(self.preferred, {channel.value: why for channel, why in why_not.items() if why}, refused)

    def why_not_by(self, channel: str) -> str:
        """Why this channel does not reach them, in words; empty where it does."""
        return self.reach.why_not.get(channel, "") if channel != Channel.EMAIL else self.why_not

    def address_by(self, channel: str) -> str:
        """Where this channel reaches them, on one line."""
        match channel:
            case Channel.TEXT:
                return self.mobile
            case Channel.LETTER:
                return ", ".join(self.postal_address.split("\n"))[:254]
        return self.address


def people_of(patient: Patient) -> list[Person]:
    """The patient first, then the carers who get invites. Nobody twice: a shared mailbox gets one of each."""
    return _people(patient, patient.carers.filter(receives_invites=True).order_by("pk"))


def people_of_each(patients: Iterable[Patient]) -> dict[int, list[Person]]:
    """The people of each patient by the patient's key; two queries, however many there are."""
    found = {patient.pk: patient for patient in patients}
    told: dict[int, list[Carer]] = {key: [] for key in found}
    for carer in Carer.objects.filter(patient__in=found, receives_invites=True).order_by("pk"):
        told[carer.patient_id].append(carer)
    prefetch_related_objects(list(found.values()), "flags")
    return {key: _people(patient, told[key]) for key, patient in found.items()}


def _people(patient: Patient, carers: Iterable[Carer]) -> list[Person]:
    people = [patient_as_person(patient)]
    for carer in carers:
        person = carer_as_person(carer, patient)
        if not person.address or all(person.address.lower() != other.address.lower() for other in people):
            people.append(person)
    return people


def patient_as_person(patient: Patient) -> Person:
    """The patient as a reader, with the format they need."""
    flags = {flag.code for flag in patient.flags.all()}
    address, why_not = _reachable(patient.email, patient.bounced_email)
    if not patient.accepts_email:
        address, why_not = "", REFUSES_EMAIL
    mobile, why_no_text = _mobile(patient)
    postal_address = "\n".join(line.strip() for line in patient.postal_address.splitlines() if line.strip())
    return Person(
        key=PATIENT,
        kind=RecipientKind.PATIENT,
        name=f"{patient.given_name} {patient.family_name}".strip(),
        address=address,
        language=patient.language,
        is_large_print=Flag.Code.LARGE_PRINT in flags,
        why_not=why_not,
        preferred=patient.preferred_channel,
        is_easy_read=Flag.Code.EASY_READ in flags,
        mobile=mobile,
        why_no_text=why_no_text,
        postal_address=postal_address,
        why_no_letter="" if postal_address else "No postal address on record",
    )


def carer_as_person(carer: Carer, patient: Patient) -> Person:
    """A carer as a reader, in the patient's language."""
    address, why_not = _reachable(carer.email, carer.bounced_email)
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


def wants_other_channel(preferred: str) -> str | None:
    """How somebody asked to be told, in words, where that is not e-mail; None where it is."""
    match preferred:
        case Channel.EMAIL:
            return None
        case Channel.TEXT:
            return "Wants a text message"
        case Channel.LETTER:
            return "Wants a letter"
        case _:
            return "Wants a call"


def _reachable(address: str, bounced: str) -> tuple[str, str]:
    if not address.strip():
        return "", "No e-mail address on record"
    if address.lower() == bounced.lower():
        return "", "Mail to the address on record came back"
    try:
        return usable_address(address), ""
    except UnusableAddress:
        return "", "The e-mail address on record cannot be used"


def _mobile(patient: Patient) -> tuple[str, str]:
    """The number that texts go to, or why none does. Cheap where no provider of texts is set up."""
    if not settings.SMS.provider:
        return "", "No text messages are set up"
    if not patient.accepts_text:
        return "", REFUSES_TEXTS
    try:
        number = phonenumbers.parse(str(patient.phone), settings.PHONENUMBER_DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        number = phonenumbers.PhoneNumber()
    kinds = phonenumbers.PhoneNumberType
    # Unknown is also a range too new for the tables.
    may_be = phonenumbers.number_type(number) in {kinds.MOBILE, kinds.FIXED_LINE_OR_MOBILE, kinds.UNKNOWN}
    if not may_be or not phonenumbers.is_possible_number(number):
        return "", "No mobile number on record"
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), ""
