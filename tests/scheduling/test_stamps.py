"""The word by which a board knows that nothing changed: whatever the board shows changes it, at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from doseplans.models import PlanHold
from patients.models import Check, Flag
from scheduling.models import Allocation, Appointment, Closure, Note, Resource
from scheduling.selectors.day_board import board_stamp
from scheduling.services import book_appointment
from tests.ward import TODAY, dose_id, maintenance_patient

if TYPE_CHECKING:
    from tests.ward import Ward

Change = Callable[["Ward", Appointment], object]


@pytest.fixture
def visit(ward: Ward, clock: object) -> Appointment:
    patient = maintenance_patient(ward)
    return book_appointment(
        ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(TODAY, "10:00")
    )


def _hold(_: Ward, visit: Appointment) -> object:
    assert visit.dose is not None
    return PlanHold.objects.create(plan=visit.dose.plan, reason="Fever", placed_on=TODAY, placed_by_name="Dr Malik")


def _close(ward: Ward, _: Appointment) -> object:
    at = ward.at(TODAY, "15:00")
    return Closure.objects.create(unit=ward.unit, starts_at=at, ends_at=at + timedelta(hours=1), reason="Water")


CHANGES: dict[str, Change] = {
    "arrival": lambda ward, visit: Appointment.objects.filter(pk=visit.pk).update(arrived_at=ward.at(TODAY, "10:02")),
    "a place re-packed": lambda ward, visit: Allocation.objects.filter(
        appointment=visit, resource__kind="recovery"
    ).update(resource=ward.places[1]),
    "a visit moved away": lambda _, visit: Appointment.objects.filter(pk=visit.pk).update(
        starts_at=visit.starts_at + timedelta(days=7), ends_at=visit.ends_at + timedelta(days=7)
    ),
    "a hold": _hold,
    "a closure": _close,
    "a check": lambda _, visit: Check.objects.create(
        patient=visit.patient, kind=Check.Kind.choices[0][0], done_on=TODAY, is_acceptable=True
    ),
    "an alert": lambda _, visit: Flag.objects.create(patient=visit.patient, kind="alert", text="Latex allergy"),
    "a room's name": lambda ward, _: Resource.objects.filter(pk=ward.rooms[0].pk).update(name="Blue room"),
    "a note of the day": lambda ward, _: Note.objects.create(
        unit=ward.unit, on=TODAY, text="Lift out of order", written_at=ward.at(TODAY, "08:00"), written_by_name="Ada"
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_the_board_shows_changes_its_word(ward: Ward, visit: Appointment, what: str) -> None:
    actor = ward.cast.actor("nurse")
    before = board_stamp(actor, unit=ward.unit, on=TODAY)
    assert board_stamp(actor, unit=ward.unit, on=TODAY) == before
    CHANGES[what](ward, visit)
    assert board_stamp(actor, unit=ward.unit, on=TODAY) != before
