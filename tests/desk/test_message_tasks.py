"""Each thing on the worklist about messages is settled where it is read: one press, and what asked for it is gone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients.models import Carer, WorklistItem
from patients.services import open_item
from reminders.inbound.handling import Arrived, handle
from reminders.models import DeliveryReport, Message
from reminders.people import PATIENT
from reminders.services import derive_messages
from reminders.services.calls import report_failure
from scheduling.models import Appointment
from scheduling.services.answers.responses import Answer, record_answer
from scheduling.services.answers.unanswered import watch_answers
from tests.cast import Cast, signed_in
from tests.desk.conftest import PANEL, words
from tests.reminders.inbound.mails import written
from tests.reminders.world import World, derive_and_send, world_of

SAID = {"answer": "accepted", "channel": "phone", "note": "", "respondent": PATIENT}


@pytest.fixture
def world(cast: Cast) -> World:
    return world_of(cast)


@pytest.fixture
def visit(world: World) -> Appointment:
    """A visit tomorrow whose invite has gone."""
    visit = world.book(ahead=timedelta(hours=26))
    derive_and_send()
    return visit


@pytest.fixture
def nurse(world: World) -> Client:
    return signed_in(world.cast.nurse)


def the(kind: str) -> WorklistItem:
    return WorklistItem.objects.get(kind=kind)


def url(name: str, item: WorklistItem) -> str:
    return reverse(f"desk:{name}", args=[item.public_id])


def test_nobody_answered_rung_and_taken_down(world: World, visit: Appointment, nurse: Client) -> None:
    watch_answers(world.unit, at=timezone.now())
    item = the("unanswered")
    panel = nurse.get(url("task", item), **PANEL)
    assert f'href="tel:{world.patient.phone}'.replace(" ", "")[:12] in panel.content.decode()
    assert "What did they say?" in words(panel)
    wrong = nurse.post(url("answer_task", item), {"visit": str(visit.public_id), "channel": "phone"})
    assert (wrong.status_code, "Choose what they said." in words(wrong)) == (422, True)
    assert nurse.post(url("answer_task", item), {**SAID, "visit": str(visit.public_id)}).status_code == 302
    item.refresh_from_db()
    assert (item.done_at is not None, visit.responses.get().participant_status) == (True, "accepted")


def test_cannot_come_is_moved_or_cancelled(world: World, visit: Appointment, nurse: Client) -> None:
    record_answer(world.cast.actor("nurse"), appointment_id=visit.public_id, answer=Answer("declined", "phone"))
    item = the("declined")
    panel = nurse.get(url("task", item))
    assert reverse("desk:cancel", args=[visit.public_id]) in panel.content.decode()
    assert "They will come after all" in words(panel)
    nurse.post(url("answer_task", item), {**SAID, "visit": str(visit.public_id)})
    item.refresh_from_db()
    assert item.done_at is not None


def test_mail_that_came_back_resumes_at_the_right_address(world: World, visit: Appointment, nurse: Client) -> None:
    message = Message.objects.get(appointment=visit, purpose="invite")
    DeliveryReport.objects.create(message=message, fate="bounced", reported_at=timezone.now())
    world.patient.bounced_email = world.patient.email
    world.patient.save()
    open_item(
        unit=world.unit, patient=world.patient, kind="bounced", key=f"bounced:{world.patient.public_id}:patient:",
        title="Mail came back", due_at=timezone.now(),
    )  # fmt: skip
    item = the("bounced")
    assert nurse.post(url("address_task", item), {"email": "no address"}).status_code == 422
    answer = nurse.post(url("address_task", item), {"email": "right@example.org"})
    again = reverse("desk:send_again", args=[visit.public_id])
    assert answer.headers["Location"] == f"{again}?to=patient"
    nurse.post(again, {"to": PATIENT, "version": "1"})
    derive_and_send()
    last = Message.objects.filter(appointment=visit, purpose="invite").latest("pk")
    item.refresh_from_db()
    assert (last.address, last.state, item.outcome) == ("right@example.org", "sent", "The address was changed.")


def test_a_carers_address_is_written_where_it_is_asked_for(world: World, visit: Appointment, nurse: Client) -> None:
    carer = Carer.objects.create(patient=world.patient, name="Sam", receives_invites=True)
    world.move(visit, timedelta(hours=1))
    derive_messages()
    item = the("no_address")
    answer = nurse.post(url("address_task", item), {"email": "Sam@Example.org"})
    carer.refresh_from_db()
    assert (carer.email, answer.headers["Location"].endswith(f"?to=carer%3A{carer.pk}")) == ("sam@example.org", True)
    item.refresh_from_db()
    assert item.done_at is not None


def test_the_same_address_once_more_is_tried_again(world: World, nurse: Client) -> None:
    world.patient.bounced_email = world.patient.email
    world.patient.save()
    open_item(
        unit=world.unit, patient=world.patient, kind="bounced", key=f"bounced:{world.patient.public_id}:patient:",
        title="Mail came back", due_at=timezone.now(),
    )  # fmt: skip
    assert nurse.post(url("address_task", the("bounced")), {"email": world.patient.email}).status_code == 302
    world.patient.refresh_from_db()
    assert (world.patient.bounced_email, the("bounced").done_at is not None) == ("", True)


def test_a_reply_is_read_and_its_answer_taken_down(world: World, visit: Appointment, nurse: Client) -> None:
    handle(Arrived(written("Ines <h100001@example.org>", "Yes, I will be there."), timezone.now()))
    item = the("unmatched_reply")
    assert "Yes, I will be there." in words(nurse.get(url("task", item)))
    nurse.post(url("answer_task", item), {**SAID, "channel": "email", "visit": str(visit.public_id)})
    item.refresh_from_db()
    assert (item.done_by, item.outcome) == (world.cast.nurse, "Will come")


def test_what_failed_is_sent_again(world: World, visit: Appointment, nurse: Client) -> None:
    message = Message.objects.get(appointment=visit, purpose="invite")
    Message.objects.filter(pk=message.pk).update(state="failed")
    report_failure(message, why="The mail server refused it.")
    again = reverse("desk:send_again", args=[visit.public_id])
    assert f"{again}?to=patient" in nurse.get(url("task", the("message_failed"))).content.decode()


def test_a_pharmacist_reads_and_writes_nothing(world: World, visit: Appointment) -> None:
    watch_answers(world.unit, at=timezone.now())
    pharmacist = signed_in(world.cast.pharmacist)
    item = the("unanswered")
    assert "What did they say?" not in words(pharmacist.get(url("task", item)))
    assert pharmacist.post(url("answer_task", item), {**SAID, "visit": str(visit.public_id)}).status_code == 403
    assert pharmacist.post(url("address_task", item), {"email": "a@example.org"}).status_code == 403
    assert not visit.responses.exists()
