"""Planning twice changes nothing the second time, and no plan leaves a window or a minimum: through the use cases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from scheduling.models import Appointment, Closure, Replan, Resource
from scheduling.services import book_appointment, close
from scheduling.services.planning.replan_applying import apply_replan
from scheduling.services.planning.replans import plan_closure
from tests.scheduling.test_horizons import faults
from tests.ward import TODAY, Ward, dose_id, maintenance_patient

if TYPE_CHECKING:
    from units.actors import Actor

pytestmark = pytest.mark.usefixtures("clock")

DUE = TODAY + timedelta(days=1)
CLOCKS = ("08:00", "09:00", "10:00", "12:00", "13:00", "14:00")


@pytest.fixture
def actor(ward: Ward) -> Actor:
    return ward.cast.actor("coordinator")


@pytest.fixture
def visits(ward: Ward, actor: Actor) -> list[Appointment]:
    """A busy Wednesday: not all who lose their room, their operator or the day find another slot on it."""
    return [
        book_appointment(
            actor,
            dose_id=dose_id(maintenance_patient(ward, 10 * room + at, due=DUE)),
            wanted=ward.wanted(DUE, clock, room=room, operator=room),
        )
        for room in (0, 1)
        for at, clock in enumerate(CLOCKS if room == 0 else CLOCKS[::3])
    ]


def closed(ward: Ward, what: Resource | None, *, days: int) -> Closure:
    return close(
        ward.cast.actor("administrator"),
        unit=ward.unit,
        resource=what,
        starts_at=ward.at(DUE, "00:00"),
        ends_at=ward.at(DUE + timedelta(days=days), "00:00"),
        reason="Floor repaired",
    ).closure


def said(replan: Replan) -> list[tuple[object, ...]]:
    rows = replan.lines.order_by("appointment_id")
    return list(rows.values_list("appointment_id", "decision", "starts_at", "room", "operator", "effect"))


@pytest.mark.parametrize(("what", "days"), [("room", 1), ("operator", 2), ("unit", 1), ("unit", 6)])
def test_a_closure_planned_twice_and_applied_keeps_every_rule(
    ward: Ward, visits: list[Appointment], actor: Actor, what: str, days: int
) -> None:
    resource = {"room": ward.rooms[0], "operator": ward.operators[0], "unit": None}[what]
    closure = closed(ward, resource, days=days)
    first = plan_closure(actor, closure_id=closure.public_id)
    before = said(first)
    again = plan_closure(actor, closure_id=closure.public_id)
    assert (said(again), again.changes) == (before, [])
    left = {key for key, decision, *_ in before if decision == "clinician"}
    apply_replan(actor, replan_id=again.public_id)
    assert faults(ward) == []
    # Only those with a clinician are still hit, and nothing that could be done for them has been left undone.
    third = plan_closure(actor, closure_id=closure.public_id)
    assert {(key, decision) for key, decision, *_ in said(third)} == {(key, "clinician") for key in left}
    assert (left == set()) == (days < 6)
