"""A day that breaks, at the desk and on a phone: a list that runs late, and an urgent dose, with the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from scheduling.services.day.running_late import MOST_MINUTES
from tests.browser.hands import bookable_doses, faults_of, open_slots, tab_to
from tests.browser.people import SignIn

if TYPE_CHECKING:
    from tests.services import LiveStack

pytestmark = pytest.mark.browser


def test_what_would_move_is_looked_at_from_the_board(demo: LiveStack, signed_in: SignIn) -> None:
    page, faults = signed_in("nurse"), list[str]()
    page.goto(f"{demo.address}today/")
    late = page.locator(".lane-name").get_by_role("link", name="Running late…").last
    tab_to(page, late)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Running late", exact=True)).to_be_visible()
    page.get_by_label("How many minutes late").fill(str(MOST_MINUTES))
    tab_to(page, page.get_by_role("button", name="Show what moves"))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    # Late in the evening no list can begin at an hour still ahead, and the page says so.
    has_passed = page.get_by_role("link", name="so few minutes later has passed too")
    expect(page.locator(".late-row").or_(has_passed).first).to_be_visible()
    faults += faults_of(page, "running late")
    page.set_viewport_size({"width": 390, "height": 844})
    faults += faults_of(page, "running late at 390 px")
    assert faults == []


def test_an_urgent_dose_is_looked_at_before_it_is_squeezed_in(demo: LiveStack, signed_in: SignIn) -> None:
    page, faults = signed_in("nurse"), list[str]()
    page.goto(f"{demo.address}doses/")
    open_slots(page, demo, bookable_doses(demo, page)[0])
    page.locator("#panel").get_by_role("link", name="Urgent: squeeze it in…").click()
    expect(page.get_by_role("heading", name="Squeeze in", exact=True)).to_be_visible()
    page.get_by_label("Arrives").fill("20:00")
    page.get_by_label("Why it is squeezed in").fill("Raised pressure")
    tab_to(page, page.get_by_role("button", name="Look at it"))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_label("Why it is squeezed in")).to_have_value("Raised pressure")
    faults += faults_of(page, "squeeze in")
    page.set_viewport_size({"width": 390, "height": 844})
    faults += faults_of(page, "squeeze in at 390 px")
    assert faults == []
