"""Visits that have been: rows as the day left them, since no use case books into the past."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import F

from clinic.demo.house import House
from doseplans.models import Dose, DosePlan, FollowUp
from doseplans.services import GivenRecord, record_given
from patients.models import WorklistItem
from scheduling.engine.ticks import wall_clock
from scheduling.models import Appointment, AppointmentEvent
from scheduling.placing import Claim, insert_claims
from scheduling.selectors.aftercare import KEY
from scheduling.services.day.aftercare import ask_after
from scheduling.services.visits.booking import count_on
from scheduling.services.visits.events import snapshot
from units.actors import Actor
from units.models import User

BEFORE, PROCEDURE, RECOVERY = timedelta(minutes=60), timedelta(minutes=45), timedelta(minutes=90)
WEEKS = 8
ASKED_BY = "Tola Bello"
ASKED_AFTER = {FollowUp.Kind.CALL: timedelta(hours=2), FollowUp.Kind.CHECK: timedelta(hours=11)}
"""Who asked after past doses, and how long after each asking came due: a check comes due at midnight."""

STILL_TO_COME = 4
"""So many of today's visits stay booked even late in the day, so that there is somebody to mark as arrived."""


class Diary:
    """Hands out starts on past days and today: room after room, every 45 minutes."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.taken: dict[date, int] = defaultdict(int)

    def next_start(self, on: date) -> tuple[datetime, list[Claim]]:
        """The procedure's start and the claims of the next visit of that day."""
        number = self.taken[on]
        self.taken[on] += 1
        team = self.house.team(on)
        room, operator = team[number % len(team)]
        starts = wall_clock(on, time(9), self.house.unit.zone) + number // len(team) * PROCEDURE
        place = self.house.places[number % len(self.house.places)]
        return starts, [
            Claim(room.pk, "procedure", starts, starts + PROCEDURE),
            Claim(operator.pk, "procedure", starts, starts + PROCEDURE),
            Claim(place.pk, "recovery", starts + PROCEDURE, starts + PROCEDURE + RECOVERY),
        ]


def add_visit(diary: Diary, dose: Dose, on: date, status: str) -> Appointment:
    """A visit on a day that has come, with its event; nothing is sent for it."""
    starts, claims = diary.next_start(on)
    arrive, leave = starts - BEFORE, starts + PROCEDURE + RECOVERY
    booked_at = arrive - timedelta(days=21)
    visit = Appointment.objects.create(
        unit=diary.house.unit,
        patient=dose.plan.patient,
        dose=dose,
        status=status,
        starts_at=arrive,
        ends_at=leave,
        dtstamp=booked_at.replace(microsecond=0),
        booked_at=booked_at,
        booked_by_name="Karen Mistry",
    )
    if status != Appointment.Status.NOSHOW:
        insert_claims(claims, dose_id=dose.pk, appointment_id=visit.pk)
    AppointmentEvent.objects.create(
        appointment=visit,
        kind=AppointmentEvent.Kind.BOOKED,
        at=booked_at,
        actor_name="Karen Mistry",
        uid=visit.uid,
        ical_sequence=0,
        dtstamp=visit.dtstamp,
        releases_at=booked_at,
        snapshot=snapshot(visit, claims),
        messages_derived_at=booked_at,
    )
    return visit


def give(actor: Actor, visit: Appointment, dose: Dose, operator: str) -> None:
    """The visit as it was after the dose: given, and gone home; the patient is to be asked after it."""
    procedure = visit.starts_at + BEFORE
    administration = record_given(
        actor,
        dose=dose,
        record=GivenRecord(
            given_at=procedure + timedelta(minutes=20),
            operator_name=operator,
            access_route=dose.plan.access_route,
            lot=f"TF6A{1100 + dose.sequence}",
            dose_amount=Decimal(100),
            volume_ml=Decimal(15),
            csf_removed_ml=Decimal(10),
        ),
        at=procedure + PROCEDURE,
    )
    ask_after(administration, patient=visit.patient, unit=visit.unit)
    visit.status = Appointment.Status.FULFILLED
    visit.arrived_at = visit.starts_at + timedelta(minutes=dose.sequence % 9 - 4)
    visit.procedure_started_at = procedure
    visit.recovery_started_at = procedure + PROCEDURE
    visit.discharged_at = visit.ends_at
    visit.save()


def answer_follow_ups(at: datetime) -> None:
    """Whoever was to be asked by now has been asked, and was well; what is open is due now or still to come."""
    nurse = User.objects.get(name=ASKED_BY)
    for kind, after in ASKED_AFTER.items():
        past = FollowUp.objects.filter(kind=kind, due_by__lte=at)
        keys = [f"{KEY}{public_id}" for public_id in past.values_list("public_id", flat=True)]
        WorklistItem.objects.filter(key__in=keys).update(
            done_at=F("due_at") + after, done_by=nurse, outcome="No red flag."
        )
        past.update(done_at=F("due_from") + after, done_by_name=nurse.name)


def fill_today(actor: Actor, diary: Diary, due: list[DosePlan], today: date, at: datetime) -> None:
    """Today's visits, as far along as the clock says; the last few are always still to come."""
    for number, plan in enumerate(due):
        dose = plan.doses.get(sequence=plan.doses.filter(administrations__isnull=False).count() + 1)
        visit = add_visit(diary, dose, today, Appointment.Status.BOOKED)
        if number >= len(due) - STILL_TO_COME or visit.starts_at > at:
            continue
        procedure = visit.starts_at + BEFORE
        if procedure + PROCEDURE <= at:
            give(actor, visit, dose, diary.house.operators[number % 4].name)
            if at < visit.ends_at:
                visit.discharged_at = None
                visit.save()
        else:
            visit.status, visit.arrived_at = Appointment.Status.ARRIVED, visit.starts_at
            visit.procedure_started_at = procedure if procedure <= at else None
            visit.save()
        count_on(visit, at=at)
