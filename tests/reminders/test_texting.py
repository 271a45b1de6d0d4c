"""Text messages: who gets them, what they say, what comes back, and a provider like GOV.UK Notify."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from clinic.environment import SmsUrl
from patients.models import Channel, Patient, WorklistItem
from reminders.channels import Received, Report
from reminders.channels.gsm7 import size_of
from reminders.channels.providers import provider_for
from reminders.models import Message, OutgoingText, Purpose
from reminders.selectors import text_for
from reminders.services import derive_messages
from reminders.services.previews import preview
from reminders.services.texting import ask_provider, receive_report, receive_text
from reminders.transport import NotDelivered
from scheduling.models import Appointment
from tests.reminders.mailserver import MailServer
from tests.reminders.world import DAY, World, send_all, told

pytestmark = pytest.mark.django_db
NUMBER = "+447700900456"


@pytest.fixture
def texts(world: World, settings: Any) -> World:
    """The patient asked for text messages, and they go into the table."""
    settings.SMS = SmsUrl("database")
    world.patient.preferred_channel, world.patient.email, world.patient.phone = Channel.TEXT, "", NUMBER
    world.patient.save()
    return world


def news(visit: Appointment, channel: str) -> list[tuple[str, str, str]]:
    return told(visit, channel=channel, purpose__in=["invite", "update", "cancel"])


def test_patient_is_told_by_text_and_by_mail_as_well(texts: World, smtp: MailServer) -> None:
    Patient.objects.filter(pk=texts.patient.pk).update(email="h100001@example.org")
    texts.patient.refresh_from_db()
    visit = texts.book(ahead=10 * DAY)
    derive_messages()
    send_all()
    assert news(visit, "text") == news(visit, "email") == [("patient", "invite", "sent")]
    sent = OutgoingText.objects.get()
    assert sent.number == NUMBER
    assert "Harbour Hospital" in sent.words
    assert size_of(sent.words).parts == 1
    assert "Ines" not in sent.words
    assert WorklistItem.objects.count() == 0


def test_handing_a_text_over_twice_sends_one(texts: World) -> None:
    provider, reference = provider_for(SmsUrl("database")), "7d1f0f7e-95ad-4a0f-9a57-3c0d0a0d8f10"
    assert {provider.send(NUMBER, "Words", reference) for _ in range(2)} == {reference}
    assert OutgoingText.objects.count() == 1


@pytest.mark.parametrize("purpose", Purpose.values)
def test_every_text_fits_into_one_message(world: World, purpose: str) -> None:
    for site in ("Harbour Hospital", "S" * 29):
        world.unit.site_name = site
        shown = preview(world.unit, purpose, text_for(world.unit.pk, purpose, "en", "short"), "short")
        assert shown.size is not None
        assert (shown.size.is_gsm7, shown.size.parts) == (True, 1), shown
        assert "\n" not in shown.body


def test_stop_between_queueing_and_sending_is_kept_and_the_visit_stands(texts: World) -> None:
    visit = texts.book(ahead=10 * DAY)
    derive_messages()
    assert receive_text(Received("1", "07700 900456", "Stop.")) == 1
    assert set(send_all()) == {"skipped"}
    assert OutgoingText.objects.count() == 0
    assert Message.objects.get(purpose="invite").why == "Does not want text messages."
    visit.refresh_from_db()
    assert visit.status == "booked"
    assert [item.title for item in WorklistItem.objects.all()] == ["Tell the patient: new visit"]


def test_stop_and_start_are_on_the_record_as_the_patients_own(texts: World) -> None:
    for words, accepts in (("STOP", False), ("STOP", False), ("START", True)):
        receive_text(Received("1", "447700900456", words))
        texts.patient.refresh_from_db()
        assert texts.patient.accepts_text is accepts
    rows = texts.patient.history.filter(pgh_label="update").order_by("-pgh_id")[:2]
    assert [row.pgh_context.metadata["actor"] for row in rows] == ["Patient", "Patient"]


def test_other_words_are_read_by_a_person_once(texts: World) -> None:
    for _ in range(2):
        receive_text(Received("77", NUMBER, "please do not stop"))
    item = WorklistItem.objects.get()
    assert (item.kind, item.detail) == ("unmatched_reply", "please do not stop")
    assert receive_text(Received("78", "+447700900999", "STOP")) == 0


def test_text_that_never_arrived_goes_another_way(texts: World) -> None:
    visit = texts.book(ahead=30 * DAY)
    Patient.objects.filter(pk=texts.patient.pk).update(postal_address="1 Quay Road\nAnytown\nAN1 2AA")
    derive_messages()
    send_all()
    report = Report(Message.objects.get(channel="text", purpose="invite").provider_id, False, "The number is no more.")
    assert receive_report(report)
    assert receive_report(report)
    assert news(visit, "text") == [("patient", "invite", "failed")]
    assert news(visit, "letter") == [("patient", "invite", "pending")]
    assert not receive_report(Report("nobody's", False))


# --- a provider that behaves like GOV.UK Notify ----------------------------------------------------------------------
@dataclass
class Notify:
    """A local server: what it was asked, and what it answers."""

    address: str
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    status: int = 201
    state: str = "delivered"
    words: str = "STOP"


@pytest.fixture
def notify() -> Iterator[Notify]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self, status: int, body: dict[str, Any]) -> None:
            raw = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fake.asked.append((self.headers["Authorization"].split()[0], body))
            error = {"status_code": fake.status, "errors": [{"error": "BadRequestError", "message": "no"}]}
            self.answer(fake.status, {"id": "740e5834"} if fake.status == 201 else error)

        def do_GET(self) -> None:
            if "received" in self.path:
                text = {"id": "r1", "user_number": "447700900456", "content": fake.words}
                self.answer(200, {"received_text_messages": [text]})
            else:
                self.answer(200, {"id": self.path.rpartition("/")[2], "status": fake.state})

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake = Notify(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield fake
    server.shutdown()
    server.server_close()


KEY = "test-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0"


def test_provider_takes_a_text_once_and_says_what_became_of_it(texts: World, notify: Notify, settings: Any) -> None:
    settings.SMS = SmsUrl("notify", notify.address, KEY, "template-1")
    visit = texts.book(ahead=10 * DAY)
    derive_messages()
    send_all()
    scheme, asked = notify.asked[0]
    message = Message.objects.get(purpose="invite")
    assert (scheme, asked["phone_number"], asked["reference"]) == ("Bearer", NUMBER, str(message.public_id))
    assert asked["personalisation"] == {"words": message.body_text}
    assert message.provider_id == "740e5834"
    notify.state = "permanent-failure"
    assert ask_provider() == (1, 1)
    assert news(visit, "text") == [("patient", "invite", "failed")]
    texts.patient.refresh_from_db()
    assert texts.patient.accepts_text is False


@pytest.mark.parametrize(
    ("status", "is_for_good", "is_line_down"),
    [(400, True, False), (403, False, True), (429, False, True), (500, False, False)],
)
def test_refusals_of_the_provider_are_told_apart(
    notify: Notify, status: int, is_for_good: bool, is_line_down: bool
) -> None:
    notify.status = status
    with pytest.raises(NotDelivered) as failure:
        provider_for(SmsUrl("notify", notify.address, KEY, "template-1")).send(NUMBER, "Words", "ref")
    assert (failure.value.is_for_good, failure.value.is_line_down) == (is_for_good, is_line_down)
    assert NUMBER not in failure.value.words


def test_provider_that_is_gone_is_tried_again() -> None:
    with pytest.raises(NotDelivered) as failure:
        provider_for(SmsUrl("notify", "http://127.0.0.1:9", KEY, "template-1")).send(NUMBER, "Words", "ref")
    assert (failure.value.is_for_good, failure.value.is_certain) == (False, False)
