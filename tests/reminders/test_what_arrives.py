"""What lies in the mailbox: the words, the calendar object, and nothing that should not be there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings

from reminders.ical import read_invite
from reminders.models import PersonalLink
from scheduling.models import Appointment
from tests.reminders.mailserver import MailServer
from tests.reminders.world import (
    DAY,
    World,
    derive_and_send,
    mails,
    reminders_only,
)
from units.models import Unit

HOUR = timedelta(hours=1)
OPEN_THE_INVITE = (
    "Open the invite in this e-mail to put the appointment into your calendar. If the time changes, we send you a new "
    "one."
)


def test_invite_update_and_cancel_arrive_as_one_calendar_entry(world: World, smtp: MailServer) -> None:
    visit = world.book()
    derive_and_send()
    world.move(visit, DAY)
    derive_and_send()
    world.cancel(visit)
    derive_and_send()
    told = [read_invite(mail.calendar) for mail in mails(smtp)]
    assert [(one.method, one.sequence, one.status) for one in told] == [
        ("REQUEST", 0, "CONFIRMED"),
        ("REQUEST", 1, "CONFIRMED"),
        ("CANCEL", 2, "CANCELLED"),
    ]
    assert {one.uid for one in told} == {str(visit.uid)}
    assert told[0].dtstamp < told[1].dtstamp < told[2].dtstamp
    assert told[1].starts_at == visit.starts_at
    assert [mail.methods for mail in mails(smtp)] == [["REQUEST"] * 2, ["REQUEST"] * 2, ["CANCEL"] * 2]
    assert all(
        one.organizer and one.organizer.address == mail.sender for one, mail in zip(told, mails(smtp), strict=True)
    )


def test_mail_says_where_when_how_long_and_how_to_change_it(world: World, smtp: MailServer) -> None:
    world.book(arrives_at=datetime(2027, 1, 12, 9, 30, tzinfo=UTC))
    derive_and_send()
    (mail,) = mails(smtp)
    page = f"{settings.PUBLIC_URL}/v/{PersonalLink.objects.get().token}/"
    assert mail.subject == "Your hospital appointment on Tuesday 12 January 2027"
    assert mail.text.split("\n") == [
        "Dear Ines Fairweather",
        "",
        "You have a hospital appointment.",
        "",
        "Day: Tuesday 12 January 2027",
        "Please arrive at: 9:30am",
        "Expect to leave at: 1pm (about 3 hours 30 minutes)",
        "",
        "Where: Harbour Hospital",
        "Address: Quay Road, Anytown AN1 2AA",
        "How to find us: Level 2, past the café",
        "",
        "What to bring: This e-mail and a list of your medicines",
        "",
        OPEN_THE_INVITE,
        "",
        "If you cannot come, or need help to get here, please tell us as soon as you can.",
        "",
        f"I'll be there: {page}?s=0&answer=accepted",
        f"I can't come: {page}?s=0&answer=declined",
        f"Please ring me: {page}?s=0&answer=ring",
        f"See your appointment: {page}?s=0",
        "",
        "Telephone: 01632 960001",
        "E-mail: dayunit@harbour.example",
        "",
    ]
    told = read_invite(mail.calendar)
    assert told.title == "Hospital appointment"
    assert told.location == "Harbour Hospital, Quay Road, Anytown AN1 2AA"
    assert told.description.split("\n") == [
        "Harbour Hospital, Quay Road, Anytown AN1 2AA",
        "Tuesday 12 January 2027: please arrive at 9:30am. It takes about 3 hours 30 minutes.",
        "To change it or to ask something, tell us in good time.",
        "Telephone: 01632 960001",
        "E-mail: dayunit@harbour.example",
    ]
    assert '<html lang="en">' in mail.html
    assert "Tuesday 12 January 2027" in mail.html
    assert "style=" in mail.html
    assert "font-size:18px" in mail.html


def test_large_print_reaches_the_patient_who_needs_it(world: World, smtp: MailServer) -> None:
    world.patient.flags.create(code="large_print", text="Large print")
    world.carer_too()
    world.book()
    derive_and_send()
    sizes = {mail.recipient: "font-size:24px" in mail.html for mail in mails(smtp)}
    assert sizes == {"h100001@example.org": True, "carer1@example.org": False}


def test_carer_is_told_whose_visit_it_is_and_each_mail_names_one_recipient(world: World, smtp: MailServer) -> None:
    world.carer_too()
    world.book()
    derive_and_send()
    to_patient, to_carer = sorted(mails(smtp), key=lambda mail: mail.recipient, reverse=True)
    assert "You get this because Ines asked us to tell you too." in to_carer.text
    assert "Dear Noor Fairweather" in to_carer.text
    assert "carer1@example.org" not in to_patient.raw.decode()
    assert "h100001@example.org" not in to_carer.raw.decode()
    assert [one.address for one in read_invite(to_carer.calendar).attendees] == ["carer1@example.org"]
    assert read_invite(to_carer.calendar).uid == read_invite(to_patient.calendar).uid
    assert all(len(caught.recipients) == 1 for caught in smtp.caught)


def test_reminder_is_marked_automatic_and_has_no_calendar(world: World, smtp: MailServer) -> None:
    visit = world.book(ahead=2 * DAY - timedelta(minutes=1), booked_before=2 * HOUR)
    derive_and_send()
    assert reminders_only(visit) == [("patient", "reminder_48h", "sent"), ("patient", "reminder_24h", "pending")]
    invite, reminder = mails(smtp)
    assert (invite.headers.get("Auto-Submitted"), reminder.headers.get("Auto-Submitted")) == (None, "auto-generated")
    assert reminder.subject.startswith("Can you come?")
    assert "text/calendar" not in reminder.kinds


def test_nothing_clinical_and_nobody_else_is_in_any_octet(world: World, smtp: MailServer) -> None:
    canaries = ["CANARYDRUG", "CANARYDIAGNOSIS", "CANARYREASON", "CANARYUNIT"]
    Unit.objects.filter(pk=world.unit.pk).update(
        name="CANARYUNIT intrathecal unit",
        what_to_bring="Bring your Tofersen letter",
        directions="Follow the signs for lumbar puncture",
    )
    world.unit.refresh_from_db()
    type(world.patient).objects.filter(pk=world.patient.pk).update(
        comments="CANARYDRUG for CANARYDIAGNOSIS", consultant_name="Dr CANARYDIAGNOSIS"
    )
    world.carer_too()
    visit = world.book(override_reason="CANARYREASON")
    derive_and_send()
    world.move(visit, DAY)
    derive_and_send()
    Appointment.objects.update(cancellation_reason="CANARYREASON")
    world.cancel(visit)
    derive_and_send()
    assert len(smtp.caught) == 6
    forbidden = [
        *canaries, "tofersen", "lumbar", "intrathecal", world.patient.nhs_number, world.patient.hospital_number,
        "Hartnoll", world.cast.other_patient.email,
    ]  # fmt: skip
    for mail in mails(smtp):
        octets = "\n".join([mail.raw.decode(), mail.text, mail.html, (mail.calendar or b"").decode()]).lower()
        for word in forbidden:
            if word == world.patient.hospital_number:
                octets = octets.replace(world.patient.email, "")
            assert str(word).lower() not in octets
