"""A day-care unit that works: rooms, places, people, lists every day, and patients with a plan.

Days are told by distance from `TODAY`, a Tuesday; tests that need the clock stand still there (`time_machine`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from doseplans.models import Administration, Dose, DosePlan, Protocol
from patients.models import Authorisation, Check, Consent, Patient
from scheduling.models import Appointment, Resource, Schedule
from scheduling.services.visits.wanted import Wanted
from tests.cast import Cast, make_patient
from units.models import Unit

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Ward:
    """The cast's unit with two rooms, three recovery places and two operators."""

    cast: Cast
    rooms: tuple[Resource, ...]
    places: tuple[Resource, ...]
    operators: tuple[Resource, ...]

    @property
    def unit(self) -> Unit:
        return self.cast.unit

    def at(self, day: date, clock: str) -> datetime:
        """The instant at which the unit's clocks show that time on that day."""
        return datetime.combine(day, time.fromisoformat(clock), self.unit.zone).astimezone(UTC)

    def wanted(self, day: date, clock: str = "09:00", *, room: int = 0, operator: int = 0) -> Wanted:
        """The choice of a patient's arrival time, room and operator (by number)."""
        return Wanted(self.at(day, clock), self.rooms[room].public_id, self.operators[operator].public_id)


def open_ward(cast: Cast, *, rooms: int = 2, places: int = 3, operators: int = 2) -> Ward:
    """Saved, with lists every day of the week from 08:00 to 17:00, last patient out by 20:00."""

    def make(kind: str, names: list[str]) -> tuple[Resource, ...]:
        rows = [Resource(unit=cast.unit, kind=kind, name=name, ordinal=n) for n, name in enumerate(names)]
        return tuple(Resource.objects.bulk_create(rows))

    ward = Ward(
        cast,
        make(Resource.Kind.ROOM, [f"Room {n + 1}" for n in range(rooms)]),
        make(Resource.Kind.RECOVERY, [f"Recovery {n + 1}" for n in range(places)]),
        make(Resource.Kind.PERSON, [f"Dr {name}" for name in ("Malik", "Osei", "Lindqvist", "Renshaw")[:operators]]),
    )
    cast.unit.is_closed_on_bank_holidays = False  # a race's days are told from the real today
    cast.unit.save()
    lists = Schedule.objects.bulk_create(
        Schedule(
            unit=cast.unit,
            room=room,
            weekday=weekday,
            opens_at=time(8),
            closes_at=time(17),
            last_out_at=time(20),
            valid_from=date(2020, 1, 1),
        )
        for room in ward.rooms
        for weekday in range(1, 8)
    )
    working = Schedule.operators.through
    working.objects.bulk_create(
        working(schedule=schedule, resource=operator) for schedule in lists for operator in ward.operators
    )
    return ward


def make_ready(patient: Patient) -> None:
    """What tofersen's gates ask for is on record, without an end: tests of other things need not think of it."""
    long_ago = date(2020, 1, 6)
    if patient.consents.exists():
        return  # a second plan of the same patient
    Consent.objects.create(patient=patient, kind=Consent.Kind.PROCEDURE, given_on=long_ago)
    Authorisation.objects.create(
        patient=patient, status=Authorisation.Status.APPROVED, funding_source=Authorisation.Source.TRUST
    )
    Check.objects.bulk_create(
        Check(patient=patient, kind=kind, done_on=long_ago, is_acceptable=True)
        for kind in ("platelets", "infection", "raised_icp", "supine")
    )


def start_plan(patient: Patient, *, given: list[date], next_on: date, doses: int = 3) -> DosePlan:
    """A tofersen plan with doses given on those days and `doses` to come, 28 days apart from `next_on`.

    Rows are written as they are, without projecting: a scheduling test says which window it means. The patient is
    ready for every gate.
    """
    protocol = Protocol.objects.get(code="tofersen", status=Protocol.Status.ACTIVE)
    make_ready(patient)
    plan = DosePlan.objects.create(
        patient=patient,
        protocol=protocol,
        starts_on=(given or [next_on])[0],
        genetic_test_note="SOD1 variant confirmed",
        prescriber_name="Dr Malik",
        review_on=date(2100, 1, 4),
        pregnancy_discussed_on=date(2026, 1, 5),
    )
    coming = [next_on + timedelta(days=28 * n) for n in range(doses)]
    rows = Dose.objects.bulk_create(
        _dose(plan, sequence, day) for sequence, day in enumerate([*given, *coming], start=1)
    )
    Administration.objects.bulk_create(
        Administration(
            dose=dose,
            given_on=day,
            given_at=datetime.combine(day, time(12), UTC),
            source=Administration.Source.IMPORT,
        )
        for dose, day in zip(rows, given, strict=False)
    )
    return plan


def _dose(plan: DosePlan, sequence: int, day: date) -> Dose:
    is_loading = sequence <= 3
    return Dose(
        plan=plan,
        sequence=sequence,
        kind="loading" if is_loading else "maintenance",
        number_in_kind=sequence if is_loading else sequence - 3,
        ideal_on=day,
        target_on=day,
        earliest_on=day - timedelta(days=0 if is_loading else 2),
        latest_on=day + timedelta(days=3 if is_loading else 5),
        rule="as the test says",
    )


def maintenance_patient(ward: Ward, number: int = 1, *, due: date = TODAY + timedelta(days=1)) -> Patient:
    """A patient with four doses given, the last 28 days before `due`, and the next one due then."""
    patient = make_patient(ward.unit, f"Patient{number:03}", f"W{number:06}")
    start_plan(patient, given=[due - timedelta(days=days) for days in (84, 70, 56, 28)], next_on=due)
    return patient


def next_dose(patient: Patient) -> Dose:
    """The first dose of the patient that is not given."""
    return Dose.objects.filter(plan__patient=patient, administrations__isnull=True).order_by("sequence")[0]


def dose_id(patient: Patient) -> UUID:
    """The public id of the patient's next dose."""
    return next_dose(patient).public_id


def live(patient: Patient) -> list[Appointment]:
    """The patient's live visits."""
    return list(Appointment.objects.filter(patient=patient, status__in=["booked", "arrived", "fulfilled"]))
