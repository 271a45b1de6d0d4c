"""What every closure re-plan keeps, on small random units; and how it compares with trying everything."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.free import free_starts
from scheduling.engine.need import Need
from scheduling.engine.replan import Plan, Step, Stranded, faults_of, replan
from scheduling.engine.replan.asks import claim
from scheduling.engine.replan.days import Days
from scheduling.engine.visit import Slot

from .plans import Broken, applied, broken_units, faults


def free_for(days: Days, visit: Stranded) -> list[Slot]:
    """The slots at which nothing speaks against a visit, given the days as they stand: each asked by hand."""
    need = visit.need
    found = []
    for on in days.dates:
        for slot in free_starts(days.board_on(on, visit), visit.phases, days.need_of(visit, need)):
            inside = need.earliest_on <= on <= need.latest_on and (need.minimum_on is None or on >= need.minimum_on)
            if inside and not clashes(need, slot):
                found.append(slot)
    return found


def clashes(need: Need, slot: Slot) -> bool:
    arrives, leaves = slot.arrive_at.astimezone(need.zone), slot.leave_at.astimezone(need.zone)
    return any(wish.clashes(arrives, leaves) for wish in need.no_go)


def taken_up(plan: Plan) -> dict[int, tuple[object, ...]]:
    """Everything each visit takes up; the gaps beside it are the others' affair."""
    return {key: (s.procedure, s.room_id, s.operator_id, s.recovery_id, s.phases) for key, s in plan.slots.items()}


def standing(unit: Broken, plan: Plan) -> Days:
    """The days with everybody the plan placed."""
    board, visits = applied(unit.board, unit.visits, plan)
    days = Days(board)
    for visit in visits:
        if visit.key in plan.slots:
            assert days.put(visit, visit.need, visit.slot, keeps_place=True)
    return days


@given(broken_units())
def test_nothing_is_taken_twice_and_no_window_minimum_notice_or_skill_is_broken(unit: Broken) -> None:
    plan = replan(unit.board, unit.visits)
    assert faults(unit.board, unit.rows, unit.visits, plan) == []
    assert faults_of(unit.board, unit.visits, plan) == ()
    answered = [one.key for one in plan.placed] + [one.key for one in plan.unplaced]
    assert sorted(answered) == sorted(visit.key for visit in unit.visits)


@given(broken_units(), st.randoms())
def test_the_order_in_which_visits_come_changes_nothing(unit: Broken, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(unit.visits)
    random.shuffle(shuffled)
    assert replan(unit.board, shuffled) == replan(unit.board, unit.visits)


@given(broken_units())
def test_planning_again_changes_nothing(unit: Broken) -> None:
    plan = replan(unit.board, unit.visits)
    board, visits = applied(unit.board, unit.visits, plan)
    again = replan(board, visits)
    assert taken_up(again) == taken_up(plan)
    assert again.moves == ()
    assert {one.step for one in again.placed} <= {Step.KEPT}
    assert [one.key for one in again.unplaced] == [one.key for one in plan.unplaced]


@given(broken_units())
def test_nobody_is_left_over_while_a_slot_is_free_or_is_held_by_a_lesser_claim(unit: Broken) -> None:
    plan = replan(unit.board, unit.visits)
    asked = {visit.key: visit for visit in unit.visits}
    days = standing(unit, plan)
    for left in (asked[one.key] for one in plan.unplaced):
        assert free_for(days, left) == []
        for key in plan.slots:
            other = asked[key]
            if claim(left).outranks(claim(other)):
                without = days.fork()
                slot = without.take_out(other)
                assert [one for one in free_for(without, left) if one.on == slot.on] == []


@given(broken_units(), st.data())
def test_pins_are_kept_and_the_rest_is_planned_around_them(unit: Broken, data: st.DataObject) -> None:
    plan = replan(unit.board, unit.visits)
    keys = [visit.key for visit in unit.visits]
    left = data.draw(st.sampled_from(keys))
    pinned = {key: plan.slots[key] for key in data.draw(st.sets(st.sampled_from(keys))) if key in plan.slots}
    pinned[left] = None
    edited = replan(unit.board, unit.visits, pinned=pinned)
    assert faults(unit.board, unit.rows, unit.visits, edited) == []
    assert next(one for one in edited.unplaced if one.key == left).why is None
    for key, slot in pinned.items():
        if slot is not None:
            one = next(one for one in edited.placed if one.key == key)
            assert (one.step, one.slot.procedure, one.slot.room_id) == (Step.PINNED, slot.procedure, slot.room_id)


@given(broken_units(most=1))
def test_one_visit_goes_where_trying_everything_puts_it(unit: Broken) -> None:
    (visit,) = unit.visits
    plan = replan(unit.board, unit.visits)
    if plan.placed and plan.placed[0].step is Step.KEPT:
        return
    free = free_for(Days(unit.board), visit)
    assert bool(plan.placed) == bool(free)
    if free:
        days = {abs((slot.on - visit.slot.on).days) for slot in free}
        slot = plan.placed[0].slot
        assert abs((slot.on - visit.slot.on).days) == min(days) or plan.placed[0].step is Step.NEAREST_DAY
        near = [one for one in free if one.on == slot.on]
        assert abs(plan.placed[0].effect.minutes) == min(abs(clock(one) - clock(visit.slot)) for one in near)


def clock(slot: Slot) -> int:
    """Minutes of the day; these units know no change of the clocks."""
    return slot.arrive * 5 % 1440


def most_placed(unit: Broken) -> int:
    """How many can be placed at all: the visits in every order, each at every slot."""

    def placed(days: Days, waiting: list[Stranded]) -> int:
        best = 0
        for at, visit in enumerate(waiting):
            rest = waiting[at + 1 :]
            if 1 + len(rest) <= best:
                break
            tried = set()
            for slot in free_for(days, visit):
                if (slot.on, slot.procedure, slot.room_id, slot.operator_id) not in tried:
                    further = days.fork()
                    tried.add((slot.on, slot.procedure, slot.room_id, slot.operator_id))
                    if further.put(visit, visit.need, slot):
                        best = max(best, 1 + placed(further, rest))
                if best == 1 + len(rest):
                    break
        return best

    return placed(Days(unit.board), unit.visits)


@given(broken_units(most=2))
def test_two_visits_are_both_placed_wherever_both_can_be(unit: Broken) -> None:
    plan = replan(unit.board, unit.visits)
    if any(one.step is Step.KEPT for one in plan.placed):
        return
    assert len(plan.placed) == most_placed(unit)
