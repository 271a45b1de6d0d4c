"""CP-SAT's answers: as valid as the stepwise ones, stopped when asked, and compared by one toll."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

from hypothesis import given, settings

from scheduling.engine.replan import Plan, Toll, better_of, faults_of, plan_ahead, replan
from scheduling.engine.replan.capacity import most_visits
from scheduling.engine.replan.optimise import cost_of, optimise_closure, optimise_horizon

from .plans import DATES, LIST_TICKS, VISIT, WEDNESDAY, Broken, board, broken_units, faults, opens, slot, stranded
from .test_replan_closure import ALL_WEDNESDAY, ROOM_1_SHUT, shut
from .test_replan_horizon import day, plan_of, weeks
from .test_replan_horizon import shut as weeks_shut


@settings(max_examples=12, deadline=None)
@given(broken_units(most=4))
def test_an_optimised_plan_breaks_no_rule_and_keeps_what_can_be_kept(unit: Broken) -> None:
    plan = optimise_closure(unit.board, unit.visits, seconds=10)
    assert plan is not None
    assert faults(unit.board, unit.rows, unit.visits, plan) == []
    assert faults_of(unit.board, unit.visits, plan) == ()


def test_a_day_is_packed_where_least_change_first_would_leave_somebody_over() -> None:
    # Room for two in a row, but only without a gap between them; nothing else is open.
    rows = [
        *ROOM_1_SHUT,
        (2, opens(WEDNESDAY) + 8, opens(WEDNESDAY) + LIST_TICKS),
        *shut(*((on, room) for on in DATES if on != WEDNESDAY for room in (1, 2))),
    ]
    visits = [stranded(key, slot(at=2)) for key in (1, 2)]
    for plan in (replan(board(rows), visits), optimise_closure(board(rows), visits, seconds=10)):
        assert plan is not None
        assert sorted(one.procedure - opens(WEDNESDAY) for one in plan.slots.values()) == [0, 4]


def test_it_stops_when_asked_and_tells_how_far_it_is() -> None:
    heard: list[tuple[float, str]] = []
    visits = [stranded(key) for key in (1, 2)]
    assert optimise_closure(board(ALL_WEDNESDAY), visits, should_stop=lambda: True) is None
    plan = optimise_closure(board(ALL_WEDNESDAY), visits, progress=lambda part, words: heard.append((part, words)))
    assert plan is not None
    assert (heard[0], heard[-1]) == ((0.0, "Choosing days"), (1.0, "Done"))
    assert [part for part, _ in heard] == sorted(part for part, _ in heard)
    assert optimise_closure(board(ALL_WEDNESDAY), visits, seconds=0) is None
    assert optimise_horizon(weeks([]), plan_of(1, day(0)), should_stop=lambda: True) is None


def test_a_pinned_visit_stays_pinned() -> None:
    visits = [stranded(key) for key in (1, 2)]
    plan = optimise_closure(board(ALL_WEDNESDAY), visits, pinned={1: None, 2: slot(DATES[3])}, seconds=10)
    assert plan is not None
    assert [(one.key, one.why) for one in plan.unplaced] == [(1, None)]
    assert plan.slots[2].on == DATES[3]


def test_a_horizon_has_a_bound_that_no_plan_beats() -> None:
    doses = [dose for plan_id in range(1, 9) for dose in plan_of(plan_id, day(0), 2)]
    rows = weeks_shut(day(1))
    stepwise = plan_ahead(weeks(rows), doses)
    optimised = optimise_horizon(weeks(rows), doses, seconds=10)
    assert optimised is not None
    assert faults(weeks(rows), rows, doses, optimised.plan) == []
    assert 0 < optimised.bound <= min(cost_of(stepwise.toll), cost_of(optimised.plan.toll))


def test_a_list_holds_no_more_than_fit_one_after_the_other() -> None:
    there = weeks([(1, opens(day(0)), opens(day(0)) + 4)])
    need = plan_of(1, day(0))[0].need_after(None)
    one_day = replace(there, hours=there.hours[:1])
    assert most_visits(one_day, VISIT, need) == 5
    assert most_visits(replace(there, hours=()), VISIT, need) == 0


SAME = "The stepwise plan: the optimised one costs the same, and what is known already stays."


def a_plan(*toll: int) -> Plan:
    return Plan((), (), toll=Toll(*toll))


def test_the_better_plan_wins_and_says_by_what() -> None:
    stepwise = a_plan(0, 2, 9, 4, 60)
    assert better_of(stepwise, None).words == "The stepwise plan: the optimiser found none in its time."
    assert better_of(stepwise, stepwise).words == SAME
    better = better_of(stepwise, a_plan(0, 1, 30, 9, 90))
    assert (better.is_optimised, better.words) == (True, "The optimised plan: 1 fewer visit without a place.")
    worse = better_of(stepwise, a_plan(0, 2, 9, 6, 10))
    assert (worse.plan, worse.words) == (
        stepwise,
        "The stepwise plan: visits change day by less (4 instead of 6 days in all).",
    )
    wrong = better_of(stepwise, a_plan(0, 0, 0, 0, 0), ["overlap: something is taken twice"])
    assert wrong.plan is stepwise
    assert wrong.words == "The stepwise plan: the optimised one was not valid (overlap: something is taken twice)."


def test_or_tools_is_not_loaded_until_somebody_optimises() -> None:
    code = "import sys, scheduling.engine.replan.optimise; sys.exit('ortools' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
