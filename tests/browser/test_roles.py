"""A pharmacist's work by keyboard alone, and a manager who looks and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.hands import faults_of, tab_to
from tests.browser.people import SignIn, by_hand

if TYPE_CHECKING:
    from tests.services import LiveStack

pytestmark = pytest.mark.browser


def test_pharmacist_reads_what_tomorrow_needs_and_records_a_medicine_by_keyboard(
    demo: LiveStack, signed_in: SignIn
) -> None:
    page = signed_in("pharmacist")
    by_hand(page)
    tab_to(page, page.get_by_role("link", name="Tomorrow"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="To return")).to_be_visible()

    page.keyboard.press("/")
    page.keyboard.type("Tran")
    page.keyboard.press("Enter")
    expect(page.locator("#antithrombotics")).to_be_visible()
    tab_to(page, page.locator("#antithrombotics").get_by_role("link").last)
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Medicine"))
    page.keyboard.type("Aspirin 75 mg")
    page.keyboard.press("Enter")
    expect(page.locator(".toast", has_text="On record:")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Aspirin 75 mg")
    assert by_hand(page)["clicks"] == 0
    assert faults_of(page, "medicines") == []


def test_manager_looks_at_the_day_on_a_phone_and_is_offered_no_act(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("manager", size=(390, 844))
    page.locator(".slip h3 a").first.click()
    expect(page.locator("#panel .banner-name")).to_be_visible()
    assert page.locator("main form[method=post]").count() == 0
    page.locator("nav").get_by_role("link", name="Patients").first.click()
    page.locator("#found a.name").first.click()
    expect(page.locator("#visits")).to_be_visible()
    assert page.locator("main form[method=post]").count() == 0
    assert faults_of(page, "the patient, to a manager") == []
