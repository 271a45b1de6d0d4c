"""Booking, moving, cancelling and undoing as the pages do it, and what lies in the mailbox after each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from reminders.ical import ReadInvite, read_invite
from reminders.models import Message
from scheduling.models import Appointment
from scheduling.services import book_appointment, cancel_appointment, move_appointment, undo_change
from tests.cast import Cast
from tests.reminders.mailserver import MailServer
from tests.reminders.reading import read_mail
from tests.reminders.world import calendar_only, derive_and_send, world_of
from tests.ward import Ward, dose_id, maintenance_patient, open_ward
from units.models import Unit

AHEAD = timedelta(days=9)


@pytest.fixture
def ward(cast: Cast) -> Ward:
    world_of(cast)
    return open_ward(cast)


def book(ward: Ward) -> Appointment:
    day = ward.unit.today() + AHEAD
    patient = maintenance_patient(ward, due=day)
    return book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(day))


def arrived(smtp: MailServer) -> list[ReadInvite]:
    return [read_invite(read_mail(caught.raw).calendar) for caught in smtp.caught]


def test_booked_moved_and_cancelled_visit_is_told_step_by_step(ward: Ward, smtp: MailServer) -> None:
    coordinator = ward.cast.actor("coordinator")
    visit = book(ward)
    derive_and_send()
    later = ward.wanted(ward.unit.today() + AHEAD, "11:00")
    moved = move_appointment(coordinator, appointment_id=visit.public_id, wanted=later)
    derive_and_send()
    cancel_appointment(coordinator, appointment_id=visit.public_id, cancelled_by="unit")
    derive_and_send()
    told = arrived(smtp)
    assert [(one.method, one.sequence) for one in told] == [("REQUEST", 0), ("REQUEST", 1), ("CANCEL", 2)]
    assert {one.uid for one in told} == {str(visit.uid)}
    assert [one.starts_at for one in told] == [visit.starts_at, moved.starts_at, moved.starts_at]
    assert [one.ends_at for one in told] == [visit.ends_at, moved.ends_at, moved.ends_at]


def test_every_undo_sends_nothing_and_the_next_change_counts_on(ward: Ward, smtp: MailServer) -> None:
    coordinator = ward.cast.actor("coordinator")
    visit = book(ward)
    derive_and_send()
    Unit.objects.filter(pk=ward.unit.pk).update(undo_seconds=20)
    later = ward.wanted(ward.unit.today() + AHEAD, "11:00")
    move_appointment(coordinator, appointment_id=visit.public_id, wanted=later)
    derive_and_send()
    undo_change(coordinator, appointment_id=visit.public_id)
    derive_and_send()
    cancel_appointment(coordinator, appointment_id=visit.public_id, cancelled_by="patient")
    derive_and_send()
    undo_change(coordinator, appointment_id=visit.public_id)
    assert derive_and_send() == []
    assert [one.sequence for one in arrived(smtp)] == [0]
    Unit.objects.filter(pk=ward.unit.pk).update(undo_seconds=0)
    move_appointment(coordinator, appointment_id=visit.public_id, wanted=later)
    derive_and_send()
    assert [one.sequence for one in arrived(smtp)] == [0, 1]
    assert calendar_only(visit) == [
        ("patient", "invite", "sent"),
        ("patient", "update", "skipped"),
        ("patient", "cancel", "skipped"),
        ("patient", "update", "sent"),
    ]


def test_undone_booking_is_never_heard_of(ward: Ward, smtp: MailServer) -> None:
    Unit.objects.filter(pk=ward.unit.pk).update(undo_seconds=20)
    ward.unit.refresh_from_db()
    visit = book(ward)
    derive_and_send()
    undo_change(ward.cast.actor("coordinator"), appointment_id=visit.public_id)
    Message.objects.update(due_at=timezone.now())
    assert set(derive_and_send()) <= {"skipped"}
    assert smtp.caught == []


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/London",
        "Europe/Berlin",
        "America/New_York",
        "America/Los_Angeles",
        "America/St_Johns",
        "America/Sao_Paulo",
        "Asia/Kolkata",
        "Asia/Tokyo",
        "Australia/Lord_Howe",
        "Pacific/Chatham",
    ],
)
def test_mail_and_calendar_name_the_instant_of_the_database(cast: Cast, smtp: MailServer, zone: str) -> None:
    world = world_of(cast)
    Unit.objects.filter(pk=cast.unit.pk).update(timezone=zone)
    cast.unit.refresh_from_db()
    # The hour around both of Europe's changes of clocks, and one ordinary day.
    for number, arrive_at in enumerate(
        [
            datetime(2027, 3, 28, 0, 45, tzinfo=UTC),
            datetime(2027, 3, 28, 1, 15, tzinfo=UTC),
            datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
            datetime(2027, 10, 31, 1, 30, tzinfo=UTC),
            datetime(2027, 6, 15, 9, 0, tzinfo=UTC),
        ]
    ):
        Appointment.objects.filter(status="booked").update(status="noshow")
        visit = world.book(arrives_at=arrive_at)
        derive_and_send()
        mail = read_mail(smtp.caught[number].raw)
        told = read_invite(mail.calendar)
        assert (told.starts_at, told.ends_at) == (visit.starts_at, visit.ends_at)
        local = visit.starts_at.astimezone(cast.unit.zone)
        clock = (
            f"{local.hour % 12 or 12}{f':{local.minute:02}' if local.minute else ''}{'am' if local.hour < 12 else 'pm'}"
        )
        assert f"Day: {local:%A} {local.day} {local:%B %Y}\n" in mail.text
        assert f"Please arrive at: {'midday' if clock == '12pm' else clock}\n" in mail.text
