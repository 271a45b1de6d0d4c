"""Running CP-SAT with a time limit, a way to stop it and news of how far it is. OR-Tools is an extra: `optimiser`."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, CpSolver

ShouldStop = Callable[[], bool]
Progress = Callable[[float, str], None]
"""Takes the part done (0 to 1) and what is being done, in words."""

WORKERS = 8
_POLL_SECONDS = 0.05
_LEAST_SECONDS = 0.02
_FAR, _TOLERANCE = 10**9, 1e-3


def is_installed() -> bool:
    """Whether OR-Tools can be imported; asking does not import it."""
    return find_spec("ortools") is not None


class Stopped(Exception):
    """Somebody asked to stop, or the time is over."""


class Solving:
    """One run's time. `solve` raises Stopped once it is over, or once `should_stop` says so, in between too."""

    def __init__(self, seconds: float, should_stop: ShouldStop | None, progress: Progress | None) -> None:
        self.ends_at = time.monotonic() + seconds
        self.should_stop = should_stop or (lambda: False)
        self._progress = progress or (lambda _part, _words: None)

    def tell(self, part: float, words: str) -> None:
        """Progress is told."""
        self._progress(part, words)

    def solve(self, model: CpModel, *, share: float = 1.0, known: int | None = None) -> CpSolver | None:
        """The solver with the best solution it found; None where there is none. Takes at most a share of what is left.

        Stops as soon as nothing can cost less than what is `known` already.

        Several workers with different strategies share the machine's cores: one alone neither finds nor proves in time.
        So two runs may find different answers of the same worth; whoever takes one up checks it.
        """
        # 3 s to import: only whoever optimises pays.
        from ortools.sat.python import cp_model

        left = self.ends_at - time.monotonic()
        if left < _LEAST_SECONDS or self.should_stop():
            raise Stopped
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = left * share
        solver.parameters.num_workers = WORKERS
        solver.parameters.random_seed = 1
        if known is not None:
            solver.best_bound_callback = lambda bound: solver.stop_search() if bound >= known else None
        is_over = threading.Event()
        watching = threading.Thread(target=self._watch, args=(solver, is_over), daemon=True)
        watching.start()
        status = solver.solve(model)
        is_over.set()
        watching.join()
        if self.should_stop():
            raise Stopped
        return solver if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None

    def _watch(self, solver: CpSolver, is_over: threading.Event) -> None:
        while not is_over.wait(_POLL_SECONDS):
            if self.should_stop():
                solver.stop_search()
                return


def relaxed_bound(model: CpModel) -> int:
    """What no solution of a model to be minimised can cost less than, by its linear relaxation; half a second.

    Of linear and exactly-one constraints over yes-or-no variables; leaving others out only makes the bound lower.
    """
    from ortools.linear_solver import pywraplp

    proto = model.proto
    solver = pywraplp.Solver.CreateSolver("GLOP")
    variables = [solver.NumVar(0, 1, "") for _ in proto.variables]
    for constraint in proto.constraints:
        if constraint.has_linear():
            # An index from the end reads past these lists.
            least, *_, most = list(constraint.linear.domain)
            terms = list(zip(constraint.linear.vars, constraint.linear.coeffs, strict=True))
        elif constraint.has_exactly_one():
            least = most = 1
            terms = [(index, 1) for index in constraint.exactly_one.literals]
        else:
            continue
        if min((index for index, _ in terms), default=0) < 0:
            continue
        row = solver.RowConstraint(float(max(least, -_FAR)), float(min(most, _FAR)), "")
        for index, by in terms:
            row.SetCoefficient(variables[index], row.GetCoefficient(variables[index]) + by)
    goal = solver.Objective()
    for index, by in zip(proto.objective.vars, proto.objective.coeffs, strict=True):
        goal.SetCoefficient(variables[index], goal.GetCoefficient(variables[index]) + by)
    goal.SetMinimization()
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        return 0
    return math.ceil(goal.Value() + proto.objective.offset - _TOLERANCE)
