"""A step's own minimum stops a booking as the protocol's does: ocrelizumab, 5 calendar months between infusions.

By hand, from `domain.md`: 300 mg twice 14 days apart, then 600 mg every 6 months from infusion 1, at least 5 months
apart. Infusion 1 on Mon 1 Jun 2026, infusion 2 late, on Mon 20 Jul. Infusion 3 would be due on Tue 1 Dec, 6 months from
infusion 1; 5 months from infusion 2 end on Sun 20 Dec.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine

from doseplans.errors import DoseTooEarly
from doseplans.models import Dose, DosePlan, Protocol
from doseplans.services import Course, GivenRecord, take_over_plans
from scheduling.errors import NeighbourTooClose
from scheduling.models import Appointment
from scheduling.selectors.needs import need_of
from scheduling.selectors.slots import find_slots
from scheduling.services import book_appointment, move_appointment
from scheduling.services.visits.wanted import dose_for
from tests.cast import make_patient
from tests.ward import NOW, TODAY, Ward

FIRST_POSSIBLE = date(2026, 12, 20)


@pytest.fixture
def plan(ward: Ward, clock: time_machine.Traveller) -> DosePlan:
    """As a site might finish the example: its own window, so that the least time alone decides."""
    protocol = Protocol.objects.get(code="ocrelizumab")
    protocol.phases.filter(phase="procedure").update(needs_room=True, needs_operator=True)
    protocol.steps.filter(kind="maintenance").update(window_before_days=30, window_after_days=30)
    Protocol.objects.filter(pk=protocol.pk).update(status=Protocol.Status.ACTIVE)
    given = [GivenRecord.on_day(day, ward.unit) for day in (date(2026, 6, 1), date(2026, 7, 20))]
    patient = make_patient(ward.unit, "Ocre", "W000900")
    protocol.refresh_from_db()
    course = Course(patient=patient, protocol=protocol, given=given)
    return take_over_plans(ward.cast.actor("coordinator"), courses=[course], on=TODAY)[0]


def infusion(plan: DosePlan, number: int) -> Dose:
    return plan.doses.get(sequence=number)


def book(ward: Ward, dose: Dose, day: date, *, role: str = "coordinator", reason: str = "") -> Appointment:
    return book_appointment(
        ward.cast.actor(role), dose_id=dose.public_id, wanted=ward.wanted(day), override_reason=reason
    )


def test_a_day_before_the_five_months_is_refused_with_the_labels_own_words(ward: Ward, plan: DosePlan) -> None:
    with pytest.raises(DoseTooEarly) as caught:
        book(ward, infusion(plan, 3), FIRST_POSSIBLE - timedelta(days=1))
    assert caught.value.sentence == (
        "Sat 19 Dec is 152 days after the dose before it (Mon 20 Jul). The minimum is 5 months (from the label): the "
        "first possible day is Sun 20 Dec. Only a doctor may go below it, with a written reason."
    )
    assert caught.value.facts == {"first_possible_on": FIRST_POSSIBLE}
    assert book(ward, infusion(plan, 3), FIRST_POSSIBLE).status == "booked"


def test_a_doctor_goes_below_it_with_a_reason_and_not_without(ward: Ward, plan: DosePlan) -> None:
    early = FIRST_POSSIBLE - timedelta(days=1)
    with pytest.raises(DoseTooEarly):
        book(ward, infusion(plan, 3), early, role="doctor")
    with pytest.raises(DoseTooEarly):
        book(ward, infusion(plan, 3), early, reason="Patient travels")  # a clerk's reason is none
    assert book(ward, infusion(plan, 3), early, role="doctor", reason="Relapse").override_reason == "Relapse"


def test_no_slot_is_offered_before_it(ward: Ward, plan: DosePlan) -> None:
    coordinator = ward.cast.actor("coordinator")
    dose = dose_for(coordinator, infusion(plan, 3).public_id)
    Dose.objects.filter(pk=dose.pk).update(earliest_on=date(2026, 12, 1))  # a window that opened before a late record
    dose.refresh_from_db()
    found = find_slots(coordinator, dose=dose, at=NOW, limit=8)
    assert found.need.minimum_on == FIRST_POSSIBLE
    assert min(one.slot.on for one in found.found.proposals) == FIRST_POSSIBLE


def test_the_doses_after_are_told_as_their_step_counts_them(ward: Ward, plan: DosePlan) -> None:
    """Infusion 4 is due 12 months after infusion 1, whatever the day of infusion 3; not 6 months after that."""
    need = need_of(dose_for(ward.cast.actor("coordinator"), infusion(plan, 3).public_id), at=NOW)
    assert need.next_doses(FIRST_POSSIBLE)[0] == date(2027, 6, 1)


def test_a_visit_is_not_moved_so_near_that_the_next_falls_below_it(ward: Ward, plan: DosePlan) -> None:
    visit = book(ward, infusion(plan, 3), FIRST_POSSIBLE)
    book(ward, infusion(plan, 4), date(2027, 6, 1))
    coordinator = ward.cast.actor("coordinator")
    move_appointment(coordinator, appointment_id=visit.public_id, wanted=ward.wanted(date(2027, 1, 1)))
    with pytest.raises(NeighbourTooClose) as caught:
        move_appointment(coordinator, appointment_id=visit.public_id, wanted=ward.wanted(date(2027, 1, 2)))
    assert caught.value.sentence == (
        "The next dose is booked for Tue 1 Jun, less than 5 months later (from the label). Move that visit first."
    )
