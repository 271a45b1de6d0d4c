"""Admission the day before: when the patient comes, what the invite says, and what follows for other visits."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest
import time_machine

from doseplans.models import DosePlan
from scheduling.errors import PatientElsewhere, SlotNotOffered
from scheduling.models import Appointment, VisitKind
from scheduling.selectors.day_board import day_board
from scheduling.services import book_appointment, book_visit, move_appointment, undo_change
from tests.ward import NOW, TODAY, Ward, dose_id, maintenance_patient

TOMORROW = TODAY + timedelta(days=1)
LATER = TODAY + timedelta(days=2)
Traveller = time_machine.Traveller


@pytest.fixture
def admitting(ward: Ward) -> Ward:
    """The ward, which admits the day before at four."""
    ward.unit.admission_at = time(16)
    ward.unit.save()
    return ward


def admitted(ward: Ward) -> Appointment:
    wanted = replace(ward.wanted(LATER, "09:00"), is_admitted=True)
    patient = maintenance_patient(ward, due=LATER)
    return book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=wanted)


def test_the_invite_begins_with_the_admission_and_the_visit_on_its_day(admitting: Ward, clock: Traveller) -> None:
    visit = admitted(admitting)
    assert visit.arrives_at == admitting.at(TOMORROW, "16:00")
    assert visit.starts_at == admitting.at(LATER, "09:00")
    assert visit.events.get().snapshot["arrive_at"] == visit.arrives_at.isoformat()
    # Later doses count from the day of the dose, and the board of that day has it.
    following = DosePlan.objects.get(patient=visit.patient).doses.get(sequence=6)
    assert following.target_on == LATER + timedelta(days=28)
    actor = admitting.cast.actor("nurse")
    boards = {on: day_board(actor, unit=admitting.unit, on=on, at=NOW).visits for on in (TOMORROW, LATER)}
    assert {on: [one.pk for one in visits] for on, visits in boards.items()} == {TOMORROW: [], LATER: [visit.pk]}


def test_the_night_is_the_patients_own(admitting: Ward, clock: Traveller) -> None:
    visit = admitted(admitting)
    kind = VisitKind.objects.create(unit=admitting.unit, name="Headache review", minutes_procedure=30)
    actor = admitting.cast.actor("coordinator")
    with pytest.raises(PatientElsewhere, match="Wed 25 Nov at 16:00"):
        book_visit(
            actor,
            patient_id=visit.patient.public_id,
            visit_kind_id=kind.public_id,
            wanted=admitting.wanted(TOMORROW, "16:00", room=1, operator=1),
        )
    before = admitting.wanted(TOMORROW, "15:30", room=1, operator=1)
    assert book_visit(actor, patient_id=visit.patient.public_id, visit_kind_id=kind.public_id, wanted=before).pk


def test_a_move_keeps_the_admission_and_its_undo_brings_it_back(admitting: Ward, clock: Traveller) -> None:
    visit, actor = admitted(admitting), admitting.cast.actor("coordinator")
    later = admitting.wanted(LATER, "11:00")
    moved = move_appointment(actor, appointment_id=visit.public_id, wanted=later)
    assert (moved.arrives_at, moved.ical_sequence) == (admitting.at(TOMORROW, "16:00"), 1)
    back = undo_change(actor, appointment_id=visit.public_id)
    assert (back.arrives_at, back.starts_at) == (admitting.at(TOMORROW, "16:00"), admitting.at(LATER, "09:00"))
    on_the_day = replace(later, is_admitted=False)
    plain = move_appointment(actor, appointment_id=visit.public_id, wanted=on_the_day)
    assert (plain.admitted_at, plain.arrives_at) == (None, admitting.at(LATER, "11:00"))


def test_a_unit_that_admits_nobody_says_so(ward: Ward, clock: Traveller) -> None:
    with pytest.raises(SlotNotOffered, match="admits nobody the day before"):
        admitted(ward)


def test_an_admission_that_has_passed_is_not_booked(admitting: Ward, clock: Traveller) -> None:
    clock.move_to(admitting.at(TOMORROW, "16:05"))
    with pytest.raises(SlotNotOffered, match="That time has passed"):
        admitted(admitting)
