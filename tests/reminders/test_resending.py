"""A visit's invite sent once more: the same visit to a calendar, later than the last, to those who were meant."""

from __future__ import annotations

import pytest
from icalendar import Calendar

from patients.models import Patient, WorklistItem
from reminders.errors import NobodyToWriteTo
from reminders.models import Message
from reminders.services import derive_messages
from reminders.services.calls import report_failure
from reminders.services.resending import preview_again, send_again
from scheduling.errors import NotInThatState, StalePage
from scheduling.models import Appointment
from tests.reminders.mailserver import MailServer
from tests.reminders.world import (
    DAY,
    World,
    calendar_only,
    derive_and_send,
    mails,
    make_due,
    reminders_only,
    send_all,
    told,
)


@pytest.fixture
def visit(world: World, smtp: MailServer) -> Appointment:
    """A visit whose invite has gone."""
    visit = world.book()
    derive_and_send()
    return visit


def again(world: World, visit: Appointment, **more: object) -> list[str]:
    visit.refresh_from_db()
    names: list[str] = send_again(
        world.cast.actor("coordinator"),
        appointment_id=visit.public_id,
        **{"version": visit.version, **more},  # type: ignore[arg-type]
    )
    derive_and_send()
    return names


def test_it_keeps_uid_and_sequence_and_rises_in_dtstamp(world: World, visit: Appointment, smtp: MailServer) -> None:
    assert again(world, visit, version=1) == [str(world.patient.given_name + " " + world.patient.family_name)]
    first, second = mails(smtp)
    assert (second.subject, second.methods) == (first.subject, ["REQUEST", "REQUEST"])
    old, new = (Calendar.from_ical(mail.calendar).events[0] for mail in (first, second))
    assert (new["UID"], new["SEQUENCE"]) == (old["UID"], old["SEQUENCE"])
    assert str(new["DTSTAMP"].to_ical()) > str(old["DTSTAMP"].to_ical())
    assert calendar_only(visit) == [("patient", "invite", "sent")] * 2


def test_reminders_to_come_stay_as_they_were(world: World, visit: Appointment) -> None:
    waiting = list(Message.objects.filter(appointment=visit, state="pending").values_list("pk", flat=True))
    again(world, visit)
    assert list(Message.objects.filter(appointment=visit, state="pending").values_list("pk", flat=True)) == waiting
    assert reminders_only(visit) == [("patient", f"reminder_{step}", "pending") for step in ("7d", "48h", "24h")]
    make_due(pk=waiting[0])
    assert send_all() == ["sent"]


def test_a_second_press_sends_nothing(world: World, visit: Appointment) -> None:
    again(world, visit, version=1)
    with pytest.raises(StalePage):
        again(world, visit, version=1)
    assert len(calendar_only(visit)) == 2


def test_only_the_one_who_is_meant_gets_it(world: World, smtp: MailServer) -> None:
    carer = world.carer_too()
    visit = world.book()
    derive_and_send()
    assert again(world, visit, to=f"carer:{carer.pk}") == [carer.name]
    assert [line[0] for line in calendar_only(visit)] == ["patient", "carer", "carer"]
    derive_messages()
    assert len(calendar_only(visit)) == 3


def test_who_had_nothing_yet_is_not_left_out(world: World, smtp: MailServer) -> None:
    world.carer_too()
    visit = world.book()
    derive_messages()  # nothing has left yet
    again(world, visit, to="patient")
    assert [line for line in calendar_only(visit) if line[2] == "sent"] == [
        ("patient", "invite", "sent"),
        ("carer", "invite", "sent"),
    ]


def test_a_visit_that_does_not_stand_is_not_sent(world: World, visit: Appointment) -> None:
    world.cancel(visit)
    with pytest.raises(NotInThatState):
        again(world, visit)
    gone = world.book(ahead=-DAY)
    with pytest.raises(NotInThatState):
        again(world, gone)


def test_nobody_in_writing_is_said_and_a_call_that_is_due_stays(world: World) -> None:
    Patient.objects.filter(pk=world.patient.pk).update(email="")
    visit = world.book()
    derive_messages()
    with pytest.raises(NobodyToWriteTo):
        again(world, visit)
    world.carer_too()
    again(world, visit)
    assert told(visit, purpose="invite") == [("carer", "invite", "sent")]
    assert WorklistItem.objects.filter(key__startswith="tell:", done_at__isnull=True).count() == 1


def test_who_could_not_be_written_to_and_now_can_is_not_rung(world: World, smtp: MailServer) -> None:
    Patient.objects.filter(pk=world.patient.pk).update(email="")
    visit = world.book()
    derive_messages()
    Patient.objects.filter(pk=world.patient.pk).update(email="found@example.org")
    again(world, visit)
    item = WorklistItem.objects.get(key__startswith="tell:")
    assert (item.outcome, item.done_by) == ("Sent again.", None)


def test_what_asked_to_see_to_the_failure_is_finished(world: World, visit: Appointment) -> None:
    message = Message.objects.get(appointment=visit, purpose="invite")
    Message.objects.filter(pk=message.pk).update(state="failed")
    report_failure(message, why="The mail server refused it.")
    again(world, visit)
    item = WorklistItem.objects.get(key=f"message:{message.public_id}")
    assert (item.outcome, item.done_by) == ("Sent again.", world.cast.coordinator)


def test_the_preview_saves_nothing_and_shows_no_link(world: World, visit: Appointment) -> None:
    before = Message.objects.count()
    shown = preview_again(world.cast.actor("nurse"), appointment_id=visit.public_id)
    assert shown.words is not None
    assert ("(personal link)" in shown.words.body, "/v/" in shown.words.body) == (True, False)
    assert [(one.person.key, one.channels) for one in shown.readers] == [("patient", ("email",))]
    assert Message.objects.count() == before
