"""Writing what a list adds: many rows a statement, so that a list of some length costs few queries.

A longer one is written part by part, all in one transaction: so it can be told how far it is, and given up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection

from doseplans.models import Protocol
from doseplans.services.administrations import GivenRecord
from doseplans.services.courses import Course, Hold, take_over_plans
from doseplans.services.ward_list.comparing import Comparison
from patients.models import Authorisation, Carer, Consent, Flag, Patient
from units.actors import Actor
from units.models import Unit

# Local policy: a first dose nobody has named a day for is planned so far ahead, and told.
FIRST_DOSE_AHEAD = timedelta(days=14)
PART = 100
"""So many patients are written at once."""

Tell = Callable[[float, str], None]
"""Hears how far it is, from 0 to 1, and what is being done; may raise to end it."""

ATTACHED = (Flag, Carer, Consent, Authorisation)


def first_dose_on(comparison: Comparison, *, on: date) -> date:
    """The day of the first dose: given, planned by the list, or FIRST_DOSE_AHEAD."""
    course = comparison.row.course
    return course.given_on[0] if course.given_on else course.starts_on or on + FIRST_DOSE_AHEAD


@dataclass(frozen=True, slots=True)
class Saving:
    """Who takes a list over, into which unit, by which protocol and on which day."""

    actor: Actor
    unit: Unit
    protocol: Protocol
    on: date


def say_nothing(_part: float, _words: str) -> None:
    """For those whom nobody asks how far they are."""


def save(saving: Saving, comparisons: Sequence[Comparison], tell: Tell = say_nothing) -> None:
    """Every comparison's new rows and values stand in the unit. Inside the caller's transaction."""
    total = len(comparisons)
    _check_at_once()
    for done in range(0, total, PART):
        tell(0.2 + 0.8 * done / total, f"{done} of {total} patients written")
        _save_part(saving, comparisons[done : done + PART])


def _check_at_once() -> None:
    """Foreign keys are checked with each statement from here to the end of the transaction.

    Put off to the commit, as they are else, the checks of a long list lie in wait by the ten thousand, and PostgreSQL
    passes all of them by for every row of history that a trigger writes: the time grows with the square of the list.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _save_part(saving: Saving, comparisons: Sequence[Comparison]) -> None:
    unit, on = saving.unit, saving.on
    new = [comparison for comparison in comparisons if comparison.is_new]
    people = Patient.objects.bulk_create([_patient(unit, comparison) for comparison in new])
    for comparison, patient in zip(new, people, strict=True):
        comparison.patient = patient
    _change(comparisons)
    for model in ATTACHED:
        _add(model, comparisons)
    courses = [_course(comparison, saving.protocol, unit, on) for comparison in comparisons if comparison.needs_plan]
    take_over_plans(saving.actor, courses=courses, on=on)


def _patient(unit: Unit, comparison: Comparison) -> Patient:
    who, contact = comparison.row.who, comparison.row.contact
    return Patient(
        unit=unit,
        family_name=who.family_name,
        given_name=who.given_name,
        birth_date=who.birth_date,
        sex=who.sex,
        nhs_number=who.nhs_number,
        hospital_number=who.hospital_number,
        phone=contact.phone,
        email=contact.email,
        preferred_channel=contact.channel,
        language=contact.language or "en",
        consultant_name=comparison.row.care.consultant_name,
        comments=comparison.row.comments,
    )


def _change(comparisons: Sequence[Comparison]) -> None:
    """New values in records that were there; each record is written once, and only the columns that change."""
    for comparison in comparisons:
        for record, fields in (
            (None if comparison.is_new else comparison.patient, comparison.patient_fields),
            (comparison.plan, comparison.plan_fields),
            (comparison.carer, comparison.carer_fields),
        ):
            if record is not None and fields:
                for name, value in fields.items():
                    setattr(record, name, value)
                record.save(update_fields=list(fields))


def _add(model: type[Flag | Carer | Consent | Authorisation], comparisons: Sequence[Comparison]) -> None:
    rows: list[Any] = []
    for comparison in comparisons:
        for addition in comparison.additions:
            if isinstance(addition, model):
                assert comparison.patient is not None  # noqa: S101  new ones were saved above
                addition.patient = comparison.patient
                rows.append(addition)
    model._default_manager.bulk_create(rows)


def _course(comparison: Comparison, protocol: Protocol, unit: Unit, on: date) -> Course:
    assert comparison.patient is not None  # noqa: S101  new ones were saved above
    row = comparison.row
    hold = row.care.hold
    return Course(
        patient=comparison.patient,
        protocol=protocol,
        given=[GivenRecord.on_day(day, unit) for day in row.course.given_on],
        starts_on=first_dose_on(comparison, on=on),
        consultant_name=row.care.consultant_name,
        access_route=row.care.access_route,
        genetic_test_note=row.care.genetic_test,
        hold=Hold(hold.reason, placed_on=on, review_on=hold.review_on) if hold else None,
    )
