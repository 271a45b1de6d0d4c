"""What is written down about a patient's readiness; the worklist follows at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils import timezone

from doseplans.models import PlanHold
from doseplans.services import record_registry_return
from doseplans.services.reviews import ask_for_reviews
from patients.models import Authorisation, Check, Consent, Patient, WorklistItem
from patients.selectors import patient_by_public_id, worklist_item
from patients.services import finish_item
from patients.services import papers as written
from scheduling.locking import patient_key
from scheduling.selectors.aftercare import live_plans_of
from scheduling.services.watching import watch_readiness
from units.actors import Actor
from units.history import recorded_as


@dataclass(frozen=True, slots=True)
class Paper:
    """For whom and on which day something is written down."""

    patient: Patient
    on: date


@contextmanager
def _paper(actor: Actor, patient_id: UUID, act: str) -> Iterator[Paper]:
    """What is written inside is on the record as `act`, and the worklist follows from it.

    Raises: NotFound, for a patient of another unit as for one that is not there.
    """
    patient = patient_by_public_id(actor, patient_id)
    at = timezone.now()
    with recorded_as(actor, act=act, locks=[patient_key(patient.pk)]):
        yield Paper(patient, patient.unit.local_date(at))
        watch_readiness(patient.unit, at=at, patient=patient)


def record_consent(
    actor: Actor, *, patient_id: UUID, kind: str, given_on: date, expires_on: date | None = None
) -> Consent:
    """The consent is on record."""
    with _paper(actor, patient_id, "record_consent") as new:
        return written.record_consent(
            actor, patient=new.patient, kind=kind, given_on=given_on, expires_on=expires_on, on=new.on
        )


def withdraw_consent(actor: Actor, *, patient_id: UUID, consent_id: int, withdrawn_on: date) -> None:
    """The patient has taken the consent back."""
    with _paper(actor, patient_id, "withdraw_consent") as new:
        written.withdraw_consent(
            actor, patient=new.patient, consent_id=consent_id, withdrawn_on=withdrawn_on, on=new.on
        )


def record_check(
    actor: Actor, *, patient_id: UUID, kind: str, done_on: date, is_acceptable: bool, result: str = ""
) -> Check:
    """The finding is on record."""
    with _paper(actor, patient_id, "record_check") as new:
        return written.record_check(
            actor,
            patient=new.patient,
            kind=kind,
            done_on=done_on,
            is_acceptable=is_acceptable,
            result=result,
            on=new.on,
        )


def strike_check(actor: Actor, *, patient_id: UUID, check_id: int, reason: str) -> None:
    """The check was entered in error."""
    with _paper(actor, patient_id, "strike_check") as new:
        written.strike_check(actor, patient=new.patient, check_id=check_id, reason=reason)


def record_authorisation(
    actor: Actor, *, patient_id: UUID, authorisation_id: int | None = None, values: written.AuthorisationValues
) -> Authorisation:
    """Who pays is on record."""
    with _paper(actor, patient_id, "record_authorisation") as new:
        return written.record_authorisation(actor, patient=new.patient, authorisation_id=authorisation_id, **values)


def record_antithrombotic(actor: Actor, *, patient_id: UUID, medicine: str, since: date | None = None) -> None:
    """What the patient takes against clotting is on record."""
    with _paper(actor, patient_id, "record_antithrombotic") as new:
        written.record_antithrombotic(actor, patient=new.patient, medicine=medicine, since=since, on=new.on)


def agree_pause(actor: Actor, *, patient_id: UUID, use_id: int, agreed_on: date) -> None:
    """The pause for the next visit is agreed."""
    with _paper(actor, patient_id, "agree_pause") as new:
        written.agree_pause(actor, patient=new.patient, use_id=use_id, agreed_on=agreed_on, on=new.on)


def stop_antithrombotic(actor: Actor, *, patient_id: UUID, use_id: int, stopped_on: date) -> None:
    """The patient takes it no more."""
    with _paper(actor, patient_id, "stop_antithrombotic") as new:
        written.stop_antithrombotic(actor, patient=new.patient, use_id=use_id, stopped_on=stopped_on, on=new.on)


def finish_worklist_item(actor: Actor, *, item_id: UUID, outcome: str = "") -> WorklistItem:
    """The item is done; a return to the registry is on the plan's record as of today.

    A red flag that is closed lifts no hold: what is still on hold is to be reviewed.
    Raises: NotFound, NotAllowed, ItemAlreadyDone.
    """
    seen = worklist_item(actor, item_id)
    locks = [patient_key(seen.patient_id)] if seen.patient_id is not None else []
    with recorded_as(actor, act="finish_item", reason=outcome, locks=locks):
        item = finish_item(actor, item_id=item_id, outcome=outcome)
        if seen.kind == WorklistItem.Kind.REGISTRY:
            today = seen.unit.local_date(timezone.now())
            plan_id = UUID(seen.key.split(":")[1])
            record_registry_return(actor, plan_id=plan_id, returned_on=today, on=today)
        if seen.kind == WorklistItem.Kind.ESCALATION and seen.patient is not None:
            _ask_about_holds(actor, seen.patient)
    return item


def _ask_about_holds(actor: Actor, patient: Patient) -> None:
    """The red flag placed its hold without a review day: unasked, nobody would come back to it."""
    holds = PlanHold.objects.filter(plan__in=live_plans_of(actor, patient), lifted_at__isnull=True)
    ask_for_reviews(
        holds.select_related("plan__patient__unit", "plan__protocol"), on=patient.unit.local_date(timezone.now())
    )
