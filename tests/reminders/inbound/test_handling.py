"""What mail that came in does to the record: points 19 to 22 of the invites' definition of done."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from patients.models import Patient, WorklistItem
from patients.services import update_patient
from patients.services.addresses import try_address_again
from reminders.inbound.handling import Arrived, handle
from reminders.models import Message, Reply
from scheduling.models import Appointment
from tests.reminders.inbound.mails import OURS, PROGRAMS, Said, bounce, gmail, outlook, thunderbird, written
from tests.reminders.world import World, derive_and_send, mails, send_all
from units.errors import NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def our_server(settings: object) -> None:
    settings.INBOUND_AUTHSERV_ID = OURS  # type: ignore[attr-defined]


@pytest.fixture
def visit(world: World) -> Appointment:
    world.carer_too()
    return world.book()


def took(raw: bytes, *, why_cut: str = "") -> tuple[str, str]:
    reply = handle(Arrived(raw, timezone.now(), why_cut))
    return reply.outcome, reply.why


def said_to(visit: Appointment, **changes: object) -> Said:
    return Said(visit.uid, dtstamp=timezone.now().replace(microsecond=0)).but(**changes)


def answers(visit: Appointment) -> dict[str, str]:
    read = Appointment.objects.get(pk=visit.pk)
    return {one.respondent.partition(":")[0]: one.participant_status for one in read.answers}


def tasks(kind: str = "unmatched_reply") -> list[str]:
    return list(WorklistItem.objects.filter(kind=kind, done_at__isnull=True).values_list("title", flat=True))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_19_each_programs_answer_updates_only_its_attendee(
    program: Callable[[Said], bytes], visit: Appointment
) -> None:
    assert took(program(said_to(visit))) == ("applied", "")
    assert answers(visit) == {"patient": "accepted"}
    carers = said_to(visit, address="carer1@example.org", partstat="DECLINED")
    assert took(program(carers)) == ("applied", "")
    assert answers(visit) == {"patient": "accepted", "carer": "declined"}
    read = Appointment.objects.get(pk=visit.pk)
    assert (read.status, tasks("declined")) == ("booked", ["The patient cannot come, a carer says"])
    assert [one.recorded_by_name for one in read.answers] == ["Patient", "Carer"]
    assert {one.channel for one in read.answers} == {"email"}


def test_20_the_same_octets_again_change_nothing(visit: Appointment) -> None:
    raw = outlook(said_to(visit))
    first = handle(Arrived(raw, timezone.now()))
    assert handle(Arrived(raw, timezone.now())).pk == first.pk
    assert visit.responses.count() == 1


def test_20_older_pre_move_and_future_answers_change_nothing_and_are_on_record(
    world: World, visit: Appointment
) -> None:
    now = timezone.now().replace(microsecond=0)
    assert took(outlook(said_to(visit))) == ("applied", "")
    older = said_to(visit, partstat="DECLINED", dtstamp=now - timedelta(hours=1))
    assert took(outlook(older))[0] == "rejected"
    world.move(visit, timedelta(hours=2))
    assert took(outlook(said_to(visit, partstat="DECLINED")))[1] == "It answers a time that was changed since."
    assert took(outlook(said_to(visit, sequence=2)))[1] == "It answers an invite that was never sent."
    assert (answers(visit), tasks()) == ({}, [])
    assert Reply.objects.filter(outcome="rejected").count() == 3
    assert took(outlook(said_to(visit, sequence=1, partstat="TENTATIVE"))) == ("applied", "")
    assert answers(visit) == {"patient": "tentative"}


def test_an_answer_that_was_longer_on_its_way_than_a_call_does_not_count(visit: Appointment) -> None:
    assert took(outlook(said_to(visit, partstat="DECLINED"))) == ("applied", "")
    later = said_to(visit, dtstamp=timezone.now().replace(microsecond=0) + timedelta(minutes=5))
    assert took(outlook(later))[0] == "applied"
    assert answers(visit) == {"patient": "accepted"}


def test_21_strangers_forgers_and_pairs_are_refused_and_somebody_looks(visit: Appointment) -> None:
    stranger = said_to(visit, address="eve@evil.example")
    assert took(gmail(stranger))[0] == "rejected"
    assert tasks() == ["Look at an answer that does not fit"]
    both = said_to(visit, attendees=("h100001@example.org", "carer1@example.org"))
    assert took(gmail(both))[0] == "rejected"
    assert took(gmail(said_to(visit, from_address="eve@evil.example", partstat="DECLINED")))[0] == "rejected"
    assert took(gmail(said_to(visit, dmarc="fail")))[0] == "rejected"
    assert took(gmail(said_to(visit, method="COUNTER")))[0] == "rejected"
    assert (answers(visit), len(tasks())) == ({}, 1)  # one open task a patient, and every mail hangs on it
    assert WorklistItem.objects.get(kind="unmatched_reply").replies.count() == 4


@pytest.mark.parametrize(("address", "who"), [("h100001@example.org", "patient"), ("carer1@example.org", "carer")])
def test_21_another_time_asked_for_is_told_with_who_asks_and_what_they_wrote(
    visit: Appointment, address: str, who: str
) -> None:
    wanted = visit.arrives_at + timedelta(days=1, hours=1)
    asked = said_to(visit, address=address, method="COUNTER", partstat="TENTATIVE", comment="An hour later?")
    raw = thunderbird(asked).replace(b"UID:", f"DTSTART:{wanted:%Y%m%dT%H%M%SZ}\r\nUID:".encode())
    local = visit.unit.local(wanted)
    words = f"They ask for {local:%a} {local.day} {local:%b}, {local:%H:%M}."
    assert took(raw) == ("rejected", words)
    item = WorklistItem.objects.get(kind="unmatched_reply")
    assert item.detail.startswith(f"From {'the patient' if who == 'patient' else 'a carer'}, ")
    assert item.detail.endswith(words)
    assert (item.replies.get().text, item.replies.get().respondent.partition(":")[0]) == ("An hour later?", who)
    assert answers(visit) == {}


@pytest.mark.parametrize(
    "start", ["", "DTSTART;VALUE=DATE:20261204", "DTSTART:sometime", "DTSTART;TZID=Asia/Tokyo:00010101T010000"]
)
def test_21_another_time_that_cannot_be_read_is_told_without_it(visit: Appointment, start: str) -> None:
    raw = thunderbird(said_to(visit, method="COUNTER")).replace(b"UID:", f"{start}\r\nUID:".lstrip().encode())
    assert took(raw) == ("rejected", "They ask for another time.")
    said = thunderbird(said_to(visit)).replace(b"UID:", f"{start}\r\nUID:".lstrip().encode())
    assert took(said) == ("applied", "")


def test_21_where_nobody_vouches_the_person_is_asked_at_their_own_address(
    world: World, visit: Appointment, smtp: object
) -> None:
    derive_and_send()
    forged = b"Authentication-Results: mx.evil.example; dmarc=pass header.from=example.org\r\n"
    assert took(forged + outlook(said_to(visit, dmarc="")))[0] == "held"
    assert took(outlook(said_to(visit, dmarc="", partstat="DECLINED")))[0] == "held"
    assert answers(visit) == {}
    Message.objects.filter(purpose="ask_back").update(due_at=timezone.now() - timedelta(seconds=1))
    assert send_all() == ["sent"]  # once, however many answers come
    mail = mails(smtp)[-1]  # type: ignore[arg-type]
    assert (mail.recipient, "/v/" in mail.text, "Was it you" in mail.subject) == ("h100001@example.org", True, True)


def test_without_a_name_of_our_server_every_answer_is_asked_back(visit: Appointment, settings: object) -> None:
    settings.INBOUND_AUTHSERV_ID = ""  # type: ignore[attr-defined]
    assert took(outlook(said_to(visit)))[0] == "held"


def test_22_what_cannot_be_read_is_quarantined_and_its_sender_is_rung(
    visit: Appointment, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    broken = outlook(said_to(visit)).replace(b"VEVENT", b"VJOURNAL")
    assert took(broken) == ("quarantined", "The calendar object holds 0 events, not one.")
    assert took(b"\x00\xff" * 40) == ("set_aside", "From nobody on record.")
    cut = written("Ines <h100001@example.org>", "").partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    assert took(cut, why_cut="It is too large.") == ("quarantined", "It is too large.")
    assert tasks() == ["Ring: their e-mail could not be read"]
    assert "example" not in caplog.text


def test_22_a_fault_of_ours_quarantines_the_mail_and_says_nothing_of_it(
    visit: Appointment, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("h100001@example.org said: canary")

    monkeypatch.setattr("reminders.inbound.handling.record_answer", broken)
    assert took(outlook(said_to(visit))) == ("quarantined", "It could not be dealt with.")
    assert ("canary" in caplog.text, "ValueError" in caplog.text) == (False, True)


def test_a_visit_that_was_cancelled_needs_no_answer(world: World, visit: Appointment) -> None:
    world.cancel(visit)
    assert took(outlook(said_to(visit, sequence=1))) == ("rejected", "The visit needs no answer any more.")


def test_what_a_patient_writes_is_somebodys_to_read(world: World, visit: Appointment) -> None:
    assert took(written("Ines <H100001@example.org>", "I have a cold."))[0] == "to_read"
    item = WorklistItem.objects.get(kind="unmatched_reply")
    assert (item.patient, item.title) == (world.patient, "Read what was written in reply")
    assert "cold" not in item.detail
    assert [(one.text, one.respondent) for one in item.replies.all()] == [("I have a cold.", "patient")]
    assert took(written("news@shop.example", "Buy")) == ("set_aside", "From nobody on record.")
    assert Reply.objects.get(outcome="set_aside").text == ""
    assert (
        took(written("Ines <h100001@example.org>", "Away", more="Auto-Submitted: auto-replied\r\n"))[0] == "set_aside"
    )
    assert len(tasks()) == 1


def test_who_answers_our_mail_from_elsewhere_is_read_under_that_patient(
    world: World, visit: Appointment, smtp: object
) -> None:
    derive_and_send()
    ours = Message.objects.filter(recipient="patient").first()
    assert ours is not None
    took(written("ines@work.example", "Here I am.", more=f"In-Reply-To: {ours.mime_message_id}\r\n"))
    item = WorklistItem.objects.get(kind="unmatched_reply")
    assert (item.patient, item.detail.split(",")[0]) == (world.patient, "From an address that is not on record")


def test_an_address_that_two_patients_share_names_neither(world: World) -> None:
    Patient.objects.filter(pk=world.cast.other_patient.pk).update(email=world.patient.email, unit=world.unit)
    took(written(world.patient.email, "Hello"))
    item = WorklistItem.objects.get(kind="unmatched_reply")
    assert (item.patient, item.unit) == (None, world.unit)


def sent_to_the_patient(smtp: object) -> Message:
    derive_and_send()
    message = Message.objects.filter(recipient="patient", state="sent").first()
    assert message is not None
    return message


def test_mail_that_comes_back_marks_the_address_and_nothing_more_goes_there(
    world: World, visit: Appointment, smtp: object
) -> None:
    message = sent_to_the_patient(smtp)
    assert took(bounce(message.mime_message_id, "H100001@example.org"))[0] == "noted"
    took(bounce(message.mime_message_id, "H100001@example.org", status="5.2.2"))
    world.patient.refresh_from_db()
    assert (world.patient.bounced_email, tasks("bounced")) == ("h100001@example.org", ["Mail to the patient came back"])
    assert list(message.delivery_reports.values_list("fate", "status")) == [("bounced", "5.1.1")]
    world.move(visit, timedelta(days=1))
    derive_and_send()
    assert not Message.objects.filter(recipient="patient", purpose="update", state="sent", channel="email").exists()
    assert Message.objects.filter(recipient__startswith="carer", purpose="update", state="sent").exists()


def test_another_address_or_a_word_of_staff_ends_it(world: World, visit: Appointment, smtp: object) -> None:
    message = sent_to_the_patient(smtp)
    took(bounce(message.mime_message_id, "h100001@example.org"))
    with pytest.raises(NotAllowed):
        try_address_again(world.cast.actor("pharmacist"), patient_id=world.patient.public_id)
    try_address_again(world.cast.actor("coordinator"), patient_id=world.patient.public_id)
    world.patient.refresh_from_db()
    assert (world.patient.bounced_email, tasks("bounced")) == ("", [])
    Patient.objects.filter(pk=world.patient.pk).update(bounced_email="h100001@example.org")
    handle(
        Arrived(
            bounce(Message.objects.filter(recipient="patient").last().mime_message_id, "x@y.example"), timezone.now()
        )
    )
    update_patient(world.cast.actor("coordinator"), patient_id=world.patient.public_id, email="new@example.org")
    assert tasks("bounced") == []


def test_late_and_arrived_are_noted_and_forwarding_marks_nobody(world: World, visit: Appointment, smtp: object) -> None:
    message = sent_to_the_patient(smtp)
    took(bounce(message.mime_message_id, "h100001@example.org", action="delayed", status="4.4.1"))
    took(bounce(message.mime_message_id, "h100001@example.org", action="delivered", status="2.0.0"))
    assert tasks("bounced") == []
    took(bounce(message.mime_message_id, "elsewhere@example.net"))
    assert list(message.delivery_reports.values_list("fate", flat=True)) == ["delayed", "arrived", "given_up"]
    world.patient.refresh_from_db()
    assert (world.patient.bounced_email, len(tasks("bounced"))) == ("", 1)
    assert took(bounce("<nobody@clinic.example>", "h100001@example.org")) == (
        "set_aside",
        "It is about no message of ours.",
    )
