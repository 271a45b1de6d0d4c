"""Book, reserve, move, cancel, undo: what each leaves behind, and what each refuses."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doseplans.errors import DoseTooEarly, EligibilityMissing, PlanEnded, PlanOnHold
from doseplans.models import DosePlan, PlanHold
from patients.models import Patient
from scheduling.errors import (
    DoseAlreadyBooked,
    DoseReservedByOther,
    EarlierDoseUnbooked,
    NeighbourTooClose,
    OutsideWindow,
    PatientElsewhere,
    SlotNotOffered,
    SlotTaken,
    StalePage,
    UndoTooLate,
)
from scheduling.models import Allocation, Appointment, AppointmentEvent, Closure, Reservation
from scheduling.selectors.errands import errand_for_dose
from scheduling.services import (
    book_appointment,
    cancel_appointment,
    move_appointment,
    release_reservation,
    reserve_slot,
    undo_change,
)
from scheduling.services.visits import booking
from scheduling.services.visits.wanted import visit_for
from tests.cast import make_patient
from tests.ward import NOW, TODAY, Ward, dose_id, live, maintenance_patient, next_dose, start_plan
from units.errors import NotAllowed, NotFound

TOMORROW = TODAY + timedelta(days=1)
Traveller = time_machine.Traveller


def book(ward: Ward, patient: Patient, *, day: date = TOMORROW, clock: str = "09:00", **choice: int) -> Appointment:
    return book_appointment(
        ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(day, clock, **choice)
    )


def test_book_leaves_visit_allocations_and_event(ward: Ward, clock: Traveller) -> None:
    visit = book(ward, maintenance_patient(ward))

    assert visit.status == "booked"
    assert ward.unit.local(visit.starts_at).strftime("%H:%M") == "09:00"
    assert visit.length == timedelta(minutes=60 + 45 + 75 + 15)
    assert {row.resource.name for row in visit.allocations.all()} == {"Room 1", "Dr Malik", "Recovery 1"}
    event = visit.events.get()
    assert (event.kind, event.ical_sequence, event.actor_name) == ("booked", 0, "Ada Coordinator")
    assert event.releases_at - event.at == timedelta(seconds=20)
    assert event.snapshot["arrive_at"] == visit.starts_at.isoformat()


def test_refused_behind_the_lock_without_a_rollback(ward: Ward, clock: Traveller) -> None:
    """After a ROLLBACK psycopg forgets what the connection has prepared, and a rush would plan every statement anew."""
    actor, late = ward.cast.actor("coordinator"), maintenance_patient(ward, 2)
    looked_before_the_other_was_there = visit_for(
        actor, errand_for_dose(actor, dose_id(late)), ward.wanted(TOMORROW, "09:00")
    )
    book(ward, maintenance_patient(ward, 1))

    with CaptureQueriesContext(connection) as asked, pytest.raises(SlotTaken, match="taken at that time"):
        booking.book(actor, looked_before_the_other_was_there)

    assert "RELEASE SAVEPOINT" in asked[-1]["sql"]
    assert not any("ROLLBACK" in query["sql"] for query in asked)


def test_book_holds_nothing_clinical_in_its_snapshot(ward: Ward, clock: Traveller) -> None:
    patient = maintenance_patient(ward)
    text = str(book(ward, patient).events.get().snapshot).lower()
    assert [word for word in ("tofersen", patient.family_name.lower(), "maintenance") if word in text] == []


def test_book_taken_room_says_which(ward: Ward, clock: Traveller) -> None:
    book(ward, maintenance_patient(ward, 1))
    with pytest.raises(SlotTaken, match="Room 1 is taken"):
        book(ward, maintenance_patient(ward, 2), operator=1)
    assert Appointment.objects.count() == 1
    assert Allocation.objects.count() == 3


def test_book_taken_operator_says_who(ward: Ward, clock: Traveller) -> None:
    book(ward, maintenance_patient(ward, 1))
    with pytest.raises(SlotTaken, match="Dr Malik is taken"):
        book(ward, maintenance_patient(ward, 2), room=1)


def test_book_room_is_free_again_while_patient_recovers(ward: Ward, clock: Traveller) -> None:
    book(ward, maintenance_patient(ward, 1), clock="09:00")
    second = book(ward, maintenance_patient(ward, 2), clock="09:45")
    assert second.status == "booked"


def test_book_without_recovery_place_is_refused(ward: Ward, clock: Traveller) -> None:
    for place in ward.places[1:]:
        place.is_active = False
        place.save()
    book(ward, maintenance_patient(ward, 1), clock="09:00")
    with pytest.raises(SlotTaken, match="Every recovery place is taken"):
        book(ward, maintenance_patient(ward, 2), clock="09:45")


def test_book_changes_places_of_others_when_only_that_makes_room(ward: Ward, clock: Traveller) -> None:
    Closure.objects.create(
        unit=ward.unit, resource=ward.places[2], starts_at=NOW, ends_at=NOW + timedelta(days=9), reason="repair"
    )
    early = book(ward, maintenance_patient(ward, 1), clock="08:00")
    late = book(ward, maintenance_patient(ward, 2), clock="10:45", operator=1)
    # As if somebody had put the early one in the first place and the late one in the second: no place is free
    # from 10:00 to 13:15, although at no moment are both taken.
    early.allocations.filter(phase="recovery").update(resource=ward.places[0])
    late.allocations.filter(phase="recovery").update(resource=ward.places[1])
    Allocation.objects.filter(appointment=early, phase="recovery").update(
        starts_at=ward.at(TOMORROW, "09:45"), ends_at=ward.at(TOMORROW, "10:30")
    )
    Allocation.objects.filter(appointment=late, phase="recovery").update(
        starts_at=ward.at(TOMORROW, "11:00"), ends_at=ward.at(TOMORROW, "13:30")
    )
    other = maintenance_patient(ward, 3)
    filler = book(ward, maintenance_patient(ward, 4), clock="08:15", room=1, operator=1)
    filler.allocations.filter(phase="recovery").delete()

    visit = book(ward, other, clock="08:45", room=0)

    assert visit.allocations.filter(phase="recovery").count() == 1
    assert late.events.count() == 1
    late.refresh_from_db()
    assert late.ical_sequence == 0


def test_book_on_closed_room_is_refused(ward: Ward, clock: Traveller) -> None:
    Closure.objects.create(
        unit=ward.unit,
        resource=ward.rooms[0],
        starts_at=ward.at(TOMORROW, "10:15"),
        ends_at=ward.at(TOMORROW, "12:00"),
        reason="deep clean",
    )
    with pytest.raises(SlotNotOffered, match="Room 1 is closed"):
        book(ward, maintenance_patient(ward))


@pytest.mark.parametrize("start", ["06:00", "16:30", "09:02"])
def test_book_outside_the_lists_is_refused(ward: Ward, clock: Traveller, start: str) -> None:
    with pytest.raises(SlotNotOffered):
        book(ward, maintenance_patient(ward), clock=start)


def test_book_on_a_bank_holiday_the_unit_keeps_is_refused(ward: Ward, clock: Traveller) -> None:
    christmas = TODAY.replace(month=12, day=25)
    patients = [maintenance_patient(ward, number, due=christmas) for number in (1, 2)]
    assert book(ward, patients[0], day=christmas).status == "booked"
    ward.unit.is_closed_on_bank_holidays = True
    ward.unit.save()
    with pytest.raises(SlotNotOffered, match="no list on Fri 25 Dec"):
        book(ward, patients[1], day=christmas, clock="13:00")


def test_book_in_the_past_is_refused(ward: Ward, clock: Traveller) -> None:
    clock.move_to(NOW + timedelta(hours=4))
    with pytest.raises(SlotNotOffered, match="has passed"):
        book(ward, maintenance_patient(ward, due=TODAY), day=TODAY)


def test_book_dose_twice_names_the_day(ward: Ward, clock: Traveller) -> None:
    patient = maintenance_patient(ward)
    book(ward, patient)
    with pytest.raises(DoseAlreadyBooked, match="Wed 25 Nov"):
        book(ward, patient, clock="13:00")


def test_book_later_dose_before_earlier_is_refused(ward: Ward, clock: Traveller) -> None:
    patient = maintenance_patient(ward)
    later = next_dose(patient).plan.doses.get(sequence=6)
    with pytest.raises(EarlierDoseUnbooked):
        book_appointment(ward.cast.actor("coordinator"), dose_id=later.public_id, wanted=ward.wanted(later.target_on))


def test_book_second_plan_at_the_same_time_is_refused(ward: Ward, clock: Traveller) -> None:
    patient = maintenance_patient(ward)
    visit = book(ward, patient)
    DosePlan.objects.filter(patient=patient).update(ended_on=TODAY, end_reason="completed")
    plan = start_plan(patient, given=[], next_on=TOMORROW)
    with pytest.raises(PatientElsewhere, match="09:00"):
        book_appointment(
            ward.cast.actor("coordinator"),
            dose_id=plan.doses.get(sequence=1).public_id,
            wanted=ward.wanted(TOMORROW, "10:00", room=1, operator=1),
        )
    assert live(patient) == [visit]


def test_book_held_plan_is_refused_with_its_reason(ward: Ward, clock: Traveller) -> None:
    patient = maintenance_patient(ward)
    PlanHold.objects.create(
        plan=patient.plans.get(), reason="CSF white cells", placed_on=TODAY, placed_by_name="Dr Malik"
    )
    with pytest.raises(PlanOnHold, match="CSF white cells"):
        book(ward, patient)


def test_book_ended_plan_is_refused(ward: Ward, clock: Traveller) -> None:
    patient = maintenance_patient(ward)
    patient.plans.update(ended_on=TODAY, end_reason="withdrew")
    with pytest.raises(PlanEnded):
        book(ward, patient)


def test_book_without_genetic_report_is_refused(ward: Ward, clock: Traveller) -> None:
    patient = maintenance_patient(ward)
    patient.plans.update(genetic_test_note="")
    with pytest.raises(EligibilityMissing):
        book(ward, patient)


def test_book_below_minimum_interval_needs_a_doctor_and_a_reason(ward: Ward, clock: Traveller) -> None:
    patient = make_patient(ward.unit, number="W900001")
    start_plan(patient, given=[TODAY - timedelta(days=n) for n in (61, 47, 33, 5)], next_on=TODAY + timedelta(days=23))
    wanted = ward.wanted(TODAY + timedelta(days=3))
    for who, reason in (("coordinator", "the patient asked"), ("doctor", ""), ("doctor", "   ")):
        with pytest.raises(DoseTooEarly):
            book_appointment(ward.cast.actor(who), dose_id=dose_id(patient), wanted=wanted, override_reason=reason)
    visit = book_appointment(
        ward.cast.actor("doctor"), dose_id=dose_id(patient), wanted=wanted, override_reason="Dose lost in spill."
    )
    assert visit.events.get().reason == "Dose lost in spill."


@pytest.mark.parametrize("days", [-5, 8])
def test_book_outside_window_needs_a_doctor(ward: Ward, clock: Traveller, days: int) -> None:
    due = TODAY + timedelta(days=10)
    patient = maintenance_patient(ward, due=due)
    wanted = ward.wanted(due + timedelta(days=days))
    with pytest.raises(OutsideWindow, match="local policy"):
        book_appointment(
            ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=wanted, override_reason="asked for"
        )
    book_appointment(ward.cast.actor("doctor"), dose_id=dose_id(patient), wanted=wanted, override_reason="Agreed.")


def test_book_overdue_dose_needs_nobody(ward: Ward, clock: Traveller) -> None:
    patient = maintenance_patient(ward, due=TODAY - timedelta(days=12))
    assert book(ward, patient, day=TODAY + timedelta(days=2)).status == "booked"


def test_book_by_manager_and_by_another_unit_is_refused(ward: Ward, clock: Traveller) -> None:
    patient = maintenance_patient(ward)
    with pytest.raises(NotAllowed):
        book_appointment(ward.cast.actor("manager"), dose_id=dose_id(patient), wanted=ward.wanted(TOMORROW))
    with pytest.raises(NotFound):
        book_appointment(ward.cast.actor("other_coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(TOMORROW))


def test_book_re_counts_later_doses_from_the_booked_day(ward: Ward, clock: Traveller) -> None:
    patient = maintenance_patient(ward)
    book(ward, patient, day=TOMORROW + timedelta(days=3))
    following = patient.plans.get().doses.get(sequence=6)
    assert following.target_on == TOMORROW + timedelta(days=31)


def test_reserve_keeps_the_slot_from_others_and_for_oneself(ward: Ward, clock: Traveller) -> None:
    mine, theirs = maintenance_patient(ward, 1), maintenance_patient(ward, 2)
    reservation = reserve_slot(ward.cast.actor("coordinator"), dose_id=dose_id(mine), wanted=ward.wanted(TOMORROW))
    assert reservation.expires_at == NOW + timedelta(minutes=10)
    with pytest.raises(SlotTaken, match="Room 1 is reserved at that time by Ada Coordinator"):
        book_appointment(ward.cast.actor("nurse"), dose_id=dose_id(theirs), wanted=ward.wanted(TOMORROW))
    with pytest.raises(DoseReservedByOther, match="Ada Coordinator"):
        book_appointment(ward.cast.actor("nurse"), dose_id=dose_id(mine), wanted=ward.wanted(TOMORROW, "13:00"))
    assert book(ward, mine).status == "booked"
    assert Reservation.objects.count() == 0


def test_reserve_again_lets_the_first_slot_go(ward: Ward, clock: Traveller) -> None:
    patient, actor = maintenance_patient(ward), ward.cast.actor("coordinator")
    reserve_slot(actor, dose_id=dose_id(patient), wanted=ward.wanted(TOMORROW))
    reserve_slot(actor, dose_id=dose_id(patient), wanted=ward.wanted(TOMORROW, "13:00"))
    assert Allocation.objects.count() == 3
    assert book(ward, maintenance_patient(ward, 2)).status == "booked"


def test_reserve_expires(ward: Ward, clock: Traveller) -> None:
    reserve_slot(ward.cast.actor("nurse"), dose_id=dose_id(maintenance_patient(ward, 1)), wanted=ward.wanted(TOMORROW))
    clock.shift(timedelta(minutes=10, seconds=1))
    assert book(ward, maintenance_patient(ward, 2)).status == "booked"
    assert Reservation.objects.count() == 0


def test_release_frees_only_ones_own(ward: Ward, clock: Traveller) -> None:
    patient = maintenance_patient(ward)
    reserve_slot(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(TOMORROW))
    assert not release_reservation(ward.cast.actor("nurse"), dose_id=dose_id(patient))
    assert release_reservation(ward.cast.actor("coordinator"), dose_id=dose_id(patient))
    assert Allocation.objects.count() == 0


def test_move_raises_sequence_by_one_and_keeps_uid(ward: Ward, clock: Traveller) -> None:
    visit = book(ward, maintenance_patient(ward))
    clock.shift(timedelta(minutes=1))
    moved = move_appointment(
        ward.cast.actor("coordinator"), appointment_id=visit.public_id, wanted=ward.wanted(TOMORROW, "13:00"), version=1
    )
    assert (moved.uid, moved.ical_sequence, moved.version) == (visit.uid, 1, 2)
    assert moved.dtstamp > visit.dtstamp
    assert [event.kind for event in moved.events.all()] == ["booked", "moved"]
    assert moved.allocations.count() == 3


def test_move_over_its_own_place_is_no_conflict(ward: Ward, clock: Traveller) -> None:
    visit = book(ward, maintenance_patient(ward))
    moved = move_appointment(
        ward.cast.actor("coordinator"), appointment_id=visit.public_id, wanted=ward.wanted(TOMORROW, "09:15")
    )
    assert ward.unit.local(moved.starts_at).strftime("%H:%M") == "09:15"


def test_move_to_another_room_alone_tells_nobody(ward: Ward, clock: Traveller) -> None:
    visit = book(ward, maintenance_patient(ward))
    moved = move_appointment(
        ward.cast.actor("coordinator"), appointment_id=visit.public_id, wanted=ward.wanted(TOMORROW, room=1)
    )
    assert moved.ical_sequence == 0
    assert moved.dtstamp == visit.dtstamp


def test_move_to_a_taken_slot_leaves_all_as_it_was(ward: Ward, clock: Traveller) -> None:
    visit = book(ward, maintenance_patient(ward, 1))
    book(ward, maintenance_patient(ward, 2), clock="13:00")
    before = sorted(visit.allocations.values_list("resource_id", "starts_at"))
    with pytest.raises(SlotTaken):
        move_appointment(
            ward.cast.actor("coordinator"), appointment_id=visit.public_id, wanted=ward.wanted(TOMORROW, "13:00")
        )
    assert sorted(visit.allocations.values_list("resource_id", "starts_at")) == before


def test_move_from_a_stale_page_says_who_changed_it(ward: Ward, clock: Traveller) -> None:
    visit = book(ward, maintenance_patient(ward))
    actor = ward.cast.actor("nurse")
    move_appointment(actor, appointment_id=visit.public_id, wanted=ward.wanted(TOMORROW, "13:00"), version=1)
    with pytest.raises(StalePage, match="Ada Nurse"):
        move_appointment(actor, appointment_id=visit.public_id, wanted=ward.wanted(TOMORROW, "14:00"), version=1)


def test_move_too_close_to_the_next_visit_is_refused(ward: Ward, clock: Traveller) -> None:
    patient = maintenance_patient(ward)
    visit = book(ward, patient)
    following = patient.plans.get().doses.get(sequence=6)
    book_appointment(
        ward.cast.actor("coordinator"), dose_id=following.public_id, wanted=ward.wanted(following.target_on)
    )
    with pytest.raises((NeighbourTooClose, OutsideWindow)):
        move_appointment(
            ward.cast.actor("coordinator"),
            appointment_id=visit.public_id,
            wanted=ward.wanted(following.target_on - timedelta(days=10)),
        )


def test_cancel_frees_everything_and_says_who(ward: Ward, clock: Traveller) -> None:
    visit = book(ward, maintenance_patient(ward))
    cancelled = cancel_appointment(
        ward.cast.actor("coordinator"), appointment_id=visit.public_id, cancelled_by="patient", reason="on holiday"
    )
    assert (cancelled.status, cancelled.cancelled_by, cancelled.ical_sequence) == ("cancelled", "patient", 1)
    assert Allocation.objects.count() == 0
    assert book(ward, maintenance_patient(ward, 2)).status == "booked"


def test_undo_booking_within_its_seconds(ward: Ward) -> None:
    visit = book(
        ward,
        maintenance_patient(ward, due=datetime.now(UTC).date() + timedelta(days=2)),
        day=datetime.now(UTC).date() + timedelta(days=2),
    )
    undone = undo_change(ward.cast.actor("coordinator"), appointment_id=visit.public_id)
    assert undone.status == "entered-in-error"
    assert Allocation.objects.count() == 0
    assert [event.kind for event in undone.events.all()] == ["booked", "undone"]


def test_undo_move_brings_back_time_and_sequence(ward: Ward) -> None:
    day = datetime.now(UTC).date() + timedelta(days=2)
    visit = book(ward, maintenance_patient(ward, due=day), day=day)
    actor = ward.cast.actor("coordinator")
    move_appointment(actor, appointment_id=visit.public_id, wanted=ward.wanted(day, "13:00"))
    undone = undo_change(actor, appointment_id=visit.public_id)
    assert (undone.starts_at, undone.ical_sequence, undone.dtstamp) == (visit.starts_at, 0, visit.dtstamp)
    assert undone.allocations.count() == 3


def test_undo_cancel_brings_the_visit_back(ward: Ward) -> None:
    day = datetime.now(UTC).date() + timedelta(days=2)
    visit = book(ward, maintenance_patient(ward, due=day), day=day)
    actor = ward.cast.actor("coordinator")
    cancel_appointment(actor, appointment_id=visit.public_id, cancelled_by="unit")
    assert undo_change(actor, appointment_id=visit.public_id).status == "booked"
    assert Allocation.objects.count() == 3


def test_undo_takes_another_recovery_place_when_the_old_one_is_taken(ward: Ward) -> None:
    """Room and operator must be the same; recovery places are a pool."""
    day = datetime.now(UTC).date() + timedelta(days=2)
    visit = book(ward, maintenance_patient(ward, due=day), day=day)
    old = visit.allocations.get(phase="recovery")
    actor = ward.cast.actor("coordinator")
    cancel_appointment(actor, appointment_id=visit.public_id, cancelled_by="unit")
    other = book(ward, maintenance_patient(ward, 2, due=day), day=day, room=1, operator=1)
    assert other.allocations.get(phase="recovery").resource_id == old.resource_id

    assert undo_change(actor, appointment_id=visit.public_id).status == "booked"
    back = {row.phase: row.resource.name for row in visit.allocations.all()}
    assert (back["recovery"], visit.allocations.count()) == ("Recovery 2", 3)
    assert {row.resource.name for row in visit.allocations.exclude(phase="recovery")} == {"Room 1", "Dr Malik"}
    # The record says where the visit stands now.
    placing = visit.events.get(kind="undone").snapshot["placing"]
    assert sorted(row[0] for row in placing) == sorted(visit.allocations.values_list("resource_id", flat=True))


def test_undo_is_refused_where_no_recovery_place_is_free(ward: Ward) -> None:
    day = datetime.now(UTC).date() + timedelta(days=2)
    for place in ward.places[1:]:
        place.is_active = False
        place.save()
    visit = book(ward, maintenance_patient(ward, due=day), day=day)
    actor = ward.cast.actor("coordinator")
    cancel_appointment(actor, appointment_id=visit.public_id, cancelled_by="unit")
    book(ward, maintenance_patient(ward, 2, due=day), day=day, room=1, operator=1)
    with pytest.raises(SlotTaken, match=r"cannot be undone\. Recovery 1 is taken"):
        undo_change(actor, appointment_id=visit.public_id)


def test_undo_after_the_seconds_is_refused(ward: Ward) -> None:
    day = datetime.now(UTC).date() + timedelta(days=2)
    ward.unit.undo_seconds = 0
    ward.unit.save()
    visit = book(ward, maintenance_patient(ward, due=day), day=day)
    with pytest.raises(UndoTooLate):
        undo_change(ward.cast.actor("coordinator"), appointment_id=visit.public_id)
    assert live(visit.patient) == [visit]


def test_undo_twice_is_refused(ward: Ward) -> None:
    day = datetime.now(UTC).date() + timedelta(days=2)
    visit = book(ward, maintenance_patient(ward, due=day), day=day)
    actor = ward.cast.actor("coordinator")
    undo_change(actor, appointment_id=visit.public_id)
    with pytest.raises(UndoTooLate):
        undo_change(actor, appointment_id=visit.public_id)


def test_event_cannot_be_rewritten(ward: Ward, clock: Traveller) -> None:
    from django.db import DatabaseError, transaction

    event = book(ward, maintenance_patient(ward)).events.get()
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        AppointmentEvent.objects.filter(pk=event.pk).update(reason="something else")
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        event.delete()
