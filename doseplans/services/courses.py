"""Courses that began before the system did: taken over from the ward's own list, many at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from django.db import IntegrityError, transaction

from doseplans.calculus import day_in_words
from doseplans.errors import DoseOutOfOrder, PlanAlreadyRunning, ProtocolNotInUse
from doseplans.models import AccessRoute, Administration, Dose, DosePlan, PlanHold, Protocol
from doseplans.services.administrations import GivenRecord, administration_of
from doseplans.services.projecting import first_rows, reproject_plan
from doseplans.services.protocols import kept
from doseplans.services.reviews import ask_for_reviews
from patients.models import Patient
from units.actors import Actor
from units.errors import InvalidInput
from units.history import recorded_as
from units.policy import Act
from units.rows import insert_all


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold as the list tells it."""

    reason: str
    placed_on: date
    review_on: date | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """A course as the list tells it: doses given so far, in any order. `starts_on` is needed where there is none."""

    patient: Patient
    protocol: Protocol
    given: Sequence[GivenRecord] = ()
    starts_on: date | None = None
    consultant_name: str = ""
    access_route: str = AccessRoute.UNGUIDED.value
    genetic_test_note: str = ""
    prescriber_name: str = ""
    review_on: date | None = None
    pregnancy_discussed_on: date | None = None
    hold: Hold | None = None

    @property
    def days(self) -> dict[int, date]:
        """The days given by sequence."""
        return dict(enumerate(sorted(map(self._day, self.given)), start=1))

    @property
    def records(self) -> list[GivenRecord]:
        """The records in turn."""
        return sorted(self.given, key=lambda record: record.given_at)

    def _day(self, record: GivenRecord) -> date:
        return self.patient.unit.local_date(record.given_at)


def take_over_plans(actor: Actor, *, courses: Sequence[Course], on: date) -> list[DosePlan]:
    """Every course stands in its patient's unit as a plan that goes on from the last dose really given.

    A hold that comes with it is to be reviewed. All or none, in a number of queries that does not grow with their
    number. Dates count as on `on`, before any booking. Raises: NotAllowed, ProtocolNotInUse, InvalidInput,
    DoseOutOfOrder, PlanAlreadyRunning.
    """
    for unit_id in {course.patient.unit_id for course in courses}:
        actor.require(Act.IMPORT_PATIENTS, unit_id)
    with recorded_as(actor, act="take_over_plans"):
        protocols = kept(course.protocol.pk for course in courses)
        courses = [replace(course, protocol=protocols[course.protocol.pk]) for course in courses]
        for course in courses:
            _check(course, on=on)
        plans = [_plan_of(course, on=on) for course in courses]
        _insert(plans)
        doses = [list(first_rows(plan, course.days, on=on)) for plan, course in zip(plans, courses, strict=True)]
        insert_all([dose for rows in doses for dose in rows])
        insert_all(
            [
                record
                for course, rows in zip(courses, doses, strict=True)
                for record in _administrations(actor, course.patient, rows, course.records, course.protocol)
            ]
        )
        holds = PlanHold.objects.bulk_create(
            [_hold_row(actor, plan, course.hold) for plan, course in zip(plans, courses, strict=True) if course.hold]
        )
        ask_for_reviews(holds, on=on)
    return plans


def record_history(
    actor: Actor, *, plan: DosePlan, records: Sequence[GivenRecord], expected: Mapping[int, date], on: date
) -> list[Administration]:
    """Doses given elsewhere follow those on record, and the plan's dates follow from them.

    `expected` as in `reproject_plan`. Raises: NotAllowed, InvalidInput for a day to come, DoseOutOfOrder for one that
    does not follow the last on record.
    """
    patient = plan.patient
    actor.require(Act.IMPORT_PATIENTS, patient.unit_id)
    course = Course(patient=patient, protocol=plan.protocol, given=records, starts_on=plan.starts_on)
    with recorded_as(actor, act="record_history"):
        DosePlan.objects.select_for_update().get(pk=plan.pk)
        last = (
            Administration.objects.filter(dose__plan=plan, is_entered_in_error=False)
            .order_by("-dose__sequence")
            .values_list("dose__sequence", "given_on")
            .first()
        )
        done, last_on = last or (0, None)
        _check(course, on=on, after=last_on)
        added = {done + number: day for number, day in course.days.items()}
        reproject_plan(plan, expected=expected, on=on, newly_given=added)
        rows = list(Dose.objects.filter(plan=plan, sequence__in=added).order_by("sequence"))
        if len(rows) < len(added):
            raise DoseOutOfOrder("The protocol has no more doses than those on record.")
        return Administration.objects.bulk_create(_administrations(actor, patient, rows, course.records, plan.protocol))


def _check(course: Course, *, on: date, after: date | None = None) -> None:
    if course.protocol.status == Protocol.Status.DRAFT:
        raise ProtocolNotInUse(f"{course.protocol} is a draft. Put it in use before a plan follows it.")
    if not course.given and course.starts_on is None:
        raise InvalidInput("A course needs the day of its first dose, given or planned.", fields=["starts_on"])
    days = list(course.days.values())
    if days and days[-1] > on:
        raise InvalidInput("A dose cannot have been given on a day to come.", fields=["given"])
    for earlier, day in pairwise([after, *days]):
        if earlier is not None and day is not None and day <= earlier:
            words = day_in_words(day.toordinal())
            raise DoseOutOfOrder(f"The dose of {words} does not follow the dose before it by at least a day.")
    length = course.protocol.rule.length
    if length is not None and len(days) > length:
        raise DoseOutOfOrder(f"{course.protocol} has {length} doses, and {len(days)} are written down.")


def _plan_of(course: Course, *, on: date) -> DosePlan:
    """The plan, unsaved. One with a dose given was begun elsewhere; one without begins here like any other."""
    first = course.days.get(1)
    starts_on = first or course.starts_on
    assert starts_on is not None  # noqa: S101  `_check` has seen to it
    return DosePlan(
        patient=course.patient,
        protocol=course.protocol,
        starts_on=starts_on,
        access_route=course.access_route,
        consultant_name=course.consultant_name,
        genetic_test_note=course.genetic_test_note,
        prescriber_name=course.prescriber_name,
        review_on=course.review_on,
        pregnancy_discussed_on=course.pregnancy_discussed_on,
        taken_over_on=on if first else None,
    )


def _insert(plans: list[DosePlan]) -> None:
    try:
        with transaction.atomic():
            DosePlan.objects.bulk_create(plans)
    except IntegrityError as error:
        if "dose_plan_one_live" not in str(error):
            raise
        raise PlanAlreadyRunning("One of these patients has a live plan of the same protocol already.") from error


def _administrations(
    actor: Actor, patient: Patient, rows: Sequence[Dose], records: Iterable[GivenRecord], protocol: Protocol
) -> list[Administration]:
    return [
        administration_of(actor, dose, record, patient.unit, protocol)
        for dose, record in zip(rows, records, strict=False)
    ]


def _hold_row(actor: Actor, plan: DosePlan, hold: Hold) -> PlanHold:
    return PlanHold(
        plan=plan,
        reason=hold.reason,
        placed_on=hold.placed_on,
        placed_by_name=actor.name,
        review_on=hold.review_on,
    )
