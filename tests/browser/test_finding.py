"""A patient is found from any page, without the mouse."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.hands import faults_of
from tests.browser.people import SignIn, by_hand

if TYPE_CHECKING:
    from tests.services import LiveStack

pytestmark = pytest.mark.browser


def test_a_patient_is_open_after_six_keys(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("coordinator")
    page.goto(f"{demo.address}worklist/")
    by_hand(page)
    began = time.monotonic()
    page.keyboard.press("/")
    page.keyboard.type("Tran")
    page.keyboard.press("Enter")  # before the answer is there
    page.wait_for_url("**/patients/*/")
    expect(page.locator("h1.banner-name, h2.banner-name").first).to_contain_text("TRAN")
    assert time.monotonic() - began < 8
    assert by_hand(page) == {"clicks": 0, "keys": 6}
    assert "tran" not in page.url.lower()


def test_a_name_only_like_it_is_chosen_by_a_person(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("nurse")
    page.keyboard.press("/")
    page.keyboard.type("kowalchik")
    field, options = page.locator("#find"), page.locator("#find-found [role=option]")
    expect(options.first).to_contain_text("KOWALCZYK")
    expect(page.locator("#find-found .found-head")).to_have_text("Similar spelling")
    expect(page.locator("#find-status")).to_contain_text("of similar spelling")
    expect(field).to_have_attribute("aria-expanded", "true")
    assert field.get_attribute("aria-activedescendant") is None
    assert faults_of(page, "found") == []
    page.keyboard.press("Escape")
    expect(page.locator("#find-found")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    page.keyboard.press("Enter")
    page.wait_for_url("**/patients/*/")
    expect(page.locator(".banner-name").first).to_contain_text("KOWALCZYK")


def test_the_list_finds_on_a_telephone(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("nurse", size=(390, 844))
    page.locator("a.find-link").click()
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("kowalchik")
    expect(page.locator("#found .rows-part")).to_have_text("Similar spelling")
    assert faults_of(page, "list") == []


def test_a_red_flag_begins_in_the_telephones_bar(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("nurse", size=(390, 844))
    bar = page.locator("nav.nav")
    tabs = [each.bounding_box() for each in bar.locator(".nav-tab:visible").all()]
    assert [min(box["height"], box["width"]) >= 44 for box in tabs if box] == [True] * 5
    assert faults_of(page, "today on a phone") == []
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    last, edge = page.locator("main .box, main .btn").last.bounding_box(), bar.bounding_box()
    assert last is not None
    assert edge is not None
    assert last["y"] + last["height"] <= edge["y"]
    bar.get_by_role("link", name="Red flag").click()
    page.locator("#q").fill("kowalchik")
    expect(page.locator("#found .rows-part")).to_have_text("Similar spelling")
    page.locator("#found a.name").first.click()
    page.wait_for_url("**/patients/*/red-flag/")
    expect(bar.get_by_role("link", name="Red flag")).to_have_attribute("aria-current", "page")


def test_the_telephones_bar_opens_the_places_it_has_no_room_for(demo: LiveStack, signed_in: SignIn) -> None:
    """Where a keyboard leaves little height, the bar stands in the flow, and what it opens is in sight."""
    page = signed_in("nurse", size=(390, 844))
    for height, place in ((844, "Calendar"), (400, "Patients")):
        page.set_viewport_size({"width": 390, "height": height})
        more = page.locator(".nav-more")
        more.locator("summary").click()
        expect(more.get_by_role("link", name=place)).to_be_in_viewport(ratio=1)
        page.keyboard.press("Escape")
        expect(more.get_by_role("link", name=place)).to_be_hidden()
        more.locator("summary").press("Enter")
        more.get_by_role("link", name=place).click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator(".nav-more [aria-current=page]")).to_have_text(place)
