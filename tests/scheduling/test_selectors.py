"""What the pages read: right rows, only the actor's units, and the same number of queries however many rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doseplans.models import PlanHold
from scheduling.models import Closure
from scheduling.selectors.day_board import board_stamp, day_board
from scheduling.selectors.slots import find_slots
from scheduling.selectors.to_book import Urgency, doses_to_book
from scheduling.services import book_appointment, cancel_appointment, move_appointment
from scheduling.services.visits.gates import what_stops
from scheduling.services.visits.wanted import dose_for
from tests.ward import NOW, TODAY, Ward, dose_id, maintenance_patient
from units.errors import NotAllowed

Traveller = time_machine.Traveller
TOMORROW = TODAY + timedelta(days=1)


def test_to_book_orders_by_urgency_and_names_what_stops(ward: Ward, clock: Traveller) -> None:
    overdue = maintenance_patient(ward, 1, due=TODAY - timedelta(days=9))
    coming = maintenance_patient(ward, 2, due=TODAY + timedelta(days=20))
    held = maintenance_patient(ward, 3, due=TODAY)
    PlanHold.objects.create(plan=held.plans.get(), reason="rash", placed_on=TODAY, placed_by_name="Dr Malik")
    blocked = maintenance_patient(ward, 4, due=TODAY + timedelta(days=10))
    blocked.plans.update(genetic_test_note="")
    closing = maintenance_patient(ward, 5, due=TODAY + timedelta(days=1))
    maintenance_patient(ward, 6, due=TODAY + timedelta(days=60))

    rows = doses_to_book(ward.cast.actor("coordinator"), unit=ward.unit, at=NOW)

    assert [(row.dose.plan.patient, row.urgency) for row in rows] == [
        (overdue, Urgency.OVERDUE),
        (held, Urgency.ON_HOLD),
        (closing, Urgency.CLOSING),
        (blocked, Urgency.BLOCKED),
        (coming, Urgency.COMING),
    ]
    assert rows[3].problems == ("Genetic test report not recorded",)


def test_to_book_leaves_out_booked_doses_and_shows_them_again_when_cancelled(ward: Ward, clock: Traveller) -> None:
    patient, actor = maintenance_patient(ward), ward.cast.actor("coordinator")
    visit = book_appointment(actor, dose_id=dose_id(patient), wanted=ward.wanted(TOMORROW))
    assert [row.dose.sequence for row in doses_to_book(actor, unit=ward.unit, at=NOW)] == [6]
    cancel_appointment(actor, appointment_id=visit.public_id, cancelled_by="unit")
    assert [row.dose.sequence for row in doses_to_book(actor, unit=ward.unit, at=NOW)] == [5]


def test_a_dose_too_close_to_the_next_visit_says_so_before_slots_are_looked_for(ward: Ward, clock: Traveller) -> None:
    patient, actor = maintenance_patient(ward), ward.cast.actor("coordinator")
    visit = book_appointment(actor, dose_id=dose_id(patient), wanted=ward.wanted(TOMORROW))
    following = TOMORROW + timedelta(days=28)
    sixth = patient.plans.get().doses.get(sequence=6)
    book_appointment(actor, dose_id=sixth.public_id, wanted=ward.wanted(following))
    cancel_appointment(actor, appointment_id=visit.public_id, cancelled_by="unit")
    assert what_stops(actor, dose_for(actor, dose_id(patient)), at=NOW) is None

    later = NOW + timedelta(days=20)
    (row,) = doses_to_book(actor, unit=ward.unit, at=later)
    assert row.urgency is Urgency.BLOCKED
    assert row.problems == ("too close to the next visit on Wed 23 Dec: move that one first",)
    stopped = what_stops(actor, dose_for(actor, dose_id(patient)), at=later)
    assert stopped is not None
    assert (stopped.code, stopped.sentence) == (
        "neighbour_too_close",
        "The next dose is booked for Wed 23 Dec, less than 14 days later (local policy). Move that visit first.",
    )
    doctor = ward.cast.actor("doctor")
    assert what_stops(doctor, dose_for(doctor, dose_id(patient)), at=later) is None  # may book with a reason


def test_to_book_shows_nothing_of_another_unit(ward: Ward, clock: Traveller) -> None:
    maintenance_patient(ward)
    assert doses_to_book(ward.cast.actor("other_coordinator"), unit=ward.unit, at=NOW) == []


def test_slots_come_with_reasons_and_are_all_bookable(ward: Ward, clock: Traveller) -> None:
    patient, actor = maintenance_patient(ward, due=TOMORROW), ward.cast.actor("coordinator")
    proposals = find_slots(actor, dose=dose_for(actor, dose_id(patient)), at=NOW)
    best = proposals.found.proposals[0]
    assert best.slot.on == TOMORROW
    assert best.reasons[0].words == "Inside the window, on the target day"
    assert len(proposals.found.proposals) == 4
    for one in proposals.found.proposals:
        room, operator = proposals.resources[one.slot.room_id], proposals.resources[one.slot.operator_id]
        assert room in ward.rooms
        assert operator in ward.operators


def test_slots_avoid_what_is_taken_and_closed(ward: Ward, clock: Traveller) -> None:
    actor = ward.cast.actor("coordinator")
    Closure.objects.create(
        unit=ward.unit, starts_at=NOW, ends_at=ward.at(TOMORROW + timedelta(days=1), "00:00"), reason="flood"
    )
    dose = dose_for(actor, dose_id(maintenance_patient(ward, due=TOMORROW)))
    days = {one.slot.on for one in find_slots(actor, dose=dose, at=NOW, limit=8).found.proposals}
    assert min(days) == TOMORROW + timedelta(days=1)


def test_slots_say_why_there_are_none(ward: Ward, clock: Traveller) -> None:
    actor = ward.cast.actor("coordinator")
    for person in ward.operators:
        person.is_active = False
        person.save()
    dose = dose_for(actor, dose_id(maintenance_patient(ward, due=TOMORROW)))
    found = find_slots(actor, dose=dose, at=NOW).found
    assert found.proposals == ()
    assert found.why is not None
    assert "no operator" in found.why.words


def test_slots_take_the_same_queries_however_full_the_unit(ward: Ward, clock: Traveller) -> None:
    actor = ward.cast.actor("coordinator")
    key = dose_id(maintenance_patient(ward, due=TOMORROW + timedelta(days=3)))
    with CaptureQueriesContext(connection) as empty:
        find_slots(actor, dose=dose_for(actor, key), at=NOW)
    for number, clock_time in enumerate(("07:00", "08:00", "09:00", "10:00", "11:00", "12:00"), start=2):
        patient = maintenance_patient(ward, number, due=TOMORROW)
        book_appointment(actor, dose_id=dose_id(patient), wanted=ward.wanted(TOMORROW, clock_time))
    with CaptureQueriesContext(connection) as fuller:
        find_slots(actor, dose=dose_for(actor, key), at=NOW)
    assert len(fuller) == len(empty)


@pytest.mark.parametrize("visits", [1, 8])
def test_day_board_takes_at_most_ten_queries(ward: Ward, clock: Traveller, visits: int) -> None:
    actor = ward.cast.actor("nurse")
    for number in range(visits):
        patient = maintenance_patient(ward, number, due=TOMORROW)
        book_appointment(
            actor,
            dose_id=dose_id(patient),
            wanted=ward.wanted(TOMORROW, f"{7 + number // 2 * 2:02}:00", room=number % 2, operator=number % 2),
        )
    with CaptureQueriesContext(connection) as queries:
        board = day_board(actor, unit=ward.unit, on=TOMORROW, at=NOW)
        for visit in board.visits:
            assert [str(row.resource) for row in visit.allocations.all()] != []
            assert list(visit.patient.flags.all()) == []
    assert len(board.visits) == visits
    assert len(queries) <= 10


def test_day_board_is_closed_to_another_unit(ward: Ward, clock: Traveller) -> None:
    with pytest.raises(NotAllowed):
        day_board(ward.cast.actor("other_nurse"), unit=ward.unit, on=TODAY, at=NOW)


def test_board_stamp_changes_with_every_change_of_the_day(ward: Ward, clock: Traveller) -> None:
    actor = ward.cast.actor("nurse")
    seen = [board_stamp(actor, unit=ward.unit, on=TOMORROW)]
    first = book_appointment(actor, dose_id=dose_id(maintenance_patient(ward, 1)), wanted=ward.wanted(TOMORROW))
    seen.append(board_stamp(actor, unit=ward.unit, on=TOMORROW))
    book_appointment(actor, dose_id=dose_id(maintenance_patient(ward, 2)), wanted=ward.wanted(TOMORROW, "13:00"))
    seen.append(board_stamp(actor, unit=ward.unit, on=TOMORROW))
    move_appointment(actor, appointment_id=first.public_id, wanted=ward.wanted(TOMORROW + timedelta(days=1), "09:00"))
    seen.append(board_stamp(actor, unit=ward.unit, on=TOMORROW))
    assert len(set(seen)) == len(seen)
