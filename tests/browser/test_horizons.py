"""Weeks planned ahead at the desk: the search for a better plan watched and stopped, a dose changed by keyboard."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.hands import faults_of, tab_to
from tests.browser.people import SignIn

if TYPE_CHECKING:
    from tests.services import LiveStack

pytestmark = pytest.mark.browser

SEARCH = """
    INSERT INTO scheduling_planningrun (public_id, unit_id, horizon_id, planned_at, state, stage, percent, seconds,
        queued_at, started_at, lease_until, claim, asked_by_name, outcome)
    SELECT gen_random_uuid(), unit_id, id, planned_at, 'running', 'Choosing days', 40, 20, now() + interval '1 minute',
        now(), now() + interval '1 hour', gen_random_uuid(), 'Ada', '' FROM scheduling_horizon WHERE state = 'draft'
"""


def test_weeks_are_planned_the_search_stopped_and_a_dose_changed(demo: LiveStack, signed_in: SignIn) -> None:
    faults: list[str] = []
    page = signed_in("coordinator", size=(1440, 900))
    page.goto(f"{demo.address}doses/")
    page.get_by_role("link", name="Plan weeks ahead").click()
    faults += faults_of(page, "ahead")
    page.get_by_role("button", name="Plan these weeks").click()
    expect(page.get_by_role("heading", name="Weeks planned ahead")).to_be_visible()
    expect(page.locator(".replan-line").first).to_be_visible()
    # A search that lasts: what a worker of the stack has done about it meanwhile does not matter here.
    demo.sql("UPDATE scheduling_planningrun SET state = 'done', ended_at = now() WHERE state IN ('queued', 'running')")
    demo.sql(SEARCH)
    page.reload()
    status = page.get_by_role("status").filter(has_text="A better plan is looked for: choosing days.")
    expect(status).to_be_visible()
    faults += faults_of(page, "weeks with a search")
    demo.sql("UPDATE scheduling_planningrun SET percent = 60, stage = 'Choosing starts' WHERE state = 'running'")
    expect(page.get_by_text("choosing starts")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "60")
    tab_to(page, page.get_by_role("button", name="Stop looking"))
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("The search for a better plan was ended"))).to_be_visible()
    tab_to(page, page.get_by_role("button", name=re.compile("^Change, ")).first)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Take this slot")).to_be_visible()
    faults += faults_of(page, "a dose changed")
    page.set_viewport_size({"width": 390, "height": 844})
    faults += faults_of(page, "a dose changed at 390 px")
    tab_to(page, page.get_by_role("button", name="Leave out"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Left out by choice.")).to_be_visible()
    faults += faults_of(page, "weeks at 390 px")
    first, second = (page.locator("input[form=accept]").nth(n) for n in range(2))
    first.uncheck()
    with page.expect_navigation():
        page.get_by_role("button", name="Plan again").click()
    expect(page.get_by_role("heading", name="Weeks planned ahead")).to_be_visible()
    expect(first).not_to_be_checked()
    expect(second).to_be_checked()
    page.get_by_role("button", name="Give it up").click()
    expect(page.get_by_text("Nothing more was booked.")).to_be_visible()
    assert faults == []
