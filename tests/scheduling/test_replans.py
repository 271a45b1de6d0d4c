"""From a closure to a draft, and from the draft to moved visits: all of them or none, each told once."""

from __future__ import annotations

import doctest
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patients.models import WorklistItem
from scheduling.engine.replan import changes
from scheduling.errors import NothingSelected, NotInThatState, ReplanOutdated, SlotNotOffered, StalePage
from scheduling.models import Allocation, Appointment, AppointmentEvent, Closure, Replan, ReplanLine
from scheduling.services import book_appointment, close, reopen
from scheduling.services.courses.holding import hold_plan
from scheduling.services.planning.replan_applying import apply_replan
from scheduling.services.planning.replans import KEPT, Choice, change_line, give_up_replan, plan_closure
from scheduling.services.visits.wanted import Wanted
from tests.cast import make_patient
from tests.ward import TODAY, Ward, dose_id, maintenance_patient, start_plan
from units.errors import NotAllowed, NotFound

if TYPE_CHECKING:
    from units.actors import Actor

pytestmark = pytest.mark.usefixtures("clock")

DUE = TODAY + timedelta(days=1)


@pytest.fixture
def actor(ward: Ward) -> Actor:
    return ward.cast.actor("coordinator")


@pytest.fixture
def visits(ward: Ward) -> list[Appointment]:
    """Three visits in Room 1 on Wednesday, with Dr Malik."""
    return [booked(ward, number, clock) for number, clock in enumerate(("08:00", "10:00", "12:00"), start=1)]


def booked(ward: Ward, number: int, clock: str, *, room: int = 0, operator: int = 0) -> Appointment:
    patient = maintenance_patient(ward, number, due=DUE)
    wanted = ward.wanted(DUE, clock, room=room, operator=operator)
    return book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=wanted)


def closed(ward: Ward, what: Any = "room", *, days: int = 1) -> Closure:
    resource = ward.rooms[0] if what == "room" else what
    return close(
        ward.cast.actor("administrator"),
        unit=ward.unit,
        resource=resource,
        starts_at=ward.at(DUE, "00:00"),
        ends_at=ward.at(DUE + timedelta(days=days), "00:00"),
        reason="Floor repaired",
    ).closure


def planned(ward: Ward, what: Any = "room", *, days: int = 1) -> Replan:
    return plan_closure(ward.cast.actor("coordinator"), closure_id=closed(ward, what, days=days).public_id)


def lines(replan: Replan) -> list[ReplanLine]:
    return list(ReplanLine.objects.filter(replan=replan).select_related("appointment__dose", "room"))


def decisions(replan: Replan) -> list[str]:
    return [line.decision for line in lines(replan)]


def told(visit: Appointment) -> list[tuple[str, int]]:
    return [(event.kind, event.ical_sequence) for event in visit.events.order_by("pk")]


def placing() -> list[tuple[Any, ...]]:
    return sorted(Allocation.objects.values_list("appointment_id", "resource_id", "starts_at", "ends_at"))


def test_a_closed_room_moves_its_visits_to_the_other_and_changes_nothing_yet(
    ward: Ward, visits: list[Appointment]
) -> None:
    before = placing()
    replan = planned(ward)
    assert replan.cause == "Room 1 closed Wed 25 Nov, 00:00 to Thu 26 Nov, 00:00: Floor repaired"
    assert [(line.appointment, line.was_room, line.was_operator, line.decision) for line in lines(replan)] == [
        (visit, "Room 1", "Dr Malik", "move") for visit in visits
    ]
    assert {(line.room, line.starts_at) for line in lines(replan)} == {
        (ward.rooms[1], visit.starts_at) for visit in visits
    }
    assert {line.effect for line in lines(replan)} == {"Same day, same time, Room 2"}
    assert placing() == before


def test_applied_each_visit_is_moved_and_told_once(ward: Ward, visits: list[Appointment], actor: Actor) -> None:
    taken = booked(ward, 9, "10:00", room=1, operator=1)
    replan = apply_replan(actor, replan_id=planned(ward).public_id)
    assert (replan.state, replan.ended_by_name) == ("applied", actor.name)
    for line in lines(replan):
        visit = Appointment.objects.get(pk=line.appointment_id)
        assert (visit.starts_at, visit.ends_at) == (line.starts_at, line.ends_at)
        assert visit.allocations.filter(resource=line.room).exists()
        is_later = visit.starts_at != line.was_starts_at
        assert told(visit) == [("booked", 0), ("moved", int(is_later))]
    assert any(line.starts_at != line.was_starts_at for line in lines(replan))  # the other room was not all free
    assert told(taken) == [("booked", 0)]
    assert not WorklistItem.objects.filter(key__startswith="stranded:", done_at__isnull=True).exists()


def test_applied_twice_does_nothing_and_planning_again_proposes_nothing(
    ward: Ward, visits: list[Appointment], actor: Actor
) -> None:
    replan = planned(ward)
    apply_replan(actor, replan_id=replan.public_id)
    before, events = placing(), AppointmentEvent.objects.count()
    assert apply_replan(actor, replan_id=replan.public_id).state == "applied"
    assert replan.closure is not None
    assert lines(plan_closure(actor, closure_id=replan.closure.public_id)) == []
    assert (placing(), AppointmentEvent.objects.count()) == (before, events)


def test_planned_twice_there_is_one_draft_that_says_the_same(
    ward: Ward, visits: list[Appointment], actor: Actor
) -> None:
    first = planned(ward)
    assert first.closure is not None
    again = plan_closure(actor, closure_id=first.closure.public_id)
    assert (again.pk, again.changes) == (first.pk, [])
    assert [(one.public_id, one.starts_at, one.effect) for one in lines(again)] == [
        (one.public_id, one.starts_at, one.effect) for one in lines(first)
    ]


def test_what_fits_nowhere_in_its_window_goes_to_a_clinician(ward: Ward, actor: Actor) -> None:
    patient = make_patient(ward.unit, "Early", "E000001")
    start_plan(patient, given=[DUE - timedelta(days=14)], next_on=DUE)  # the second loading dose
    visit = book_appointment(actor, dose_id=dose_id(patient), wanted=ward.wanted(DUE, "09:00"))
    replan = planned(ward, None, days=14)
    assert [(line.decision, line.starts_at) for line in lines(replan)] == [("clinician", None)]
    assert lines(replan)[0].effect
    apply_replan(actor, replan_id=replan.public_id)
    item = WorklistItem.objects.get(kind="clinical", done_at__isnull=True)
    assert (item.patient, lines(replan)[0].effect in item.detail) == (patient, True)
    visit.refresh_from_db()
    assert (visit.starts_at, told(visit)) == (ward.at(DUE, "09:00"), [("booked", 0)])


def test_whom_the_next_visit_keeps_from_the_days_left_is_told_which_one_to_move(ward: Ward, actor: Actor) -> None:
    patient, third_on = make_patient(ward.unit, "Early", "E000001"), DUE + timedelta(days=14)
    plan = start_plan(patient, given=[DUE - timedelta(days=14)], next_on=DUE)
    book_appointment(actor, dose_id=dose_id(patient), wanted=ward.wanted(DUE, "09:00"))
    third = plan.doses.get(sequence=3)
    book_appointment(actor, dose_id=third.public_id, wanted=ward.wanted(third_on, "09:00"))
    [line] = lines(planned(ward, None, days=2))
    assert line.effect == "All rooms are closed on Wed 25 Nov."
    too_near = (
        "The window ends on Sat 28 Nov, but a day after Wed 25 Nov is too near to the next visit, Wed 9 Dec. "
        "Move that visit first."
    )
    assert line.reasons == [
        too_near,
        "Lift the closure, or open an extra list in another room.",
    ]


def test_no_dose_leaves_its_window(ward: Ward, visits: list[Appointment]) -> None:
    replan = planned(ward, None, days=3)
    for line in lines(replan):
        dose = line.appointment.dose
        assert dose is not None
        assert line.starts_at is not None
        assert dose.earliest_on <= ward.unit.local_date(line.starts_at) <= dose.latest_on


def test_a_closed_recovery_place_alone_moves_nobody_in_time(
    ward: Ward, visits: list[Appointment], actor: Actor
) -> None:
    place = Allocation.objects.filter(appointment=visits[0], phase="recovery").get().resource
    replan = planned(ward, place)
    assert lines(replan) == []  # the closing itself has found them other places
    assert {visit.events.latest("pk").ical_sequence for visit in visits} == {0}
    assert not Allocation.objects.filter(resource=place, starts_at__date=DUE).exists()


def test_a_chosen_time_is_kept_and_the_rest_planned_around_it(
    ward: Ward, visits: list[Appointment], actor: Actor
) -> None:
    first, second, _ = lines(planned(ward))
    wanted = ward.wanted(DUE, "10:00", room=1, operator=0)  # where the second was to go
    replan = change_line(actor, line_id=first.public_id, choice=Choice("move", wanted))
    chosen, other, _ = lines(replan)
    assert (chosen.is_pinned, chosen.starts_at, chosen.room) == (True, wanted.starts_at, ward.rooms[1])
    assert other.starts_at != second.starts_at
    [moved] = replan.changes
    assert moved.startswith(f"{other.appointment.patient}, Wed 25 Nov, 10:00: ")
    again = change_line(actor, line_id=first.public_id, choice=Choice(None))
    assert [line.starts_at for line in lines(again)] == [visit.starts_at for visit in visits]
    apply_replan(actor, replan_id=replan.public_id)


def test_a_chosen_time_that_does_not_hold_is_refused_and_changes_nothing(
    ward: Ward, visits: list[Appointment], actor: Actor
) -> None:
    booked(ward, 9, "08:00", room=1, operator=1)
    replan = planned(ward)
    line = lines(replan)[1]
    for wanted in (ward.wanted(DUE, "08:00", room=1), ward.wanted(DUE + timedelta(days=60), "08:00", room=1)):
        with pytest.raises(SlotNotOffered):
            change_line(actor, line_id=line.public_id, choice=Choice("move", wanted))
    line.refresh_from_db()
    assert (line.is_pinned, line.decision) == (False, "move")


def test_a_visit_is_left_where_it_is_or_to_a_clinician_by_choice(
    ward: Ward, visits: list[Appointment], actor: Actor
) -> None:
    first, second, _ = lines(planned(ward))
    change_line(actor, line_id=first.public_id, choice=Choice("keep"))
    replan = change_line(actor, line_id=second.public_id, choice=Choice("clinician"))
    assert decisions(replan) == ["keep", "clinician", "move"]
    apply_replan(actor, replan_id=replan.public_id)
    assert [told(visit)[-1][0] for visit in visits] == ["booked", "booked", "moved"]
    assert WorklistItem.objects.filter(kind="clinical", done_at__isnull=True).count() == 1
    assert WorklistItem.objects.filter(title="Visit without a list", done_at__isnull=True).count() == 2


def test_a_line_that_no_longer_fits_is_named_and_nothing_is_moved(
    ward: Ward, visits: list[Appointment], actor: Actor
) -> None:
    replan = planned(ward)
    booked(ward, 9, "10:00", room=1, operator=1)  # somebody takes one of the target slots
    before = placing()
    with pytest.raises(ReplanOutdated) as refused:
        apply_replan(actor, replan_id=replan.public_id)
    assert refused.value.sentence.startswith("The visit of Wed 25 Nov, ")
    assert refused.value.facts["because"] == "slot_taken"
    assert placing() == before
    replan.refresh_from_db()
    assert (replan.state, len(replan.changes) > 0) == ("draft", True)
    assert apply_replan(actor, replan_id=replan.public_id).state == "applied"


def test_accepted_in_part_the_others_are_kept_and_stay_on_the_worklist(
    ward: Ward, visits: list[Appointment], actor: Actor
) -> None:
    draft = planned(ward)
    first, second, third = lines(draft)
    with pytest.raises(StalePage):
        apply_replan(actor, replan_id=draft.public_id, only=[first.public_id, uuid4()])
    with pytest.raises(NothingSelected):
        apply_replan(actor, replan_id=draft.public_id, only=[])
    done = apply_replan(actor, replan_id=draft.public_id, only=[first.public_id, third.public_id])
    assert (done.state, decisions(done)) == ("applied", ["move", "keep", "move"])
    kept = lines(done)[1]
    assert (kept.is_pinned, kept.room, kept.effect) == (True, None, KEPT)
    assert [told(visit)[-1][0] for visit in visits] == ["moved", "booked", "moved"]
    open_items = WorklistItem.objects.filter(key__startswith="stranded:", done_at__isnull=True)
    assert [item.key for item in open_items] == [f"stranded:{visits[1].public_id}"]
    assert draft.closure is not None
    again = plan_closure(actor, closure_id=draft.closure.public_id)
    assert [line.appointment for line in lines(again)] == [visits[1]]
    assert second.appointment == visits[1]


def test_a_move_into_what_is_left_out_is_refused_and_planned_again_around_it(
    ward: Ward, visits: list[Appointment], actor: Actor
) -> None:
    replan = planned(ward)
    first, second, _ = lines(replan)
    place = Wanted(visits[1].starts_at, ward.rooms[1].public_id, ward.operators[0].public_id)
    change_line(actor, line_id=second.public_id, choice=Choice("clinician"))
    change_line(actor, line_id=first.public_id, choice=Choice("move", place))
    change_line(actor, line_id=second.public_id, choice=Choice(None))
    assert decisions(replan) == ["move", "move", "move"]
    before = placing()
    with pytest.raises(ReplanOutdated):
        apply_replan(actor, replan_id=replan.public_id, only=[first.public_id])
    assert placing() == before
    now = lines(replan)
    assert [(line.decision, line.is_pinned) for line in now[1:]] == [("keep", True), ("keep", True)]
    assert now[0].starts_at != visits[1].starts_at


def test_a_hold_placed_meanwhile_stops_the_line_and_then_goes_to_a_clinician(
    ward: Ward, visits: list[Appointment], actor: Actor
) -> None:
    replan = planned(ward)
    dose = visits[0].dose
    assert dose is not None
    hold_plan(
        ward.cast.actor("doctor"),
        plan_id=dose.plan.public_id,
        reason="Infection",
        review_on=TODAY + timedelta(days=7),
        visits={visits[0].public_id: "keep"},
    )
    with pytest.raises(ReplanOutdated) as refused:
        apply_replan(actor, replan_id=replan.public_id)
    assert refused.value.facts["because"] == "plan_on_hold"
    assert not AppointmentEvent.objects.filter(kind="moved").exists()
    assert decisions(replan) == ["clinician", "move", "move"]


def test_who_saw_an_older_draft_applies_nothing(ward: Ward, visits: list[Appointment], actor: Actor) -> None:
    replan = planned(ward)
    with pytest.raises(StalePage):
        apply_replan(actor, replan_id=replan.public_id, seen=replan.planned_at - timedelta(seconds=1))
    assert not AppointmentEvent.objects.filter(kind="moved").exists()


def test_given_up_or_without_its_closure_it_is_not_applied(ward: Ward, visits: list[Appointment], actor: Actor) -> None:
    replan = planned(ward)
    assert replan.closure is not None
    give_up_replan(actor, replan_id=replan.public_id)
    again = plan_closure(actor, closure_id=replan.closure.public_id)
    reopen(ward.cast.actor("administrator"), closure=replan.closure)
    for one in (replan, again):
        with pytest.raises(NotInThatState):
            apply_replan(actor, replan_id=one.public_id)


def test_only_who_books_plans_and_only_in_their_unit(ward: Ward, visits: list[Appointment]) -> None:
    replan = planned(ward)
    assert replan.closure is not None
    for name, error in (("manager", NotAllowed), ("other_nurse", NotFound)):
        with pytest.raises(error):
            plan_closure(ward.cast.actor(name), closure_id=replan.closure.public_id)
        with pytest.raises(error):
            apply_replan(ward.cast.actor(name), replan_id=replan.public_id)
        with pytest.raises(error):
            change_line(ward.cast.actor(name), line_id=lines(replan)[0].public_id, choice=Choice("keep"))


def test_planning_asks_as_often_for_one_visit_as_for_five(ward: Ward, actor: Actor) -> None:
    def asked(closure: Closure) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            plan_closure(actor, closure_id=closure.public_id)
        return len(queries)

    booked(ward, 1, "08:00")
    closure = closed(ward)
    asked(closure)
    one = asked(closure)
    Closure.objects.all().delete()
    for number, clock in enumerate(("09:00", "10:00", "12:00", "13:00"), start=2):
        booked(ward, number, clock)
    closure = closed(ward)
    asked(closure)
    assert asked(closure) == one


def test_a_person_who_is_away_hands_over_to_another(ward: Ward, visits: list[Appointment], actor: Actor) -> None:
    replan = planned(ward, ward.operators[0])
    assert {line.operator for line in lines(replan)} == {ward.operators[1]}
    apply_replan(actor, replan_id=replan.public_id)
    away = Allocation.objects.filter(resource=ward.operators[0], appointment__in=visits)
    assert not away.filter(starts_at__date=DUE).exists()
    assert {told(visit)[-1] for visit in visits} == {("moved", 0)}  # nobody has to come at another time


def test_of_many_changes_the_first_are_told_and_the_rest_counted() -> None:
    assert doctest.testmod(changes).failed == 0
    assert changes.told(["x" * 400]) == ["x" * 300]
