"""A visit without a plan at the desk: two presses from the patient's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from patients.models import Flag, NeedAllowance, Patient
from scheduling.models import Appointment, VisitKind
from scheduling.services import book_visit, record_arrival, start_procedure
from tests.desk.conftest import PANEL, words
from tests.ward import TODAY, dose_id

if TYPE_CHECKING:
    from tests.ward import Ward

Staff = Callable[[str], Client]


@pytest.fixture
def review(ward: Ward) -> VisitKind:
    return VisitKind.objects.create(unit=ward.unit, name="Headache review", minutes_procedure=30)


def test_from_the_patient_to_a_booked_visit(patient: Patient, review: VisitKind, staff: Staff) -> None:
    coordinator = staff("coordinator")
    page = coordinator.get(f"/patients/{patient.public_id}/").context["page"]
    [url] = [action.url for action in page.actions if "another" in str(action.label)]
    choices = coordinator.get(url).context["page"].kinds
    assert [choice.label for choice in choices] == ["Headache review"]
    shown = coordinator.get(choices[0].url)
    panel = shown.context["panel"]
    assert len(panel.slots) == 4
    text = words(shown)
    assert "window" not in text.partition("What is it for?")[2]
    chosen = panel.slots[0].reserve
    assert str(chosen.label) == "Book"
    booked = coordinator.post(chosen.url, dict(chosen.fields), follow=True)
    assert "Booked: Patient001, Ines" in words(booked)
    visit = Appointment.objects.get()
    assert (visit.visit_kind, visit.dose) == (review, None)
    assert "Headache review, visit" in words(booked)
    again = coordinator.post(chosen.url, dict(chosen.fields))
    assert again.status_code == 409
    assert "taken" in words(again)


def test_a_unit_without_kinds_says_who_adds_them(patient: Patient, staff: Staff) -> None:
    page = words(staff("nurse").get(f"/patients/{patient.public_id}/visit/"))
    assert "An administrator adds them to the unit." in page


def test_moving_shows_slots_and_the_board_its_purpose(
    ward: Ward, patient: Patient, review: VisitKind, staff: Staff
) -> None:
    visit = book_visit(
        ward.cast.actor("coordinator"),
        patient_id=patient.public_id,
        visit_kind_id=review.public_id,
        wanted=ward.wanted(TODAY, "10:00"),
    )
    coordinator = staff("coordinator")
    assert "Headache review" in words(coordinator.get("/today/"))
    shown = coordinator.get(f"/visits/{visit.public_id}/move/", **PANEL)
    assert "Another time for headache review" in words(shown)
    chosen = shown.context["panel"].slots[0].reserve
    moved = coordinator.post(chosen.url, dict(chosen.fields), follow=True)
    assert "Moved: Patient001, Ines" in words(moved)


def test_its_steps_end_with_procedure_done(
    ward: Ward, patient: Patient, review: VisitKind, staff: Staff, clock: object
) -> None:
    visit = book_visit(
        ward.cast.actor("coordinator"),
        patient_id=patient.public_id,
        visit_kind_id=review.public_id,
        wanted=ward.wanted(TODAY, "08:00"),
    )
    actor, nurse = ward.cast.actor("nurse"), staff("nurse")
    record_arrival(actor, appointment_id=visit.public_id)
    start_procedure(actor, appointment_id=visit.public_id)
    panel = nurse.get(f"/today/2026-11-24/visits/{visit.public_id}/", **PANEL)
    assert "Procedure done" in words(panel)
    assert "Vial lot" not in words(panel)
    done = nurse.post(f"/visits/{visit.public_id}/finish/", {"back": "visit"}, follow=True)
    assert "Procedure done: Patient001, Ines." in words(done)
    visit.refresh_from_db()
    assert visit.status == "fulfilled"


def test_the_panel_says_why_a_visit_is_longer_and_who_must_help(ward: Ward, patient: Patient, staff: Staff) -> None:
    NeedAllowance.objects.create(unit=ward.unit, code="hoist", minutes_before=15, needs_assistant=True)
    Flag.objects.create(patient=patient, kind="need", code="hoist", text="Hoist")
    page = words(staff("coordinator").get(f"/doses/{dose_id(patient)}/slots/", **PANEL))
    assert "15 min more: hoist" in page
    assert "Dr Osei assists (hoist)" in page
    assert "3 h 30 min" in page
