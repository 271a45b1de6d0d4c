"""Skills, assistants, imaging, nurses and a protocol's own hours: what a booking refuses, and what it takes."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doseplans.models import DosePlan, Protocol, ProtocolPhase
from doseplans.services.protocols import make_new_version
from patients.models import Flag, NeedAllowance, Patient
from scheduling.errors import SlotNotOffered, SlotTaken
from scheduling.models import Appointment, Closure, NurseShift, OnlyOperator, Resource, Skill, SkillRule
from scheduling.selectors.slots import find_slots
from scheduling.services import book_appointment, move_appointment, undo_change
from scheduling.services.visits.wanted import dose_for
from tests.triggers import without_trigger
from tests.ward import NOW, TODAY, Ward, dose_id, maintenance_patient

TOMORROW = TODAY + timedelta(days=1)
Traveller = time_machine.Traveller


def book(ward: Ward, patient: Patient, clock: str = "09:00", **choice: Any) -> Appointment:
    day = choice.pop("day", TOMORROW)
    wanted = ward.wanted(day, clock, **choice)
    return book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=wanted)


def found(ward: Ward, patient: Patient, *, limit: int = 200, at: datetime = NOW) -> list[Any]:
    actor = ward.cast.actor("coordinator")
    proposals = find_slots(actor, dose=dose_for(actor, dose_id(patient)), at=at, limit=limit)
    return [one.slot for one in proposals.found.proposals]


def skill(ward: Ward, name: str, *resources: Resource, **rule: Any) -> Skill:
    """A skill that the resources have; `rule` says which visits ask for it, and of what."""
    made = Skill.objects.create(unit=ward.unit, name=name)
    made.resources.set(resources)
    if rule:
        SkillRule.objects.create(skill=made, **rule)
    return made


def needs(patient: Patient, code: str) -> None:
    Flag.objects.create(patient=patient, kind="need", code=code, text=code)


def guided_by(patient: Patient, route: str) -> Patient:
    DosePlan.objects.filter(patient=patient).update(access_route=route)
    return patient


def taken_by(visit: Appointment) -> dict[str, str]:
    return {row.resource.name: row.phase for row in visit.allocations.select_related("resource")}


def test_a_room_without_the_skill_is_refused_in_words_and_never_proposed(ward: Ward, clock: Traveller) -> None:
    skill(ward, "fluoroscopy", ward.rooms[0], asked_of="room", access_route="fluoroscopy")
    guided = guided_by(maintenance_patient(ward), "fluoroscopy")
    assert {slot.room_id for slot in found(ward, guided)} == {ward.rooms[0].pk}
    with pytest.raises(SlotNotOffered) as refused:
        book(ward, guided, room=1)
    assert refused.value.sentence == (
        "Room 2 has no fluoroscopy; this patient's needle is guided by it. Choose Room 1."
    )
    assert book(ward, guided, room=0).status == "booked"
    assert book(ward, maintenance_patient(ward, 2), room=1, operator=1).status == "booked"


def test_an_operator_without_the_skill_is_refused(ward: Ward, clock: Traveller) -> None:
    skill(ward, "difficult spine", ward.operators[1], asked_of="operator", need="difficult_spine")
    patient = maintenance_patient(ward)
    needs(patient, "difficult_spine")
    assert {slot.operator_id for slot in found(ward, patient)} == {ward.operators[1].pk}
    with pytest.raises(SlotNotOffered, match=r"Dr Malik does no difficult spine; this patient needs it .* Dr Osei\."):
        book(ward, patient)
    assert book(ward, patient, operator=1).status == "booked"


def test_a_recovery_place_with_the_skill_is_kept_free_by_changing_places(ward: Ward, clock: Traveller) -> None:
    """Whoever needs no hoist makes room; whoever needs it is not moved out of its place."""
    hoist = ward.places[0]
    skill(ward, "hoist", hoist, asked_of="place", need="hoist")
    plain, first, second = (maintenance_patient(ward, number) for number in (1, 2, 3))
    for patient in (first, second):
        needs(patient, "hoist")
    assert hoist.name in taken_by(book(ward, plain))
    lifted = book(ward, first, room=1, operator=1)
    assert hoist.name in taken_by(lifted)
    assert hoist.name not in taken_by(Appointment.objects.get(patient=plain))
    with pytest.raises(SlotTaken, match="Every recovery place that this patient may have is taken"):
        book(ward, second, "09:45")
    assert hoist.name in taken_by(book(ward, second, "11:00"))


def test_an_assistant_is_taken_moved_and_brought_back(ward: Ward, clock: Traveller) -> None:
    NeedAllowance.objects.create(unit=ward.unit, code="hoist", needs_assistant=True)
    patient, actor = maintenance_patient(ward), ward.cast.actor("coordinator")
    needs(patient, "hoist")
    assert found(ward, patient)[0].assistant_id in {operator.pk for operator in ward.operators}
    visit = book(ward, patient)
    both = {"Room 1": "procedure", "Dr Malik": "procedure", "Dr Osei": "assistance", "Recovery 1": "recovery"}
    assert taken_by(visit) == both
    with pytest.raises(SlotTaken, match="Dr Osei is taken at that time"):
        book(ward, maintenance_patient(ward, 2), room=1, operator=1)
    moved = move_appointment(
        actor, appointment_id=visit.public_id, wanted=ward.wanted(TOMORROW, "11:00", room=1, operator=1)
    )
    assert taken_by(moved)["Dr Malik"] == "assistance"
    assert taken_by(undo_change(actor, appointment_id=visit.public_id)) == both


def test_without_anybody_to_assist_the_slot_is_refused_and_not_proposed(ward: Ward, clock: Traveller) -> None:
    NeedAllowance.objects.create(unit=ward.unit, code="hoist", needs_assistant=True)
    patient = maintenance_patient(ward)
    needs(patient, "hoist")
    Closure.objects.create(
        unit=ward.unit,
        resource=ward.operators[1],
        starts_at=ward.at(TOMORROW, "00:00"),
        ends_at=ward.at(TOMORROW, "23:00"),
        reason="Leave",
    )
    assert TOMORROW not in {slot.on for slot in found(ward, patient)}
    with pytest.raises(SlotTaken, match="Nobody of that list is free at that time to assist"):
        book(ward, patient)


def test_a_protocol_that_asks_for_an_assistant_has_one(ward: Ward, clock: Traveller) -> None:
    patient = maintenance_patient(ward)
    with without_trigger("doseplans.ProtocolPhase:protocol_part_is_fixed"):
        ProtocolPhase.objects.filter(protocol__code="tofersen", phase="procedure").update(needs_assistant=True)
    assert taken_by(book(ward, patient))["Dr Osei"] == "assistance"


def test_an_imaging_device_is_brought_to_a_room_without_its_own(ward: Ward, clock: Traveller) -> None:
    arm = Resource.objects.create(unit=ward.unit, kind="imaging", name="C-arm")
    skill(ward, "fluoroscopy", ward.rooms[0], arm, asked_of="imaging", access_route="fluoroscopy")
    first, second, third = (guided_by(maintenance_patient(ward, n), "fluoroscopy") for n in (1, 2, 3))
    assert "C-arm" not in taken_by(book(ward, first, room=0))
    assert taken_by(book(ward, second, room=1, operator=1))["C-arm"] == "procedure"
    Closure.objects.create(
        unit=ward.unit,
        resource=arm,
        starts_at=ward.at(TOMORROW, "11:00"),
        ends_at=ward.at(TOMORROW, "15:00"),
        reason="Service",
    )
    with pytest.raises(SlotTaken, match=r"Room 2 has no fluoroscopy; .* Choose Room 1\. No device .* is free"):
        book(ward, third, "12:00", room=1)
    at_noon = {(slot.room_id, f"{ward.unit.local(slot.arrive_at):%H:%M}") for slot in found(ward, third)}
    assert (ward.rooms[1].pk, "12:00") not in at_noon


def test_the_nurses_in_recovery_have_so_many_patients_and_no_more(ward: Ward, clock: Traveller) -> None:
    NurseShift.objects.create(
        unit=ward.unit,
        weekday=TOMORROW.isoweekday(),
        starts_at=time(8),
        ends_at=time(20),
        nurses=1,
        patients_each=1,
    )
    first, second = maintenance_patient(ward, 1), maintenance_patient(ward, 2)
    book(ward, first)
    with pytest.raises(SlotTaken, match="The nurses in recovery have as many patients as they may"):
        book(ward, second, "10:00", room=1, operator=1)
    # The first is in recovery from 10:45 to 12:15.
    starts = sorted(slot.arrive_at for slot in found(ward, second) if slot.on == TOMORROW)
    assert starts
    assert all(at <= ward.at(TOMORROW, "07:30") or at >= ward.at(TOMORROW, "10:30") for at in starts)
    assert book(ward, second, "10:30", room=1, operator=1).status == "booked"
    assert book(ward, maintenance_patient(ward, 3), day=TOMORROW + timedelta(days=1)).status == "booked"


def test_no_undo_brings_the_nurses_one_patient_too_many(ward: Ward, clock: Traveller) -> None:
    NurseShift.objects.create(
        unit=ward.unit, weekday=TOMORROW.isoweekday(), starts_at=time(8), ends_at=time(20), nurses=1, patients_each=1
    )
    actor, first = ward.cast.actor("coordinator"), maintenance_patient(ward, 1)
    visit = book(ward, first)
    later = ward.wanted(TOMORROW, "12:00")
    move_appointment(actor, appointment_id=visit.public_id, wanted=later)
    book(ward, maintenance_patient(ward, 2), "09:00", room=1, operator=1)
    with pytest.raises(SlotTaken, match=r"This cannot be undone\. The nurses in recovery"):
        undo_change(actor, appointment_id=visit.public_id)


def test_only_this_operator_is_kept_where_the_plan_asks_for_it(ward: Ward, clock: Traveller) -> None:
    patient = maintenance_patient(ward)
    OnlyOperator.objects.create(plan=DosePlan.objects.get(patient=patient), operator=ward.operators[1])
    assert {slot.operator_id for slot in found(ward, patient)} == {ward.operators[1].pk}
    with pytest.raises(SlotNotOffered, match="The plan asks for Dr Osei and nobody else to operate"):
        book(ward, patient)
    assert book(ward, patient, operator=1).status == "booked"


def limit(**values: Any) -> None:
    """Tofersen as it would be with such local rules; without the guard that keeps a used protocol as it is."""
    with without_trigger("doseplans.Protocol:protocol_used_is_fixed"):
        Protocol.objects.filter(code="tofersen", status="active").update(**values)


def test_a_protocols_own_hours_and_weekdays_are_kept(ward: Ward, clock: Traveller) -> None:
    patient = maintenance_patient(ward)
    limit(starts_from=time(10), starts_before=time(17), start_weekdays=[1, 2, 3, 4, 5])
    slots = found(ward, patient)
    clocks = {ward.unit.local(slot.procedure_at).time() for slot in slots}
    assert slots
    assert min(clocks) >= time(10)
    assert all(slot.on.isoweekday() <= 5 for slot in slots)
    with pytest.raises(SlotNotOffered) as refused:
        book(ward, patient, "08:30")
    assert refused.value.sentence == (
        "Procedures of Tofersen 100 mg begin from 10:00, before 17:00, on Mon Tue Wed Thu Fri (local policy). "
        "Choose another slot."
    )
    assert book(ward, patient, "09:00").status == "booked"


def test_ordered_too_late_for_the_next_day(ward: Ward, clock: Traveller) -> None:
    patient = maintenance_patient(ward)
    limit(ordered_by=time(15))
    clock.move_to(datetime.combine(TODAY, time(15, 1), UTC))
    assert TOMORROW not in {slot.on for slot in found(ward, patient, at=datetime.combine(TODAY, time(15, 1), UTC))}
    with pytest.raises(SlotNotOffered, match=r"is ordered by 15:00 the day before .* passed for Wed 25 Nov"):
        book(ward, patient)
    clock.move_to(datetime.combine(TODAY, time(14, 59), UTC))
    assert book(ward, patient).status == "booked"


def test_two_that_are_kept_apart_never_share_an_area(ward: Ward, clock: Traveller) -> None:
    bolus = make_new_version(ward.cast.actor("administrator"), protocol=Protocol.objects.get(code="tofersen"))
    Protocol.objects.filter(pk=bolus.pk).update(code="bolus", kept_apart_as="intravenous-chemotherapy")
    limit(kept_apart_as="intrathecal-chemotherapy")
    first, second = maintenance_patient(ward, 1), maintenance_patient(ward, 2)
    DosePlan.objects.filter(patient=first).update(protocol=bolus)
    book(ward, first)
    Resource.objects.filter(kind="room").update(area="East")
    with pytest.raises(SlotTaken, match=r"kept apart from .* is in Room 1 at that time, which is the same area"):
        book(ward, second, "09:15", room=1, operator=1)
    starts = {slot.procedure_at for slot in found(ward, second) if slot.on == TOMORROW}
    assert starts
    # The other procedure runs from 10:00 to 10:45.
    assert not any(ward.at(TOMORROW, "09:15") < at < ward.at(TOMORROW, "10:45") for at in starts)
    assert book(ward, second, "09:45", room=1, operator=1).status == "booked"


def test_a_visit_that_asks_for_nothing_costs_no_further_query(ward: Ward, clock: Traveller) -> None:
    plain, guided = maintenance_patient(ward, 1), guided_by(maintenance_patient(ward, 2), "fluoroscopy")
    book(ward, maintenance_patient(ward, 3), "12:00")  # what is kept in memory is there from here on
    with CaptureQueriesContext(connection) as before:
        book(ward, plain)
    skill(ward, "fluoroscopy", *ward.rooms, asked_of="room", access_route="fluoroscopy")
    with CaptureQueriesContext(connection) as after:
        book(ward, guided, room=1, operator=1)
    assert len(after) == len(before) + 1
