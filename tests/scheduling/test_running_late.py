"""A list that runs late: who moves, who is told, what no longer fits, and what is asked again under the locks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from patients.models import WorklistItem
from reminders.models import Message
from reminders.services import derive_messages
from scheduling.errors import NotInThatState, SlotNotOffered, StalePage
from scheduling.models import Allocation, Appointment
from scheduling.selectors.list_left import Along
from scheduling.services import record_arrival, start_procedure, undo_change
from scheduling.services.day.running_late import Lateness, Outcome, look_ahead, run_late
from tests.scheduling.waiting import book
from tests.ward import TODAY, Ward, maintenance_patient
from units.errors import InvalidInput, NotAllowed

Traveller = time_machine.Traveller


def booked(ward: Ward, number: int, clock: str, **places: int) -> Appointment:
    """A visit today: an hour after arriving the patient is in the room for 45 minutes."""
    return book(ward, maintenance_patient(ward, number, due=TODAY), TODAY, clock, **places)


def late(ward: Ward, visit: Appointment, minutes: int, *, seen: str | None = None, **more: Any) -> Outcome:
    actor = ward.cast.actor(more.pop("who", "coordinator"))
    return run_late(actor, appointment_id=visit.public_id, lateness=Lateness(minutes, **more), seen=seen)


def ahead(ward: Ward, visit: Appointment, minutes: int, **more: Any) -> Outcome:
    actor = ward.cast.actor("coordinator")
    return look_ahead(actor, appointment_id=visit.public_id, lateness=Lateness(minutes, **more))


def arrivals(ward: Ward, *visits: Appointment) -> list[str]:
    for visit in visits:
        visit.refresh_from_db()
    return [f"{ward.unit.local(visit.starts_at):%H:%M}" for visit in visits]


def test_the_list_moves_as_far_as_it_must_and_who_is_to_come_later_is_told(
    ward: Ward, clock: Traveller, django_assert_max_num_queries: Any
) -> None:
    # Procedures at 10:00, 10:45, 12:00 and 14:00 in Room 1: a gap of half an hour, then a long one.
    visits = [booked(ward, n, at) for n, at in enumerate(("09:00", "09:45", "11:00", "13:00"), start=1)]
    elsewhere = booked(ward, 9, "09:00", room=1, operator=1)
    derive_messages()
    with django_assert_max_num_queries(16):
        ahead(ward, visits[0], 45)
    outcome = late(ward, visits[0], 45)
    assert arrivals(ward, *visits, elsewhere) == ["09:45", "10:30", "11:15", "13:00", "09:00"]
    assert [one.is_told for one in outcome.lines] == [True, True, True, False]
    assert [one.ical_sequence for one in visits] == [1, 1, 1, 0]
    assert [one.events.latest("pk").kind for one in visits] == ["delayed", "delayed", "delayed", "booked"]
    told = visits[2].events.latest("pk")
    assert (told.reason, told.snapshot["previous"]["arrive_at"]) == (
        "Running late: 45 min",
        ward.at(TODAY, "11:00").isoformat(),
    )
    derive_messages()
    assert not Message.objects.filter(appointment=visits[3], ical_sequence=1).exists()
    assert Message.objects.filter(appointment=visits[2], ical_sequence=1, state="pending").exists()
    rooms = Allocation.objects.filter(resource=ward.rooms[0]).order_by("starts_at")
    assert [f"{row.starts_at:%H:%M}" for row in rooms] == ["10:45", "11:30", "12:15", "14:00"]


def test_one_patient_alone_is_late_and_an_operators_list_goes_from_room_to_room(ward: Ward, clock: Traveller) -> None:
    first, second = booked(ward, 1, "09:00"), booked(ward, 2, "10:00", room=1)
    other = booked(ward, 3, "10:30", operator=1)
    # Dr Malik is in Room 2 from 11:00, and Room 1 is taken from 11:30: this patient goes in after that.
    late(ward, first, 45, along=Along.PATIENT)
    assert arrivals(ward, first, second, other) == ["11:15", "10:00", "10:30"]
    outcome = late(ward, second, 30, along=Along.OPERATOR)
    assert [one.visit for one in outcome.lines] == [second, first]
    assert arrivals(ward, second, first, other) == ["10:30", "11:15", "10:30"]


def test_what_has_begun_stays_and_who_is_here_is_not_told(ward: Ward, clock: Traveller) -> None:
    nurse = ward.cast.actor("nurse")
    begun, here, coming = (booked(ward, n, at) for n, at in ((1, "09:00"), (2, "09:45"), (3, "10:30")))
    clock.move_to(ward.at(TODAY, "10:00"))
    for one in (begun, here):
        record_arrival(nurse, appointment_id=one.public_id)
    start_procedure(nurse, appointment_id=begun.public_id)
    with pytest.raises(NotInThatState, match="has begun"):
        late(ward, begun, 30)
    outcome = late(ward, here, 30)
    assert [(one.visit.pk, one.is_told) for one in outcome.lines] == [(here.pk, False), (coming.pk, True)]
    assert (*arrivals(ward, here), here.ical_sequence) == ("09:45", 0)
    assert here.allocations.get(resource=ward.rooms[0]).starts_at == ward.at(TODAY, "11:15")
    undone = undo_change(ward.cast.actor("coordinator"), appointment_id=coming.public_id)
    assert (*arrivals(ward, undone, here), undone.status, here.status) == ("10:30", "09:45", "booked", "arrived")
    assert here.allocations.get(resource=ward.rooms[0]).starts_at == ward.at(TODAY, "10:45")


def test_what_no_longer_fits_is_named_and_somebody_decides_before_the_others_move(ward: Ward, clock: Traveller) -> None:
    # The list ends at 17:00: a procedure begins at 16:15 at the latest.
    first, last = booked(ward, 1, "14:00"), booked(ward, 2, "15:15")
    shown = ahead(ward, first, 60)
    assert [(one.minutes, one.short) for one in shown.lines] == [
        (60, ""),
        (0, "It would begin at 16:45, outside the hours of Room 1 and Dr Malik."),
    ]
    with pytest.raises(SlotNotOffered, match="The procedure of 16:15 in Room 1 no longer fits"):
        late(ward, first, 60)
    stays = frozenset({last.public_id})
    assert [bool(one.short) for one in ahead(ward, first, 60, stay=stays).lines] == [True, False]
    late(ward, first, 30, stay=stays)
    assert arrivals(ward, first, last) == ["14:30", "15:15"]
    item = WorklistItem.objects.get(key__endswith=":late")
    assert (item.kind, item.patient) == ("move", last.patient)
    # By leave, with a reason, it runs past the list's end instead.
    with pytest.raises(NotAllowed):
        late(ward, first, 30, over_reason="Nobody else can")
    late(ward, first, 30, over_reason="Nobody else can", who="doctor")
    assert (*arrivals(ward, first, last), last.squeezed_in_reason) == ("15:00", "15:45", "Nobody else can")
    undo_change(ward.cast.actor("doctor"), appointment_id=last.public_id)
    assert (*arrivals(ward, first, last), last.squeezed_in_reason) == ("14:30", "15:15", "")


def test_a_full_recovery_holds_the_next_one_up(ward: Ward, clock: Traveller) -> None:
    for place in ward.places[1:]:
        place.is_active = False
        place.save()
    first = booked(ward, 1, "08:30")
    gone = ward.unit.local(first.ends_at - timedelta(minutes=105))
    third = booked(ward, 3, f"{gone:%H:%M}")
    late(ward, first, 15)
    assert arrivals(ward, first, third) == ["08:45", f"{gone + timedelta(minutes=15):%H:%M}"]


def test_the_page_shows_exactly_what_will_happen_or_nothing_does(ward: Ward, clock: Traveller) -> None:
    first = booked(ward, 1, "09:00")
    seen = ahead(ward, first, 30).mark
    second = booked(ward, 2, "09:45")
    with pytest.raises(StalePage):
        late(ward, first, 30, seen=seen)
    assert arrivals(ward, first, second) == ["09:00", "09:45"]
    late(ward, first, 30, seen=ahead(ward, first, 30).mark)
    assert arrivals(ward, first, second) == ["09:30", "10:15"]


def test_minutes_days_and_people_that_are_refused(ward: Ward, clock: Traveller) -> None:
    visit = booked(ward, 1, "09:00")
    for minutes in (0, 7, -5, 485):
        with pytest.raises(InvalidInput):
            ahead(ward, visit, minutes)
    with pytest.raises(NotAllowed):
        late(ward, visit, 30, who="manager")
    clock.move_to(ward.at(TODAY, "09:50"))
    outcome = ahead(ward, visit, 40)
    assert (outcome.lines[0].arrives_at, outcome.lines[0].is_told) == (ward.at(TODAY, "09:40"), False)
    clock.move_to(ward.at(TODAY, "11:00"))
    with pytest.raises(InvalidInput, match="passed too"):
        late(ward, visit, 30)
    clock.move_to(ward.at(TODAY - timedelta(days=1), "11:00"))
    with pytest.raises(NotInThatState, match="Only a list of today"):
        late(ward, visit, 30)
