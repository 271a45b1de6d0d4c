"""A start that somebody points at is answered as booking or moving would answer it, and nothing is written."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from doseplans.models import DosePlan, PlanHold
from patients.models import Patient
from scheduling.engine.ticks import floor_tick
from scheduling.errors import OutsideWindow, SlotNotOffered, SlotTaken
from scheduling.models import Allocation, Appointment, Closure, Reservation
from scheduling.selectors.nearest import nearest_start
from scheduling.services import book_appointment, move_appointment, reserve_slot
from scheduling.services.visits.weighing import Start, Step, Weighed, weigh_booking, weigh_move
from tests.ward import NOW, TODAY, dose_id, maintenance_patient

if TYPE_CHECKING:
    from tests.ward import Ward

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient(ward: Ward, clock: Any) -> Patient:
    return maintenance_patient(ward, due=TODAY)


@pytest.fixture
def visit(ward: Ward, patient: Patient) -> Appointment:
    """Today at ten, in the room from eleven, with Dr Malik."""
    return booked(ward, patient, "10:00")


def booked(ward: Ward, patient: Patient, clock: str, *, day: date = TODAY, room: int = 0) -> Appointment:
    wanted = ward.wanted(day, clock, room=room, operator=room)
    return book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=wanted)


def move(
    ward: Ward,
    visit: Appointment,
    clock: str,
    *,
    day: date = TODAY,
    room: int = 0,
    who: str = "coordinator",
    **more: Any,
) -> Weighed:
    """The visit's procedure dropped there."""
    start = Start(ward.at(day, clock), ward.rooms[0].public_id)
    return weigh_move(ward.cast.actor(who), appointment_id=visit.public_id, start=start, **more)


def refused_for(weighed: Weighed) -> list[Step]:
    return [step for step in Step if step in weighed.refusals]


def test_a_free_start_is_accepted_with_what_it_costs(ward: Ward, visit: Appointment) -> None:
    before = list(Allocation.objects.order_by("pk").values())
    weighed = move(ward, visit, "12:15", day=TODAY + timedelta(days=2))
    assert weighed.refusal is None
    assert weighed.choice is not None
    assert (weighed.choice.days_late, weighed.choice.drift_before, weighed.choice.drift_after) == (2, 0, 2)
    assert weighed.operator == ward.operators[0]
    assert weighed.previous == (4, TODAY - timedelta(days=28))
    assert list(Allocation.objects.order_by("pk").values()) == before


def test_a_visit_is_not_in_its_own_way(ward: Ward, visit: Appointment) -> None:
    Closure.objects.bulk_create(
        Closure(unit=ward.unit, resource=place, starts_at=NOW, ends_at=ward.at(TODAY, "20:00"), reason="Painted")
        for place in ward.places[1:]
    )
    assert move(ward, visit, "11:15").refusal is None


def test_another_operator_of_the_list_steps_in(ward: Ward, visit: Appointment) -> None:
    Closure.objects.create(
        unit=ward.unit, resource=ward.operators[0], starts_at=NOW, ends_at=ward.at(TODAY, "20:00"), reason="Leave"
    )
    weighed = move(ward, visit, "14:00")
    assert (weighed.refusal, weighed.operator) == (None, ward.operators[1])


def test_recovery_that_is_full_is_named_with_its_time(ward: Ward, visit: Appointment) -> None:
    Closure.objects.create(
        unit=ward.unit,
        resource=ward.places[0],
        starts_at=ward.at(TODAY, "12:00"),
        ends_at=ward.at(TODAY, "20:00"),
        reason="Bell",
    )
    others = [maintenance_patient(ward, number, due=TODAY) for number in (2, 3)]
    booked(ward, others[0], "12:30")
    booked(ward, others[1], "12:30", room=1)
    weighed = move(ward, visit, "14:15")
    assert refused_for(weighed) == [Step.RECOVERY]
    assert isinstance(weighed.refusal, SlotTaken)
    assert weighed.full is not None
    assert (weighed.full.starts_at, weighed.full.taken, weighed.full.closed) == (ward.at(TODAY, "15:00"), 2, 1)


def test_a_day_outside_the_window_is_refused_to_a_clerk_and_asks_a_doctor_why(ward: Ward, visit: Appointment) -> None:
    late = TODAY + timedelta(days=6)
    weighed = move(ward, visit, "11:00", day=late)
    assert (refused_for(weighed), type(weighed.refusal)) == ([Step.DOSE], OutsideWindow)
    doctor = move(ward, visit, "11:00", day=late, who="doctor")
    assert (doctor.refusal, doctor.needs_reason) == (None, True)


@pytest.mark.parametrize(("days", "code"), [(-8, "dose_too_early"), (1, "plan_on_hold")])
def test_minimum_and_hold_refuse_as_booking_does(days: int, code: str, ward: Ward, clock: Any) -> None:
    waits = maintenance_patient(ward, due=TODAY + timedelta(days=20))
    dose = dose_id(waits)
    if code == "plan_on_hold":
        PlanHold.objects.create(
            plan=DosePlan.objects.get(patient=waits), reason="Fever", placed_on=TODAY, placed_by_name="Dr Malik"
        )
    day = TODAY + timedelta(days=days if days > 0 else 2)
    start = Start(ward.at(day, "11:00"), ward.rooms[0].public_id)
    weighed = weigh_booking(ward.cast.actor("coordinator"), dose_id=dose, start=start)
    assert weighed.refusal is not None
    assert weighed.refusal.code == code
    assert refused_for(weighed) == [Step.DOSE]


def test_what_somebody_else_did_meanwhile_comes_first(ward: Ward, visit: Appointment) -> None:
    move_appointment(ward.cast.actor("nurse"), appointment_id=visit.public_id, wanted=ward.wanted(TODAY, "12:00"))
    weighed = move(ward, visit, "11:00", version=1)
    assert weighed.refusal is not None
    assert (weighed.refusal.code, "Ada Nurse" in weighed.refusal.sentence) == ("stale_page", True)


def test_a_room_that_is_taken_still_says_what_else_was_asked(ward: Ward, visit: Appointment) -> None:
    booked(ward, maintenance_patient(ward, 2, due=TODAY), "13:00")
    weighed = move(ward, visit, "14:15")
    assert refused_for(weighed) == [Step.ROOM]
    assert isinstance(weighed.refusal, SlotTaken)


def test_hours_of_the_list_are_kept(ward: Ward, visit: Appointment) -> None:
    weighed = move(ward, visit, "16:45")
    assert (refused_for(weighed), type(weighed.refusal)) == ([Step.ROOM], SlotNotOffered)


def test_an_own_reservation_is_not_in_the_way_and_anothers_is(ward: Ward, patient: Patient) -> None:
    reserve_slot(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(TODAY, "10:00"))
    start = Start(ward.at(TODAY, "11:15"), ward.rooms[0].public_id)
    assert weigh_booking(ward.cast.actor("coordinator"), dose_id=dose_id(patient), start=start).refusal is None
    refusal = weigh_booking(ward.cast.actor("nurse"), dose_id=dose_id(patient), start=start).refusal
    assert refusal is not None
    assert refusal.code == "dose_reserved_by_other"
    assert Reservation.objects.count() == 1


def test_the_nearest_start_is_on_the_day_and_not_where_it_stands(ward: Ward, visit: Appointment) -> None:
    tomorrow = TODAY + timedelta(days=1)  # today is within the notice that the unit gives
    booked(ward, maintenance_patient(ward, 2, due=TODAY), "13:00", day=tomorrow)
    weighed = move(ward, visit, "14:15", day=tomorrow)
    slot = nearest_start(
        weighed.errand, weighed.need, (floor_tick(weighed.start.procedure_at), ward.rooms[0].pk), at=NOW
    )
    assert slot is not None
    assert (slot.room_id, slot.procedure_at) == (ward.rooms[0].pk, ward.at(tomorrow, "14:45"))
