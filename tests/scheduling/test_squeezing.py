"""Urgent visits squeezed in, and a missed visit's time: what may be left, what may not, and what comes free."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from doseplans.errors import DoseTooEarly
from patients.models import WorklistItem
from scheduling.errors import OutsideWindow, SlotNotOffered, SlotTaken
from scheduling.models import Closure, VisitKind
from scheduling.services import (
    book_visit,
    correct_noshow,
    move_appointment,
    record_noshow,
    squeeze_in,
    undo_change,
)
from scheduling.services.visits.squeezing import Reasons, Urgent, weigh_squeeze
from tests.scheduling.waiting import book, look, wish
from tests.ward import TODAY, Ward, dose_id, maintenance_patient
from units.errors import InvalidInput, NotAllowed

Traveller = time_machine.Traveller
URGENT = Reasons("Raised pressure, seen today")


def test_a_dose_is_squeezed_in_outside_the_hours_never_over_somebody(ward: Ward, clock: Traveller) -> None:
    patient = maintenance_patient(ward, due=TODAY)
    doctor, urgent = ward.cast.actor("doctor"), Urgent(dose_id(patient))
    evening = ward.wanted(TODAY, "17:30")
    assert weigh_squeeze(doctor, urgent=urgent, wanted=evening) == (
        "Room 1 has no list on Tue 24 Nov at 18:30.",
        "The patient has less than the 12 h notice that this unit gives.",
    )
    with pytest.raises(NotAllowed):
        squeeze_in(ward.cast.actor("coordinator"), urgent=urgent, wanted=evening, reasons=URGENT)
    with pytest.raises(InvalidInput):
        squeeze_in(doctor, urgent=urgent, wanted=evening, reasons=Reasons("  "))
    visit = squeeze_in(doctor, urgent=urgent, wanted=evening, reasons=URGENT)
    assert visit.squeezed_in_reason == visit.events.get().reason == URGENT.why
    other = Urgent(dose_id(maintenance_patient(ward, 2, due=TODAY)))
    for wanted in (ward.wanted(TODAY, "18:00", operator=1), ward.wanted(TODAY, "18:00", room=1)):
        with pytest.raises(SlotTaken):
            squeeze_in(doctor, urgent=other, wanted=wanted, reasons=URGENT)
    moved = move_appointment(doctor, appointment_id=visit.public_id, wanted=ward.wanted(TODAY, "10:00"))
    assert moved.squeezed_in_reason == ""
    back = undo_change(doctor, appointment_id=visit.public_id)
    assert (back.starts_at, back.squeezed_in_reason) == (evening.starts_at, URGENT.why)


def test_closures_full_recovery_and_the_plans_own_limits_stand(ward: Ward, clock: Traveller) -> None:
    doctor, evening = ward.cast.actor("doctor"), ward.wanted(TODAY, "17:30")
    late, early = maintenance_patient(ward, 1, due=TODAY + timedelta(days=5)), maintenance_patient(ward, 2, due=TODAY)
    for refuse, day in ((OutsideWindow, TODAY), (DoseTooEarly, TODAY - timedelta(days=12))):
        clock.move_to(ward.at(day, "08:00"))
        wanted = ward.wanted(day, "17:30")
        with pytest.raises(refuse):
            squeeze_in(doctor, urgent=Urgent(dose_id(late)), wanted=wanted, reasons=URGENT)
    clock.move_to(ward.at(TODAY, "08:00"))
    override = Reasons(URGENT.why, "Cannot wait")
    visit = squeeze_in(doctor, urgent=Urgent(dose_id(late)), wanted=evening, reasons=override)
    assert visit.events.get().reason == "Raised pressure, seen today Cannot wait"
    for place in ward.places[1:]:
        place.is_active = False
        place.save()
    beside = ward.wanted(TODAY, "17:30", room=1, operator=1)
    with pytest.raises(SlotTaken, match="Every recovery place"):
        weigh_squeeze(doctor, urgent=Urgent(dose_id(early)), wanted=beside)
    until = ward.at(TODAY, "23:00")
    Closure.objects.create(unit=ward.unit, resource=ward.rooms[1], starts_at=until - timedelta(hours=6), ends_at=until)
    with pytest.raises(SlotNotOffered, match="Room 2 is closed"):
        squeeze_in(doctor, urgent=Urgent(dose_id(early)), wanted=beside, reasons=URGENT)


def test_what_a_missed_visit_leaves_is_taken_by_an_add_on_and_cannot_be_put_back(ward: Ward, clock: Traveller) -> None:
    nurse, coordinator = ward.cast.actor("nurse"), ward.cast.actor("coordinator")
    missed = book(ward, maintenance_patient(ward, 1, due=TODAY), TODAY, "09:00")
    waiting = maintenance_patient(ward, 2, due=TODAY)
    wish(ward, waiting, notice_hours=0)
    clock.move_to(ward.at(TODAY, "09:20"))
    record_noshow(nurse, appointment_id=missed.public_id)
    [freed] = look(ward)
    assert (freed.freed.kind, freed.freed.procedure_at) == ("noshow", ward.at(TODAY, "10:00"))
    back = correct_noshow(nurse, appointment_id=missed.public_id)
    assert (back.status, back.ical_sequence, back.dtstamp) == ("booked", 0, missed.dtstamp)
    assert sorted(back.allocations.values_list("resource__name", flat=True)) == ["Dr Malik", "Recovery 1", "Room 1"]
    assert not WorklistItem.objects.filter(title="Did not attend", done_at__isnull=True).exists()
    record_noshow(nurse, appointment_id=missed.public_id)
    kind = VisitKind.objects.create(unit=ward.unit, name="Blood patch", minutes_procedure=30)
    urgent = Urgent(patient_id=waiting.public_id, visit_kind_id=kind.public_id)
    squeeze_in(nurse, urgent=urgent, wanted=ward.wanted(TODAY, "10:10"), reasons=URGENT)
    with pytest.raises(SlotTaken, match=r"cannot be undone\. (Room 1|Dr Malik) is taken"):
        correct_noshow(nurse, appointment_id=missed.public_id)
    missed.refresh_from_db()
    assert (missed.status, missed.allocations.count()) == ("noshow", 0)
    plain = Urgent(patient_id=missed.patient.public_id, visit_kind_id=kind.public_id)
    assert weigh_squeeze(nurse, urgent=plain, wanted=ward.wanted(TODAY + timedelta(days=1), "12:00")) == ()
    book_visit(
        coordinator,
        patient_id=missed.patient.public_id,
        visit_kind_id=kind.public_id,
        wanted=ward.wanted(TODAY, "12:00"),
    )
