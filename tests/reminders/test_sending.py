"""Due messages leave once, in order, and never stale."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from doseplans.models import Dose, DosePlan, PlanHold, Protocol
from patients.models import Carer, WorklistItem
from reminders.ical import read_invite
from reminders.models import Message
from reminders.rules import MOST_TRIES
from reminders.services import claim_due, derive_messages, put_back, release, send
from reminders.services.claiming import LEASE, Claim, begin_try
from reminders.services.preparing import Ready, prepare, prepare_many
from reminders.transport import NotDelivered
from scheduling.models import Appointment
from tests.reminders.mailserver import MailServer
from tests.reminders.reading import Mail, read_mail
from tests.reminders.world import DAY, World, calendar_only, derive_and_send, reminders_only, send_all
from units.models import Unit

HOUR = timedelta(hours=1)
OPEN_THE_INVITE = (
    "Open the invite in this e-mail to put the appointment into your calendar. If the time changes, we send you a new "
    "one."
)
CHANGED = "The visit was changed. A newer message takes the place of this one."


def mails(server: MailServer) -> list[Mail]:
    return [read_mail(caught.raw) for caught in server.caught]


def make_due(**wanted: object) -> None:
    """The messages' time has come, as if the clock had run."""
    Message.objects.filter(**wanted).update(due_at=timezone.now() - timedelta(seconds=1))


def expire_leases() -> None:
    """As if a worker had been killed and its lease had run out."""
    Message.objects.filter(state="sending").update(lease_until=timezone.now() - timedelta(seconds=1))


def die_while_sending(claim: Claim) -> Ready:
    """A worker has begun to send, and nobody knows how far it got."""
    ready = prepare(claim)
    assert isinstance(ready, Ready)
    assert begin_try(claim, version=ready.version)
    return ready


# --- what arrives


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
            assert word.lower() not in octets


# --- once, and the same


def test_octets_sent_again_after_a_killed_worker_are_the_same(world: World, smtp: MailServer) -> None:
    world.book()
    derive_messages()
    (claim,) = claim_due()
    ready = die_while_sending(claim)
    assert claim_due() == []  # leased: nobody else may have it
    expire_leases()
    Unit.objects.update(site_name="Moved Hospital", address="Elsewhere", phone="+441632960999", what_to_bring="Else")
    world.patient.family_name = "Renamed"
    world.patient.save()
    assert send_all() == ["sent"]
    assert smtp.caught[0].raw == ready.raw


def test_worker_that_comes_back_late_can_neither_send_nor_mark(world: World, smtp: MailServer) -> None:
    world.book()
    derive_messages()
    (late,) = claim_due()
    expire_leases()
    (current,) = claim_due()
    assert send(late) is None
    assert put_back(late, why="late") is None
    assert smtp.caught == []
    assert send(current) == "sent"
    assert send(late) is None
    assert len(smtp.caught) == 1


def test_message_is_claimed_by_one_of_two_workers(world: World) -> None:
    for number in range(4):
        world.book(ahead=(10 + number) * DAY)
    derive_messages()
    first, second = claim_due(limit=3), claim_due(limit=3)
    assert (len(first), len(second)) == (3, 1)
    assert not {claim.message_id for claim in first} & {claim.message_id for claim in second}


def test_released_claim_costs_no_try_and_waits(world: World) -> None:
    world.book()
    derive_messages()
    claims = claim_due()
    release(claims, after=timedelta(minutes=1))
    message = Message.objects.get(purpose="invite")
    assert (message.state, message.attempts) == ("pending", 0)
    assert claim_due() == []
    make_due(purpose="invite")
    assert len(claim_due()) == 1


def test_one_connection_carries_many_mails(world: World, smtp: MailServer) -> None:
    for number in range(5):
        world.book(ahead=(10 + number) * DAY)
    assert derive_and_send() == ["sent"] * 5
    assert (len(smtp.caught), smtp.sessions) == (5, 1)


# --- in order


def test_cancellation_never_overtakes_its_request(world: World, smtp: MailServer) -> None:
    visit = world.book()
    smtp.answer = lambda _: "451 try later"
    derive_and_send()
    world.move(visit, DAY)
    derive_messages()
    smtp.answer = lambda _: None
    assert calendar_only(visit) == [("patient", "invite", "skipped"), ("patient", "invite", "pending")]
    assert send_all() == ["sent"]
    world.cancel(visit)
    derive_messages()
    assert send_all() == ["sent"]
    assert [read_invite(mail.calendar).sequence for mail in mails(smtp)] == [1, 2]


def test_update_waits_while_the_invite_is_on_its_way(world: World, smtp: MailServer) -> None:
    visit = world.book()
    derive_messages()
    (invite,) = claim_due()
    die_while_sending(invite)
    world.move(visit, DAY)
    derive_messages()
    assert calendar_only(visit) == [("patient", "invite", "sending"), ("patient", "update", "pending")]
    assert claim_due() == []
    expire_leases()
    assert send_all() == ["skipped", "sent"]
    assert calendar_only(visit) == [("patient", "invite", "skipped"), ("patient", "update", "sent")]


def test_one_readers_trouble_does_not_hold_up_the_other(world: World, smtp: MailServer) -> None:
    world.carer_too()
    visit = world.book()
    smtp.refuse_recipient = lambda address: "451 later" if address.startswith("carer") else None
    derive_and_send()
    world.cancel(visit)
    derive_and_send()
    assert calendar_only(visit) == [
        ("patient", "invite", "sent"),
        ("carer", "invite", "skipped"),
        ("patient", "cancel", "sent"),
    ]


# --- never stale: every way in which things change between queueing and sending


def deceased(world: World, visit: Appointment) -> None:
    type(world.patient).objects.filter(pk=world.patient.pk).update(deceased_at=timezone.now())


def no_address(world: World, visit: Appointment) -> None:
    type(world.patient).objects.filter(pk=world.patient.pk).update(email="")


def opted_out(world: World, visit: Appointment) -> None:
    type(world.patient).objects.filter(pk=world.patient.pk).update(accepts_email=False)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda world, visit: world.move(visit, DAY), CHANGED),
        (lambda world, visit: world.cancel(visit), "The visit was cancelled."),
        (lambda world, visit: world.undo(visit), "It was undone before anything was sent."),
        (lambda world, visit: world.arrive(visit), "The patient has arrived."),
        (deceased, "The patient has died. Nothing more is sent."),
        (no_address, "No e-mail address on record."),
        (opted_out, "Does not want e-mail."),
    ],
)  # fmt: skip
def test_what_changed_after_queueing_stops_the_message_in_the_last_moment(
    world: World, smtp: MailServer, change: Callable[[World, Appointment], None], why: str
) -> None:
    visit = world.book(ahead=2 * DAY - timedelta(minutes=1), booked_before=HOUR)
    derive_messages()
    claims = claim_due()
    change(world, visit)
    assert [send(claim) for claim in claims] == ["skipped"]
    assert send_all() in ([], ["skipped"])  # the reminder, where it was not the invite's turn
    assert smtp.caught == []
    assert Message.objects.get(purpose="invite").why == why


def test_patient_who_opted_out_after_queueing_is_called(world: World, smtp: MailServer) -> None:
    visit = world.book()
    derive_messages()
    opted_out(world, visit)
    assert send_all() == ["skipped"]
    item = WorklistItem.objects.get()
    assert (item.kind, item.title) == ("no_address", "Tell the patient: new visit")


def test_carer_no_longer_to_be_told_gets_nothing(world: World, smtp: MailServer) -> None:
    world.carer_too()
    visit = world.book()
    derive_messages()
    Carer.objects.update(receives_invites=False)
    send_all()
    assert calendar_only(visit) == [("patient", "invite", "sent"), ("carer", "invite", "skipped")]
    assert Message.objects.get(recipient__startswith="carer", purpose="invite").why == "Is no longer to be told."


def test_carer_whose_record_is_gone_is_not_taken_for_the_patient(world: World, smtp: MailServer) -> None:
    carer = world.carer_too()
    visit = world.book()
    derive_messages()
    carer.delete()
    send_all()
    assert [caught.recipients for caught in smtp.caught] == [("h100001@example.org",)]
    assert calendar_only(visit) == [("patient", "invite", "sent"), ("carer", "invite", "skipped")]


def test_hold_and_ended_plan_stop_reminders_but_not_the_calendar(world: World, smtp: MailServer) -> None:
    protocol = Protocol.objects.create(code="test", version=1, name="A course", status="draft")
    plan = DosePlan.objects.create(patient=world.patient, protocol=protocol, starts_on=world.unit.today())
    today = world.unit.today()
    dose = Dose.objects.create(
        plan=plan, sequence=1, kind="loading", number_in_kind=1, ideal_on=today, target_on=today, earliest_on=today,
        latest_on=today, rule="test",
    )  # fmt: skip
    visit = world.book(ahead=2 * DAY - timedelta(minutes=1), booked_before=HOUR, dose=dose)
    derive_messages()
    hold = PlanHold.objects.create(plan=plan, reason="CSF", placed_on=today, placed_by_name="Dr")
    assert sorted(str(state) for state in send_all()) == ["sent", "skipped"]
    assert reminders_only(visit)[0] == ("patient", "reminder_48h", "skipped")
    assert Message.objects.get(purpose="reminder_48h").why == "The plan is on hold, so nobody is reminded."
    hold.lifted_at = timezone.now()
    hold.save()
    DosePlan.objects.filter(pk=plan.pk).update(ended_on=today, end_reason="stopped")
    Message.objects.filter(purpose="reminder_48h").update(state="pending")
    assert send_all() == ["skipped"]
    assert Message.objects.get(purpose="reminder_48h").why == "The plan has ended, so nobody is reminded."


def test_cancel_is_sent_only_after_a_request(world: World, smtp: MailServer) -> None:
    visit = world.book()
    derive_messages()
    (claim,) = claim_due()
    world.cancel(visit)
    derive_messages()  # the invite is in a worker's hands: it may have left
    assert calendar_only(visit) == [("patient", "invite", "sending"), ("patient", "cancel", "pending")]
    assert send(claim) == "skipped"
    assert send_all() == ["skipped"]
    assert Message.objects.get(purpose="cancel").why == "No invite had gone out, so there is nothing to take back."
    assert smtp.caught == []


def test_request_of_unknown_fate_is_followed_by_its_cancellation(world: World, smtp: MailServer) -> None:
    visit = world.book()
    derive_messages()
    (claim,) = claim_due()
    die_while_sending(claim)
    world.cancel(visit)
    derive_messages()
    expire_leases()
    assert send_all() == ["skipped", "sent"]
    assert [read_invite(mail.calendar).method for mail in mails(smtp)] == ["CANCEL"]


# --- quiet hours and outages


def quiet_now(world: World) -> None:
    local = world.unit.local(timezone.now())
    Unit.objects.update(
        quiet_from=(local - HOUR).time().replace(microsecond=0),
        quiet_until=(local + 2 * HOUR).time().replace(microsecond=0),
    )


def test_cancellation_and_invite_go_in_quiet_hours_and_a_reminder_waits(world: World, smtp: MailServer) -> None:
    visit = world.book(ahead=DAY + 3 * HOUR, booked_before=HOUR)
    derive_messages()
    make_due(purpose="reminder_24h")
    quiet_now(world)
    assert sorted(str(state) for state in send_all()) == ["pending", "sent"]
    message = Message.objects.get(purpose="reminder_24h")
    assert (message.state, message.attempts) == ("pending", 0)
    assert 1.9 * HOUR < message.due_at - timezone.now() <= 2 * HOUR
    world.cancel(visit)
    assert derive_and_send() == ["sent"]
    assert calendar_only(visit) == [("patient", "invite", "sent"), ("patient", "cancel", "sent")]


def test_reminder_held_up_for_too_long_is_spoken_instead(world: World, smtp: MailServer) -> None:
    visit = world.book(ahead=DAY - 7 * HOUR, booked_before=10 * HOUR)
    derive_messages()
    send_all()
    assert reminders_only(visit) == [("patient", "reminder_24h", "skipped")]
    assert Message.objects.get(purpose="reminder_24h").why == "It was held up for too long to be of use."
    item = WorklistItem.objects.get()
    assert (item.kind, item.title) == ("call", "Remind the patient of the visit")


# --- failure with a visible end


def test_refused_address_fails_at_once_and_is_somebodys_task(world: World, smtp: MailServer) -> None:
    smtp.refuse_recipient = lambda _: "550 no such mailbox"
    visit = world.book()
    assert derive_and_send() == ["failed"]
    message = Message.objects.get(purpose="invite")
    assert (message.why, message.is_possibly_out) == ("The mail server refused the address (550).", False)
    item = WorklistItem.objects.get()
    assert (item.kind, item.title) == ("message_failed", "Not delivered: invite")
    world.cancel(visit)
    assert derive_and_send() == []  # nothing had arrived, so nothing is taken back


def test_refused_content_fails_at_once(world: World, smtp: MailServer) -> None:
    smtp.answer = lambda _: "554 no"
    world.book()
    assert derive_and_send() == ["failed"]
    assert Message.objects.get(purpose="invite").is_possibly_out is False


def test_passing_trouble_is_tried_again_later_with_growing_pauses(world: World, smtp: MailServer) -> None:
    smtp.answer = lambda _: "451 busy"
    world.book()
    derive_messages()
    pauses = []
    for _ in range(3):
        assert send_all() == ["pending"]
        message = Message.objects.get(purpose="invite")
        pauses.append(round((message.due_at - timezone.now()).total_seconds() / 60))
        make_due(purpose="invite")
    assert pauses == [1, 2, 5]
    smtp.answer = lambda _: None
    assert send_all() == ["sent"]
    assert (message.why, Message.objects.get(purpose="invite").why) == (
        "The mail server refused the message (451).",
        "",
    )


def test_tries_end_and_a_person_is_asked(world: World, smtp: MailServer) -> None:
    smtp.answer = lambda _: "451 busy"
    world.book()
    derive_messages()
    Message.objects.filter(purpose="invite").update(attempts=MOST_TRIES - 1)
    assert send_all() == ["failed"]
    assert WorklistItem.objects.get().kind == "message_failed"


def test_try_that_would_come_after_setting_out_is_given_up_at_once(world: World, smtp: MailServer) -> None:
    smtp.answer = lambda _: "451 busy"
    world.book(ahead=2 * HOUR + timedelta(seconds=30))
    assert derive_and_send() == ["failed"]


def test_worker_killed_at_every_try_ends_too(world: World, smtp: MailServer) -> None:
    world.book()
    derive_messages()
    Message.objects.filter(purpose="invite").update(attempts=MOST_TRIES)
    assert send_all() == ["failed"]
    assert smtp.caught == []


def test_server_down_puts_the_message_back_and_says_so(world: World, smtp: MailServer) -> None:
    world.book()
    derive_messages()
    smtp.stop()
    (claim,) = claim_due()
    with pytest.raises(NotDelivered) as failure:
        send(claim)
    assert failure.value.is_line_down
    message = Message.objects.get(purpose="invite")
    assert (message.state, message.why, message.is_possibly_out) == (
        "pending", "The mail server could not be reached.", False,
    )  # fmt: skip
    smtp.start()


def test_connection_dropped_in_the_middle_may_have_arrived_and_the_repeat_is_the_same(
    world: World, smtp: MailServer
) -> None:
    smtp.is_dropping_after_data = True
    world.book()
    assert derive_and_send() == ["pending"]
    message = Message.objects.get(purpose="invite")
    assert (message.is_possibly_out, message.why) == (True, "The connection to the mail server broke off.")
    smtp.is_dropping_after_data = False
    make_due(purpose="invite")
    assert send_all() == ["sent"]
    first, second = smtp.caught
    assert first.raw == second.raw


def test_lease_is_renewed_just_before_sending(world: World) -> None:
    world.book()
    derive_messages()
    (claim,) = claim_due(lease=timedelta(seconds=5))
    die_while_sending(claim)
    left = Message.objects.get(purpose="invite").lease_until - timezone.now()  # type: ignore[operator]
    assert LEASE - timedelta(seconds=5) < left <= LEASE


def test_many_are_prepared_together_in_a_fixed_number_of_queries(
    world: World, smtp: MailServer, django_assert_num_queries: Any
) -> None:
    world.carer_too()
    for number in range(8):
        world.book(ahead=(10 + number) * DAY)
    derive_messages()
    Message.objects.filter(purpose="invite").update(text=None)
    claims = claim_due(limit=16)
    assert len(claims) == 16
    # Savepoint and release, visits, messages, flags, text; and one write for each message that is new.
    with django_assert_num_queries(6 + 16):
        prepared = prepare_many(claims)
    assert [send(claim, prepared) for claim in claims] == ["sent"] * 16


def test_visit_changed_between_the_common_look_and_the_sending_is_looked_at_again(
    world: World, smtp: MailServer
) -> None:
    moved, stands = world.book(), world.book(ahead=20 * DAY)
    derive_messages()
    claims = claim_due()
    prepared = prepare_many(claims)
    world.move(moved, DAY)
    assert [send(claim, prepared) for claim in claims] == ["skipped", "sent"]
    assert calendar_only(stands) == [("patient", "invite", "sent")]


def test_look_that_has_grown_old_is_taken_again(
    world: World, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = world.book()
    derive_messages()
    claims = claim_due()
    prepared = prepare_many(claims)
    deceased(world, visit)  # changes no visit
    monkeypatch.setattr("reminders.services.sending.FRESH_S", 0.0)
    assert [send(claim, prepared) for claim in claims] == ["skipped"]
    assert smtp.caught == []
