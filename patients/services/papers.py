"""Consents, checks, authorisations and medicines against clotting, as staff write them down.

Whoever may change a visit's readiness by them calls these from above, so that what waits on the worklist follows.
"""

from __future__ import annotations

from datetime import date
from typing import TypedDict, TypeVar, Unpack

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from patients.errors import AlreadyOnRecord
from patients.models import AntithromboticUse, Authorisation, Check, Consent, Patient
from units.actors import Actor
from units.errors import InvalidInput, NotFound, invalid
from units.history import recorded_as
from units.policy import Act

M = TypeVar("M", bound=models.Model)


def record_consent(
    actor: Actor, *, patient: Patient, kind: str, given_on: date, on: date, expires_on: date | None = None
) -> Consent:
    """The consent is on record. Raises: NotAllowed, InvalidInput, AlreadyOnRecord."""
    actor.require(Act.RECORD_CONSENT, patient.unit_id)
    _refuse_to_come("given_on", given_on, on)
    if expires_on is not None and expires_on < given_on:
        raise invalid("expires_on", "The consent ends before it was given.")
    with recorded_as(actor, act="record_consent"):
        consent = Consent(patient=patient, kind=kind, given_on=given_on, expires_on=expires_on)
        return _written(consent, "A consent of this kind and day is on record already.")


def withdraw_consent(actor: Actor, *, patient: Patient, consent_id: int, withdrawn_on: date, on: date) -> Consent:
    """The patient has taken the consent back. Raises: NotAllowed, NotFound, InvalidInput."""
    actor.require(Act.RECORD_CONSENT, patient.unit_id)
    with recorded_as(actor, act="withdraw_consent"):
        consent = _one(Consent.objects.filter(patient=patient, withdrawn_on__isnull=True), consent_id)
        _refuse_to_come("withdrawn_on", withdrawn_on, on)
        if withdrawn_on < consent.given_on:
            raise invalid("withdrawn_on", "The consent was not given yet on that day.")
        consent.withdrawn_on = withdrawn_on
        consent.save(update_fields=["withdrawn_on"])
    return consent


def record_check(
    actor: Actor, *, patient: Patient, kind: str, done_on: date, is_acceptable: bool, on: date, result: str = ""
) -> Check:
    """The finding is on record, as the clinician who looked at it decided. Raises: NotAllowed, InvalidInput."""
    actor.require(Act.RECORD_CHECK, patient.unit_id)
    _refuse_to_come("done_on", done_on, on)
    with recorded_as(actor, act="record_check"):
        check = Check(
            patient=patient,
            kind=kind,
            done_on=done_on,
            is_acceptable=is_acceptable,
            result=result.strip(),
            recorded_by_name=actor.name,
        )
        return _written(check)


def strike_check(actor: Actor, *, patient: Patient, check_id: int, reason: str) -> Check:
    """The check was entered in error: it counts no more, and stays on the record. Raises: NotAllowed, NotFound."""
    actor.require(Act.RECORD_CHECK, patient.unit_id)
    if not reason.strip():
        raise invalid("reason", "Write down what was wrong.")
    with recorded_as(actor, act="strike_check", reason=reason):
        check = _one(Check.objects.filter(patient=patient, is_entered_in_error=False), check_id)
        check.is_entered_in_error = True
        check.save(update_fields=["is_entered_in_error"])
    return check


class AuthorisationValues(TypedDict, total=False):
    """Who pays, and for what."""

    status: str
    funding_source: str
    requested_on: date | None
    approved_on: date | None
    valid_from: date | None
    valid_to: date | None
    units_approved: int | None
    doses_approved: int | None
    note: str


def record_authorisation(
    actor: Actor, *, patient: Patient, authorisation_id: int | None = None, **values: Unpack[AuthorisationValues]
) -> Authorisation:
    """A new authorisation, or the named one with these values. Raises: NotAllowed, NotFound, InvalidInput."""
    actor.require(Act.RECORD_AUTHORISATION, patient.unit_id)
    since, until = values.get("valid_from"), values.get("valid_to")
    if since is not None and until is not None and until < since:
        raise invalid("valid_to", "It ends before it begins.")
    with recorded_as(actor, act="record_authorisation"):
        row = Authorisation(patient=patient)
        if authorisation_id is not None:
            row = _one(Authorisation.objects.filter(patient=patient), authorisation_id)
        for name, value in values.items():
            setattr(row, name, value.strip() if isinstance(value, str) else value)
        return _written(row)


def record_antithrombotic(
    actor: Actor, *, patient: Patient, medicine: str, on: date, since: date | None = None
) -> AntithromboticUse:
    """The patient takes the medicine. Raises: NotAllowed, InvalidInput, AlreadyOnRecord."""
    actor.require(Act.RECORD_MEDICINES, patient.unit_id)
    _refuse_to_come("since", since, on)
    with recorded_as(actor, act="record_antithrombotic"):
        use = AntithromboticUse(patient=patient, medicine=medicine.strip(), since=since)
        return _written(use, "This medicine is on record already.")


def agree_pause(actor: Actor, *, patient: Patient, use_id: int, agreed_on: date, on: date) -> AntithromboticUse:
    """The pause for the next visit is agreed with whoever prescribes it. Raises: NotAllowed, NotFound, InvalidInput."""
    actor.require(Act.RECORD_MEDICINES, patient.unit_id)
    _refuse_to_come("hold_agreed_on", agreed_on, on)
    with recorded_as(actor, act="agree_pause"):
        use = _one(AntithromboticUse.objects.filter(patient=patient, stopped_on__isnull=True), use_id)
        use.hold_agreed_on = agreed_on
        use.save(update_fields=["hold_agreed_on"])
    return use


def stop_antithrombotic(
    actor: Actor, *, patient: Patient, use_id: int, stopped_on: date, on: date
) -> AntithromboticUse:
    """The patient takes the medicine no more. Raises: NotAllowed, NotFound, InvalidInput."""
    actor.require(Act.RECORD_MEDICINES, patient.unit_id)
    _refuse_to_come("stopped_on", stopped_on, on)
    with recorded_as(actor, act="stop_antithrombotic"):
        use = _one(AntithromboticUse.objects.filter(patient=patient, stopped_on__isnull=True), use_id)
        use.stopped_on = stopped_on
        use.save(update_fields=["stopped_on"])
    return use


def _refuse_to_come(field: str, day: date | None, on: date) -> None:
    if day is not None and day > on:
        raise invalid(field, "The day lies in the future.")


def _one(rows: models.QuerySet[M], key: int) -> M:
    row = rows.select_for_update().filter(pk=key).first()
    if row is None:
        raise NotFound("That is not on record for this patient any more. Look at the page again.")
    return row


def _written(row: M, if_taken: str = "") -> M:
    try:
        row.full_clean(exclude={"patient"}, validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        fields = {name: " ".join(sentences) for name, sentences in error.message_dict.items()}
        raise InvalidInput("Some values cannot be used.", fields=fields) from error
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if not if_taken:
            raise
        raise AlreadyOnRecord(if_taken) from error
    return row
