"""Messages at the desk: what became of them, one opened, one sent again, and the worklist's one press for each kind."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import faults_of, tab_to
from tests.browser.people import SignIn

if TYPE_CHECKING:
    from tests.services import LiveStack

pytestmark = pytest.mark.browser

TO_COME = """
    SELECT visit.public_id, visit.uid, patient.public_id, patient.id, visit.unit_id
    FROM scheduling_appointment visit JOIN patients_patient patient ON patient.id = visit.patient_id
    WHERE visit.status = 'booked' AND visit.starts_at > now() + interval '4 days' AND patient.email <> ''
      AND patient.preferred_channel = 'email' AND patient.accepts_email AND visit.dose_id IS NOT NULL
    ORDER BY visit.starts_at DESC LIMIT 1
"""
OPEN_ITEM = """
    INSERT INTO patients_worklistitem
        (public_id, unit_id, patient_id, kind, key, title, detail, tried, due_at, opened_at, outcome)
    VALUES (%s, %s, %s, %s, %s, %s, '', '', now(), now(), '') RETURNING public_id
"""


def shot(page: Page, name: str) -> None:
    if where := os.environ.get("SHOTS"):
        page.screenshot(path=f"{where}/{name}.png", full_page=True)


def looked_over(page: Page, name: str) -> list[str]:
    """Its faults on a desk's screen and on a telephone."""
    faults = []
    for width, height in ((390, 844), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        faults += faults_of(page, f"{name} at {width} px")
        shot(page, f"{name.replace(' ', '-')}-{width}")
    return faults


def until_invited(demo: LiveStack, visit: str, *, seconds: float = 90) -> None:
    """The visit's invites are out: one that still waits would give way to the one that is sent again."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ((waiting, sent),) = demo.sql(
            "SELECT count(*) FILTER (WHERE state <> 'sent'), count(*) FROM reminders_message m "
            "JOIN scheduling_appointment a ON a.id = m.appointment_id WHERE a.public_id = %s AND purpose = 'invite'",
            visit,
        )
        if sent and not waiting:
            return
        time.sleep(0.3)
    raise AssertionError(f"after {seconds} s {waiting} of {sent} invites still wait")


def test_messages_at_the_desk(demo: LiveStack, signed_in: SignIn) -> None:
    ((visit, _uid, patient, patient_key, unit),) = demo.sql(TO_COME)
    until_invited(demo, visit)
    items = {
        kind: demo.sql(OPEN_ITEM, uuid4(), unit, patient_key, kind, key, title)[0][0]
        for kind, key, title in (
            ("unanswered", f"unanswered:{visit}", "Ask whether the patient will come"),
            ("declined", f"declined:{visit}", "The patient cannot come"),
            ("bounced", f"bounced:{patient}:patient:", "Mail to the patient came back"),
        )
    }
    page = signed_in("coordinator")
    faults: list[str] = []
    for kind, item in items.items():
        page.goto(f"{demo.address}worklist/{item}/?kind={kind}")
        faults += looked_over(page, f"task {kind}")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".whose")).to_be_hidden()  # the task has the list's place
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_label("E-mail address").fill("right@example.org")
    tab_to(page, page.get_by_role("button", name="Use this address"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("The address is on record").first).to_be_visible()

    page.goto(f"{demo.address}visits/{visit}/")
    faults += looked_over(page, "visit")
    tab_to(page, page.get_by_role("link", name="Send again…").first)
    page.keyboard.press("Enter")
    expect(page.get_by_text("What they read")).to_be_visible()
    faults += looked_over(page, "send again")
    tab_to(page, page.get_by_role("button", name="Send it again"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Goes again to").first).to_be_visible()

    page.goto(f"{demo.address}patients/{patient}/")
    faults += looked_over(page, "patient")
    page.goto(f"{demo.address}visits/{visit}/")
    page.get_by_role("link", name="Invite", exact=True).first.click()
    expect(page.get_by_role("heading", name="The words")).to_be_visible()
    expect(page.frame_locator(".message-frame").get_by_text("Please arrive at").first).to_be_visible()
    shot(page, "message-with-frame")
    page.locator(".message-frame").evaluate("frame => frame.remove()")  # axe may not speak to a sandbox, and says so
    faults += looked_over(page, "message")
    page.goto(f"{demo.address}messages/")
    faults += looked_over(page, "figures")
    assert faults == []
