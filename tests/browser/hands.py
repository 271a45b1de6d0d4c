"""What several browser tests do with their hands, and how they look a page over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator, Page, expect

if TYPE_CHECKING:
    from tests.services import LiveStack

# Only the rules whose fault would be grave are asked. None of them needs anything fetched before.
GRAVE_FAULTS = """async () => {
    const grave = ["serious", "critical"];
    const usual = axe._audit.rules.filter(rule => rule.enabled && !rule.tags.includes("experimental"));
    const rules = usual.filter(rule => grave.includes(rule.impact)).map(rule => rule.id);
    const found = await axe.run({runOnly: rules, resultTypes: ["violations"], preload: false});
    return found.violations.map(each => [each.id, each.impact, each.nodes.slice(0, 3).map(node => node.target)]);
}"""
MOST_TABS = 250


def go(page: Page, letter: str, url: str) -> None:
    page.keyboard.press("g")
    page.keyboard.press(letter)
    page.wait_for_url(url)


def tab_to(page: Page, wanted: Locator) -> None:
    """The focus stands on it, reached with Tab alone."""
    goal = wanted.element_handle()
    for _ in range(MOST_TABS):
        if page.evaluate("goal => document.activeElement === goal", goal):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{MOST_TABS} tabs do not lead to {wanted}")


def bookable_doses(demo: LiveStack, page: Page) -> list[str]:
    """The doses of the list before the page that have slots inside a window still open, most urgent first.

    Nothing of their course is booked after them: what another test left booked there would leave them one day at most.
    """
    rows = page.locator("tr[data-row]", has=page.get_by_text("Find a slot")).all()
    doses = [row.get_attribute("data-row") or "" for row in rows if not re.search("Overdue|Reserved", row.inner_text())]
    return [dose for dose in doses if not is_booked_after(demo, dose)]


def is_booked_after(demo: LiveStack, dose: str) -> bool:
    """Whether a later dose of its course has a visit."""
    found = demo.sql(
        "SELECT 1 FROM doseplans_dose d JOIN doseplans_dose later ON later.plan_id = d.plan_id "
        "AND later.sequence > d.sequence JOIN scheduling_appointment a ON a.dose_id = later.id "
        "WHERE d.public_id = %s AND a.status = 'booked'",
        dose,
    )
    return bool(found)


def open_slots(page: Page, demo: LiveStack, dose: str) -> None:
    page.goto(f"{demo.address}doses/{dose}/slots/")
    expect(page.locator("#panel .slot").first).to_be_visible()


def live_visits(demo: LiveStack, dose: str) -> int:
    ((number,),) = demo.sql(
        "SELECT count(*) FROM scheduling_appointment a JOIN doseplans_dose d ON d.id = a.dose_id "
        "WHERE d.public_id = %s AND a.status IN ('booked', 'arrived', 'fulfilled')",
        dose,
    )
    return int(number)


def too_wide(page: Page, name: str) -> list[str]:
    """The page where it scrolls sideways."""
    wide, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    return [f"{name}: {wide} px wide in {room} px"] if wide > room else []


def faults_of(page: Page, name: str) -> list[str]:
    """What is wrong with the page as it stands: its width, and what axe finds grave."""
    faults = too_wide(page, name)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(GRAVE_FAULTS)
    return faults + [f"{name}: {rule} ({impact}): {targets}" for rule, impact, targets in found]
