"""Visits that no longer fit are proposed to be moved, once each, and nothing moves by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from patients.models import WorklistItem
from scheduling.errors import NotInThatState, OutsideWindow, StalePage
from scheduling.models import Appointment, MoveProposal
from scheduling.services import book_appointment, cancel_appointment, move_appointment, record_noshow, undo_change
from scheduling.services.visits.keeping import keep_visit
from tests.ward import TODAY, Ward, dose_id, maintenance_patient
from units.errors import InvalidInput

Traveller = time_machine.Traveller


@pytest.fixture
def visit(ward: Ward, clock: Traveller) -> Appointment:
    """Today's visit at 09:00; the clock shows 08:00."""
    patient = maintenance_patient(ward, due=TODAY)
    return book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(TODAY))


@pytest.fixture
def later(ward: Ward, visit: Appointment) -> Appointment:
    """The visit of the dose after it, on its target."""
    assert visit.dose is not None
    following = visit.dose.plan.doses.get(sequence=visit.dose.sequence + 1)
    return book_appointment(
        ward.cast.actor("coordinator"), dose_id=following.public_id, wanted=ward.wanted(TODAY + timedelta(days=28))
    )


@pytest.fixture
def proposal(ward: Ward, visit: Appointment, later: Appointment) -> MoveProposal:
    """Today's visit moves four days on, so that the one after it comes too early."""
    move_appointment(
        ward.cast.actor("coordinator"), appointment_id=visit.public_id, wanted=ward.wanted(TODAY + timedelta(days=4))
    )
    return MoveProposal.objects.get()


def items(**wanted: object) -> list[str]:
    return list(WorklistItem.objects.filter(kind="move", **wanted).values_list("title", flat=True))


def test_a_visit_that_is_now_too_early_is_proposed_to_be_moved(later: Appointment, proposal: MoveProposal) -> None:
    assert (proposal.appointment, proposal.state) == (later, "open")
    assert (proposal.earliest_on, proposal.latest_on) == (TODAY + timedelta(days=30), TODAY + timedelta(days=37))
    assert proposal.cause == (
        "Maintenance 3 is booked for Tue 22 Dec, now too early: it may be given Thu 24 Dec to Thu 31 Dec, "
        "28 days after maintenance 2, booked for Sat 28 Nov."
    )
    assert items(done_at=None) == ["Visit now too early"]
    later.refresh_from_db()
    assert later.status == "booked"


def test_one_proposal_a_visit_that_keeps_up_with_its_window(
    ward: Ward, visit: Appointment, proposal: MoveProposal
) -> None:
    move_appointment(
        ward.cast.actor("coordinator"), appointment_id=visit.public_id, wanted=ward.wanted(TODAY + timedelta(days=5))
    )
    again = MoveProposal.objects.get()
    assert (again.pk, again.earliest_on) == (proposal.pk, TODAY + timedelta(days=31))
    assert "Sun 29 Nov" in WorklistItem.objects.get(kind="move").detail


def test_a_visit_that_fits_again_is_not_proposed_any_more(
    ward: Ward, visit: Appointment, proposal: MoveProposal
) -> None:
    move_appointment(
        ward.cast.actor("coordinator"), appointment_id=visit.public_id, wanted=ward.wanted(TODAY + timedelta(days=1))
    )
    proposal.refresh_from_db()
    assert proposal.state == "over"
    assert items(done_at=None) == []


def test_moving_the_visit_closes_its_proposal_and_undoing_that_opens_it(
    ward: Ward, later: Appointment, proposal: MoveProposal
) -> None:
    coordinator = ward.cast.actor("coordinator")
    move_appointment(
        coordinator, appointment_id=later.public_id, wanted=ward.wanted(TODAY + timedelta(days=32)), reason="Fits again"
    )
    proposal.refresh_from_db()
    assert (proposal.state, proposal.reason, proposal.decided_by_name) == ("moved", "Fits again", coordinator.name)
    assert items(done_at=None) == []
    undo_change(coordinator, appointment_id=later.public_id)
    assert MoveProposal.objects.get(state="open").appointment == later
    assert items(done_at=None) == ["Visit now too early"]


def test_cancelling_the_visit_closes_its_proposal(ward: Ward, later: Appointment, proposal: MoveProposal) -> None:
    cancel_appointment(ward.cast.actor("coordinator"), appointment_id=later.public_id, cancelled_by="unit")
    proposal.refresh_from_db()
    assert proposal.state == "over"
    assert items(done_at=None) == []


def test_not_coming_moves_what_follows_into_a_proposal(
    ward: Ward, visit: Appointment, later: Appointment, clock: Traveller
) -> None:
    # Overdue doses count from today: the day after their window the next visit comes too early.
    clock.move_to(ward.at(TODAY + timedelta(days=6), "09:00"))
    record_noshow(ward.cast.actor("nurse"), appointment_id=visit.public_id)
    assert MoveProposal.objects.get(state="open").appointment == later


def test_a_clinician_keeps_the_visit_with_a_reason_and_nobody_is_asked_again(
    ward: Ward, visit: Appointment, later: Appointment, proposal: MoveProposal
) -> None:
    with pytest.raises(OutsideWindow):
        keep_visit(ward.cast.actor("coordinator"), appointment_id=later.public_id, reason="Family")
    doctor = ward.cast.actor("doctor")
    with pytest.raises(InvalidInput):
        keep_visit(doctor, appointment_id=later.public_id, reason=" ")
    keep_visit(doctor, appointment_id=later.public_id, reason="Two days are well tolerated.")
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decided_by_name) == ("kept", doctor.name)
    later.refresh_from_db()
    assert later.override_reason == "Two days are well tolerated."
    with pytest.raises(StalePage, match=f"changed by {doctor.name} since"):
        keep_visit(doctor, appointment_id=later.public_id, reason="Again", version=later.version - 1)
    with pytest.raises(NotInThatState):
        keep_visit(doctor, appointment_id=later.public_id, reason="Again")
    # Only the room changes: the window stays, and with it the decision.
    move_appointment(
        ward.cast.actor("coordinator"),
        appointment_id=visit.public_id,
        wanted=ward.wanted(TODAY + timedelta(days=4), room=1),
    )
    assert not MoveProposal.objects.filter(state="open").exists()
