"""A small unit whose people, rooms and places can do different things, and a clock that stands until it is turned."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any
from unittest import mock

import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis.stateful import RuleBasedStateMachine, invariant

from doseplans.models import Dose, DosePlan
from patients.models import Flag, NeedAllowance, Patient
from scheduling.models import (
    Allocation,
    Appointment,
    AppointmentEvent,
    NurseShift,
    Resource,
    Schedule,
    ScheduleBreak,
    Skill,
    SkillRule,
    VisitKind,
)
from scheduling.services import book_appointment, book_visit
from scheduling.services.visits.wanted import Wanted
from tests.cast import Cast, make_patient
from tests.ward import TODAY, Ward, maintenance_patient, open_ward
from units.errors import ClinicError

from .unit_rows import CHANGE_NOTHING, Setting, standing_faults

BEGINS = datetime.combine(TODAY, time(7), UTC)
CLOCKS = ("08:00", "09:00", "10:00", "10:45", "12:00", "13:30", "15:00")


@dataclass(frozen=True)
class SmallUnit:
    """Two rooms, three places, three operators and a device; patients whose needs differ; a visit without a plan."""

    ward: Ward
    patients: tuple[Patient, ...]
    kind: VisitKind
    setting: Setting
    done: Counter[str] = field(default_factory=Counter)

    @property
    def resources(self) -> tuple[Resource, ...]:
        return (*self.ward.rooms, *self.ward.operators, *self.ward.places)


def small_unit(cast: Cast) -> SmallUnit:
    """Saved. Room 1 is cleaned after each procedure, Room 2 has a break, and on weekdays the nurses are the limit."""
    ward = open_ward(cast, operators=3)
    Resource.objects.filter(pk=ward.rooms[0].pk).update(turnover_minutes=15)
    for schedule in Schedule.objects.filter(room=ward.rooms[1]):
        ScheduleBreak.objects.create(schedule=schedule, starts_at=time(12), ends_at=time(12, 30))
        schedule.operators.set(ward.operators[1:])
    for weekday in range(1, 6):
        NurseShift.objects.create(
            unit=ward.unit, weekday=weekday, starts_at=time(8), ends_at=time(20), nurses=1, patients_each=2
        )
    device = Resource.objects.create(unit=ward.unit, kind="imaging", name="C-arm")
    _skill(ward, "difficult spine", ward.operators[1], asked_of="operator", need="difficult_spine")
    _skill(ward, "hoist", ward.places[0], asked_of="place", need="hoist")
    _skill(ward, "fluoroscopy", ward.rooms[0], device, asked_of="imaging", access_route="fluoroscopy")
    NeedAllowance.objects.create(
        unit=ward.unit, code="hoist", minutes_before=15, minutes_after=10, needs_assistant=True
    )
    patients = [maintenance_patient(ward, n, due=TODAY + timedelta(days=1 + n % 3)) for n in range(1, 5)]
    for patient, need in zip(patients, ("difficult_spine", "hoist"), strict=False):
        Flag.objects.create(patient=patient, kind="need", code=need, text=need)
    DosePlan.objects.filter(patient=patients[2]).update(access_route="fluoroscopy")
    patients.append(make_patient(ward.unit, "Without", "W900000"))
    kind = VisitKind.objects.create(
        unit=ward.unit, name="Blood patch", minutes_before=30, minutes_procedure=30, minutes_recovery=60
    )
    made = SmallUnit(ward, tuple(patients), kind, Setting(ward.unit))
    with time_machine.travel(BEGINS, tick=False):
        _book_some(made)
    return made


def _book_some(made: SmallUnit) -> None:
    """The spine's visit on Wednesday; the hoist's on Thursday, and the device's beside it; one without a plan."""
    ward, actor = made.ward, made.ward.cast.actor("coordinator")
    for number, days, clock, room, operator in ((0, 2, "09:00", 1, 1), (1, 3, "09:00", 0, 0), (2, 3, "13:00", 1, 1)):
        dose = Dose.objects.filter(plan__patient=made.patients[number], administrations__isnull=True).earliest(
            "sequence"
        )
        wanted = ward.wanted(TODAY + timedelta(days=days), clock, room=room, operator=operator)
        book_appointment(actor, dose_id=dose.public_id, wanted=wanted)
    book_visit(
        actor,
        patient_id=made.patients[4].public_id,
        visit_kind_id=made.kind.public_id,
        wanted=ward.wanted(TODAY + timedelta(days=1), "10:00", operator=2),
    )


def _skill(ward: Ward, name: str, *resources: Resource, **rule: Any) -> None:
    skill = Skill.objects.create(unit=ward.unit, name=name)
    skill.resources.set(resources)
    SkillRule.objects.create(skill=skill, **rule)


class UnitLife(RuleBasedStateMachine):
    """What a life of the unit needs. An act that is refused, with a sentence, is a step too; nothing else is raised.

    A life is rolled back at its end; the unit itself is made once.
    """

    def __init__(self, unit: SmallUnit) -> None:
        super().__init__()
        self.small, self.ward = unit, unit.ward
        self.is_looked_at = False
        self.whole = ExitStack()
        self.whole.enter_context(transaction.atomic())
        # The database's own clock does not stand still with ours.
        self.whole.enter_context(mock.patch("scheduling.services.visits.cancelling._database_now", timezone.now))
        # A lock a day of a year and more; nobody else is here to wait for them.
        self.whole.enter_context(mock.patch("scheduling.services.opening.hours.LOCKED_DAYS", 40))
        self.clock = time_machine.travel(BEGINS, tick=False)
        self.traveller = self.clock.start()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.whole.close()
        self.clock.stop()

    @property
    def now(self) -> datetime:
        return timezone.now()

    @property
    def today(self) -> date:
        return self.ward.unit.local_date(self.now)

    def turn_to(self, at: datetime) -> None:
        self.traveller.move_to(max(at, self.now))
        self.is_looked_at = False

    def actor(self, role: str) -> Any:
        return self.ward.cast.actor(role)

    def may(self, act: partial[Any]) -> Any:
        """What came of the act, or the refusal; one that is refused moves no visit, dose or allocation."""
        before, self.is_looked_at = self.picture(), False
        try:
            answer = act()
        except ClinicError as error:
            answer = error
        else:
            self.small.done[act.func.__name__] += 1
        if isinstance(answer, ClinicError):
            assert answer.sentence.strip()
            assert self.picture() == before, answer.sentence
        return answer

    def picture(self) -> list[Any]:
        kept = AppointmentEvent.objects.exclude(kind__in=CHANGE_NOTHING)
        return [
            list(Appointment.objects.order_by("pk").values_list()),
            list(Allocation.objects.filter(appointment__isnull=False).order_by("pk").values_list()),
            list(Dose.objects.order_by("pk").values_list("pk", "target_on", "earliest_on", "latest_on")),
            kept.count(),
        ]

    # --- who and what there is to act on

    def next_dose(self, patient: int) -> Dose | None:
        """The patient's first dose that is neither given nor booked nor left out."""
        rows = Dose.objects.filter(plan__patient=self.small.patients[patient]).exclude(
            administrations__is_entered_in_error=False
        )
        rows = rows.exclude(appointments__status__in=["booked", "arrived"]).exclude(decisions__kind="omit")
        return rows.order_by("sequence").select_related("plan__patient__unit").first()

    def visit(self, number: int, *states: str) -> Appointment | None:
        """One of the visits in those states, the soonest first; numbers beyond the last begin anew."""
        visits = list(Appointment.objects.filter(status__in=states or ["booked"]).order_by("starts_at", "pk"))
        return visits[number % len(visits)] if visits else None

    def plan(self, patient: int) -> DosePlan | None:
        return DosePlan.objects.filter(patient=self.small.patients[patient]).first()

    def wanted(self, on: date, clock: str, room: int, operator: int) -> Wanted:
        return self.ward.wanted(on, clock, room=room, operator=operator)

    @invariant()
    def every_promise_is_kept(self) -> None:
        if not self.is_looked_at:
            found = standing_faults(self.ward.unit, at=self.now, setting=self.small.setting)
            assert not found, found
        self.is_looked_at = True
