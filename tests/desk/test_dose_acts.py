"""Pages on which a dose is not given, left out, set for a day, put right, withdrawn or entered from paper."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from doseplans.models import Administration, DoseDecision, DoseNotGiven
from patients.models import WorklistItem
from patients.services import open_item
from scheduling.models import Appointment, MoveProposal
from scheduling.services import book_appointment, move_appointment, record_arrival
from tests.desk.conftest import words
from tests.ward import NOW, TODAY, Ward, dose_id, maintenance_patient

Staff = Callable[[str], Client]


@pytest.fixture
def visit(ward: Ward, clock: time_machine.Traveller) -> Appointment:
    patient = maintenance_patient(ward, due=TODAY)
    return book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(TODAY))


def url(name: str, visit: Appointment, *more: Any) -> str:
    assert visit.dose is not None
    return reverse(f"desk:{name}", args=[visit.dose.public_id, *more])


def last_given(visit: Appointment) -> Administration:
    return Administration.objects.filter(dose__plan=visit.dose.plan_id).latest("given_on")  # type: ignore[union-attr]


def test_not_given_asks_why_and_says_what_follows(ward: Ward, visit: Appointment, staff: Staff) -> None:
    record_arrival(ward.cast.actor("nurse"), appointment_id=visit.public_id)
    nurse, address = staff("nurse"), reverse("desk:not_given", args=[visit.public_id])
    page = words(nurse.get(address))
    assert "Patient unwell" in page
    assert "Nobody is sent a cancellation" in page
    refused = nurse.post(address, {"note": "Fever", "version": 2})
    assert refused.status_code == 422
    assert 'value="Fever"' in refused.content.decode()
    done = nurse.post(address, {"reason": "unwell", "note": "Fever", "version": 2}, follow=True)
    assert "It is to be booked again." in words(done)
    assert DoseNotGiven.objects.get().note == "Fever"
    shown = words(nurse.get(reverse("desk:patient", args=[visit.patient.public_id])))
    assert "Not given Tue 24 Nov: patient unwell, Fever" in shown


def test_not_given_of_somebody_who_has_not_come_is_refused(visit: Appointment, staff: Staff) -> None:
    address = reverse("desk:not_given", args=[visit.public_id])
    refused = staff("nurse").post(address, {"reason": "unwell", "version": 1})
    assert refused.status_code == 409
    assert "only of somebody who has arrived" in words(refused)


def test_a_wrong_not_given_is_taken_back_in_one_step(ward: Ward, visit: Appointment, staff: Staff) -> None:
    record_arrival(ward.cast.actor("nurse"), appointment_id=visit.public_id)
    nurse, address = staff("nurse"), url("withdraw_not_given", visit)
    assert nurse.get(address).status_code == 422  # nothing on record yet
    posted = {"reason": "unwell", "note": "Fever", "version": 2}
    nurse.post(reverse("desk:not_given", args=[visit.public_id]), posted)
    patient = reverse("desk:patient", args=[visit.patient.public_id])
    assert address in nurse.get(patient).content.decode()
    page = words(nurse.get(address))
    assert "On record: not given Tue 24 Nov (patient unwell), entered by Ada Nurse." in page
    assert "The visit is back at “arrived”" in page
    assert nurse.post(address, {"reason": ""}).status_code == 422
    done = nurse.post(address, {"reason": "Another patient"}, follow=True)
    assert "Taken back: Patient001, Ines is here for Maintenance 2. Record it once it is given." in words(done)
    visit.refresh_from_db()
    assert visit.status == "arrived"
    assert address not in nurse.get(patient).content.decode()


def test_leaving_out_shows_what_would_follow_as_the_day_is_chosen(visit: Appointment, staff: Staff) -> None:
    doctor = staff("doctor")
    page = words(doctor.get(url("omit_dose", visit)))
    assert "Its visit on Tue 24 Nov, 09:00" in page
    assert "Maintenance 3 is due Tue 22 Dec: 28 days after maintenance 2 was left out on Tue 24 Nov." in page
    on = TODAY + timedelta(days=7)
    part = words(doctor.get(url("what_follows", visit, "omitted"), {"on": on.isoformat()}))
    assert "Maintenance 3 is due Tue 29 Dec" in part
    assert "dates move" in part
    done = doctor.post(
        url("omit_dose", visit), {"on": on.isoformat(), "reason": "Infection", "version": 1}, follow=True
    )
    assert "Left out:" in words(done)
    assert "Left out by Ada Doctor: Infection" in words(done)
    assert DoseDecision.objects.get().on == on
    assert "one that was cancelled is booked again." in words(doctor.get(url("take_back_decision", visit)))
    back = doctor.post(url("take_back_decision", visit), {"reason": "Test was negative"}, follow=True)
    assert "Taken back:" in words(back)
    assert DoseDecision.objects.get().withdrawn_at is not None


def test_an_unreadable_day_is_asked_for_again_and_a_strange_question_too(visit: Appointment, staff: Staff) -> None:
    doctor = staff("doctor")
    nothing = "Choose a day to see what follows from it."
    assert words(doctor.get(url("what_follows", visit, "omitted"), {"on": "soon"})) == nothing
    assert words(doctor.get(url("what_follows", visit, "no-such-thing"), {"on": "2026-12-01"})) == nothing


def test_setting_a_day_keeps_what_was_typed_when_refused(visit: Appointment, staff: Staff) -> None:
    doctor = staff("doctor")
    too_soon = (TODAY - timedelta(days=28)).isoformat()
    refused = doctor.post(url("set_dose_date", visit), {"on": too_soon, "reason": "Travels"})
    assert refused.status_code == 422
    assert 'value="Travels"' in refused.content.decode()
    assert "Choose a later day." in words(refused)
    done = doctor.post(
        url("set_dose_date", visit), {"on": (TODAY + timedelta(days=9)).isoformat(), "reason": "Travels"}, follow=True
    )
    assert "A booked visit no longer fits its window: it is on the worklist." in words(done)


def test_a_record_is_put_right_in_one_step(visit: Appointment, staff: Staff) -> None:
    record, nurse = last_given(visit), staff("nurse")
    address = reverse("desk:correct_given", args=[record.dose.public_id])
    assert "On record: given Tue 27 Oct" in words(nurse.get(address))
    posted = {
        "given_on": (record.given_on + timedelta(days=1)).isoformat(),
        "given_at": "11:15",
        "operator": "Dr Osei",
        "reason": "Wrong day",
        "access_route": "ultrasound",
        "sedation": "oral",
        "is_blood_taken": "True",
        "replaces": str(record.public_id),
    }
    assert nurse.post(address, {**posted, "reason": ""}).status_code == 422
    done = nurse.post(address, posted, follow=True)
    assert "Put right:" in words(done)
    right = last_given(visit)
    assert (right.given_on, right.operator_name) == (record.given_on + timedelta(days=1), "Dr Osei")
    assert (right.access_route, right.sedation, right.is_blood_taken, right.is_csf_kept) == (
        "ultrasound",
        "oral",
        True,
        None,
    )
    record.refresh_from_db()
    assert record.is_entered_in_error

    stale = nurse.post(address, {**posted, "operator": "Dr Lindqvist"})
    assert stale.status_code == 409
    assert "This record was put right by Ada Nurse since your page was loaded." in words(stale)
    assert last_given(visit).operator_name == "Dr Osei"


def test_a_day_from_a_list_is_put_right_without_a_made_up_time(visit: Appointment, staff: Staff) -> None:
    record, nurse = last_given(visit), staff("nurse")
    Administration.objects.filter(pk=record.pk).update(is_time_known=False, operator_name="")
    day_before = record.given_on - timedelta(days=1)
    posted = {"given_on": day_before.isoformat(), "reason": "The day before", "replaces": str(record.public_id)}
    done = nurse.post(reverse("desk:correct_given", args=[record.dose.public_id]), posted, follow=True)
    assert "Put right:" in words(done)
    right = record.dose.administrations.get(is_entered_in_error=False)
    assert (right.given_on, right.is_time_known, right.operator_name) == (day_before, False, "")


def test_a_record_is_withdrawn(visit: Appointment, staff: Staff) -> None:
    record = last_given(visit)
    address = reverse("desk:withdraw_given", args=[record.dose.public_id])
    assert "is to be given again" in words(staff("nurse").post(address, {"reason": "Another patient"}, follow=True))
    record.refresh_from_db()
    assert record.is_entered_in_error


def test_a_paper_day_is_entered(ward: Ward, visit: Appointment, clock: time_machine.Traveller, staff: Staff) -> None:
    clock.move_to(NOW + timedelta(days=1))
    nurse = staff("nurse")
    assert "Enter from paper" in words(nurse.get(reverse("desk:visit", args=[visit.public_id])))
    posted = {
        "given_on": TODAY.isoformat(),
        "arrived_at": "09:05",
        "started_at": "10:20",
        "given_at": "10:40",
        "discharged_at": "12:10",
        "operator": "Dr Malik",
        "reason": "Network down",
        "version": 1,
    }
    refused = nurse.post(url("paper", visit), {**posted, "given_at": "10:10"})
    assert refused.status_code == 422
    assert "The dose cannot be given before the procedure starts." in words(refused)
    assert "Given:" in words(nurse.post(url("paper", visit), posted, follow=True))
    visit.refresh_from_db()
    assert (visit.status, visit.arrived_at) == ("fulfilled", ward.at(TODAY, "09:05"))


def test_a_visit_that_no_longer_fits_is_settled_from_the_worklist(ward: Ward, visit: Appointment, staff: Staff) -> None:
    following = visit.dose.plan.doses.get(sequence=visit.dose.sequence + 1)  # type: ignore[union-attr]
    coordinator = ward.cast.actor("coordinator")
    later = book_appointment(coordinator, dose_id=following.public_id, wanted=ward.wanted(TODAY + timedelta(days=28)))
    move_appointment(coordinator, appointment_id=visit.public_id, wanted=ward.wanted(TODAY + timedelta(days=4)))
    item = WorklistItem.objects.get(kind="move")
    task = reverse("desk:task", args=[item.public_id])
    seen = staff("coordinator").get(task)
    assert "Only a doctor may keep it outside the window" in words(seen)
    assert reverse("desk:move", args=[later.public_id]) in seen.content.decode()
    keep = reverse("desk:keep_visit", args=[later.public_id])
    doctor = staff("doctor")
    assert keep in doctor.get(task).content.decode()
    assert "now too early" in words(doctor.get(keep))
    assert "Kept:" in words(doctor.post(keep, {"reason": "Two days are fine", "version": 1}, follow=True))
    assert MoveProposal.objects.get().state == "kept"
    again = doctor.get(keep, follow=True)
    assert "Nobody proposes to move this visit any more." in words(again)


def test_the_move_tells_what_else_no_longer_fits_and_that_visit_says_so_itself(
    ward: Ward, visit: Appointment, staff: Staff
) -> None:
    following = visit.dose.plan.doses.get(sequence=visit.dose.sequence + 1)  # type: ignore[union-attr]
    coordinator = staff("coordinator")
    later = book_appointment(
        ward.cast.actor("coordinator"), dose_id=following.public_id, wanted=ward.wanted(TODAY + timedelta(days=28))
    )
    there = ward.wanted(TODAY + timedelta(days=4))
    place = {"starts_at": there.starts_at.isoformat(), "room": str(there.room), "operator": str(there.operator)}
    move = reverse("desk:move", args=[visit.public_id])
    moved = words(coordinator.post(move, {**place, "version": visit.version}, follow=True))
    assert f"{following} no longer fits its window: it is on the worklist." in moved
    own, keep = reverse("desk:visit", args=[later.public_id]), reverse("desk:keep_visit", args=[later.public_id])
    seen = coordinator.get(own)
    assert "now too early" in words(seen)
    assert "Only a doctor may keep it outside its window, with a reason." in words(seen)
    assert keep not in seen.content.decode()
    doctor = staff("doctor")
    assert keep in doctor.get(own).content.decode()
    kept = words(doctor.post(keep, {"reason": "Two days are fine", "version": 1}, follow=True))
    assert "Outside its limits by decision: “Two days are fine”" in kept
    assert "now too early" not in kept


def test_a_visit_to_move_whose_patient_is_here_is_kept_or_recorded_and_not_moved(
    ward: Ward, visit: Appointment, clock: time_machine.Traveller, staff: Staff
) -> None:
    following = visit.dose.plan.doses.get(sequence=visit.dose.sequence + 1)  # type: ignore[union-attr]
    coordinator = ward.cast.actor("coordinator")
    later = book_appointment(coordinator, dose_id=following.public_id, wanted=ward.wanted(TODAY + timedelta(days=28)))
    move_appointment(coordinator, appointment_id=visit.public_id, wanted=ward.wanted(TODAY + timedelta(days=4)))
    task = reverse("desk:task", args=[WorklistItem.objects.get(kind="move").public_id])
    clock.move_to(ward.at(TODAY + timedelta(days=28), "09:00"))
    record_arrival(ward.cast.actor("nurse"), appointment_id=later.public_id)
    move, keep = (reverse(f"desk:{act}", args=[later.public_id]) for act in ("move", "keep_visit"))
    for who, word, may_keep in (
        ("nurse", "Only a doctor may keep it outside the window", False),
        ("doctor", "Keep it with a reason, or record the dose not given", True),
    ):
        seen = staff(who).get(task)
        html = seen.content.decode()
        assert f"The patient is here, so the visit is not moved. {word}" in words(seen)
        assert (move in html, keep in html, reverse("desk:visit", args=[later.public_id]) in html) == (
            False,
            may_keep,
            True,
        )


def test_a_visit_whose_list_ran_late_is_moved_from_the_worklist(ward: Ward, visit: Appointment, staff: Staff) -> None:
    open_item(
        unit=ward.unit,
        patient=visit.patient,
        kind=WorklistItem.Kind.MOVE,
        key=f"stranded:{visit.public_id}:late",
        title="Visit to move: its list runs late",
        detail="Left where it is for now.",
        due_at=NOW,
    )
    seen = staff("coordinator").get(reverse("desk:task", args=[WorklistItem.objects.get(kind="move").public_id]))
    assert seen.status_code == 200
    assert reverse("desk:move", args=[visit.public_id]) in seen.content.decode()


def test_a_visit_that_no_longer_fits_is_moved_with_the_reason_known(
    ward: Ward, visit: Appointment, staff: Staff
) -> None:
    following = visit.dose.plan.doses.get(sequence=visit.dose.sequence + 1)  # type: ignore[union-attr]
    actor = ward.cast.actor("coordinator")
    later = book_appointment(actor, dose_id=following.public_id, wanted=ward.wanted(TODAY + timedelta(days=28)))
    move_appointment(actor, appointment_id=visit.public_id, wanted=ward.wanted(TODAY + timedelta(days=4)))
    cause = MoveProposal.objects.get().cause
    coordinator, address = staff("coordinator"), reverse("desk:move", args=[later.public_id])
    page = coordinator.get(address)
    assert f"{cause} This is written down as the reason." in words(page)
    first = page.context["panel"].slots[0]
    moved = coordinator.post(first.reserve.url, dict(first.reserve.fields), follow=True)
    assert "Moved:" in words(moved)
    event = later.events.latest("pk")
    assert (event.kind, event.reason) == ("moved", cause)
    assert MoveProposal.objects.get().state == "moved"
