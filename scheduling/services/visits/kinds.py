"""The visits without a plan that a unit begins with, so that one can be booked on its first day."""

from __future__ import annotations

from typing import NamedTuple

from scheduling.models import VisitKind
from units.actors import Actor
from units.history import recorded_as
from units.models import Unit
from units.policy import Act


class Usual(NamedTuple):
    """What a visit is called and how long it takes, in minutes."""

    name: str
    before: int
    procedure: int
    recovery: int
    discharge: int


USUAL = (
    Usual("Headache review", 0, 30, 0, 0),
    Usual("Blood patch", 30, 45, 60, 15),
    Usual("Diagnostic lumbar puncture", 15, 45, 30, 15),
)
"""Which: domain.md, "What a ward also lives with". How long: local policy, to be changed in the admin; domain.md gives
only that a diagnostic lumbar puncture takes one to two hours in all."""


def add_usual_visit_kinds(actor: Actor, *, unit: Unit) -> list[VisitKind]:
    """The unit, which has none yet, has the usual visits without a plan. Raises: NotAllowed."""
    actor.require(Act.SET_UP_UNIT, unit.pk)
    with recorded_as(actor, act="add_usual_visit_kinds"):
        return [
            VisitKind.objects.create(
                unit=unit,
                name=usual.name,
                minutes_before=usual.before,
                minutes_procedure=usual.procedure,
                minutes_recovery=usual.recovery,
                minutes_discharge=usual.discharge,
            )
            for usual in USUAL
        ]
