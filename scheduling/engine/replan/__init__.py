"""Re-planning: many visits at once, when a day breaks or a horizon is filled. Pure, as the engine around it.

- `asks`: `Stranded` (a visit that lost its slot), `Unbooked` (a dose without a visit), and the order of their claims.
- `closure`: `replan` places stranded visits step by step: same day, nearest days, least shift.
- `horizon`: `plan_ahead` places all unbooked doses of some weeks, a plan's later doses counted from its earlier ones.
- `plan`: `Plan` (old slot, new slot, effect, reasons, who is left to a clinician), `Toll`, `better_of`.
- `faults`: `faults_of` holds a plan against its board anew.
- `optimise`: the same two questions answered with CP-SAT; imported by name, since OR-Tools takes seconds to load.
- `days`: `Days`, the board cut into days while a plan is made. `words`: its sentences.
"""

from scheduling.engine.replan.asks import NextVisit, Stranded, Unbooked
from scheduling.engine.replan.closure import Pinned, replan
from scheduling.engine.replan.faults import faults_of
from scheduling.engine.replan.horizon import Wishes, plan_ahead
from scheduling.engine.replan.plan import (
    PRIORITIES,
    Better,
    Effect,
    Placed,
    Plan,
    Priorities,
    Step,
    Toll,
    Unplaced,
    better_of,
)

__all__ = [
    "PRIORITIES",
    "Better",
    "Effect",
    "NextVisit",
    "Pinned",
    "Placed",
    "Plan",
    "Priorities",
    "Step",
    "Stranded",
    "Toll",
    "Unbooked",
    "Unplaced",
    "Wishes",
    "better_of",
    "faults_of",
    "plan_ahead",
    "replan",
]
