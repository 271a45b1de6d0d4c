"""Putting the demo unit together."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone

from clinic.demo.history import WEEKS, Diary, add_visit, answer_follow_ups, fill_today, give
from clinic.demo.house import House, build_house
from clinic.demo.people import Person, person
from clinic.demo.stages import Stage, stages
from clinic.demo.waiting import add_waiting_list, close_a_room, take_answers
from doseplans.models import DosePlan, Protocol
from doseplans.services import Course, GivenRecord, Hold, record_registry_return, reproject_plan, take_over_plans
from patients.models import Authorisation, Carer, Check, Consent, Flag, Patient
from scheduling.models import Appointment
from scheduling.selectors.slots import find_slots
from scheduling.services import book_appointment
from scheduling.services.visits.wanted import Wanted, dose_for
from scheduling.services.watching import watch_readiness
from units.actors import Actor
from units.errors import ClinicError
from units.history import recorded_as

ACTOR = Actor.system("Demo")


def build_demo(at: datetime | None = None) -> House:
    """The demo unit stands, all or nothing: 40 patients, visits eight weeks back and ahead of today."""
    at = at or timezone.now()
    with recorded_as(ACTOR, act="build_demo"):
        house = build_house(at.date())
        today = house.unit.local_date(at)
        courses = list(enumerate(stages(today)))
        diary = Diary(house)
        plans = [_patient_with_plan(house, person(number), stage, today) for number, stage in courses]
        for (number, stage), plan in zip(courses, plans, strict=True):
            _recent_visits(diary, plan, stage, number, today)
        due = [
            plan
            for (_, stage), plan in zip(courses, plans, strict=True)
            if stage.next_visit == "book" and _next_target(plan) == today
        ]
        fill_today(ACTOR, diary, due, today, at)
        for (_, stage), plan in zip(courses, plans, strict=True):
            if stage.next_visit == "noshow":
                dose = plan.doses.get(sequence=len(stage.given) + 1)
                add_visit(diary, dose, dose.target_on, Appointment.Status.NOSHOW)
        for (_, stage), plan in zip(courses, plans, strict=True):
            if stage.next_visit == "book":
                _book_ahead(plan, at, until=today + timedelta(weeks=WEEKS))
        take_answers(ACTOR, house, at)
        add_waiting_list(ACTOR, house, at)
        close_a_room(ACTOR, house, at)
        answer_follow_ups(at)
        watch_readiness(house.unit, at=at)
    return house


def _patient_with_plan(house: House, someone: Person, stage: Stage, today: date) -> DosePlan:
    patient = Patient.objects.create(
        unit=house.unit,
        family_name=someone.family_name,
        given_name=someone.given_name,
        birth_date=someone.birth_date,
        sex=someone.sex,
        nhs_number=someone.nhs_number,
        hospital_number=someone.hospital_number,
        phone=f"+44770090{someone.number:04}",
        email="" if someone.number in {29, 35} else f"patient{someone.number:02}@demo.example",
        consultant_name=someone.consultant,
    )
    Flag.objects.bulk_create(
        Flag(patient=patient, kind=kind, code=code, text=text) for kind, code, text in someone.flags
    )
    if someone.carer:
        name, relationship = someone.carer
        Carer.objects.create(
            patient=patient,
            name=name,
            relationship=relationship,
            phone=f"+44770091{someone.number:04}",
            email=f"carer{someone.number:02}@demo.example",
            receives_invites=True,
        )
    Consent.objects.create(
        patient=patient, kind=Consent.Kind.PROCEDURE, given_on=(stage.given or (today,))[0] - timedelta(days=14)
    )
    Consent.objects.create(
        patient=patient, kind=Consent.Kind.MAKER, given_on=(stage.given or (today,))[0] - timedelta(days=14)
    )
    Authorisation.objects.create(
        patient=patient,
        status=Authorisation.Status.APPROVED,
        funding_source=Authorisation.Source.MAKER,
        valid_to=today + timedelta(days=30 + 9 * someone.number),
    )
    _readiness(patient, someone.number, today)
    oldest_visit = today - timedelta(weeks=WEEKS)
    reason, days_ago = stage.hold or ("", 0)
    course = Course(
        patient=patient,
        protocol=Protocol.objects.get(code="tofersen", status=Protocol.Status.ACTIVE),
        given=[GivenRecord.on_day(day, house.unit) for day in stage.given if day < oldest_visit],
        starts_on=(stage.given or (stage.starts_on,))[0],
        consultant_name=someone.consultant,
        access_route=someone.route,
        genetic_test_note="SOD1 variant confirmed" if stage.has_genetic_report else "",
        prescriber_name=someone.consultant,
        # The review comes before the next half year of doses; the talk came before the first.
        review_on=today + timedelta(days=45 + 7 * (someone.number % 12)),
        pregnancy_discussed_on=min(today, (stage.given or (stage.starts_on,))[0]) - timedelta(days=21),
        hold=Hold(reason, today - timedelta(days=days_ago), today + timedelta(days=7)) if stage.hold else None,
    )
    plan = take_over_plans(ACTOR, courses=[course], on=today)[0]
    if stage.given and today - stage.given[0] > timedelta(days=365):
        _registry_return(plan, someone.number, today)
    return plan


RETURN_DUE = 7
"""Of every so many patients one has a return to the registry due; the others were returned in the last months."""


def _registry_return(plan: DosePlan, number: int, today: date) -> None:
    if number % RETURN_DUE:
        returned_on = today - timedelta(days=20 + 7 * (number % 30))
        record_registry_return(ACTOR, plan_id=plan.public_id, returned_on=returned_on, on=today)


NOT_CHECKED = 5
"""Of every so many patients the last has no platelets on record yet, so that there is something to mend."""


def _readiness(patient: Patient, number: int, today: date) -> None:
    """The checks before a lumbar puncture, invented like the patients."""
    kinds = [Check.Kind.PLATELETS, Check.Kind.INFECTION, Check.Kind.RAISED_ICP, Check.Kind.SUPINE]
    if number % NOT_CHECKED == NOT_CHECKED - 1:
        kinds.remove(Check.Kind.PLATELETS)
    Check.objects.bulk_create(
        Check(
            patient=patient,
            kind=kind,
            done_on=today - timedelta(days=1 + number % 6),
            is_acceptable=True,
            recorded_by_name="Tola Bello",
        )
        for kind in kinds
    )


def _recent_visits(diary: Diary, plan: DosePlan, stage: Stage, number: int, today: date) -> None:
    """The doses of the last eight weeks, each with its visit."""
    recent = [day for day in stage.given if day >= today - timedelta(weeks=WEEKS)]
    for sequence, day in enumerate(recent, start=len(stage.given) - len(recent) + 1):
        dose = plan.doses.select_related("plan__patient__unit", "plan__protocol").get(sequence=sequence)
        visit = add_visit(diary, dose, day, Appointment.Status.BOOKED)
        give(ACTOR, visit, dose, diary.house.operators[number % 4].name)
    reproject_plan(plan, expected={}, on=today)


def _next_target(plan: DosePlan) -> date | None:
    coming = plan.doses.filter(administrations__isnull=True).order_by("sequence").first()
    return coming.target_on if coming else None


def _book_ahead(plan: DosePlan, at: datetime, *, until: date) -> None:
    """Visits for the coming doses up to a day, each the best slot found; stops at the first that cannot be booked."""
    booked = Appointment.objects.filter(dose__plan=plan, status__in=["booked", "arrived"]).values("dose")
    for row in plan.doses.filter(administrations__isnull=True).exclude(pk__in=booked).order_by("sequence"):
        dose = dose_for(ACTOR, row.public_id)
        if dose.target_on > until:
            return
        proposals = find_slots(ACTOR, dose=dose, at=at, limit=1)
        best = next((one.slot for one in proposals.found.proposals if one.is_inside), None)
        if best is None:
            return
        room, operator = proposals.resources[best.room_id], proposals.resources[best.operator_id]
        try:
            book_appointment(
                ACTOR, dose_id=dose.public_id, wanted=Wanted(best.arrive_at, room.public_id, operator.public_id)
            )
        except ClinicError:
            return
