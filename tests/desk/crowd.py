"""As many patients as a list is to be measured with, each with a row on every list; few statements, however many."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from doseplans.models import Administration, Dose, DosePlan, Protocol
from patients.models import Channel, Flag, Patient, WorklistItem
from reminders.models import Message, Purpose
from scheduling.models import (
    Allocation,
    Appointment,
    AppointmentEvent,
    AppointmentResponse,
    Closure,
    EarlierWish,
    Note,
    Part,
    VisitKind,
)
from tests.reminders.posting import ADDRESS
from tests.ward import NOW, TODAY

if TYPE_CHECKING:
    from tests.ward import Ward

TOMORROW = TODAY + timedelta(days=1)
EACH = timedelta(minutes=2)
"""How long a visit lies in its room, so that three hundred of them fit into one day."""


def crowd(ward: Ward, first: int, last: int) -> None:
    """The patients with these numbers: a dose to book, a visit tomorrow, and a row on every other list."""
    patients = Patient.objects.bulk_create(_patient(ward, number) for number in range(first, last))
    _to_book(patients)
    visits = _visits(ward, patients, first)
    doctor = ward.cast.doctor
    Flag.objects.bulk_create(Flag(patient=one, kind="need", code="hoist", text="Hoist") for one in patients)
    WorklistItem.objects.bulk_create(
        WorklistItem(
            unit=ward.unit,
            patient=one,
            kind="call",
            key=f"call:{one.pk}",
            title="Ring",
            due_at=NOW,
            owner=doctor,
            **done,
        )
        for one in patients
        for done in ({}, {"done_at": NOW, "done_by": doctor})
    )
    about = {"unit": ward.unit, "written_by": doctor, "written_by_name": "Ada Doctor", "written_at": NOW}
    Note.objects.bulk_create(Note(patient=one, text="Ring on arrival.", is_pinned=True, **about) for one in patients)
    Note.objects.bulk_create(Note(on=TOMORROW, text="Two porters.", **about) for _ in patients)
    Closure.objects.bulk_create(_closure(ward, number) for number in range(first, last))
    _messages(visits)


def _patient(ward: Ward, number: int) -> Patient:
    return Patient(
        unit=ward.unit,
        family_name=f"Row{number:03}",
        given_name="Ines",
        birth_date=date(1971, 7, 2),
        hospital_number=f"C{number:06}",
        preferred_channel=Channel.LETTER,
        postal_address=ADDRESS,
    )


def _to_book(patients: list[Patient]) -> None:
    """A plan each: one dose given, the next due tomorrow and not booked, and a wish to have it earlier."""
    protocol = Protocol.objects.get(code="tofersen", status=Protocol.Status.ACTIVE)
    given_on = TOMORROW - timedelta(days=14)
    plans = DosePlan.objects.bulk_create(
        DosePlan(patient=one, protocol=protocol, starts_on=given_on, prescriber_name="Dr Malik") for one in patients
    )
    doses = Dose.objects.bulk_create(
        Dose(
            plan=plan,
            sequence=sequence,
            kind="loading",
            number_in_kind=sequence,
            ideal_on=on,
            target_on=on,
            earliest_on=on,
            latest_on=on + timedelta(days=3),
            rule="as the test says",
        )
        for plan in plans
        for sequence, on in ((1, given_on), (2, TOMORROW))
    )
    given_at = datetime.combine(given_on, time(12), UTC)
    Administration.objects.bulk_create(
        Administration(dose=dose, given_on=given_on, given_at=given_at, source=Administration.Source.IMPORT)
        for dose in doses[::2]
    )
    EarlierWish.objects.bulk_create(
        EarlierWish(dose=dose, holds_until=TOMORROW, asked_at=NOW, asked_by_name="Ada Coordinator")
        for dose in doses[1::2]
    )


def _visits(ward: Ward, patients: list[Patient], first: int) -> list[Appointment]:
    """A headache review each tomorrow, in a room with an operator and in recovery, and that they will come."""
    kind, _ = VisitKind.objects.get_or_create(unit=ward.unit, name="Headache review", minutes_procedure=45)
    day = ward.at(TOMORROW, "08:00")
    visits = Appointment.objects.bulk_create(
        Appointment(
            unit=ward.unit,
            patient=one,
            visit_kind=kind,
            starts_at=day + EACH * (first + n),
            ends_at=day + EACH * (first + n + 2),
            dtstamp=NOW,
            booked_at=NOW,
            booked_by_name="Ada Coordinator",
        )
        for n, one in enumerate(patients)
    )
    taken = ((ward.rooms[0], Part.PROCEDURE), (ward.operators[0], Part.PROCEDURE), (ward.places[0], Part.RECOVERY))
    Allocation.objects.bulk_create(
        Allocation(
            appointment=visit,
            resource=resource,
            phase=part,
            starts_at=visit.starts_at + EACH * (part == Part.RECOVERY),
            ends_at=visit.starts_at + EACH * (1 + (part == Part.RECOVERY)),
        )
        for visit in visits
        for resource, part in taken
    )
    AppointmentResponse.objects.bulk_create(
        AppointmentResponse(
            appointment=visit,
            respondent="patient",
            participant_status="accepted",
            channel="phone",
            ical_sequence=0,
            arrives_at=visit.starts_at,
            answered_at=NOW,
            recorded_at=NOW,
            recorded_by_name="Ada Coordinator",
        )
        for visit in visits
    )
    return visits


def _closure(ward: Ward, number: int) -> Closure:
    """One that is over before any visit of the crowd begins."""
    starts_at = ward.at(TOMORROW, "00:00") + EACH * number
    return Closure(unit=ward.unit, resource=ward.rooms[1], starts_at=starts_at, ends_at=starts_at + EACH, reason="Test")


def _messages(visits: list[Appointment]) -> None:
    """A letter each that waits to be printed, and a mail that failed."""
    events = AppointmentEvent.objects.bulk_create(
        AppointmentEvent(
            appointment=visit,
            kind=AppointmentEvent.Kind.BOOKED,
            at=NOW,
            actor_name="Ada Coordinator",
            uid=visit.uid,
            ical_sequence=0,
            dtstamp=NOW,
            releases_at=NOW,
            snapshot={"arrive_at": visit.starts_at.isoformat()},
            messages_derived_at=NOW,
        )
        for visit in visits
    )
    Message.objects.bulk_create(
        Message(
            purpose_key=f"{event.uid}:{channel}",
            event=event,
            appointment=event.appointment,
            patient=event.appointment.patient,
            purpose=Purpose.INVITE,
            channel=channel,
            recipient="patient",
            recipient_name="Ines Row",
            address="1 Quay Road",
            uid=event.uid,
            ical_sequence=0,
            dtstamp=NOW,
            due_at=NOW,
            state=state,
        )
        for event in events
        for channel, state in ((Channel.LETTER, Message.State.PENDING), (Channel.EMAIL, Message.State.FAILED))
    )
