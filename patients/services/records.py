"""Use cases about a patient's own record: who somebody is and how to reach them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from patients.errors import PatientExists
from patients.models import Carer, Flag, NoGoTime, Patient
from patients.rules import birth_date_problem, hospital_number_plain, nhs_number_digits
from patients.services.addresses import close_bounced
from units.actors import Actor
from units.errors import InvalidInput, NotFound, invalid
from units.history import recorded_as
from units.models import Unit
from units.policy import Act
from units.scope import scoped

TAKEN = {
    "patient_nhs_number_once": ("nhs_number", "A patient with this NHS number is on record already."),
    "patient_hospital_number_once": ("hospital_number", "A patient with this hospital number is in this unit already."),
}


class Demographics(TypedDict, total=False):
    """What a clerk may write. The unit, a death and the plan are other use cases' business."""

    family_name: str
    given_name: str
    birth_date: date
    sex: str
    nhs_number: str | None
    hospital_number: str
    phone: str
    email: str
    postal_address: str
    preferred_channel: str
    language: str
    accepts_email: bool
    accepts_text: bool
    consultant_name: str
    comments: str


def create_patient(actor: Actor, *, unit: Unit, **values: Unpack[Demographics]) -> Patient:
    """The patient is on record in the unit.

    Raises: NotAllowed; InvalidInput with a sentence a field; PatientExists.
    """
    actor.require(Act.EDIT_PATIENTS, unit.pk)
    patient = Patient(unit=unit)
    with recorded_as(actor, act="create_patient"):
        return _write(patient, values)


def update_patient(actor: Actor, *, patient_id: UUID, reason: str = "", **values: Unpack[Demographics]) -> Patient:
    """The named values stand in the record; what is not named stays.

    Raises: NotFound; NotAllowed; InvalidInput with a sentence a field; PatientExists.
    """
    with recorded_as(actor, act="update_patient", reason=reason):
        patients = scoped(Patient.objects.select_for_update(of=("self",)), actor, Act.VIEW_PATIENTS)
        patient = patients.filter(public_id=patient_id).first()
        if patient is None:
            raise NotFound("There is no such patient among yours.")
        actor.require(Act.EDIT_PATIENTS, patient.unit_id)
        before = patient.email
        patient = _write(patient, values)
        if patient.email != before:
            close_bounced(patient)
        return patient


def add_flag(actor: Actor, *, patient: Patient, kind: str, code: str, text: str) -> Flag:
    """The banner says it. Adding the same again changes nothing.

    Raises: NotAllowed; InvalidInput.
    """
    actor.require(Act.EDIT_PATIENTS, patient.unit_id)
    flag = Flag(patient=patient, kind=kind, code=code, text=text.strip())
    _check(flag, exclude={"patient"})
    with recorded_as(actor, act="add_flag"):
        kept, _ = Flag.objects.get_or_create(patient=patient, code=code, text=flag.text, defaults={"kind": kind})
    return kept


def remove_flag(actor: Actor, *, flag: Flag) -> None:
    """The banner says it no more; history still does.

    Raises: NotAllowed.
    """
    actor.require(Act.EDIT_PATIENTS, flag.patient.unit_id)
    with recorded_as(actor, act="remove_flag"):
        Flag.objects.filter(pk=flag.pk).delete()


class NoGoValues(TypedDict, total=False):
    """When the patient had better not be in the unit; what is left out is any."""

    words: str
    weekdays: list[int]
    starts_at: time | None
    ends_at: time | None
    since: date | None
    until: date | None


def add_no_go(actor: Actor, *, patient: Patient, **values: Unpack[NoGoValues]) -> NoGoTime:
    """Slots at that time come after all others from now on.

    Raises: NotAllowed; InvalidInput with a sentence a field.
    """
    actor.require(Act.EDIT_PATIENTS, patient.unit_id)
    no_go = NoGoTime(patient=patient, **values)
    no_go.words, no_go.weekdays = no_go.words.strip(), sorted(set(no_go.weekdays))
    _check(no_go, exclude={"patient"})
    if no_go.starts_at and no_go.ends_at and no_go.starts_at >= no_go.ends_at:
        raise invalid("ends_at", "It ends after it begins.")
    if no_go.since and no_go.until and no_go.since > no_go.until:
        raise invalid("until", "The last day is not before the first.")
    if not any((no_go.weekdays, no_go.starts_at, no_go.ends_at, no_go.since, no_go.until)):
        raise invalid("weekdays", "Say when: days of the week, hours, or dates.")
    with recorded_as(actor, act="add_no_go"):
        no_go.save(force_insert=True)
    return no_go


def remove_no_go(actor: Actor, *, no_go: NoGoTime) -> None:
    """The time suits again; history knows that it did not.

    Raises: NotAllowed.
    """
    actor.require(Act.EDIT_PATIENTS, no_go.patient.unit_id)
    with recorded_as(actor, act="remove_no_go"):
        NoGoTime.objects.filter(pk=no_go.pk).delete()


class CarerValues(TypedDict, total=False):
    """What is written about a carer."""

    name: str
    relationship: str
    phone: str
    email: str
    receives_invites: bool


def add_carer(actor: Actor, *, patient: Patient, **values: Unpack[CarerValues]) -> Carer:
    """Somebody more looks after the patient; told of visits only where `receives_invites` says so.

    Raises: NotAllowed; InvalidInput with a sentence a field, also where invites could reach them nowhere.
    """
    actor.require(Act.EDIT_PATIENTS, patient.unit_id)
    carer = Carer(patient=patient, **values)
    carer.name, carer.relationship, carer.email = carer.name.strip(), carer.relationship.strip(), carer.email.lower()
    _check(carer, exclude={"patient"})
    if carer.receives_invites and not carer.email:
        raise invalid("email", "Invites go by e-mail: write the address, or leave the invites out.")
    with recorded_as(actor, act="add_carer"):
        carer.save(force_insert=True)
    return carer


def remove_carer(actor: Actor, *, carer: Carer) -> None:
    """They are told nothing any more; history still knows them.

    Raises: NotAllowed.
    """
    actor.require(Act.EDIT_PATIENTS, carer.patient.unit_id)
    with recorded_as(actor, act="remove_carer"):
        Carer.objects.filter(pk=carer.pk).delete()


def _write(patient: Patient, values: Demographics) -> Patient:
    unknown = set(values) - set(Demographics.__annotations__)
    if unknown:
        raise InvalidInput(f"These are not values of a patient's record: {', '.join(sorted(unknown))}.")
    for name, value in values.items():
        setattr(patient, name, value.strip() if isinstance(value, str) else value)
    patient.nhs_number = nhs_number_digits(patient.nhs_number or "") or None
    patient.hospital_number = hospital_number_plain(patient.hospital_number)
    patient.email = patient.email.lower()
    # What was there before is not judged again: an odd number taken over from a list must not stop a new address.
    untouched = {field.name for field in Patient._meta.fields} - set(values) if patient.pk else {"unit"}
    _check(patient, exclude=untouched)
    today = patient.unit.local_date(timezone.now())
    if "birth_date" in values and (problem := birth_date_problem(patient.birth_date, today)):
        raise invalid("birth_date", problem)
    with _taken_in_words(), transaction.atomic():
        patient.save(update_fields=list(values) if patient.pk else None)
    return patient


def _check(record: Any, *, exclude: set[str]) -> None:
    """Nothing, or InvalidInput. Whether a number is taken is the database's answer, when the row is written."""
    try:
        record.full_clean(exclude=exclude, validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        fields = {name: " ".join(sentences) for name, sentences in error.message_dict.items()}
        raise InvalidInput("Some values cannot be used.", fields=fields) from error


@contextmanager
def _taken_in_words() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if name not in TAKEN:
            raise
        field, sentence = TAKEN[name]
        raise PatientExists(sentence, field=field) from error
