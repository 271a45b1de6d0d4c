"""What staff see of messages: what became of each, the message as it went, sent again, links ended, figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients.models import AccessEntry, Carer
from reminders.models import DeliveryReport, FeedToken, Message, PersonalLink
from reminders.people import PATIENT
from reminders.services import derive_messages
from scheduling.models import Appointment
from scheduling.services.answers.responses import Answer, record_answer
from tests.cast import Cast, signed_in
from tests.desk.conftest import PANEL, words
from tests.reminders.world import DAY, World, derive_and_send, world_of

Staff = Callable[[str], Client]


@pytest.fixture
def world(cast: Cast) -> World:
    return world_of(cast)


@pytest.fixture
def sent(world: World) -> Appointment:
    """A visit in three days whose invite has gone."""
    visit = world.book(ahead=3 * DAY)
    derive_and_send()
    return visit


def url(name: str, *args: object) -> str:
    return reverse(f"desk:{name}", args=args)


def invite_of(visit: Appointment) -> Message:
    return Message.objects.get(appointment=visit, purpose="invite", recipient=PATIENT)


def as_(world: World, who: str) -> Client:
    return signed_in(getattr(world.cast, who))


def test_the_visit_says_what_was_sent_and_why_the_rest_was_not(world: World, sent: Appointment) -> None:
    Carer.objects.create(patient=world.patient, name="Sam", receives_invites=True)
    page = words(as_(world, "nurse").get(url("visit", sent.public_id)))
    assert "E-mail · Nothing has come back" in page
    assert "Not sent, and why Invite and reminders Sam No e-mail address on record." in page
    assert "Reminder, 7 days before Ines Fairweather Its time was past" in page


def test_what_came_back_says_so_and_offers_to_send_again(world: World, sent: Appointment) -> None:
    DeliveryReport.objects.create(message=invite_of(sent), fate="bounced", status="5.1.1", reported_at=timezone.now())
    client = as_(world, "nurse")
    for page in (url("visit", sent.public_id), url("patient", world.patient.public_id)):
        shown = words(client.get(page))
        assert ("Came back: the address takes no mail" in shown, "Send again…" in shown) == (True, True)
    assert "5.1.1" in words(client.get(url("message", invite_of(sent).public_id)))


def test_a_message_opens_as_it_went_but_without_its_link(world: World, sent: Appointment) -> None:
    message, client = invite_of(sent), as_(world, "manager")
    token = PersonalLink.objects.get(appointment=sent).token
    page = client.get(url("message", message.public_id))
    assert message.subject in words(page)
    assert "(personal link)" in words(page)
    assert "METHOD:REQUEST" in words(page)
    framed = client.get(url("message_page", message.public_id))
    assert "(personal link)" in words(framed)
    assert [token in answer.content.decode() for answer in (page, framed)] == [False, False]
    assert "sandbox" in framed.headers["Content-Security-Policy"]
    assert "'self'" in framed.headers["Content-Security-Policy"].partition("frame-ancestors")[2]
    assert framed.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert AccessEntry.objects.filter(patient=world.patient, page="message").count() == 1


def test_a_letter_opens_too_without_a_page_or_a_calendar(world: World, sent: Appointment) -> None:
    Message.objects.filter(pk=invite_of(sent).pk).update(channel="letter", address="1 Quay Road, Anytown")
    page = words(as_(world, "nurse").get(url("message", invite_of(sent).public_id)))
    assert ("1 Quay Road, Anytown" in page, "As a page" in page, "For the calendar" in page) == (True, False, False)


def test_a_message_that_waits_has_no_words_yet(world: World) -> None:
    visit = world.book()
    derive_messages()
    client, message = as_(world, "nurse"), invite_of(visit)
    assert "put into words just before it leaves" in words(client.get(url("message", message.public_id)))
    assert client.get(url("message_page", message.public_id)).status_code == 404


def test_sent_again_after_a_look_and_once_for_two_presses(world: World, sent: Appointment) -> None:
    client, again = as_(world, "coordinator"), url("send_again", sent.public_id)
    panel = client.get(again, **PANEL)
    assert "What they read" in words(panel)
    assert "(personal link)" in words(panel)
    press = {"to": PATIENT, "version": "1"}
    assert client.post(again, press).status_code == 302
    assert client.post(again, press, follow=True).redirect_chain != []
    derive_and_send()
    assert Message.objects.filter(appointment=sent, purpose="invite", state="sent").count() == 2
    assert "Ada Coordinator sent the visit's invite again" in words(client.get(url("visit", sent.public_id)))


def test_a_stale_page_and_nobody_to_write_to_are_said_in_the_panel(world: World, sent: Appointment) -> None:
    client, again = as_(world, "coordinator"), url("send_again", sent.public_id)
    world.move(sent, timedelta(hours=1))
    assert client.post(again, {"to": PATIENT, "version": "1"}).status_code == 409
    world.patient.email = ""
    world.patient.save()
    refused = client.post(again, {"to": "", "version": "2"})
    assert (refused.status_code, "Nobody can be reached in writing" in words(refused)) == (422, True)


def test_the_patients_page_says_what_each_answered(world: World, sent: Appointment) -> None:
    actor, carer = world.cast.actor("nurse"), world.carer_too()
    for said in (Answer("accepted", "phone"), Answer("declined", "phone", respondent=f"carer:{carer.pk}")):
        record_answer(actor, appointment_id=sent.public_id, answer=said)
    page = words(as_(world, "nurse").get(url("patient", world.patient.public_id)))
    assert f"Patient: will come. {carer.name}: cannot come" in page


def test_links_and_calendars_are_listed_and_end_with_one_press(world: World, sent: Appointment) -> None:
    FeedToken.objects.create(patient=world.patient, recipient=PATIENT)
    over = world.book(ahead=-5 * DAY)
    PersonalLink.objects.create(appointment=over, patient=world.patient, recipient=PATIENT)
    client, page = as_(world, "nurse"), url("patient", world.patient.public_id)
    shown = words(client.get(page))
    assert "Personal links and calendars 2" in shown
    assert "Patient: calendar address" in shown
    assert "End them all" not in words(as_(world, "manager").get(page))
    client.post(url("revoke_links", world.patient.public_id))
    assert "Personal links and calendars" not in words(client.get(page))
    assert not PersonalLink.objects.filter(revoked_at__isnull=True).exists()


def test_three_hundred_messages_cost_what_three_do(world: World, sent: Appointment) -> None:
    from tests.desk.test_query_counts import cost

    client, page = as_(world, "nurse"), url("patient", world.patient.public_id)
    few = [cost(client, page) for _ in range(2)][1]
    first = invite_of(sent)
    rows = []
    for n in range(300):
        row = Message.objects.get(pk=first.pk)
        row.pk, row.public_id, row.purpose_key = None, uuid4(), f"many:{n}"
        rows.append(row)
    Message.objects.bulk_create(rows)
    assert cost(client, page) == few
    assert "earlier messages" in words(client.get(page))


def test_the_figures_name_nobody(world: World, sent: Appointment) -> None:
    late = invite_of(sent)
    Message.objects.filter(pk=late.pk).update(state="pending", due_at=timezone.now() - timedelta(hours=2), sent_at=None)
    page = words(as_(world, "manager").get(url("messaging")))
    assert "Something has waited to be sent since" in page
    assert "Waiting to be sent 1" in page
    assert "Fairweather" not in page
