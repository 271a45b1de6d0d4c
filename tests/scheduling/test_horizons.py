"""The coming weeks planned at once and booked: each dose by a booking's rules, each course whole or not at all."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doseplans.models import Dose
from patients.models import WorklistItem
from scheduling.errors import DoseBeforeNotSelected, NothingSelected, NotInThatState, SlotNotOffered, StalePage
from scheduling.models import Allocation, Appointment, AppointmentEvent, Horizon, HorizonLine
from scheduling.services import book_appointment, close
from scheduling.services.courses.holding import hold_plan
from scheduling.services.planning.horizon_booking import book_horizon
from scheduling.services.planning.horizons import change_horizon_line, give_up_horizon, plan_horizon
from scheduling.services.planning.replans import Choice
from tests.cast import make_patient
from tests.scheduling.engine import checker
from tests.ward import TODAY, Ward, dose_id, maintenance_patient, next_dose, start_plan
from units.errors import InvalidInput, NotAllowed, NotFound

if TYPE_CHECKING:
    from patients.models import Patient
    from units.actors import Actor

pytestmark = pytest.mark.usefixtures("clock")

DUE = TODAY + timedelta(days=3)


@pytest.fixture
def actor(ward: Ward) -> Actor:
    return ward.cast.actor("coordinator")


@pytest.fixture
def patients(ward: Ward) -> list[Patient]:
    """Four whose next dose is due on Friday; three doses each within twelve weeks."""
    return [maintenance_patient(ward, number, due=DUE) for number in range(1, 5)]


def lines(horizon: Horizon) -> list[HorizonLine]:
    rows = HorizonLine.objects.filter(horizon=horizon).select_related("dose__plan", "room", "operator")
    return list(rows.order_by("dose__plan_id", "dose__sequence"))


def said(horizon: Horizon) -> list[tuple[Any, ...]]:
    return [
        (one.dose_id, one.decision, one.starts_at, one.room_id, one.operator_id, one.effect) for one in lines(horizon)
    ]


def line_of(horizon: Horizon, patient: Patient, number: int = 0) -> HorizonLine:
    return [line for line in lines(horizon) if line.dose.plan.patient_id == patient.pk][number]


def plan(ward: Ward, weeks: int = 12) -> Horizon:
    return plan_horizon(ward.cast.actor("coordinator"), unit=ward.unit, weeks=weeks)


def faults(ward: Ward) -> list[str]:
    """What the checker has against the visits as they stand in the tables."""
    visits = [_visit(one) for one in Appointment.objects.filter(status="booked").select_related("dose", "unit")]
    days = {one.procedure_at.astimezone(ward.unit.zone).date() for one in visits}
    lists = [
        checker.OpenList(
            room_id=room.pk,
            operator_ids=frozenset(person.pk for person in ward.operators),
            opens_at=ward.at(on, "08:00"),
            closes_at=ward.at(on, "17:00"),
            last_out_at=ward.at(on, "20:00"),
        )
        for on in days
        for room in ward.rooms
    ]
    return checker.faults(visits, lists, pool=[place.pk for place in ward.places])


def _visit(one: Appointment) -> checker.Visit:
    rows = {row.resource.kind: row for row in one.allocations.select_related("resource")}
    person = rows["person"]
    dose = one.dose
    assert dose is not None
    before = dose.plan.doses.filter(sequence=dose.sequence - 1).get()
    visit, given = before.appointments.first(), before.administrations.first()
    on = given.given_on if given else one.unit.local_date(visit.starts_at)
    return checker.Visit(
        key=one.pk,
        patient_id=one.patient_id,
        arrives_at=one.starts_at,
        procedure_at=person.starts_at,
        procedure_ends_at=person.ends_at,
        leaves_at=one.ends_at,
        room_id=rows["room"].resource_id,
        operator_id=person.resource_id,
        place_id=rows["recovery"].resource_id,
        zone=one.unit.zone,
        earliest_on=dose.earliest_on,
        latest_on=dose.latest_on,
        minimum_on=on + timedelta(days=14),
    )


def test_every_dose_of_the_weeks_has_a_slot_and_nothing_is_booked(ward: Ward, patients: list[Patient]) -> None:
    horizon = plan(ward)
    found = lines(horizon)
    assert {(line.dose.plan.patient_id, line.decision) for line in found} == {(one.pk, "book") for one in patients}
    assert len(found) == 12
    first = line_of(horizon, patients[0])
    assert first.starts_at is not None
    assert (ward.unit.local_date(first.starts_at), first.drift_days) == (DUE, 0)
    assert first.effect.startswith("Fri 27 Nov, ")
    assert first.reasons
    assert not Allocation.objects.exists()


def test_fewer_weeks_have_fewer_doses_and_the_draft_is_one(ward: Ward, patients: list[Patient], actor: Actor) -> None:
    horizon = plan(ward, 12)
    assert (plan(ward, 1).pk, len(lines(horizon))) == (horizon.pk, 4)
    for weeks in (0, 27):
        with pytest.raises(InvalidInput):
            plan(ward, weeks)
    assert len(lines(plan(ward, 26))) == 12


def test_booked_each_dose_has_one_visit_and_one_invite(ward: Ward, patients: list[Patient], actor: Actor) -> None:
    horizon = plan(ward)
    wanted = {line.dose_id: (line.starts_at, line.ends_at) for line in lines(horizon)}
    done = book_horizon(actor, horizon_id=horizon.public_id, seen=horizon.planned_at)
    assert (done.booked, done.refused, done.stopped, done.horizon.state) == (12, 0, "", "booked")
    assert {one.dose_id: (one.starts_at, one.ends_at) for one in Appointment.objects.all()} == wanted
    assert list(AppointmentEvent.objects.values_list("kind", flat=True)) == ["booked"] * 12
    assert faults(ward) == []
    assert book_horizon(actor, horizon_id=horizon.public_id).booked == 0
    assert lines(plan(ward)) == []  # the second time there is nothing left to do


def test_planning_again_changes_nothing(ward: Ward, patients: list[Patient], actor: Actor) -> None:
    before = said(plan(ward))
    again = plan(ward)
    assert (said(again), again.changes) == (before, [])
    line = line_of(again, patients[1])
    assert line.starts_at is not None
    later = ward.wanted(ward.unit.local_date(line.starts_at), "12:00", room=1, operator=1)
    chosen = said(change_horizon_line(actor, line_id=line.public_id, choice=Choice("book", later)))
    assert said(plan(ward)) == chosen


def test_a_chosen_slot_is_kept_and_the_later_doses_count_from_it(
    ward: Ward, patients: list[Patient], actor: Actor
) -> None:
    horizon = plan(ward)
    first = line_of(horizon, patients[0])
    wanted = ward.wanted(DUE + timedelta(days=4), "12:00", room=1, operator=1)
    changed = change_horizon_line(actor, line_id=first.public_id, choice=Choice("book", wanted))
    mine = [line_of(changed, patients[0], number) for number in range(3)]
    assert (mine[0].is_pinned, mine[0].starts_at, mine[0].drift_days) == (True, wanted.starts_at, 4)
    days = [ward.unit.local_date(line.starts_at) for line in mine if line.starts_at]
    assert [(later - earlier).days for earlier, later in pairwise(days)] == [28, 28]
    others = [one for one in said(changed) if one[0] not in {line.dose_id for line in mine}]
    assert others == [one for one in said(plan(ward)) if one[0] not in {line.dose_id for line in mine}]
    book_horizon(actor, horizon_id=horizon.public_id)
    assert faults(ward) == []


def test_a_chosen_slot_that_does_not_hold_is_refused_and_changes_nothing(
    ward: Ward, patients: list[Patient], actor: Actor
) -> None:
    horizon = plan(ward)
    before = said(horizon)
    line = line_of(horizon, patients[0])
    for wanted in (ward.wanted(DUE + timedelta(days=9), "09:00"), ward.wanted(DUE, "22:00")):
        with pytest.raises(SlotNotOffered):
            change_horizon_line(actor, line_id=line.public_id, choice=Choice("book", wanted))
    assert said(horizon) == before


def test_left_out_its_later_doses_wait_and_are_back_when_it_is(
    ward: Ward, patients: list[Patient], actor: Actor
) -> None:
    horizon = plan(ward)
    before, line = said(horizon), line_of(horizon, patients[0], 1)
    changed = change_horizon_line(actor, line_id=line.public_id, choice=Choice("leave_out"))
    mine = [line_of(changed, patients[0], number) for number in range(3)]
    assert [one.decision for one in mine] == ["book", "leave_out", "clinician"]
    assert mine[2].effect == "The dose before it has no place, and this one is counted from it."
    assert book_horizon(actor, horizon_id=horizon.public_id).booked == 10
    assert WorklistItem.objects.filter(key=f"unplaced:{mine[2].dose.public_id}").exists()
    assert len(before) == 12


def test_doses_that_cannot_be_booked_say_why(ward: Ward, patients: list[Patient], actor: Actor) -> None:
    held, late = patients[0], make_patient(ward.unit, "Late", "L000001")
    start_plan(late, given=[TODAY - timedelta(days=60)], next_on=TODAY - timedelta(days=20), doses=1)
    hold_plan(
        ward.cast.actor("doctor"),
        plan_id=next_dose(held).plan.public_id,
        reason="Infection",
        review_on=TODAY + timedelta(days=7),
        visits={},
    )
    horizon = plan(ward)
    assert {line_of(horizon, held, number).decision for number in range(3)} == {"clinician"}
    assert line_of(horizon, held).effect.startswith("The plan is on hold since ")
    assert line_of(horizon, late).effect == ("Its window closed on Sat 7 Nov. Book it by hand, as soon as possible.")
    book_horizon(actor, horizon_id=horizon.public_id)
    assert list(WorklistItem.objects.filter(title="Dose without a place").values_list("patient", flat=True)) == [
        late.pk
    ]


def test_a_window_without_a_list_goes_to_a_clinician_with_the_reason(ward: Ward, patients: list[Patient]) -> None:
    closed_for(ward, DUE - timedelta(days=3), days=9)
    horizon = plan(ward)
    first = line_of(horizon, patients[0])
    assert (first.decision, first.starts_at) == ("clinician", None)
    assert first.effect
    assert first.reasons
    assert line_of(horizon, patients[0], 1).decision == "clinician"


def closed_for(ward: Ward, on: date, *, days: int) -> None:
    close(
        ward.cast.actor("administrator"),
        unit=ward.unit,
        resource=None,
        starts_at=ward.at(on, "00:00"),
        ends_at=ward.at(on + timedelta(days=days), "00:00"),
        reason="Floor repaired",
    )


def test_a_course_that_no_longer_fits_costs_no_other_its_place(
    ward: Ward, patients: list[Patient], actor: Actor
) -> None:
    horizon = plan(ward)
    last = line_of(horizon, patients[0], 2)
    assert last.starts_at is not None
    assert last.room is not None
    assert last.operator is not None
    on = ward.unit.local_date(last.starts_at)
    other = maintenance_patient(ward, 9, due=on)
    clock = f"{ward.unit.local(last.starts_at):%H:%M}"
    wanted = ward.wanted(on, clock, room=ward.rooms.index(last.room), operator=ward.operators.index(last.operator))
    book_appointment(actor, dose_id=dose_id(other), wanted=wanted)
    done = book_horizon(actor, horizon_id=horizon.public_id)
    assert (done.booked, done.refused, done.courses_refused, done.horizon.state) == (9, 3, 1, "draft")
    assert not Appointment.objects.filter(patient=patients[0]).exists()  # a course is booked whole or not at all
    assert all("taken" in line_of(horizon, patients[0], number).refusal for number in range(3))
    again = book_horizon(actor, horizon_id=horizon.public_id)
    assert again.horizon.state == "booked"
    assert Appointment.objects.filter(patient=patients[0]).count() == 3
    assert faults(ward) == []


def test_booked_in_part_the_others_stay_in_the_draft(ward: Ward, patients: list[Patient], actor: Actor) -> None:
    horizon = plan(ward)
    first, second = line_of(horizon, patients[0]), line_of(horizon, patients[0], 1)
    alone = [second.public_id]  # the second dose is counted from the first
    for only, refused in (([], NothingSelected), ([uuid4()], StalePage), (alone, DoseBeforeNotSelected)):
        with pytest.raises(refused):
            book_horizon(actor, horizon_id=horizon.public_id, only=only)
    done = book_horizon(actor, horizon_id=horizon.public_id, only=[first.public_id, second.public_id])
    assert (done.booked, done.refused, done.horizon.state) == (2, 0, "draft")
    assert Appointment.objects.filter(patient=patients[0]).count() == Appointment.objects.count() == 2
    assert book_horizon(actor, horizon_id=horizon.public_id, only=[first.public_id]).booked == 0  # it is already
    rest = book_horizon(actor, horizon_id=horizon.public_id)
    assert (rest.booked, rest.horizon.state) == (10, "booked")
    assert faults(ward) == []


def test_who_saw_an_older_draft_books_nothing_and_what_is_over_stays_over(
    ward: Ward, patients: list[Patient], actor: Actor
) -> None:
    horizon = plan(ward)
    with pytest.raises(StalePage):
        book_horizon(actor, horizon_id=horizon.public_id, seen=horizon.planned_at - timedelta(seconds=1))
    give_up_horizon(actor, horizon_id=horizon.public_id)
    with pytest.raises(NotInThatState):
        book_horizon(actor, horizon_id=horizon.public_id)
    assert not Appointment.objects.exists()
    assert plan(ward).pk != horizon.pk


def test_only_who_books_plans_and_only_in_their_unit(ward: Ward, patients: list[Patient]) -> None:
    horizon = plan(ward)
    with pytest.raises(NotAllowed):
        plan_horizon(ward.cast.actor("other_nurse"), unit=ward.unit, weeks=12)
    for name, error in (("manager", NotAllowed), ("other_nurse", NotFound)):
        who = ward.cast.actor(name)
        with pytest.raises(error):
            book_horizon(who, horizon_id=horizon.public_id)
        with pytest.raises(error):
            change_horizon_line(who, line_id=lines(horizon)[0].public_id, choice=Choice("leave_out"))


def test_planning_asks_as_often_for_one_patient_as_for_five(ward: Ward, actor: Actor) -> None:
    def asked() -> int:
        Horizon.objects.all().delete()
        with CaptureQueriesContext(connection) as queries:
            plan(ward)
        return len(queries)

    maintenance_patient(ward, 1, due=DUE)
    asked()
    one = asked()
    for number in range(2, 6):
        maintenance_patient(ward, number, due=DUE)
    assert asked() == one
    assert Dose.objects.filter(horizon_lines__isnull=False).count() == 15


def test_a_booked_visit_between_two_doses_begins_another_chain(ward: Ward, actor: Actor) -> None:
    patient = maintenance_patient(ward, 1, due=DUE)
    second = next_dose(patient).plan.doses.get(sequence=6)
    book_appointment(actor, dose_id=dose_id(patient), wanted=ward.wanted(DUE, "09:00"))
    book_appointment(actor, dose_id=second.public_id, wanted=ward.wanted(DUE + timedelta(days=28), "09:00"))
    Appointment.objects.get(dose__sequence=5).allocations.all().delete()
    Appointment.objects.filter(dose__sequence=5).update(status="cancelled")
    horizon = plan(ward)
    mine = [(line.dose.sequence, ward.unit.local_date(line.starts_at)) for line in lines(horizon) if line.starts_at]
    assert mine == [(5, DUE), (7, DUE + timedelta(days=56))]
    book_horizon(actor, horizon_id=horizon.public_id)
    assert faults(ward) == []
