"""The record that a dose was given, and its putting right. Whoever calls re-projects: only they know the visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Self

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from doseplans.calculus import day_in_words
from doseplans.errors import DoseAlreadyGiven, DoseLeftOut, DoseNotGiven, DoseOutOfOrder
from doseplans.models import Administration, Dose, DoseDecision, FollowUp, Protocol
from units.actors import Actor
from units.errors import InvalidInput
from units.history import recorded_as
from units.models import Unit
from units.policy import Act


@dataclass(frozen=True, slots=True)
class GivenRecord:
    """What is written down about a dose given. `given_at` is noon of the day where `is_time_known` is False."""

    given_at: datetime
    is_time_known: bool = True
    operator_name: str = ""
    second_checker_name: str = ""
    access_route: str = ""
    lot: str = ""
    expires_on: date | None = None
    dose_amount: Decimal | None = None
    dose_unit: str = ""
    volume_ml: Decimal | None = None
    csf_removed_ml: Decimal | None = None
    sedation: str = ""
    is_blood_taken: bool | None = None
    is_csf_kept: bool | None = None
    events: str = ""
    note: str = ""
    source: str = Administration.Source.DAY_BOARD.value

    @classmethod
    def on_day(cls, day: date, unit: Unit, *, source: str = Administration.Source.IMPORT.value) -> Self:
        """A dose of which only the unit's calendar day is known."""
        return cls(given_at=cls.noon_of(day, unit), is_time_known=False, source=source)

    @staticmethod
    def noon_of(day: date, unit: Unit) -> datetime:
        """What stands for the instant where only the unit's calendar day is known."""
        return datetime.combine(day, time(12), tzinfo=unit.zone)


def record_given(actor: Actor, *, dose: Dose, record: GivenRecord, at: datetime) -> Administration:
    """The dose is on record as given on the unit's calendar day of `record.given_at`. It re-projects nothing.

    What happened is taken down even where it should not have: a hold or the minimum interval stops a booking, not
    the truth. Raises: NotAllowed, InvalidInput, DoseAlreadyGiven, DoseOutOfOrder.
    """
    plan = dose.plan
    unit = plan.patient.unit
    actor.require(Act.RECORD_ADMINISTRATION, unit.pk)
    _check(record, plan.protocol, at=at)
    administration = administration_of(actor, dose, record, unit, plan.protocol)
    with recorded_as(actor, act="record_given"):
        _check_order(dose, administration.given_on)
        try:
            with transaction.atomic():
                administration.save(force_insert=True)
        except IntegrityError as error:
            if "administration_one_per_dose" not in str(error):
                raise
            raise DoseAlreadyGiven(
                f"{dose} is on record as given already. Look at the record before you change it."
            ) from error
    return administration


def correct_given(actor: Actor, *, dose: Dose, record: GivenRecord, reason: str, at: datetime) -> Administration:
    """The dose stands on record as it was really given; what was written down before is kept as entered in error.

    The day may change as long as the doses follow each other. It re-projects nothing. Raises: NotAllowed,
    InvalidInput, DoseNotGiven, DoseOutOfOrder.
    """
    plan = dose.plan
    unit = plan.patient.unit
    actor.require(Act.RECORD_ADMINISTRATION, unit.pk)
    _check_reason(reason)
    _check(record, plan.protocol, at=at)
    corrected = administration_of(actor, dose, record, unit, plan.protocol)
    with recorded_as(actor, act="correct_given", reason=reason):
        rows = _with_record(dose)
        wrong = _live_record(dose)
        _check_days(rows, dose, corrected.given_on)
        wrong.is_entered_in_error = True
        wrong.save(update_fields=["is_entered_in_error"])
        corrected.save(force_insert=True)
        # Asking after the dose goes on, whatever its record said.
        FollowUp.objects.filter(administration=wrong).update(administration=corrected)
    return corrected


def withdraw_given(actor: Actor, *, dose: Dose, reason: str) -> Administration:
    """The record of the dose is marked as entered in error; the dose is to be given again. It re-projects nothing.

    Only the last dose given can be withdrawn: later days were counted from an earlier one. Raises: NotAllowed,
    InvalidInput without a reason, DoseNotGiven, DoseOutOfOrder.
    """
    actor.require(Act.RECORD_ADMINISTRATION, dose.plan.patient.unit_id)
    _check_reason(reason)
    with recorded_as(actor, act="withdraw_given", reason=reason):
        administration = _live_record(dose)
        live = Administration.objects.filter(dose__plan=dose.plan_id, is_entered_in_error=False)
        if live.filter(dose__sequence__gt=dose.sequence).exists():
            raise DoseOutOfOrder("A later dose is on record. Put that one right first, the latest before the others.")
        administration.is_entered_in_error = True
        administration.save(update_fields=["is_entered_in_error"])
    return administration


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput("Write down what was wrong with the record.", fields={"reason": "A reason is needed."})


def _live_record(dose: Dose) -> Administration:
    record = Administration.objects.select_for_update().filter(dose=dose, is_entered_in_error=False).first()
    if record is None:
        raise DoseNotGiven(f"{dose} is not on record as given.")
    return record


def administration_of(actor: Actor, dose: Dose, record: GivenRecord, unit: Unit, protocol: Protocol) -> Administration:
    """The record as a row, unsaved."""
    return Administration(
        dose=dose,
        given_on=unit.local_date(record.given_at),
        given_at=record.given_at,
        is_time_known=record.is_time_known,
        operator_name=record.operator_name,
        second_checker_name=record.second_checker_name,
        access_route=record.access_route,
        lot=record.lot,
        expires_on=record.expires_on,
        dose_amount=record.dose_amount,
        dose_unit=(record.dose_unit or protocol.dose_unit) if record.dose_amount is not None else "",
        volume_ml=record.volume_ml,
        csf_removed_ml=record.csf_removed_ml,
        sedation=record.sedation,
        is_blood_taken=record.is_blood_taken,
        is_csf_kept=record.is_csf_kept,
        events=record.events,
        note=record.note,
        source=record.source,
        recorded_by_id=actor.user_id,
    )


def _check(record: GivenRecord, protocol: Protocol, *, at: datetime) -> None:
    fields: dict[str, str] = {}
    if record.given_at > at:
        fields["given_at"] = "The time given lies in the future."
    if record.dose_amount is not None and record.dose_amount <= 0:
        fields["dose_amount"] = "The dose given is more than nothing."
    checker, operator = record.second_checker_name.strip(), record.operator_name.strip()
    if protocol.needs_second_check and not checker:
        fields["second_checker_name"] = "This protocol asks for a second person's check: write down who checked."
    elif checker and checker.casefold() == operator.casefold():
        fields["second_checker_name"] = "The second check is another person's than the operator's."
    if fields:
        raise InvalidInput(" ".join(fields.values()), fields=fields)


def _check_order(dose: Dose, given_on: date) -> None:
    """The doses before are given or left out, none after is given, and the days follow each other. Locks the doses."""
    rows = _with_record(dose)
    own = next(row for row in rows if row.sequence == dose.sequence)
    if own.given_on is not None:
        when = day_in_words(own.given_on.toordinal())
        raise DoseAlreadyGiven(f"{dose} is on record as given on {when}. Look at the record before you change it.")
    if own.is_left_out:
        raise DoseLeftOut(f"{dose} was left out by a clinician. Take that decision back before you record it.")
    if any(row.given_on is not None for row in rows if row.sequence > dose.sequence):
        raise DoseOutOfOrder("A later dose of this plan is on record. Put that one right first.")
    _check_days(rows, dose, given_on)


def _check_days(rows: Sequence[Any], dose: Dose, given_on: date) -> None:
    """The day lies after the dose before that was not left out, and before the next one given."""
    before = next((row for row in reversed(rows) if row.sequence < dose.sequence and not row.is_left_out), None)
    if before is not None and before.given_on is None:
        raise DoseOutOfOrder(f"{before} is not on record as given. Record that one first.")
    if before is not None and given_on <= before.given_on:
        when = day_in_words(before.given_on.toordinal())
        raise DoseOutOfOrder(f"{before} was given on {when}. A dose after it is given on a later day.")
    after = next((row for row in rows if row.sequence > dose.sequence and row.given_on is not None), None)
    if after is not None and given_on >= after.given_on:
        when = day_in_words(after.given_on.toordinal())
        raise DoseOutOfOrder(f"{after} was given on {when}. A dose before it is given on an earlier day.")


def _with_record(dose: Dose) -> Sequence[Any]:
    """The plan's doses in order, locked, each with `given_on` (None: not given) and `is_left_out`."""
    live = Administration.objects.filter(dose=OuterRef("pk"), is_entered_in_error=False)
    omitted = DoseDecision.objects.filter(dose=OuterRef("pk"), kind=DoseDecision.Kind.OMIT, withdrawn_at__isnull=True)
    return list(
        Dose.objects.filter(plan=dose.plan_id)
        .select_for_update()
        .order_by("sequence")
        .annotate(given_on=live.values("given_on")[:1], is_left_out=Exists(omitted))
    )
