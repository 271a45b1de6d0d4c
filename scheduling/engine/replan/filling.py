"""One day filled with CP-SAT: which starts are used, and which visit has which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from scheduling.engine.free import Masks
from scheduling.engine.replan.admissible import is_against_wish
from scheduling.engine.replan.asks import Stranded
from scheduling.engine.replan.days import Days
from scheduling.engine.replan.plan import Priorities
from scheduling.engine.replan.solving import Solving
from scheduling.engine.replan.tastes import minutes_moved
from scheduling.engine.visit import Phases, Slot

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, CpSolver, IntVar, LinearExprT

_PLACED, _LOADING = 1, 2


@dataclass(frozen=True, slots=True)
class _Start:
    """A start of a kind of visit: what is tied to it is the same for all visits of the kind."""

    room_id: int
    procedure: int
    phases: Phases
    turnover: int
    operator_skills: frozenset[str]
    only_operator_ids: frozenset[int] | None


def fill_day(
    days: Days, on: date, visits: Sequence[Stranded], solving: Solving, priorities: Priorities
) -> dict[int, Slot]:
    """As many of the visits as fit on the day, loading doses first, with the fewest minutes moved. Raises Stopped.

    Room, operator and the pool's capacity hold; single recovery places, assistants and imaging are not looked at.
    """
    filling = _Filling(days, on, visits, priorities)
    found = filling.solve_all(solving)
    return filling.solve_most(solving) if found is None else found


class _Filling:
    """The model of one day."""

    def __init__(self, days: Days, on: date, visits: Sequence[Stranded], priorities: Priorities) -> None:
        from ortools.sat.python import cp_model

        self.model, self.visits = cp_model.CpModel(), visits
        self.has: dict[tuple[int, _Start], IntVar] = {}
        self.slots: dict[tuple[int, _Start], Slot] = {}
        self.minutes: list[LinearExprT] = []
        for visit in visits:
            weight = priorities.confirmed if visit.is_confirmed else 1
            for slot in days.slots(on, visit, visit.need):
                key = visit.key, _start(visit, slot)
                if not is_against_wish(visit.need, slot) and key not in self.has:
                    self.has[key], self.slots[key] = self.model.new_bool_var(""), slot
                    self.minutes.append(weight * abs(minutes_moved(visit, slot)) * self.has[key])
        used: dict[_Start, list[IntVar]] = {}
        for (_, start), var in self.has.items():
            used.setdefault(start, []).append(var)
        self.operates = _tie_resources(self.model, days, on, visits, used)

    def solve_all(self, solving: Solving) -> dict[int, Slot] | None:
        """Everybody on the day with the fewest minutes moved; None where they do not all fit, or none was found."""
        model = self.model.clone()
        for visit in self.visits:
            model.add_exactly_one(self._options(visit))
        model.minimize(sum(self.minutes))
        solver = solving.solve(model, share=0.3)
        return None if solver is None else self._found(solver)

    def solve_most(self, solving: Solving) -> dict[int, Slot]:
        """As many as fit, loading doses first, whatever they move."""
        for visit in self.visits:
            self.model.add_at_most_one(self._options(visit))
        loading = {visit.key for visit in self.visits if visit.is_loading}
        worth = [(_PLACED + _LOADING * (key in loading)) * var for (key, _), var in self.has.items()]
        self.model.maximize(sum(worth))
        solver = solving.solve(self.model, share=0.3)
        return {} if solver is None else self._found(solver)

    def _options(self, visit: Stranded) -> list[IntVar]:
        return [var for (key, _), var in self.has.items() if key == visit.key]

    def _found(self, solver: CpSolver) -> dict[int, Slot]:
        operators = {start: person for (start, person), var in self.operates.items() if solver.boolean_value(var)}
        return {
            key: replace(self.slots[key, start], operator_id=operators[start])
            for (key, start), var in self.has.items()
            if solver.boolean_value(var)
        }


def _start(visit: Stranded, slot: Slot) -> _Start:
    need = visit.need
    return _Start(
        slot.room_id, slot.procedure, visit.phases, slot.turnover, need.operator_skills, need.only_operator_ids
    )


def _tie_resources(
    model: CpModel, days: Days, on: date, visits: Sequence[Stranded], used: dict[_Start, list[IntVar]]
) -> dict[tuple[_Start, int], IntVar]:
    """Each start used has a free room, one free operator, and room in the pool; returns who operates."""
    at: dict[tuple[str, int, int], list[IntVar]] = {}
    operates: dict[tuple[_Start, int], IntVar] = {}
    masks = {(v.phases, v.need.operator_skills, v.need.only_operator_ids): _masks(days, on, v) for v in visits}
    for start, options in used.items():
        is_used = model.new_bool_var("")
        model.add(sum(options) == is_used)
        ends = start.procedure + start.phases.procedure
        people = _people(masks[start.phases, start.operator_skills, start.only_operator_ids], start)
        for person in people:
            operates[start, person] = model.new_bool_var("")
            for tick in range(start.procedure, ends):
                at.setdefault(("person", person, tick), []).append(operates[start, person])
        model.add(sum(operates[start, person] for person in people) == is_used)
        for tick in range(start.procedure, ends + start.turnover):
            at.setdefault(("room", start.room_id, tick), []).append(is_used)
        for tick in range(ends, ends + start.phases.stay):
            at.setdefault(("pool", 0, tick), []).append(is_used)
    busy = days.board_on(on, visits[0]).busy
    seen: set[tuple[tuple[int, ...], int]] = set()
    for (what, _, tick), options in at.items():
        most = sum(busy.is_free(place, tick, tick + 1) for place in days.board.recovery_ids) if what == "pool" else 1
        # Neighbouring ticks mostly ask for the same.
        key = tuple(var.index for var in options), most
        if len(options) > most and key not in seen:
            seen.add(key)
            model.add(sum(options) <= most)
    return operates


def _masks(days: Days, on: date, visit: Stranded) -> Masks:
    return Masks(days.board_on(on, visit), visit.phases, visit.need)


def _people(masks: Masks, start: _Start) -> list[int]:
    """Who of the lists that hold the start may operate and is free."""
    bit = start.procedure - masks.since
    found: dict[int, None] = {}
    for hours in masks.board.hours:
        if hours.room_id == start.room_id and not hours.refuses(start.phases, start.procedure):
            found |= dict.fromkeys(person for person in masks.team(hours) if masks.operator(person) >> bit & 1)
    return list(found)
