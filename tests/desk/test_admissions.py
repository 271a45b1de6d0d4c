"""Admission the day before at the desk and through the API: chosen when booking, said on the board and the visit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from patients.models import Patient
from scheduling.models import Appointment
from tests.desk.conftest import PANEL, words
from tests.ward import TODAY, dose_id

if TYPE_CHECKING:
    from tests.ward import Ward

Staff = Callable[[str], Client]
LATER = TODAY + timedelta(days=2)


@pytest.fixture
def admitting(ward: Ward) -> Ward:
    ward.unit.admission_at = time(16)
    ward.unit.save()
    return ward


def slot_of(ward: Ward) -> dict[str, str]:
    wanted = ward.wanted(LATER, "09:00")
    return {"starts_at": wanted.starts_at.isoformat(), "room": str(wanted.room), "operator": str(wanted.operator)}


def test_the_box_beside_the_booking_admits_the_day_before(admitting: Ward, patient: Patient, staff: Staff) -> None:
    browser, key = staff("coordinator"), dose_id(patient)
    reserved = words(browser.post(f"/doses/{key}/reserve/", slot_of(admitting), **PANEL))
    assert "Admit the day before, to arrive at 16:00" in reserved
    browser.post(f"/doses/{key}/book/", {**slot_of(admitting), "is_admitted": "1"}, **PANEL)
    visit = Appointment.objects.get(patient=patient)
    assert visit.admitted_at == admitting.at(LATER - timedelta(days=1), "16:00")
    page = words(browser.get(f"/visits/{visit.public_id}/"))
    assert "16:00" in page
    assert "admitted the day before; ready at 09:00" in page
    assert "Admitted the day before" in words(browser.get(f"/today/{LATER:%Y-%m-%d}/"))


def test_a_unit_that_admits_nobody_shows_no_box(ward: Ward, patient: Patient, staff: Staff) -> None:
    reserved = words(staff("coordinator").post(f"/doses/{dose_id(patient)}/reserve/", slot_of(ward), **PANEL))
    assert "Reserved" in reserved
    assert "Admit the day before" not in reserved


def test_the_api_books_and_tells_an_admission(admitting: Ward, patient: Patient, staff: Staff) -> None:
    body = {"dose": str(dose_id(patient)), **slot_of(admitting), "is_admitted": True}
    answer = staff("coordinator").post("/api/v1/appointments/", body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert told["admitted_at"] == admitting.at(LATER - timedelta(days=1), "16:00").isoformat().replace("+00:00", "Z")
    assert told["starts_at"].startswith(f"{LATER:%Y-%m-%d}T09:00")
