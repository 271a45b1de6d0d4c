"""Two visits change places: both or neither, each as its own length asks, and taken back together."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from patients.models import Flag, NeedAllowance
from scheduling.errors import NotInThatState, StalePage, SwapRefused
from scheduling.models import Appointment, AppointmentEvent
from scheduling.services import book_appointment, cancel_appointment, undo_change
from scheduling.services.visits.swapping import Seen, preview_swap, swap_appointments
from tests.ward import TODAY, Ward, dose_id, maintenance_patient
from units.errors import InvalidInput

TOMORROW, AFTER = TODAY + timedelta(days=1), TODAY + timedelta(days=2)


@pytest.fixture(autouse=True)
def _the_databases_clock_stands_too(clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduling.services.visits.cancelling._database_now", timezone.now)


@pytest.fixture
def pair(ward: Ward) -> tuple[Appointment, Appointment]:
    """One tomorrow at nine in room 1, one the day after at eleven in room 2 with the other operator."""
    actor = ward.cast.actor("coordinator")
    first, second = (maintenance_patient(ward, number, due=TOMORROW) for number in (1, 2))
    return (
        book_appointment(actor, dose_id=dose_id(first), wanted=ward.wanted(TOMORROW)),
        book_appointment(actor, dose_id=dose_id(second), wanted=ward.wanted(AFTER, "11:00", room=1, operator=1)),
    )


def swap(ward: Ward, first: Appointment, second: Appointment, **more: Any) -> Any:
    actor = ward.cast.actor("coordinator")
    return swap_appointments(actor, first=Seen(first.public_id), second=Seen(second.public_id), **more)


def stands(visit: Appointment) -> tuple[Any, ...]:
    """When the visit begins, and its room and operator."""
    names = visit.allocations.filter(phase="procedure").order_by("resource").values_list("resource__name", flat=True)
    return (Appointment.objects.get(pk=visit.pk).starts_at, *names)


def test_each_has_the_others_place_and_one_update(ward: Ward, pair: tuple[Appointment, Appointment]) -> None:
    before = [stands(visit) for visit in pair]
    swap(ward, *pair, reason="Transport")
    assert [stands(visit) for visit in pair] == before[::-1]
    events = AppointmentEvent.objects.filter(kind="moved")
    assert [(one.appointment, one.ical_sequence, one.reason) for one in events] == [
        (pair[0], 1, "Transport"),
        (pair[1], 1, "Transport"),
    ]
    assert len({one.together for one in events}) == 1


def test_each_keeps_its_own_length(ward: Ward, pair: tuple[Appointment, Appointment]) -> None:
    NeedAllowance.objects.create(unit=ward.unit, code="hoist", minutes_before=15)
    Flag.objects.create(patient=pair[0].patient, code="hoist")
    swap(ward, *pair)
    # Ready for the room when the other was, so a quarter of an hour earlier.
    assert stands(pair[0])[0] == ward.at(AFTER, "10:45")
    assert stands(pair[1])[0] == ward.at(TOMORROW, "09:00")


def test_undo_takes_both_back(ward: Ward, pair: tuple[Appointment, Appointment]) -> None:
    before = [stands(visit) for visit in pair]
    swap(ward, *pair)
    undo_change(ward.cast.actor("coordinator"), appointment_id=pair[1].public_id)
    assert [stands(visit) for visit in pair] == before
    assert AppointmentEvent.objects.filter(kind="undone").count() == 2


def test_a_preview_changes_nothing(ward: Ward, pair: tuple[Appointment, Appointment]) -> None:
    before = [stands(visit) for visit in pair]
    told = preview_swap(ward.cast.actor("coordinator"), first=Seen(pair[0].public_id), second=Seen(pair[1].public_id))
    assert [(one.was_at, one.was, one.now) for one in told] == [
        (before[0][0], "Room 1, Dr Malik", "Room 2, Dr Osei"),
        (before[1][0], "Room 2, Dr Osei", "Room 1, Dr Malik"),
    ]
    assert [one.visit.starts_at for one in told] == [before[1][0], before[0][0]]
    assert [stands(visit) for visit in pair] == before
    assert not AppointmentEvent.objects.filter(kind="moved").exists()


def test_a_visit_that_would_leave_its_window_is_named(ward: Ward, pair: tuple[Appointment, Appointment]) -> None:
    late = maintenance_patient(ward, 3, due=TODAY + timedelta(days=20))
    actor, day = ward.cast.actor("coordinator"), TODAY + timedelta(days=20)
    visit = book_appointment(actor, dose_id=dose_id(late), wanted=ward.wanted(day))
    before = [stands(one) for one in (pair[0], visit)]
    with pytest.raises(SwapRefused) as refused:
        swap(ward, pair[0], visit)
    assert refused.value.facts == {"appointment": str(pair[0].public_id), "because": "outside_window"}
    assert refused.value.sentence.startswith("The visit of Wed 25 Nov, 09:00 does not fit on Mon 14 Dec at 09:00: ")
    assert [stands(one) for one in (pair[0], visit)] == before


def test_a_visit_that_is_over_cannot_be_swapped(ward: Ward, pair: tuple[Appointment, Appointment]) -> None:
    actor = ward.cast.actor("coordinator")
    cancel_appointment(actor, appointment_id=pair[1].public_id, cancelled_by="patient", reason="Unwell")
    with pytest.raises(NotInThatState, match="is cancelled"):
        swap(ward, *pair)


def test_a_stale_page_or_the_same_visit_twice_is_refused(ward: Ward, pair: tuple[Appointment, Appointment]) -> None:
    actor, second = ward.cast.actor("coordinator"), Seen(pair[1].public_id)
    with pytest.raises(StalePage):
        swap_appointments(actor, first=Seen(pair[0].public_id, 7), second=second)
    with pytest.raises(InvalidInput):
        swap_appointments(actor, first=second, second=second)
