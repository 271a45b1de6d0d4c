"""From events to messages: who is told what, once, whatever order and however often it is derived."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from patients.models import Carer, Channel, WorklistItem
from reminders.models import Message
from reminders.services import derive_messages
from scheduling.models import Appointment, AppointmentEvent
from tests.cast import make_patient
from tests.reminders.world import (
    DAY,
    World,
    calendar_only,
    derive_and_send,
    reminders_only,
    send_all,
    told,
)

HOURS = timedelta(hours=1)


def open_items(world: World) -> list[tuple[str, str]]:
    rows = WorklistItem.objects.filter(done_at__isnull=True).order_by("pk")
    return [(row.kind, row.title) for row in rows]


def test_booking_makes_an_invite_and_three_reminders(world: World) -> None:
    visit = world.book()
    assert derive_messages() == 1
    assert told(visit) == [
        ("patient", "invite", "pending"),
        ("patient", "reminder_7d", "pending"),
        ("patient", "reminder_48h", "pending"),
        ("patient", "reminder_24h", "pending"),
    ]
    invite, *reminders = Message.objects.order_by("pk")
    event = visit.events.get()
    assert invite.due_at == event.releases_at
    assert [visit.starts_at - one.due_at for one in reminders[1:]] == [48 * HOURS, 24 * HOURS]
    assert (invite.uid, invite.ical_sequence, invite.dtstamp) == (visit.uid, 0, visit.dtstamp)
    assert event.messages_derived_at is not None


def test_message_waits_for_the_time_to_undo(world: World) -> None:
    world.unit.undo_seconds = 20
    world.unit.save()
    visit = world.book()
    assert derive_and_send() == []
    assert calendar_only(visit) == [("patient", "invite", "pending")]


def test_deriving_again_changes_nothing(world: World) -> None:
    visit = world.book()
    derive_messages()
    before = list(Message.objects.order_by("pk").values())
    assert derive_messages() == 0
    AppointmentEvent.objects.update(messages_derived_at=None)
    assert derive_messages() == 1
    assert list(Message.objects.order_by("pk").values()) == before
    derive_and_send()
    AppointmentEvent.objects.update(messages_derived_at=None)
    derive_messages()
    assert len(told(visit)) == len(before)


def test_carer_who_gets_invites_gets_messages_of_their_own(world: World) -> None:
    carer = world.carer_too()
    visit = world.book(ahead=3 * DAY)
    derive_messages()
    assert told(visit) == [
        ("patient", "invite", "pending"),
        ("patient", "reminder_48h", "pending"),
        ("patient", "reminder_24h", "pending"),
        ("carer", "invite", "pending"),
        ("carer", "reminder_48h", "pending"),
        ("carer", "reminder_24h", "pending"),
    ]
    assert {(m.address, m.recipient_name) for m in Message.objects.filter(carer=carer)} == {
        ("carer1@example.org", "Noor Fairweather")
    }


def test_carer_who_does_not_get_invites_gets_nothing(world: World) -> None:
    visit = world.book()
    derive_messages()
    assert {recipient for recipient, _what, _state in told(visit)} == {"patient"}


def test_shared_mailbox_gets_one_of_each(world: World) -> None:
    carer = world.carer_too()
    carer.email = world.patient.email.upper()
    carer.save()
    visit = world.book()
    derive_messages()
    assert calendar_only(visit) == [("patient", "invite", "pending")]


@pytest.mark.parametrize(
    ("ahead", "steps"),
    [
        (8 * DAY, ["reminder_7d", "reminder_48h", "reminder_24h"]),
        (6 * DAY, ["reminder_48h", "reminder_24h"]),
        (30 * HOURS, ["reminder_24h"]),
        (5 * HOURS, []),
    ],
)
def test_reminder_steps_already_past_are_left_out(world: World, ahead: timedelta, steps: list[str]) -> None:
    visit = world.book(ahead=ahead)
    derive_messages()
    assert [what for _who, what, _state in reminders_only(visit)] == steps


def test_move_before_the_invite_left_sends_one_invite_for_the_new_time(world: World) -> None:
    visit = world.book(ahead=3 * DAY)
    derive_messages()
    world.move(visit, DAY)
    derive_messages()
    assert told(visit) == [
        ("patient", "invite", "skipped"),
        ("patient", "reminder_48h", "skipped"),
        ("patient", "reminder_24h", "skipped"),
        ("patient", "invite", "pending"),
        ("patient", "reminder_48h", "pending"),
        ("patient", "reminder_24h", "pending"),
    ]
    assert set(Message.objects.filter(state="skipped").values_list("why", flat=True)) == {
        "The visit was changed. A newer message takes the place of this one."
    }


def test_move_after_the_invite_left_sends_an_update_with_the_next_sequence(world: World) -> None:
    visit = world.book()
    derive_and_send()
    world.move(visit, DAY)
    derive_and_send()
    assert calendar_only(visit) == [("patient", "invite", "sent"), ("patient", "update", "sent")]
    assert list(
        Message.objects.filter(purpose__in=["invite", "update"]).order_by("pk").values_list("ical_sequence", flat=True)
    ) == [0, 1]


def test_booked_and_moved_before_anybody_derived_is_one_invite(world: World) -> None:
    visit = world.book()
    world.move(visit, DAY)
    world.move(visit, DAY)
    derive_messages()
    assert calendar_only(visit) == [("patient", "invite", "pending")]
    assert Message.objects.get(purpose="invite").ical_sequence == 2
    assert not AppointmentEvent.objects.filter(messages_derived_at__isnull=True).exists()


def test_change_of_room_alone_sends_nothing_more(world: World) -> None:
    visit = world.book()
    derive_and_send()
    from scheduling.services.visits.events import write_event
    from tests.reminders.world import CLERK

    write_event(CLERK, visit, "moved", at=timezone.now())
    derive_messages()
    assert calendar_only(visit) == [("patient", "invite", "sent")]
    assert [state for _who, _what, state in reminders_only(visit)] == ["pending"] * 3


def test_cancellation_goes_to_whoever_had_an_invite_and_skips_the_reminders(world: World) -> None:
    visit = world.book()
    derive_and_send()
    world.carer_too()  # agreed to only now: has nothing to take back
    world.cancel(visit)
    derive_and_send()
    assert calendar_only(visit) == [("patient", "invite", "sent"), ("patient", "cancel", "sent")]
    assert [state for _who, _what, state in reminders_only(visit)] == ["skipped"] * 3


def test_cancellation_before_the_invite_left_sends_nothing(world: World) -> None:
    visit = world.book()
    derive_messages()
    world.cancel(visit)
    assert derive_and_send() == []
    assert {state for _who, _what, state in told(visit)} == {"skipped"}
    assert set(Message.objects.values_list("why", flat=True)) == {"The visit was cancelled."}


def test_undone_booking_sends_nothing(world: World) -> None:
    visit = world.book()
    derive_messages()
    world.undo(visit)
    assert derive_and_send() == []
    assert {state for _who, _what, state in told(visit)} == {"skipped"}


def test_undone_booking_that_nobody_had_derived_leaves_no_trace(world: World) -> None:
    visit = world.book()
    world.undo(visit)
    assert derive_and_send() == []
    assert told(visit) == []


def test_undone_move_sends_nothing_and_brings_the_reminders_back(world: World) -> None:
    visit = world.book()
    derive_and_send()
    before = list(Message.objects.filter(purpose__startswith="reminder").values_list("purpose", "due_at"))
    world.move(visit, DAY)
    derive_messages()
    world.undo(visit)
    derive_messages()
    assert calendar_only(visit) == [("patient", "invite", "sent"), ("patient", "update", "skipped")]
    again = Message.objects.filter(purpose__startswith="reminder", state="pending").order_by("pk")
    assert list(again.values_list("purpose", "due_at")) == before
    assert send_all() == []


def test_undone_move_of_a_visit_whose_invite_had_not_left_invites_after_all(world: World) -> None:
    visit = world.book()
    derive_messages()
    world.move(visit, DAY)
    derive_messages()
    world.undo(visit)
    derive_and_send()
    assert calendar_only(visit) == [
        ("patient", "invite", "skipped"),
        ("patient", "invite", "skipped"),
        ("patient", "invite", "sent"),
    ]


def test_undone_cancellation_leaves_the_calendar_alone(world: World) -> None:
    visit = world.book()
    derive_and_send()
    world.cancel(visit)
    derive_messages()
    world.undo(visit)
    assert derive_and_send() == []
    assert calendar_only(visit) == [("patient", "invite", "sent"), ("patient", "cancel", "skipped")]
    assert [state for _who, _what, state in reminders_only(visit)] == ["skipped"] * 3 + ["pending"] * 3


def test_after_an_undo_the_next_move_is_told_with_the_same_sequence(world: World) -> None:
    visit = world.book()
    derive_and_send()
    world.move(visit, DAY)
    derive_messages()
    world.undo(visit)
    world.move(visit, 2 * DAY)
    derive_and_send()
    assert calendar_only(visit) == [
        ("patient", "invite", "sent"),
        ("patient", "update", "skipped"),
        ("patient", "update", "sent"),
    ]
    assert Message.objects.get(purpose="update", state="sent").ical_sequence == 1


def test_arrival_ends_the_reminders(world: World) -> None:
    visit = world.book(ahead=30 * HOURS)
    derive_messages()
    world.arrive(visit)
    derive_messages()
    assert {state for _who, _what, state in told(visit)} == {"skipped"}


def test_death_ends_everything_and_nobody_is_told_of_the_freed_visit(world: World) -> None:
    visit = world.book()
    derive_and_send()
    world.patient.deceased_at = timezone.now()
    world.patient.save()
    world.cancel(visit)
    assert derive_and_send() == []
    assert calendar_only(visit) == [("patient", "invite", "sent")]
    assert [state for _who, _what, state in reminders_only(visit)] == ["skipped"] * 3
    assert open_items(world) == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"email": ""}, "No e-mail address on record."),
        ({"email": "a b@example.org"}, "The e-mail address on record cannot be used."),
        ({"accepts_email": False}, "Does not want e-mail."),
    ],
)
def test_patient_who_cannot_be_mailed_is_called_and_everybody_after_is_served(
    world: World, fields: dict[str, object], words: str
) -> None:
    silent = make_patient(world.unit, "Silent", "H100002", **fields)
    first, second = world.book(silent), world.book()
    derive_and_send()
    assert told(first) == []
    assert calendar_only(second) == [("patient", "invite", "sent")]
    item = WorklistItem.objects.get()
    assert (item.kind, item.title, item.patient) == ("no_address", "Tell the patient: new visit", silent)
    assert item.detail.endswith(words)
    derive_messages()
    AppointmentEvent.objects.update(messages_derived_at=None)
    derive_messages()
    assert WorklistItem.objects.count() == 1


def test_move_and_cancellation_replace_the_call_that_was_not_made(world: World) -> None:
    silent = make_patient(world.unit, "Silent", "H100002", email="")
    visit = world.book(silent)
    derive_messages()
    world.move(visit, DAY)
    derive_messages()
    assert open_items(world) == [("no_address", "Tell the patient: new visit")]
    world.cancel(visit)
    derive_messages()
    assert open_items(world) == []
    assert set(WorklistItem.objects.values_list("outcome", flat=True)) == {
        "No longer needed: the visit was changed or undone."
    }


def test_patient_told_by_hand_is_also_told_by_hand_of_the_end(world: World) -> None:
    silent = make_patient(world.unit, "Silent", "H100002", email="")
    visit = world.book(silent)
    derive_messages()
    WorklistItem.objects.update(done_at=timezone.now(), done_by=world.cast.coordinator)
    world.move(visit, DAY)
    derive_messages()
    assert open_items(world) == [("no_address", "Tell the patient: new time")]
    world.cancel(visit)
    derive_messages()
    assert open_items(world) == [("no_address", "Tell the patient: visit cancelled")]


def test_patient_who_prefers_another_way_is_mailed_and_told_that_way_too(world: World) -> None:
    world.patient.preferred_channel = Channel.LETTER
    world.patient.save()
    visit = world.book()
    derive_and_send()
    assert calendar_only(visit) == [("patient", "invite", "sent")]
    assert open_items(world) == [("call", "Tell the patient: new visit")]


def test_late_cancellation_is_mailed_and_called(world: World) -> None:
    visit = world.book(ahead=30 * HOURS)
    derive_and_send()
    world.cancel(visit)
    derive_and_send()
    assert calendar_only(visit)[-1] == ("patient", "cancel", "sent")
    assert open_items(world) == [("call", "Tell the patient: visit cancelled")]


def test_carer_without_an_address_is_asked_for_once(world: World) -> None:
    carer = world.carer_too()
    Carer.objects.filter(pk=carer.pk).update(email="")
    world.book()
    world.book(ahead=40 * DAY)
    derive_messages()
    assert open_items(world) == [("no_address", "Ask for the carer's e-mail address")]


def test_rolled_back_booking_leaves_nothing_to_send(world: World) -> None:
    from django.db import transaction

    class Refused(Exception):
        pass

    def book_and_fail() -> None:
        with transaction.atomic():
            world.book()
            raise Refused

    with pytest.raises(Refused):
        book_and_fail()
    assert (derive_messages(), Appointment.objects.count(), Message.objects.count()) == (0, 0, 0)


def test_a_visit_asked_for_by_event_is_derived_alone(world: World) -> None:
    first, second = world.book(), world.book(ahead=20 * DAY)
    assert derive_messages([second.events.get().pk]) == 1
    assert told(first) == []
    assert derive_messages(limit=1) == 1
    assert calendar_only(first) == [("patient", "invite", "pending")]


def test_deriving_takes_the_same_queries_for_one_visit_of_many(
    world: World, django_assert_max_num_queries: object
) -> None:
    for number in range(5):
        world.book(ahead=(10 + number) * DAY)
    with django_assert_max_num_queries(5 * 16 + 2):  # type: ignore[operator]
        assert derive_messages() == 5
