"""A closed room at the desk: its visits planned, one changed with the keyboard, on a desk and on a phone."""

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

BUSIEST = """
    SELECT room.name, min(allocation.starts_at AT TIME ZONE unit.timezone),
        max(allocation.ends_at AT TIME ZONE unit.timezone)
    FROM scheduling_allocation allocation
    JOIN scheduling_resource room ON room.id = allocation.resource_id AND room.kind = 'room'
    JOIN scheduling_appointment visit ON visit.id = allocation.appointment_id AND visit.status = 'booked'
    JOIN units_unit unit ON unit.id = room.unit_id
    WHERE visit.starts_at > now() + interval '3 days' AND NOT EXISTS (
        SELECT FROM scheduling_closure closure WHERE closure.unit_id = room.unit_id
        AND tstzrange(closure.starts_at, closure.ends_at) && tstzrange(allocation.starts_at, allocation.ends_at)
    )
    GROUP BY room.id, (allocation.starts_at AT TIME ZONE unit.timezone)::date
    ORDER BY count(*) DESC, min(allocation.starts_at), room.id LIMIT 1
"""


def test_a_closed_room_is_planned_and_a_visit_changed(demo: LiveStack, signed_in: SignIn) -> None:
    ((room, since, until),) = demo.sql(BUSIEST)
    faults: list[str] = []
    page = signed_in("coordinator", size=(1440, 900))
    page.goto(f"{demo.address}closures/")
    page.get_by_role("link", name="Close for a time…").click()
    page.get_by_label("What is closed").select_option(label=room)
    for label, at in (("From", since), ("Until", until)):
        page.get_by_label(label, exact=True).fill(f"{at:%Y-%m-%d}")
        page.get_by_label(f"{label} what time").fill(f"{at:%H:%M}")
    page.get_by_label("Why").fill("Floor repaired")
    page.get_by_role("button", name="Close it").click()
    expect(page.get_by_role("heading", name="booked visits are hit")).to_be_visible()
    faults += faults_of(page, "closing")
    page.get_by_role("button", name="Close it all the same").click()
    expect(page.get_by_role("heading", name="Re-plan", exact=True)).to_be_visible()
    expect(page.locator(".toast", has_text="Closed:")).to_be_visible()
    expect(page.locator(".replan-line").first).to_be_visible()
    # One move less, by keyboard; it stays unticked while another filter is looked at.
    box = page.locator(".replan-box input").first
    moves = page.locator(".replan-box input").count()
    tab_to(page, box)
    page.keyboard.press("Space")
    expect(page.get_by_text(f"{moves - 1} of {moves} moves selected").first).to_be_visible()
    expect(page.get_by_role("button", name=f"Accept the {moves - 1} selected")).to_be_enabled()
    page.get_by_role("button", name="In window").click()
    page.wait_for_url("**show=window")
    expect(box).not_to_be_checked()
    page.get_by_role("button", name=re.compile("^All")).click()
    page.wait_for_url(lambda url: "show" not in url)
    # A visit that moves: one that cannot be placed is left to a clinician already.
    moving = page.locator(".replan-line", has=page.locator(".replan-box input")).first
    tab_to(page, moving.get_by_role("button", name="Change"))
    page.keyboard.press("Enter")
    line = page.locator("form.replan-change")
    expect(line.get_by_role("button", name="Move there")).to_be_visible()
    faults += faults_of(page, "re-plan")
    page.set_viewport_size({"width": 390, "height": 844})
    faults += faults_of(page, "re-plan at 390 px")
    foot = page.locator(".accept-foot").bounding_box()
    assert foot is not None
    assert foot["height"] <= 72, "one line and one press, not half a screen"
    tab_to(page, line.get_by_role("button", name="Leave to a clinician"))
    page.keyboard.press("Enter")
    left = page.locator(".replan-line:target", has_text="Left to a clinician by choice.")
    expect(left).to_be_focused()
    expect(left).to_be_in_viewport()
    page.get_by_role("button", name="Give it up").click()
    expect(page.get_by_text("Nothing was moved.")).to_be_visible()
    assert faults == []
