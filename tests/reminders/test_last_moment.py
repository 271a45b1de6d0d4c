"""Nothing stale leaves: every way in which things change between queueing and sending."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from doseplans.models import Dose, DosePlan, PlanHold, Protocol
from patients.models import Carer, WorklistItem
from reminders.ical import read_invite
from reminders.models import Message
from reminders.services import claim_due, derive_messages, send
from scheduling.models import Appointment
from tests.reminders.mailserver import MailServer
from tests.reminders.world import (
    DAY,
    World,
    calendar_only,
    derive_and_send,
    die_while_sending,
    expire_leases,
    mails,
    make_due,
    reminders_only,
    send_all,
)
from units.models import Unit

HOUR = timedelta(hours=1)
CHANGED = "The visit was changed. A newer message takes the place of this one."


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
