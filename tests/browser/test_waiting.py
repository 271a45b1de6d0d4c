"""A wish, a cancellation that frees a slot, the offer of it, and its acceptance at the desk; then the day's board."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.hands import faults_of, tab_to
from tests.browser.people import SignIn

if TYPE_CHECKING:
    from tests.services import LiveStack

pytestmark = pytest.mark.browser


WAITS = """
    SELECT dose.public_id, patient.family_name FROM scheduling_earlierwish wish
    JOIN doseplans_dose dose ON dose.id = wish.dose_id
    JOIN doseplans_doseplan plan ON plan.id = dose.plan_id
    JOIN patients_patient patient ON patient.id = plan.patient_id
    WHERE wish.ended_at IS NULL
      AND NOT EXISTS (SELECT FROM scheduling_offeredvisit asked WHERE asked.wish_id = wish.id AND asked.state = 'asked')
"""
IN_THE_WAY = """
    SELECT visit.public_id, (visit.starts_at AT TIME ZONE unit.timezone)::date
    FROM scheduling_appointment visit JOIN units_unit unit ON unit.id = visit.unit_id
    WHERE visit.visit_kind_id IS NOT NULL AND visit.status = 'booked'
"""


def test_from_the_wish_to_the_board(demo: LiveStack, signed_in: SignIn) -> None:
    ((dose, name),) = demo.sql(WAITS)
    ((visit, day),) = demo.sql(IN_THE_WAY)
    faults: list[str] = []
    page = signed_in("coordinator")
    page.goto(f"{demo.address}doses/{dose}/earlier/")
    page.get_by_label("Hours of notice needed").fill("2")
    tab_to(page, page.get_by_role("button", name="Change the wish"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 h of notice").first).to_be_visible()

    page.goto(f"{demo.address}visits/{visit}/cancel/")
    page.get_by_label("The patient or carer").check()
    page.get_by_label("Why").fill("Has a cold")
    page.get_by_role("button", name="Cancel the visit").click()
    expect(page.get_by_text("Cancelled:").first).to_be_visible()

    page.goto(f"{demo.address}waiting/")
    faults += faults_of(page, "waiting list")
    slot = page.locator("article.waiting-slot", has=page.get_by_role("checkbox")).filter(has_text=name).first
    slot.get_by_role("checkbox", name=name).check()
    tab_to(page, slot.get_by_role("button", name="Offer to those ticked"))
    page.keyboard.press("Enter")
    row = page.locator("li.waiting-row", has_text=name).filter(has=page.get_by_role("button", name="Accept")).first
    expect(row).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    faults += faults_of(page, "an offer at 390 px")
    row.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("Accepted").first).to_be_visible()

    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{demo.address}today/{day}/")
    expect(page.locator(".card-name", has_text=name).first).to_be_visible()
    assert faults == []


TO_COME = """
    SELECT visit.public_id, patient.public_id FROM scheduling_appointment visit
    JOIN patients_patient patient ON patient.id = visit.patient_id
    WHERE visit.status = 'booked' AND visit.dose_id IS NOT NULL AND visit.starts_at > now() + interval '1 day'
      AND NOT EXISTS (SELECT FROM scheduling_appointmentresponse said WHERE said.appointment_id = visit.id)
    ORDER BY visit.starts_at LIMIT 1
"""


def test_an_answer_and_a_time_that_does_not_suit_are_taken_down_with_the_keyboard(
    demo: LiveStack, signed_in: SignIn
) -> None:
    ((visit, patient),) = demo.sql(TO_COME)
    faults: list[str] = []
    page = signed_in("coordinator")
    page.goto(f"{demo.address}visits/{visit}/")
    tab_to(page, page.get_by_role("link", name="Will they come…"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("What did they say?")).to_be_visible()
    faults += faults_of(page, "the answer")
    page.set_viewport_size({"width": 390, "height": 844})
    faults += faults_of(page, "the answer at 390 px")
    tab_to(page, page.get_by_label("Will come"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Put it on record"))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_text("by telephone", exact=False).first).to_be_visible()
    faults += faults_of(page, "an answered visit at 390 px")

    page.goto(f"{demo.address}patients/{patient}/no-go-times/")
    page.get_by_label("Why").fill("Transport leaves at 15:30")
    page.get_by_label("Monday").check()
    page.get_by_label("From").fill("15:30")
    faults += faults_of(page, "times that do not suit at 390 px")
    page.get_by_role("button", name="Put it on record").click()
    expect(page.get_by_text("Mon, from 15:30")).to_be_visible()
    page.set_viewport_size({"width": 1440, "height": 900})
    faults += faults_of(page, "times that do not suit")
    assert faults == []
