"""A series looked at, changed and booked with the keyboard, then two visits swapped, on a desk and on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.hands import bookable_doses, faults_of, live_visits, open_slots, tab_to
from tests.browser.people import SignIn

if TYPE_CHECKING:
    from tests.services import LiveStack

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


def test_a_series_is_changed_booked_and_taken_back(demo: LiveStack, signed_in: SignIn) -> None:
    faults: list[str] = []
    page = signed_in("coordinator", size=(1440, 900))
    page.goto(f"{demo.address}doses/")
    dose = bookable_doses(demo, page)[0]
    open_slots(page, demo, dose)
    page.get_by_role("link", name="Book the next 6…").click()
    expect(page.get_by_role("heading", name="Book a series")).to_be_visible()
    expect(page.locator(".series-row").first).to_be_visible()
    faults += faults_of(page, "series")
    tab_to(page, page.locator(".series-others summary").first)
    page.keyboard.press("Enter")
    tab_to(page, page.locator(".series-others[open] button").first)
    faults += faults_of(page, "series with other slots")
    page.set_viewport_size(PHONE)
    faults += faults_of(page, "series at 390 px")
    wanted = page.locator(".series-others[open] button").first.inner_text()
    page.keyboard.press("Enter")
    expect(page.locator(".series-row").first.locator(".strong").first).to_have_text(wanted)
    tab_to(page, page.locator("button[name=book]"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("The invites leave in")).to_be_visible()
    assert live_visits(demo, dose) == 1
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Nothing was sent.")).to_be_visible()
    assert live_visits(demo, dose) == 0
    assert faults == []


PAIR = """
    SELECT one.public_id, other.public_id FROM scheduling_appointment one
    JOIN scheduling_appointment other ON other.unit_id = one.unit_id AND other.patient_id <> one.patient_id
     AND other.starts_at::date = one.starts_at::date AND other.starts_at > one.starts_at
    WHERE one.status = 'booked' AND other.status = 'booked' AND one.starts_at > now() + interval '1 day'
    ORDER BY one.starts_at, other.starts_at LIMIT 1
"""


def test_a_visit_is_swapped_on_a_phone(demo: LiveStack, signed_in: SignIn) -> None:
    ((one, other),) = demo.sql(PAIR)
    faults: list[str] = []
    page = signed_in("coordinator", size=(1440, 900))
    page.goto(f"{demo.address}visits/{one}/")
    page.locator("summary", has_text="More about this visit").click()
    page.get_by_role("link", name="Swap…").click()
    expect(page.get_by_role("heading", name="With whom?")).to_be_visible()
    faults += faults_of(page, "swap, whom")
    page.set_viewport_size(PHONE)
    faults += faults_of(page, "swap, whom, at 390 px")
    tab_to(page, page.locator(f"a[href$='/{other}/']"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What would follow")).to_be_visible()
    faults += faults_of(page, "swap at 390 px")
    page.set_viewport_size(DESK)
    faults += faults_of(page, "swap")
    assert faults == []
