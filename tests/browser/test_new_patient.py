"""Somebody new: entered by the coordinator, given a plan by a doctor on a phone, and booked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.hands import faults_of, tab_to
from tests.browser.people import SignIn, by_hand

if TYPE_CHECKING:
    from tests.services import LiveStack

pytestmark = pytest.mark.browser


def test_somebody_new_is_entered_planned_and_booked(demo: LiveStack, signed_in: SignIn) -> None:
    today = datetime.now(UTC).date()
    ((family, born),) = demo.sql("SELECT family_name, birth_date FROM patients_patient ORDER BY id LIMIT 1")

    page = signed_in("coordinator", size=(1440, 900))
    page.goto(f"{demo.address}patients/add/")
    by_hand(page)
    for label, typed in (("Surname", family), ("Forename", "Wilhelmina"), ("Hospital number", "Q777001")):
        tab_to(page, page.locator("main").get_by_label(label))
        page.keyboard.type(typed)
    page.locator("main").get_by_label("Date of birth").fill(f"{born}")
    page.keyboard.press("Enter")
    # Somebody of that name and birthday is known: asked about beside the name, where the focus is.
    same = page.get_by_label("Yes, this is somebody else")
    expect(same).to_be_focused()
    assert faults_of(page, "a like patient") == []
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Wilhelmina", exact=False).first).to_be_visible()
    expect(page.get_by_role("link", name="Start a plan")).to_have_count(0)  # a doctor's
    patient = page.url

    doctor = signed_in("doctor", size=(390, 844))
    doctor.goto(patient)
    doctor.get_by_role("link", name="Start a plan").click()
    assert faults_of(doctor, "a plan to start") == []
    doctor.get_by_label("First dose on").fill(f"{today + timedelta(days=14)}")
    doctor.get_by_label("Prescriber").fill("Dr A. Malik")
    doctor.get_by_label("Next clinical review").fill(f"{today + timedelta(days=180)}")
    doctor.get_by_label("Pregnancy discussed on").fill(f"{today}")
    doctor.get_by_role("button", name="Show the year of dates").click()
    expect(doctor.get_by_text("Stops booking: Genetic test report not recorded.")).to_be_visible()
    doctor.get_by_role("button", name="Start the plan").click()
    expect(doctor.get_by_role("link", name="Find a slot", exact=False)).to_have_count(0)
    doctor.get_by_role("link", name="Write down what is missing").click()
    doctor.get_by_label("Genetic test").fill("SOD1 variant confirmed")
    doctor.locator("main form button[type=submit]").click()
    expect(doctor.get_by_role("link", name="Find a slot for loading dose 1 of 3")).to_be_visible()

    page.goto(patient)
    page.get_by_role("link", name="Find a slot for loading dose 1 of 3").click()
    page.get_by_role("button", name="Reserve").first.click()
    page.get_by_role("button", name="Book", exact=False).first.click()
    expect(page.locator(".toast", has_text="Wilhelmina")).to_be_visible()
    page.goto(patient)
    expect(page.locator("#visits tbody tr")).to_have_count(1)
