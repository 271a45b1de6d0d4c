"""The reading of a unit's rows sees what it is there to see: each promise broken by hand, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db import transaction

from doseplans.models import Administration, Dose, PlanHold
from scheduling.models import Allocation, Appointment, Closure, NurseShift
from tests.cast import Cast
from tests.ward import TODAY

from .unit_life import BEGINS, SmallUnit, small_unit
from .unit_rows import standing_faults


@pytest.fixture
def small(cast: Cast) -> SmallUnit:
    return small_unit(cast)


def visit(small: SmallUnit, patient: int) -> Appointment:
    return Appointment.objects.get(patient=small.patients[patient])


def taken(small: SmallUnit, patient: int, **what: str) -> Allocation:
    return Allocation.objects.get(appointment=visit(small, patient), **what)


def faults(small: SmallUnit) -> list[str]:
    return standing_faults(small.ward.unit, at=BEGINS)


def shut_a_room(small: SmallUnit) -> None:
    at = small.ward.at(TODAY + timedelta(days=2), "00:00")
    until = at + timedelta(days=1)
    Closure.objects.create(
        unit=small.ward.unit, resource=small.ward.rooms[1], starts_at=at, ends_at=until, reason="Floor repaired"
    )


def shorten_a_stay(small: SmallUnit) -> None:
    row = taken(small, 0, phase="recovery")
    Allocation.objects.filter(pk=row.pk).update(ends_at=row.ends_at - timedelta(minutes=5))


def exchange_the_operator(small: SmallUnit) -> None:
    row = taken(small, 0, resource__kind="person")
    Allocation.objects.filter(pk=row.pk).update(resource=small.ward.operators[2])


def send_the_assistant_away(small: SmallUnit) -> None:
    taken(small, 1, phase="assistance").delete()


def take_the_device_away(small: SmallUnit) -> None:
    taken(small, 2, resource__kind="imaging").delete()


def take_the_place_with_the_hoist_away(small: SmallUnit) -> None:
    row = taken(small, 1, phase="recovery")
    Allocation.objects.filter(pk=row.pk).update(resource=small.ward.places[1])


def send_the_nurses_home(_small: SmallUnit) -> None:
    NurseShift.objects.update(nurses=0)


def open_the_window_later(small: SmallUnit) -> None:
    dose = visit(small, 0).dose
    assert dose is not None
    later = {name: TODAY + timedelta(days=5) for name in ("earliest_on", "target_on", "latest_on")}
    Dose.objects.filter(pk=dose.pk).update(**later)


def have_given_too_late(small: SmallUnit) -> None:
    last = Administration.objects.filter(dose__plan__patient=small.patients[0]).order_by("-given_on")[0]
    Administration.objects.filter(pk=last.pk).update(given_on=TODAY - timedelta(days=10))


def hold_the_plan(small: SmallUnit) -> None:
    dose = visit(small, 0).dose
    assert dose is not None
    PlanHold.objects.create(plan=dose.plan, reason="Headache", placed_on=TODAY - timedelta(days=1))


def change_without_an_event(small: SmallUnit) -> None:
    Appointment.objects.filter(pk=visit(small, 0).pk).update(version=2)


def number_the_invite_wrongly(small: SmallUnit) -> None:
    Appointment.objects.filter(pk=visit(small, 0).pk).update(ical_sequence=1)


def cancel_and_keep_the_room(small: SmallUnit) -> None:
    Appointment.objects.filter(pk=visit(small, 0).pk).update(status="cancelled")


BROKEN: dict[Callable[[SmallUnit], None], str] = {
    shut_a_room: "was taken before, and nobody was told",
    shorten_a_stay: "place for another time than its phase",
    exchange_the_operator: "lacks a skill",
    send_the_assistant_away: "has operator, place, room",
    take_the_device_away: "has operator, place, room",
    take_the_place_with_the_hoist_away: "lacks a skill",
    send_the_nurses_home: "1 patients in recovery at ",
    open_the_window_later: "outside ",
    have_given_too_late: "12 days after the dose before",
    hold_the_plan: "placed while its plan is on hold",
    change_without_an_event: "1 changes and 0 events",
    number_the_invite_wrongly: "its last event, booked, says otherwise",
    cancel_and_keep_the_room: "cancelled, and still takes something",
}


def test_what_is_broken_is_found(small: SmallUnit) -> None:
    """One after the other on one unit, each taken back: setting up the unit is what takes the time."""
    assert faults(small) == []
    for break_it, words in BROKEN.items():
        with transaction.atomic():
            with time_machine.travel(BEGINS, tick=False):
                break_it(small)
            found = faults(small)
            transaction.set_rollback(True)
        assert any(words in line for line in found), (break_it.__name__, found)
