"""Who could have a free place: the list says of everybody what asking for that one start would say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from doseplans.models import Dose
from patients.models import NeedAllowance, NoGoTime, Patient
from scheduling.engine.free import Obstacle
from scheduling.models import Appointment, Closure, OnlyOperator
from scheduling.services import reserve_slot
from scheduling.services.visits.weighing import Start, weigh_booking, weigh_move
from scheduling.services.waiting.takers import Fit, Takers, takers_of
from tests.scheduling.test_skills import guided_by, limit, needs, skill
from tests.scheduling.waiting import book, waiter
from tests.ward import TODAY, Ward, dose_id, maintenance_patient, next_dose

pytestmark = pytest.mark.usefixtures("clock")

ON = TODAY + timedelta(days=1)


def ask(ward: Ward, clock: str, *, room: int = 0, who: str = "coordinator") -> Takers:
    start = ward.at(ON, clock)
    actor = ward.cast.actor(who)
    return takers_of(actor, unit=ward.unit, room=ward.rooms[room], procedure_at=start, at=timezone.now())


def only_fit(ward: Ward, clock: str = "10:00", **more: Any) -> Fit:
    [(_row, fit)] = ask(ward, clock, **more).doses
    return fit


def room_without_fluoroscopy(ward: Ward, patient: Patient) -> None:
    skill(ward, "fluoroscopy", ward.rooms[1], asked_of="room", access_route="fluoroscopy")
    guided_by(patient, "fluoroscopy")


def only_operator_away(ward: Ward, patient: Patient) -> None:
    OnlyOperator.objects.create(plan=next_dose(patient).plan, operator=ward.operators[1])
    shut(ward, ward.operators[1])


def nobody_to_assist(ward: Ward, patient: Patient) -> None:
    NeedAllowance.objects.create(unit=ward.unit, code="hoist", needs_assistant=True)
    needs(patient, "hoist")
    shut(ward, ward.operators[1])


def no_place_with_a_hoist(ward: Ward, patient: Patient) -> None:
    skill(ward, "hoist", ward.places[0], asked_of="place", need="hoist")
    needs(patient, "hoist")
    shut(ward, ward.places[0])


def a_visit_that_needs_make_longer(ward: Ward, patient: Patient) -> None:
    NeedAllowance.objects.create(unit=ward.unit, code="niv", minutes_after=9 * 60)
    needs(patient, "niv")


def later_hours(ward: Ward, patient: Patient) -> None:
    limit(starts_from=time(11))


def has_another_visit(ward: Ward, patient: Patient) -> None:
    stands(ward, patient, ward.at(ON, "10:30"))


def stands(ward: Ward, patient: Patient, starts_at: datetime, **more: Any) -> None:
    """A visit of theirs that takes no room and nobody."""
    Appointment.objects.create(
        unit=ward.unit,
        patient=patient,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        dtstamp=timezone.now(),
        booked_at=timezone.now(),
        **more,
    )


def shut(ward: Ward, resource: Any) -> None:
    day = {"starts_at": ward.at(ON, "00:00"), "ends_at": ward.at(ON, "23:55")}
    Closure.objects.create(unit=ward.unit, resource=resource, reason="Away", **day)


OBSTACLES = {
    only_operator_away: Obstacle.NO_OPERATOR,
    nobody_to_assist: Obstacle.NO_ASSISTANT,
    no_place_with_a_hoist: Obstacle.NO_RECOVERY,
    a_visit_that_needs_make_longer: Obstacle.OUTSIDE_HOURS,
    later_hours: Obstacle.START_HOURS,
    has_another_visit: Obstacle.PATIENT_BUSY,
}


@pytest.mark.parametrize(("lacking", "obstacle"), OBSTACLES.items())
def test_what_the_patients_own_circumstances_rule_out_is_said(
    ward: Ward, lacking: Callable[[Ward, Patient], None], obstacle: Obstacle
) -> None:
    patient = maintenance_patient(ward)
    assert only_fit(ward).is_plain  # nothing is asked for yet
    lacking(ward, patient)
    fit = only_fit(ward)
    assert (fit.is_stopped, fit.obstacle and fit.obstacle.obstacle) == (True, obstacle)


def test_a_room_that_lacks_something_is_named_with_what_it_lacks(ward: Ward) -> None:
    room_without_fluoroscopy(ward, maintenance_patient(ward))
    lacking = only_fit(ward).lacking
    assert lacking is not None
    assert lacking.skill == "fluoroscopy"
    assert only_fit(ward, room=1).is_plain


def test_a_time_that_does_not_suit_is_a_catch_and_stops_nothing(ward: Ward) -> None:
    patient = maintenance_patient(ward)
    NoGoTime.objects.create(patient=patient, words="transport leaves at 12:00", starts_at=time(12), ends_at=time(18))
    NeedAllowance.objects.create(unit=ward.unit, code="transport", notice_hours=72)
    needs(patient, "transport")
    fit = only_fit(ward)
    assert (fit.is_stopped, fit.unwished, fit.notice) == (False, "transport leaves at 12:00", timedelta(hours=72))


def test_a_next_visit_that_would_be_too_near_stops_it_but_for_a_doctors_reason(ward: Ward) -> None:
    patient = maintenance_patient(ward)
    following = Dose.objects.get(plan__patient=patient, sequence=6)
    stands(
        ward, patient, ward.at(ON + timedelta(days=13), "09:00"), dose=following
    )  # 14 days after today, not tomorrow
    refused = only_fit(ward)
    assert (refused.gate and refused.gate.code, refused.needs_reason) == ("neighbour_too_close", None)
    asked = only_fit(ward, who="doctor")
    assert (asked.is_stopped, asked.needs_reason and asked.needs_reason.code) == (False, "neighbour_too_close")


def test_the_own_reservation_is_not_in_the_way(ward: Ward) -> None:
    patient = maintenance_patient(ward)
    reserve_slot(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(ON, "09:00"))
    assert only_fit(ward).is_plain
    assert ask(ward, "10:00", who="nurse").doses == ()  # somebody is choosing for it


def test_those_that_fit_come_first_and_then_the_most_urgent(ward: Ward) -> None:
    patients = [maintenance_patient(ward, n, due=ON + timedelta(days=n - 2)) for n in (1, 2, 3)]
    room_without_fluoroscopy(ward, patients[0])
    NoGoTime.objects.create(patient=patients[1], words="school run")
    assert [row.dose.plan.patient for row, _fit in ask(ward, "10:00").doses] == [patients[2], patients[1], patients[0]]


# --- as asking for one says it ---------------------------------------------------------------------------------------
def many_circumstances(ward: Ward) -> None:
    """A ward in which every patient is somebody else's exception."""
    people = [maintenance_patient(ward, n) for n in range(1, 7)]
    room_without_fluoroscopy(ward, people[0])
    OnlyOperator.objects.create(plan=next_dose(people[1]).plan, operator=ward.operators[1])
    skill(ward, "hoist", ward.places[0], asked_of="place", need="hoist")
    NeedAllowance.objects.create(unit=ward.unit, code="hoist", needs_assistant=True, minutes_after=45)
    needs(people[2], "hoist")
    has_another_visit(ward, people[3])
    for number, clock in enumerate(("08:00", "10:30", "13:00"), start=20):
        book(ward, maintenance_patient(ward, number), ON, clock)
    for place in ward.places[1:]:
        Closure.objects.create(
            unit=ward.unit,
            resource=place,
            starts_at=ward.at(ON, "15:00"),
            ends_at=ward.at(ON, "16:00"),
            reason="Cleaning",
        )
    Closure.objects.create(
        unit=ward.unit,
        resource=ward.operators[1],
        starts_at=ward.at(ON, "11:00"),
        ends_at=ward.at(ON, "12:30"),
        reason="Meeting",
    )
    waiter(ward, 30, due=ON + timedelta(days=1), booked=ON + timedelta(days=2))


def starts() -> Iterator[tuple[str, int]]:
    yield from ((f"{hour:02}:{minute}", room) for hour in range(9, 17, 2) for minute in ("00", "45") for room in (0, 1))


def test_the_list_says_what_asking_for_each_says(ward: Ward) -> None:
    many_circumstances(ward)
    actor = ward.cast.actor("coordinator")
    said, asked = {}, {}
    for clock, room in starts():
        found = ask(ward, clock, room=room)
        start = Start(ward.at(ON, clock), ward.rooms[room].public_id)
        for row, fit in found.doses:
            key = clock, room, str(row.dose.plan.patient)
            said[key] = not fit.is_stopped
            asked[key] = weigh_booking(actor, dose_id=row.dose.public_id, start=start).refusal is None
        for wish, fit in found.earlier:
            key = clock, room, str(wish.dose.plan.patient)
            said[key] = not fit.is_stopped
            visit: Any = wish.visit  # type: ignore[attr-defined]
            asked[key] = weigh_move(actor, appointment_id=visit.public_id, start=start).refusal is None
    assert said == asked
    assert {True, False} == set(said.values())
    assert len(said) == 7 * len(list(starts()))


def test_many_cost_no_query_more(ward: Ward) -> None:
    skill(ward, "hoist", ward.places[0], asked_of="place", need="hoist")
    waiter(ward, 50, due=ON, booked=ON + timedelta(days=2), clock="08:00")
    maintenance_patient(ward, 1)
    ask(ward, "10:00")
    with CaptureQueriesContext(connection) as one:
        ask(ward, "10:00")
    waiter(ward, 51, due=ON, booked=ON + timedelta(days=2), clock="11:00")
    for number in range(2, 12):
        needs(maintenance_patient(ward, number), "hoist")
    with CaptureQueriesContext(connection) as many:
        found = ask(ward, "10:00")
    assert (len(found.doses), len(found.earlier)) == (11, 2)
    assert len(many) == len(one)
