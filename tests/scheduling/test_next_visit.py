"""What proposals say of the visit that is booked for the dose after: left alone, to be moved too, or too near.

By hand, from `domain.md` and the shipped local policy: maintenance every 28 days, window -2/+5, at least 14 days apart.
The dose is due on Wed 25 November, its window 23 to 30 November. The next one is booked 28 days later, on Wed 23
December, so that this one may be given until Wed 9 December. Given after Fri 27 November, it would be followed sooner
than 26 days later, before the next one's window opens.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine

from doseplans.models import Dose, DoseDecision, DosePlan
from doseplans.services import set_dose_date
from scheduling.engine.ranking import RankedSlot, Tone
from scheduling.engine.refusals import Lack
from scheduling.models import Appointment, MoveProposal
from scheduling.selectors.needs import need_of
from scheduling.selectors.slots import Proposals, find_slots
from scheduling.services import book_appointment, move_appointment
from scheduling.services.visits.wanted import Wanted, dose_for
from tests.ward import NOW, TODAY, Ward, maintenance_patient

NEXT_ON = date(2026, 12, 23)
LAST_ON = date(2026, 12, 9)


@pytest.fixture
def visit(ward: Ward, clock: time_machine.Traveller) -> Appointment:
    """The visit of dose 5, with dose 6 booked after it."""
    actor = ward.cast.actor("coordinator")
    patient = maintenance_patient(ward)
    plan = DosePlan.objects.get(patient=patient)
    booked = book_appointment(
        actor, dose_id=plan.doses.get(sequence=5).public_id, wanted=ward.wanted(TODAY + timedelta(days=1))
    )
    book_appointment(actor, dose_id=plan.doses.get(sequence=6).public_id, wanted=ward.wanted(NEXT_ON))
    return booked


def looked_for(ward: Ward, dose: Dose | None, *, since: date | None = None, limit: int = 40) -> Proposals:
    assert dose is not None
    actor = ward.cast.actor("coordinator")
    return find_slots(actor, dose=dose_for(actor, dose.public_id), at=NOW, limit=limit, not_before_on=since)


def of_day(proposals: Proposals, on: date) -> RankedSlot:
    return next(one for one in proposals.found.proposals if one.slot.on == on)


def said(one: RankedSlot) -> dict[str, tuple[Tone, str]]:
    return {reason.code: (reason.tone, reason.words) for reason in one.reasons}


def chosen(proposals: Proposals, one: RankedSlot) -> Wanted:
    room, operator = (proposals.resources[key].public_id for key in (one.slot.room_id, one.slot.operator_id))
    return Wanted(one.slot.arrive_at, room, operator)


def test_a_move_after_which_the_next_visit_still_fits_says_so_and_proposes_nothing(
    ward: Ward, visit: Appointment
) -> None:
    proposals = looked_for(ward, visit.dose)
    friday = of_day(proposals, date(2026, 11, 27))
    assert said(friday)["next_visit_fits"] == (Tone.OK, "The next visit, Wed 23 Dec, stays in its window")
    move_appointment(ward.cast.actor("coordinator"), appointment_id=visit.public_id, wanted=chosen(proposals, friday))
    assert not MoveProposal.objects.exists()


def test_a_move_after_which_the_next_visit_has_to_move_says_so_and_proposes_it(ward: Ward, visit: Appointment) -> None:
    proposals = looked_for(ward, visit.dose)
    monday = of_day(proposals, date(2026, 11, 30))
    assert said(monday)["next_visit_moves"] == (
        Tone.WARN,
        "The next visit, Wed 23 Dec, is then 5 days early: it has to move too",
    )
    move_appointment(ward.cast.actor("coordinator"), appointment_id=visit.public_id, wanted=chosen(proposals, monday))
    proposal = MoveProposal.objects.get()
    assert (proposal.appointment.dose.sequence, proposal.earliest_on) == (6, date(2026, 12, 26))  # type: ignore[union-attr]


def test_no_day_is_offered_that_moving_would_refuse(ward: Ward, visit: Appointment) -> None:
    proposals = looked_for(ward, visit.dose, since=date(2026, 12, 7))
    days = {one.slot.on for one in proposals.found.proposals}
    assert max(days) == LAST_ON
    assert proposals.need.next_booked is not None
    assert proposals.need.last_on == LAST_ON
    # After the window, so that only a doctor might; who gave no reason is told of the window first.
    last = of_day(proposals, LAST_ON)
    moved = move_appointment(
        ward.cast.actor("doctor"),
        appointment_id=visit.public_id,
        wanted=chosen(proposals, last),
        override_reason="Chest infection",
    )
    assert ward.unit.local_date(moved.starts_at) == LAST_ON


def test_where_only_such_days_are_left_the_next_visit_is_named_as_the_cause(ward: Ward, visit: Appointment) -> None:
    found = looked_for(ward, visit.dose, since=LAST_ON + timedelta(days=1)).found
    assert found.proposals == ()
    assert found.why is not None
    assert (found.why.lack, found.why.words) == (
        Lack.NEXT_VISIT,
        "Every day that is left is too near to the next visit, Wed 23 Dec.",
    )


def test_the_doses_after_are_those_that_will_be_given_on_the_days_somebody_set(ward: Ward, visit: Appointment) -> None:
    assert visit.dose is not None
    doses = visit.dose.plan.doses
    sixth = dose_for(ward.cast.actor("coordinator"), doses.get(sequence=6).public_id)

    def ahead() -> list[str]:
        return [on.isoformat() for on in need_of(sixth, at=NOW).next_doses(NEXT_ON)]

    assert ahead() == ["2027-01-20", "2027-02-17", "2027-03-17"]
    set_dose_date(ward.cast.actor("doctor"), dose=doses.get(sequence=7), on=date(2027, 1, 25), reason="Holiday", at=NOW)
    assert ahead() == ["2027-01-25", "2027-02-22", "2027-03-22"]
    # As it stands where a record of giving was taken back after a later dose had been left out.
    DoseDecision.objects.create(
        dose=doses.get(sequence=8),
        kind="omit",
        on=date(2027, 2, 22),
        reason="Away",
        decided_at=NOW,
        decided_by_name="D",
    )
    assert ahead() == ["2027-01-25", "2027-03-22"]
