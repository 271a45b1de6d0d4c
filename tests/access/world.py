"""One of every record, in the cast's own unit: what the walk over every address is asked about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time, timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from doseplans.models import Administration, Protocol
from doseplans.services.ward_list import keep_upload
from patients.models import AccessEntry, AntithromboticTable, NeedAllowance, WorklistItem
from patients.services import open_item, record_access
from reminders.models import Message, MessageText, PrintedLetter, PrintRun
from reminders.people import patient_as_person
from reminders.services import derive_messages
from reminders.services.composing import compose
from scheduling.models import Closure, NurseShift, Offer, PlanningRun, Replan, Skill, VisitKind
from scheduling.services import book_appointment
from scheduling.services.day.aftercare import ask_after
from scheduling.services.notes import About, write_note
from scheduling.services.planning.horizons import plan_horizon
from scheduling.services.planning.replans import plan_closure
from tests.cast import Cast, assemble
from tests.scheduling.waiting import freed, offer_to, wish
from tests.ward import TODAY, Ward, dose_id, maintenance_patient, next_dose, open_ward


class World:
    """A record by its name in `RECORDS`; each is made once."""

    def __init__(self) -> None:
        self.cast: Cast = assemble()
        self.ward: Ward = open_ward(self.cast)
        self.patient = maintenance_patient(self.ward)
        booked = maintenance_patient(self.ward, 2, due=TODAY)
        self.dose = next_dose(self.patient)
        self.visit = book_appointment(
            self.cast.actor("coordinator"), dose_id=dose_id(booked), wanted=self.ward.wanted(TODAY, "10:00")
        )
        self.names = (self.patient.family_name, booked.family_name)
        self._more()

    def _more(self) -> None:
        now = timezone.now()
        derive_messages()
        self.print_run = self._printed()
        record_access(self.cast.actor("nurse"), patient=self.patient, page="patient")
        open_item(
            unit=self.cast.unit, patient=self.patient, kind="call", key="walk", title="Ring the patient", due_at=now
        )
        VisitKind.objects.create(unit=self.cast.unit, name="Headache review", minutes_procedure=30)
        Skill.objects.create(unit=self.cast.unit, name="fluoroscopy")
        NurseShift.objects.create(
            unit=self.cast.unit, weekday=1, starts_at=time(8), ends_at=time(20), nurses=2, patients_each=4
        )
        NeedAllowance.objects.create(unit=self.cast.unit, code="hoist", minutes_before=15)
        ask_after(
            Administration.objects.filter(dose__plan=self.dose.plan).latest("given_at"),
            patient=self.patient,
            unit=self.cast.unit,
        )
        AntithromboticTable.objects.create(unit=self.cast.unit, version=1)
        Closure.objects.create(unit=self.cast.unit, starts_at=now, ends_at=now + timedelta(hours=1), reason="Cleaning")
        MessageText.objects.create(unit=self.cast.unit, purpose="invite", version=90, subject="Visit", body="Come.")
        self.upload = keep_upload(
            self.cast.actor("administrator"), unit=self.cast.unit, file_name="list.csv", content=b"Surname\n", at=now
        )
        about = About.of_patient(self.patient)
        self.note = write_note(
            self.cast.actor("nurse"), about=about, text="Rings first", is_pinned=True, key=uuid4(), at=now
        )
        self.offer = self._offer()
        self.replan = self._replan()
        self.horizon = plan_horizon(self.cast.actor("coordinator"), unit=self.cast.unit, weeks=4)
        self.run = self._run(horizon=self.horizon)
        self._run(replan=self.replan)
        self.interval = IntervalSchedule.objects.create(every=1, period="hours")
        used = IntervalSchedule.objects.create(every=2, period="hours")  # which therefore cannot be deleted
        self.task = PeriodicTask.objects.create(interval=used, name="walk", task="reminders.tasks.none")
        self.crontab = CrontabSchedule.objects.create()

    def _printed(self) -> PrintRun:
        """A run of one letter that nobody has posted yet."""
        at = timezone.now()
        message = Message.objects.get(appointment=self.visit, purpose="invite")
        message.channel, message.state, message.lease_until = "letter", "sending", at
        compose(message, patient_as_person(message.patient), at=at)
        message.save()
        run = PrintRun.objects.create(
            unit=self.cast.unit, letters=1, pages=1, made_at=at, made_by_name="Ada Coordinator"
        )
        PrintedLetter.objects.create(run=run, message=message, number=1, first_page=1, pages=1)
        return run

    def _replan(self) -> Replan:
        """A draft of where the visit goes while its room is closed."""
        closure = Closure.objects.create(
            unit=self.cast.unit,
            resource=self.ward.rooms[0],
            starts_at=self.visit.starts_at,
            ends_at=self.visit.ends_at,
            reason="Floor repaired",
        )
        return plan_closure(self.cast.actor("coordinator"), closure_id=closure.public_id)

    def _run(self, **draft: Any) -> PlanningRun:
        """A search for a better plan that nobody has taken up."""
        PlanningRun.objects.filter(**draft).delete()
        now = timezone.now()
        return PlanningRun.objects.create(
            unit=self.cast.unit, planned_at=now, queued_at=now, seconds=5, asked_by_name="Ada Coordinator", **draft
        )

    def _offer(self) -> Offer:
        """A slot that came free, offered to somebody who waits without a visit."""
        waits = maintenance_patient(self.ward, 3, due=TODAY + timedelta(days=3))
        wish(self.ward, waits, notice_hours=0)
        freed(self.ward, TODAY + timedelta(days=3), "13:00")
        return offer_to(self.ward, [waits])


# How an address names a record: a value for its only parameter, or several by name.
RECORDS: Mapping[str, Callable[[World], Any]] = {
    "no link": lambda _: "AAAAAAAAAAAAAAAAAAAAAA",
    "no link, an offer": lambda world: {
        "token": "AAAAAAAAAAAAAAAAAAAAAA",
        "offered_id": world.offer.offered.get().public_id,
    },
    "no link, a visit": lambda world: {"token": "AAAAAAAAAAAAAAAAAAAAAA", "visit_id": world.visit.public_id},
    "day": lambda _: TODAY,
    "patient": lambda world: world.patient.public_id,
    "plan": lambda world: world.dose.plan.public_id,
    "dose": lambda world: world.dose.public_id,
    "given dose": lambda world: (
        Administration.objects.filter(dose__plan=world.dose.plan).latest("given_at").dose.public_id
    ),
    "dose and what": lambda world: {"dose_id": world.dose.public_id, "what": "given"},
    "visit": lambda world: world.visit.public_id,
    "note": lambda world: world.note.public_id,
    "visit and another": lambda world: {"visit_id": world.visit.public_id, "other_id": world.visit.public_id},
    "wish": lambda world: world.offer.offered.get().wish.public_id,
    "offer": lambda world: world.offer.public_id,
    "offered": lambda world: world.offer.offered.get().public_id,
    "closure": lambda _: Closure.objects.get(reason="Floor repaired").public_id,
    "replan": lambda world: world.replan.public_id,
    "replan line": lambda world: world.replan.lines.get().public_id,
    "line of a replan": lambda world: {
        "replan_id": world.replan.public_id,
        "line_id": world.replan.lines.get().public_id,
    },
    "horizon": lambda world: world.horizon.public_id,
    "horizon line": lambda world: world.horizon.lines.all()[0].public_id,
    "line of a horizon": lambda world: {
        "horizon_id": world.horizon.public_id,
        "line_id": world.horizon.lines.all()[0].public_id,
    },
    "planning run": lambda world: world.run.public_id,
    "visit on its day": lambda world: {"on": TODAY, "visit_id": world.visit.public_id},
    "dose on a day": lambda world: {"on": TODAY, "dose_id": world.dose.public_id},
    "message": lambda world: Message.objects.get(appointment=world.visit, purpose="invite").public_id,
    "print_run": lambda world: world.print_run.public_id,
    "item": lambda _: WorklistItem.objects.get(key="walk").public_id,
    "patient and kind": lambda world: {
        "patient_id": world.patient.public_id,
        "kind_id": VisitKind.objects.get(unit=world.cast.unit).public_id,
    },
    "follow-up item": lambda _: WorklistItem.objects.get(kind="follow_up", title="Follow-up call").public_id,
    "ward list": lambda world: world.upload.digest,
    # The admin names records by key.
    "units.unit": lambda world: world.cast.unit.pk,
    "units.user": lambda world: world.cast.nurse.pk,
    "units.membership": lambda world: world.cast.nurse.memberships.get().pk,
    "patients.patient": lambda world: world.patient.pk,
    "patients.worklistitem": lambda _: WorklistItem.objects.get(key="walk").pk,
    "patients.antithrombotictable": lambda world: world.cast.unit.antithrombotic_tables.get().pk,
    "patients.accessentry": lambda world: AccessEntry.objects.get(patient=world.patient).pk,
    "doseplans.wardlistupload": lambda world: world.upload.pk,
    "doseplans.protocol": lambda _: Protocol.objects.get(code="tofersen", status="active").pk,
    "doseplans.doseplan": lambda world: world.dose.plan_id,
    "doseplans.dose": lambda world: world.dose.pk,
    "doseplans.administration": lambda world: Administration.objects.filter(dose__plan=world.dose.plan)[0].pk,
    "scheduling.resource": lambda world: world.ward.rooms[0].pk,
    "scheduling.schedule": lambda world: world.ward.rooms[0].schedules.all()[0].pk,
    "scheduling.closure": lambda _: Closure.objects.get(reason="Cleaning").pk,
    "scheduling.visitkind": lambda world: world.cast.unit.visit_kinds.get().pk,
    "scheduling.skill": lambda world: world.cast.unit.skills.get().pk,
    "scheduling.nurseshift": lambda world: world.cast.unit.nurse_shifts.get().pk,
    "patients.needallowance": lambda world: world.cast.unit.need_allowances.get().pk,
    "scheduling.appointment": lambda world: world.visit.pk,
    "reminders.messagetext": lambda _: MessageText.objects.get(version=90).pk,
    "reminders.message": lambda world: Message.objects.filter(appointment=world.visit)[0].pk,
    "django_celery_beat.periodictask": lambda world: world.task.pk,
    "django_celery_beat.intervalschedule": lambda world: world.interval.pk,
    "django_celery_beat.crontabschedule": lambda world: world.crontab.pk,
}
