"""A closed room at the desk: its visits planned, one changed with the keyboard, on a desk and on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.hands import faults_of, tab_to
from tests.browser.people import SignIn

if TYPE_CHECKING:
    from tests.services import LiveStack

pytestmark = pytest.mark.browser

BUSIEST = """
    SELECT room.id, room.unit_id, min(allocation.starts_at), max(allocation.ends_at)
    FROM scheduling_allocation allocation
    JOIN scheduling_resource room ON room.id = allocation.resource_id AND room.kind = 'room'
    JOIN scheduling_appointment visit ON visit.id = allocation.appointment_id AND visit.status = 'booked'
    JOIN units_unit unit ON unit.id = room.unit_id
    WHERE visit.starts_at > now() + interval '3 days'
    GROUP BY room.id, room.unit_id, (allocation.starts_at AT TIME ZONE unit.timezone)::date
    ORDER BY count(*) DESC, min(allocation.starts_at), room.id LIMIT 1
"""
CLOSE = """
    INSERT INTO scheduling_closure (public_id, unit_id, resource_id, starts_at, ends_at, reason)
    VALUES (gen_random_uuid(), %s, %s, %s, %s, 'Floor repaired') RETURNING public_id
"""


def test_a_closed_room_is_planned_and_a_visit_changed(demo: LiveStack, signed_in: SignIn) -> None:
    ((room, unit, since, until),) = demo.sql(BUSIEST)
    demo.sql(CLOSE, unit, room, since, until)
    faults: list[str] = []
    page = signed_in("coordinator", size=(1440, 900))
    page.goto(f"{demo.address}closures/")
    faults += faults_of(page, "closures")
    page.get_by_role("listitem").filter(has_text="Floor repaired").get_by_role("button").click()
    expect(page.get_by_role("heading", name="Re-plan", exact=True)).to_be_visible()
    expect(page.locator(".replan-line").first).to_be_visible()
    tab_to(page, page.locator(".replan-change summary").first)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Move there").first).to_be_visible()
    faults += faults_of(page, "re-plan")
    page.set_viewport_size({"width": 390, "height": 844})
    faults += faults_of(page, "re-plan at 390 px")
    tab_to(page, page.get_by_role("button", name="Leave to a clinician").first)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Left to a clinician by choice.")).to_be_visible()
    page.get_by_role("button", name="Give it up").click()
    expect(page.get_by_text("Nothing was moved.")).to_be_visible()
    assert faults == []
