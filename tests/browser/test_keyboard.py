"""A coordinator's work by keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.hands import bookable_doses, go, live_visits, tab_to
from tests.browser.people import SignIn, by_hand

if TYPE_CHECKING:
    from tests.services import LiveStack

pytestmark = pytest.mark.browser


def test_dose_is_booked_by_keyboard_alone(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("coordinator")
    by_hand(page)
    go(page, "t", "**/today/")
    go(page, "d", "**/doses/")
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("Tran")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="TRAN", exact=False).first).to_be_visible()
    go(page, "d", "**/doses/")

    dose = bookable_doses(demo, page)[0]
    tab_to(page, page.locator(f"#row-{dose} .when-not-current a"))
    page.keyboard.press("Enter")
    expect(page.locator("#panel .banner-name")).to_be_focused()
    tab_to(page, page.locator("#panel").get_by_role("button", name="Reserve").first)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Book and send invite")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".toast", has_text="Booked:")).to_be_visible()
    assert by_hand(page)["clicks"] == 0
    assert live_visits(demo, dose) == 1


def test_panel_closes_with_escape_and_gives_the_focus_back(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("coordinator")
    button = page.locator(f"#row-{bookable_doses(demo, page)[0]} .when-not-current a")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel .banner-name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#panel .panel")).to_have_count(0)
    expect(button).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()


def test_a_task_is_taken_and_given_back_without_leaving_it(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("coordinator")
    page.goto(f"{demo.address}worklist/")
    tab_to(page, page.locator(".task", has_text="No one").locator(".task-act a").first)
    page.keyboard.press("Enter")
    panel = page.locator("#panel")
    for press, after in (("I see to it", "Give it back"), ("Give it back", "I see to it")):
        expect(panel.locator("[data-focus]").first).to_be_focused()
        tab_to(page, panel.get_by_role("button", name=press))
        page.keyboard.press("Enter")
        expect(panel.get_by_role("button", name=after)).to_be_visible()
        expect(panel.locator("[data-focus]").first).to_be_focused()


def test_a_note_of_the_day_is_where_the_keyboard_stands_once_it_is_written(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("nurse")
    page.goto(f"{demo.address}today/")
    tab_to(page, page.locator("summary", has_text="Add a note").last)
    page.keyboard.press("Enter")
    tab_to(page, page.locator(".note-new textarea").last)
    page.keyboard.type("The lift is out of order")
    tab_to(page, page.get_by_role("button", name="Write it down").last)
    page.keyboard.press("Enter")
    note = page.locator(".day-notes .note", has_text="The lift is out of order").first
    expect(note).to_be_focused()
    tab_to(page, note.get_by_role("button", name="End"))
    page.keyboard.press("Enter")
    expect(page.locator(".toast", has_text="The note has ended.")).to_be_visible()


def test_what_moves_is_where_the_keyboard_stands_once_it_is_shown(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("nurse")
    page.goto(f"{demo.address}today/")
    tab_to(page, page.locator(".lane-late").first)
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Show what moves"))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    # Where so little lateness is no answer any more, the page says that first.
    what_moves = page.get_by_role("heading", name="What moves")
    expect(what_moves.or_(page.locator(".error-summary")).and_(page.locator(":focus"))).to_be_visible()
