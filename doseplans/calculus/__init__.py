"""The dose rules: pure functions on date ordinals. Nothing here knows Django, the clock or the database."""

from doseplans.calculus.lateness import Drift, drift
from doseplans.calculus.projection import (
    Basis,
    Counted,
    Given,
    HistoryInvalid,
    ProjectedDose,
    Projection,
    project,
)
from doseplans.calculus.protocol import (
    Anchor,
    GapTier,
    Interval,
    IntervalUnit,
    Minimum,
    ProtocolInvalid,
    ProtocolRule,
    Provenance,
    StepKind,
    StepRule,
    Window,
)
from doseplans.calculus.spacing import TooEarly, too_early
from doseplans.calculus.switching import carries_on
from doseplans.calculus.words import Reasons, day_in_words, explain, reasons

__all__ = [
    "Anchor",
    "Basis",
    "Counted",
    "Drift",
    "GapTier",
    "Given",
    "HistoryInvalid",
    "Interval",
    "IntervalUnit",
    "Minimum",
    "ProjectedDose",
    "Projection",
    "ProtocolInvalid",
    "ProtocolRule",
    "Provenance",
    "Reasons",
    "StepKind",
    "StepRule",
    "TooEarly",
    "Window",
    "carries_on",
    "day_in_words",
    "drift",
    "explain",
    "project",
    "reasons",
    "too_early",
]
