"""Readiness: what must be in order before a procedure starts, as pure functions over what is on record.

A protocol's gates are rows that name functions of `gates`. A new kind of gate is a row and one function there.
"""

from doseplans.readiness.facts import (
    AuthorisationFact,
    CheckFact,
    ConsentFact,
    Facts,
    GivenFact,
    MedicineFact,
    Table,
    TableRow,
)
from doseplans.readiness.finding import Colour, Finding, Gate, GateState, gravest, not_green, reds
from doseplans.readiness.gates import GATES, judge
from doseplans.readiness.working_days import is_working_day, working_days_before

__all__ = [
    "GATES",
    "AuthorisationFact",
    "CheckFact",
    "Colour",
    "ConsentFact",
    "Facts",
    "Finding",
    "Gate",
    "GateState",
    "GivenFact",
    "MedicineFact",
    "Table",
    "TableRow",
    "gravest",
    "is_working_day",
    "judge",
    "not_green",
    "reds",
    "working_days_before",
]
