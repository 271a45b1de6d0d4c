"""Refused in words: what has the slot, never whose visit it is; and why a window has no slot, and what would help."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time, timedelta

import pytest

from scheduling.errors import SlotNotOffered, SlotTaken
from scheduling.models import Closure, NurseShift, Resource
from scheduling.selectors.slots import find_slots
from scheduling.services import book_appointment, reserve_slot
from scheduling.services.visits.wanted import dose_for
from tests.ward import NOW, TODAY, Ward, dose_id, maintenance_patient
from units.errors import ClinicError

pytestmark = pytest.mark.usefixtures("clock")
TOMORROW, OPEN_AGAIN = TODAY + timedelta(days=1), TODAY + timedelta(days=10)


def shut(ward: Ward, resources: Iterable[Resource | None]) -> None:
    """Closed, or away, for all of the window of a dose due tomorrow."""
    for resource in resources:
        starts_at, ends_at = ward.at(TODAY, "00:00"), ward.at(OPEN_AGAIN, "00:00")
        Closure.objects.create(unit=ward.unit, resource=resource, starts_at=starts_at, ends_at=ends_at, reason="Leave")


def refusal(ward: Ward, clock: str = "09:00", **places: int) -> ClinicError:
    """What another patient's booking of the slot hears."""
    patient = maintenance_patient(ward, 2)
    with pytest.raises((SlotTaken, SlotNotOffered)) as refused:
        book_appointment(
            ward.cast.actor("nurse"), dose_id=dose_id(patient), wanted=ward.wanted(TOMORROW, clock, **places)
        )
    assert "Patient001" not in refused.value.sentence
    return refused.value


def test_what_has_the_slot_is_named_and_the_other_patient_is_not(ward: Ward) -> None:
    actor, dose = ward.cast.actor("coordinator"), dose_id(maintenance_patient(ward, 1))
    reserve_slot(actor, dose_id=dose, wanted=ward.wanted(TOMORROW))
    assert refusal(ward).sentence == (
        "Room 1 is reserved at that time by Ada Coordinator, who is booking a visit. Choose another slot."
    )
    book_appointment(actor, dose_id=dose, wanted=ward.wanted(TOMORROW))


def test_a_visit_that_has_room_or_operator(ward: Ward) -> None:
    dose = dose_id(maintenance_patient(ward, 1))
    book_appointment(ward.cast.actor("coordinator"), dose_id=dose, wanted=ward.wanted(TOMORROW))
    words = refusal(ward, operator=1).sentence
    assert words == "Room 1 is taken at that time by another visit. Choose another slot."


def test_a_closure_says_until_when(ward: Ward) -> None:
    shut(ward, [ward.operators[0]])
    assert refusal(ward).sentence == (
        "Dr Malik is away on Wed 25 Nov at 10:00, until Fri 4 Dec, 00:00. Choose another slot."
    )


def why(ward: Ward, *, due: date = TODAY + timedelta(days=3)) -> tuple[str, str]:
    """Why nothing is free, and what would help. The window opens tomorrow unless said otherwise."""
    actor = ward.cast.actor("coordinator")
    dose = dose_for(actor, dose_id(maintenance_patient(ward, 3, due=due)))
    found = find_slots(actor, dose=dose, at=NOW).found.why
    assert found is not None
    return found.words, found.help_words


def test_nothing_free_says_why_until_when_and_what_would_help(ward: Ward) -> None:
    shut(ward, ward.operators)
    assert why(ward) == (
        "A room is free, but no operator until Fri 4 Dec.",
        "Ask another operator onto the open list on Wed 25 Nov.",
    )


def test_nothing_free_because_the_unit_is_closed(ward: Ward) -> None:
    shut(ward, [None])
    assert why(ward) == (
        "All rooms are closed until Fri 4 Dec.",
        "Lift the closure, or open an extra list in another room.",
    )


def test_nothing_free_because_recovery_is_full(ward: Ward) -> None:
    shut(ward, ward.places)
    words, help_words = why(ward)
    assert words == "No recovery place is free for 1 h 30 min when a room and an operator are, until Fri 4 Dec."
    assert help_words.startswith("Open another recovery place, or move a visit that is in recovery then on Wed 25 Nov")


def test_nothing_free_because_of_the_nurses(ward: Ward) -> None:
    NurseShift.objects.bulk_create(
        NurseShift(unit=ward.unit, weekday=day, starts_at=time(6), ends_at=time(7), nurses=1, patients_each=4)
        for day in range(1, 8)
    )
    words, help_words = why(ward)
    assert words.startswith("The nurses in recovery have as many patients as they may between")
    assert help_words == "Ask another nurse into recovery on Wed 25 Nov."


def test_nothing_free_because_the_window_is_over(ward: Ward) -> None:
    words, help_words = why(ward, due=TODAY - timedelta(days=9))
    assert words == "The window closed on Fri 20 Nov; the soonest possible day is Tue 24 Nov."
    assert help_words == "Take the first free day. Where it needs a reason, a doctor books it."
