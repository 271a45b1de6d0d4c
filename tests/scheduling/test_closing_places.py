"""A recovery place that closes: who lies there gets another place unheard, and only whoever has none is stranded."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from patients.models import WorklistItem
from scheduling.models import Allocation, Appointment, AppointmentEvent, Closure, Resource
from scheduling.services import book_appointment, close
from scheduling.services.opening.closures import stranded_by_closing
from tests.ward import TODAY, Ward, dose_id, maintenance_patient

if TYPE_CHECKING:
    from time_machine import Traveller

DUE = TODAY + timedelta(days=1)

pytestmark = pytest.mark.usefixtures("clock")


def booked(ward: Ward, number: int, clock: str, *, room: int) -> Appointment:
    patient = maintenance_patient(ward, number, due=DUE)
    wanted = ward.wanted(DUE, clock, room=room, operator=room)
    return book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=wanted)


def place_of(visit: Appointment) -> Resource:
    return Allocation.objects.get(appointment=visit, phase="recovery").resource


def shut(ward: Ward, place: Resource) -> list[Appointment]:
    """The place is closed all day; the visits that looking before and closing both say are stranded."""
    hours = {"starts_at": ward.at(DUE, "00:00"), "ends_at": ward.at(DUE + timedelta(days=1), "00:00")}
    actor = ward.cast.actor("administrator")
    foreseen = stranded_by_closing(actor, unit=ward.unit, resource=place, reason="Broken", **hours)
    done = close(actor, unit=ward.unit, resource=place, reason="Broken", **hours)
    assert [one.visit for one in foreseen] == [one.visit for one in done.stranded]
    return [one.visit for one in done.stranded]


def test_who_lies_there_gets_another_place_and_hears_nothing(ward: Ward, clock: Traveller) -> None:
    first, second = booked(ward, 1, "08:00", room=0), booked(ward, 2, "08:00", room=1)
    before = {(row.phase, row.starts_at, row.ends_at) for row in first.allocations.all()}
    closed, kept = place_of(first), place_of(second)
    assert shut(ward, closed) == []
    assert place_of(first) not in {closed, kept}
    assert place_of(second) == kept
    assert {(row.phase, row.starts_at, row.ends_at) for row in first.allocations.all()} == before
    assert list(AppointmentEvent.objects.values_list("kind", flat=True)) == ["booked", "booked"]
    first.refresh_from_db()
    assert first.ical_sequence == 0
    assert not WorklistItem.objects.filter(title="Visit without a list").exists()


def test_only_whoever_then_has_none_is_stranded(ward: Ward, clock: Traveller) -> None:
    # Two places, one taken by the other visit for part of the same time.
    first, second = booked(ward, 1, "08:00", room=0), booked(ward, 2, "09:00", room=1)
    third = next(place for place in ward.places if place not in {place_of(first), place_of(second)})
    Closure.objects.create(
        unit=ward.unit, resource=third, starts_at=ward.at(DUE, "00:00"), ends_at=ward.at(DUE, "23:00"), reason="Broken"
    )
    assert shut(ward, place_of(first)) == [first]
    item = WorklistItem.objects.get(title="Visit without a list")
    assert item.patient == first.patient


def test_whoever_has_arrived_stays_where_they_are(ward: Ward, clock: Traveller) -> None:
    visit = booked(ward, 1, "08:00", room=0)
    place = place_of(visit)
    Appointment.objects.filter(pk=visit.pk).update(status="arrived")
    assert shut(ward, place) == []
    assert place_of(visit) == place


def test_a_closure_far_ahead_waits_for_a_booking_of_its_days(ward: Ward, clock: Traveller) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from scheduling.locking import unit_day_key

    far = TODAY + timedelta(days=800)
    with CaptureQueriesContext(connection) as queries:
        close(
            ward.cast.actor("administrator"),
            unit=ward.unit,
            resource=ward.rooms[0],
            starts_at=ward.at(far, "08:00"),
            ends_at=ward.at(far + timedelta(days=2), "17:00"),
            reason="Rebuilt",
        )
    wanted = [str(unit_day_key(ward.unit.pk, far + timedelta(days=n))) for n in range(3)]
    locking = next(query["sql"] for query in queries if "pg_advisory_xact_lock" in query["sql"])
    assert [key for key in wanted if key in locking] == wanted
