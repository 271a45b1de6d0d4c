"""Both questions of re-planning answered with CP-SAT, for a worker that has time. Needs the extra `optimiser`.

All at once is beyond a solver (nothing found in ten seconds at 60 % fill), stage by stage it is quick:

1. Which day each visit goes to, no day taking more than its rooms, people and pool could hold at best.
2. Day by day, which starts are used and who has which: room, operator and pool are tied to a start and a kind of
   visit, not to the visit, so that like visits need not be told apart.
3. What a day turned out not to hold is told to the first stage, and it chooses again, as long as there is time.

What comes out is a wish: the stepwise planner takes it up slot by slot under all its rules (`preferred`) and places
what is left over. Assistants, imaging and areas are left to it as well. `plan.better_of` decides which answer counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from scheduling.engine.board import Board
from scheduling.engine.need import Need
from scheduling.engine.replan.admissible import is_admissible
from scheduling.engine.replan.asks import NO_LIMITS, Asked, Limits, Stranded, Unbooked
from scheduling.engine.replan.capacity import most_visits, shortest
from scheduling.engine.replan.closure import Pinned, Replanning, replan
from scheduling.engine.replan.days import Days
from scheduling.engine.replan.filling import fill_day
from scheduling.engine.replan.horizon import Wishes, plan_ahead
from scheduling.engine.replan.plan import PRIORITIES, Plan, Priorities, Toll
from scheduling.engine.replan.solving import Progress, ShouldStop, Solving, Stopped, relaxed_bound
from scheduling.engine.replan.words import Names
from scheduling.engine.visit import Slot

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar, LinearExprT

SECONDS = 20.0
ROUNDS = 8
"""How often days are chosen anew after a day turned out to hold less than was thought."""

_UTC = ZoneInfo("UTC")
_UNPLACED, _LOADING, _LATE = 10_000, 20_000, 20


@dataclass(frozen=True, slots=True)
class Optimised:
    """The plan found, and what no plan can cost less than (`cost_of`)."""

    plan: Plan
    bound: int


def cost_of(toll: Toll) -> int:
    """A toll as one number, as the choice of days counts it: minutes are not looked at."""
    return _UNPLACED * toll.unplaced + _LOADING * toll.unplaced_loading + _LATE * toll.lateness + toll.days


def optimise_closure(
    board: Board,
    stranded: Iterable[Stranded],
    *,
    pinned: Pinned | None = None,
    names: Names | None = None,
    priorities: Priorities = PRIORITIES,
    limits: Limits = NO_LIMITS,
    seconds: float = SECONDS,
    should_stop: ShouldStop | None = None,
    progress: Progress | None = None,
) -> Plan | None:
    """As `closure.replan`, optimised. None where it was stopped, or the time was over, before it had any plan."""
    visits = list(stranded)
    planning = Replanning(board, visits, names or {}, priorities, limits)
    planning.pin(pinned or {})
    planning.keep()
    solving = Solving(seconds, should_stop, progress)
    choosing = _DayChoice(planning, priorities)
    wished: dict[int, Slot] | None = None
    try:
        for turn in range(ROUNDS):
            solving.tell(turn / ROUNDS, "Choosing days")
            chosen = choosing.choose(solving)
            found: dict[int, Slot] = {}
            is_settled = True
            for on, there in sorted(chosen.items()):
                solving.tell(turn / ROUNDS, "Choosing starts")
                slots = fill_day(planning.days, on, there, solving, priorities)
                found |= slots
                if len(slots) < len(there):
                    choosing.holds_at_most(on, there, len(slots))
                    is_settled = False
            if wished is None or len(found) > len(wished) or is_settled:
                wished = found
            if is_settled:
                break
    except Stopped:
        pass
    solving.tell(1.0, "Done")
    if wished is None or solving.should_stop():
        return None
    return replan(board, visits, pinned=pinned, preferred=wished, names=names, priorities=priorities, limits=limits)


class _DayChoice:
    """The first stage of a closure: the model of days, and what was learned of them."""

    def __init__(self, planning: Replanning, priorities: Priorities) -> None:
        self.priorities, self.days = priorities, planning.days
        self.visits = planning.homeless()
        self.dates = {
            visit.key: [on for on in planning.dates_for(self.days, visit) if self.days.slots(on, visit, visit.need)]
            for visit in self.visits
        }
        self._learned: list[tuple[date, frozenset[int], int]] = []

    def holds_at_most(self, on: date, visits: Sequence[Stranded], count: int) -> None:
        """These visits cannot all be on that day: only so many of them."""
        self._learned.append((on, frozenset(visit.key for visit in visits), count))

    def choose(self, solving: Solving) -> dict[date, list[Stranded]]:
        """The visits of each day. Raises Stopped."""
        from ortools.sat.python import cp_model

        model = cp_model.CpModel()
        goes = {(visit.key, on): model.new_bool_var("") for visit in self.visits for on in self.dates[visit.key]}
        cost = []
        for visit in self.visits:
            options = [goes[visit.key, on] for on in self.dates[visit.key]]
            left = model.new_bool_var("")
            model.add_exactly_one([left, *options])
            cost.append((_UNPLACED + _LOADING * visit.is_loading) * left)
            cost += [self._cost(visit, on) * goes[visit.key, on] for on in self.dates[visit.key]]
        _keep_capacity(model, goes, self.days, {visit.key: visit for visit in self.visits})
        for on, keys, count in self._learned:
            model.add(sum(goes[key, on] for key in keys if (key, on) in goes) <= count)
        self._keep_apart(model, goes)
        model.minimize(sum(cost))
        solver = solving.solve(model, share=0.5)
        chosen: dict[date, list[Stranded]] = {}
        for visit in self.visits:
            for on in self.dates[visit.key]:
                if solver is not None and solver.boolean_value(goes[visit.key, on]):
                    chosen.setdefault(on, []).append(visit)
        return chosen

    def _cost(self, visit: Stranded, on: date) -> int:
        late = max((on - visit.need.target_on).days, 0) * (self.priorities.loading if visit.is_loading else 1)
        days = abs((on - visit.slot.on).days) * (self.priorities.confirmed if visit.is_confirmed else 1)
        return _LATE * late + days

    def _keep_apart(self, model: CpModel, goes: Mapping[tuple[int, date], IntVar]) -> None:
        """A plan's next visit that moves as well stays behind its minimum."""
        for visit in self.visits:
            following = visit.next_visit
            if following is None or following.key not in self.dates:
                continue
            for on in self.dates[visit.key]:
                for next_on in self.dates[following.key]:
                    if next_on < following.soonest_on(on):
                        model.add_at_most_one([goes[visit.key, on], goes[following.key, next_on]])


def optimise_horizon(
    board: Board,
    doses: Iterable[Unbooked],
    *,
    pinned: Mapping[int, Slot] | None = None,
    names: Names | None = None,
    priorities: Priorities = PRIORITIES,
    limits: Limits = NO_LIMITS,
    seconds: float = SECONDS,
    should_stop: ShouldStop | None = None,
    progress: Progress | None = None,
) -> Optimised | None:
    """As `horizon.plan_ahead`, with the days chosen for all doses together. None where it was stopped before."""
    known = list(doses)
    solving = Solving(seconds, should_stop, progress)
    solving.tell(0.0, "Choosing days")
    chosen = Wishes(pinned=pinned or {})
    stepwise = plan_ahead(board, known, wishes=chosen, priorities=priorities, limits=limits)
    chains = _Chains(Days(board, limits), known, priorities, stepwise)
    chains.pinned = {key: slot.on for key, slot in chosen.pinned.items()}
    try:
        preferred, bound = chains.choose(solving)
    except Stopped:
        return None
    solving.tell(0.8, "Choosing starts")
    wishes = replace(chosen, days=preferred)
    plan = plan_ahead(board, known, wishes=wishes, names=names, priorities=priorities, limits=limits)
    solving.tell(1.0, "Done")
    return None if solving.should_stop() else Optimised(plan, bound)


class _Chains:
    """The first stage of a horizon: each plan is a path through the days of its doses, counted one from the other."""

    def __init__(self, days: Days, doses: Iterable[Unbooked], priorities: Priorities, stepwise: Plan) -> None:
        self.days, self.priorities = days, priorities
        self.stepwise = {key: slot.on for key, slot in stepwise.slots.items()}
        self.known = cost_of(stepwise.toll)
        self.pinned: Mapping[int, date] = {}
        self.plans: dict[int, list[Unbooked]] = {}
        for dose in sorted(doses, key=lambda dose: (dose.plan_id, dose.sequence, dose.key)):
            self.plans.setdefault(dose.plan_id, []).append(dose)

    def choose(self, solving: Solving) -> tuple[dict[int, date], int]:
        """A day for each dose, and the bound on what any plan costs; begins at the stepwise plan. Raises Stopped."""
        from ortools.sat.python import cp_model

        model = cp_model.CpModel()
        goes: dict[tuple[int, date], IntVar] = {}
        cost: list[LinearExprT] = []
        for chain in self.plans.values():
            before: dict[date | None, IntVar | int] = {None: 1}
            stood: date | None = None
            for dose in chain:
                before = self._step(model, dose, before, stood, goes, cost)
                stood = self.stepwise.get(dose.key)
        _keep_capacity(model, goes, self.days, {dose.key: dose for chain in self.plans.values() for dose in chain})
        for (key, on), there in goes.items():
            model.add_hint(there, self.stepwise.get(key) == on)
        model.minimize(sum(cost))
        bound = relaxed_bound(model)
        if bound >= self.known:
            return self.stepwise, bound
        solver = solving.solve(model, share=0.8, known=self.known)
        if solver is None:
            return self.stepwise, bound
        bound = max(bound, math.ceil(solver.best_objective_bound))
        if solver.objective_value >= self.known:
            return self.stepwise, bound
        chosen = {key: on for (key, on), there in goes.items() if solver.boolean_value(there)}
        return chosen, bound

    def _step(
        self,
        model: CpModel,
        dose: Unbooked,
        before: Mapping[date | None, IntVar | int],
        stood: date | None,
        goes: dict[tuple[int, date], IntVar],
        cost: list[LinearExprT],
    ) -> dict[date | None, IntVar | int]:
        """The days a dose may have after each day of the one before it: one edge each, as many in as out."""
        into: dict[date, list[IntVar]] = {}
        for after, is_there in before.items():
            need = dose.need_after(after)
            edges = []
            for on in self._dates(dose, need):
                edge = model.new_bool_var("")
                model.add_hint(edge, after == stood and on == self.stepwise.get(dose.key))
                edges.append(edge)
                into.setdefault(on, []).append(edge)
                off = (on - need.target_on).days
                late = max(off, 0) * (self.priorities.loading if dose.is_loading else 1)
                cost.append((_LATE * late + abs(off)) * edge)
            model.add(sum(edges) <= is_there)
        for on, edges in into.items():
            there = goes[dose.key, on] = model.new_bool_var("")
            model.add(sum(edges) == there)
        left = model.new_bool_var("")
        model.add_exactly_one([left, *(goes[dose.key, on] for on in into)])
        model.add_hint(left, dose.key not in self.stepwise)
        cost.append((_UNPLACED + _LOADING * dose.is_loading) * left)
        return {on: goes[dose.key, on] for on in into}

    def _dates(self, dose: Unbooked, need: Need) -> list[date]:
        following = dose.next_visit
        return [
            on
            for on in self.days.dates
            if is_admissible(need, on)
            and self.pinned.get(dose.key, on) == on
            and (following is None or following.on >= following.soonest_on(on))
        ]


def _keep_capacity(
    model: CpModel, goes: Mapping[tuple[int, date], IntVar], days: Days, asked: Mapping[int, Asked]
) -> None:
    """No day takes more than it could hold if all were as short as the shortest and asked for nothing."""
    by_day: dict[date, list[int]] = {}
    for key, on in goes:
        by_day.setdefault(on, []).append(key)
    for on, keys in by_day.items():
        board = days.board_on(on, asked[keys[0]])
        need = Need(zone=_UTC, target_on=on, earliest_on=on, latest_on=on, not_before=datetime(1970, 1, 1, tzinfo=UTC))
        most = most_visits(board, shortest(asked[key].phases for key in keys), need)
        if most < len(keys):
            model.add(sum(goes[key, on] for key in keys) <= most)
