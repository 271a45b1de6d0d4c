"""Every page for every person: by keyboard alone, on a phone, at 320 px, with a screen reader; and two at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.people import SignIn, Watch, by_hand

if TYPE_CHECKING:
    from tests.services import LiveStack

pytestmark = pytest.mark.browser

SIZES = [(1440, 900), (390, 844), (320, 640)]
GRAVE = ("serious", "critical")
MOST_TABS = 250
Slot = tuple[str, str, str]


# --- by keyboard -----------------------------------------------------------------------------------------------------
def test_dose_is_booked_by_keyboard_alone(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("coordinator")
    by_hand(page)
    go(page, "t", "**/today/")
    go(page, "d", "**/doses/")
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("Tran")
    page.keyboard.press("Enter")
    expect(page.locator("#found tbody tr")).to_have_count(1)
    go(page, "d", "**/doses/")

    dose = bookable_doses(page)[0]
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
    button = page.locator(f"#row-{bookable_doses(page)[0]} .when-not-current a")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel .banner-name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#panel .panel")).to_have_count(0)
    expect(button).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()


# --- on every screen -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}px")
def test_page_fits_and_reads_well(
    demo: LiveStack, signed_in: SignIn, watch: Watch, browser: Browser, size: tuple[int, int]
) -> None:
    """No page scrolls sideways, and none has a grave fault of accessibility; the console is watched throughout."""
    faults: list[str] = []
    out = browser.new_context(viewport={"width": size[0], "height": size[1]})
    watch.over(out)
    front = out.new_page()
    front.goto(demo.address)
    faults += faults_of(front, "sign-in")
    out.close()
    page = signed_in("coordinator", size=size)
    for name, show in PAGES.items():
        show(page, demo)
        expect(page.locator("main h1").first).to_be_attached()
        faults += faults_of(page, name)
    assert faults == []


def slots_panel(page: Page, demo: LiveStack) -> None:
    page.goto(f"{demo.address}doses/")
    page.locator(f"#row-{bookable_doses(page)[0]} .when-not-current a").click()
    expect(page.locator("#panel .slot").first).to_be_visible()


def any_patient(page: Page, demo: LiveStack) -> None:
    page.goto(f"{demo.address}patients/")
    page.locator("#found a.name").first.click()
    expect(page.locator("#contacts")).to_be_visible()


def any_visit(page: Page, demo: LiveStack) -> None:
    any_patient(page, demo)
    page.locator("#visits a.name").first.click()
    expect(page.locator("#visit-what")).to_be_visible()


def place(path: str) -> Callable[[Page, LiveStack], Any]:
    return lambda page, demo: page.goto(f"{demo.address}{path}")


PAGES: dict[str, Callable[[Page, LiveStack], Any]] = {
    "today": place("today/"),
    "doses": place("doses/"),
    "slots": slots_panel,
    "worklist": place("worklist/"),
    "patients": place("patients/"),
    "patient": any_patient,
    "visit": any_visit,
}


def faults_of(page: Page, name: str) -> list[str]:
    """What is wrong with the page as it stands."""
    wide, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    faults = [f"{name}: {wide} px wide in {room} px"] if wide > room else []
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return faults + [
        f"{name}: {each['id']} ({each['impact']}): {[node['target'] for node in each['nodes']][:3]}"
        for each in found
        if each["impact"] in GRAVE
    ]


# --- two at once -----------------------------------------------------------------------------------------------------
def test_second_on_a_slot_is_refused_with_a_sentence(demo: LiveStack, signed_in: SignIn) -> None:
    first, second = signed_in("coordinator"), signed_in("coordinator")
    mine, yours, slot = rivals(first)
    open_slots(first, demo, mine)
    open_slots(second, demo, yours)
    slot_form(first, slot).get_by_role("button").click()
    first.get_by_role("button", name="Book and send invite").click()
    expect(first.locator(".toast", has_text="Booked:")).to_be_visible()

    slot_form(second, slot).get_by_role("button").click()
    refusal = second.locator("#panel [role=alert]")
    expect(refusal).to_be_visible()
    assert re.search(r"[A-Z].{15,}\.", refusal.inner_text()), refusal.inner_text()
    expect(second.locator("#panel .slot").first).to_be_visible()
    assert (live_visits(demo, mine), live_visits(demo, yours)) == (1, 0)
    second.locator("#panel .slot").get_by_role("button", name="Reserve").first.click()
    expect(second.get_by_role("button", name="Book and send invite")).to_be_visible()
    second.get_by_role("button", name="Let go").click()
    expect(second.locator("#panel .slot--reserved")).to_have_count(0)


def test_double_click_books_once_and_a_stale_tab_is_told(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("coordinator")
    dose = bookable_doses(page)[0]
    open_slots(page, demo, dose)
    page.locator("#panel").get_by_role("button", name="Reserve").first.click()
    page.get_by_role("button", name="Book and send invite").dblclick()
    expect(page.locator(".toast", has_text="Booked:")).to_have_count(1)
    assert live_visits(demo, dose) == 1
    ((visit,),) = demo.sql(
        "SELECT a.public_id::text FROM scheduling_appointment a JOIN doseplans_dose d ON d.id = a.dose_id "
        "WHERE d.public_id = %s AND a.status = 'booked'",
        dose,
    )

    stale = page.context.new_page()
    stale.goto(f"{demo.address}visits/{visit}/cancel/")
    stale.get_by_label("The unit").check()
    stale.get_by_label("Why").fill("Operator is ill")
    page.goto(f"{demo.address}visits/{visit}/move/")
    page.get_by_role("button", name="Move here").first.click()
    expect(page.locator(".toast", has_text="Moved:")).to_be_visible()

    stale.get_by_role("button", name="Cancel the visit").click()
    expect(stale.locator("#panel [role=alert]")).to_contain_text("changed by Karen Mistry since your page was loaded")
    expect(stale.get_by_label("Why")).to_have_value("Operator is ill")
    assert live_visits(demo, dose) == 1
    stale.get_by_role("button", name="Cancel the visit").click()
    expect(stale.locator(".toast", has_text="Cancelled:")).to_be_visible()
    assert live_visits(demo, dose) == 0


# --- hands -----------------------------------------------------------------------------------------------------------
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


def bookable_doses(page: Page) -> list[str]:
    """The doses of the list before the page that have slots inside a window still open, most urgent first."""
    rows = page.locator("tr[data-row]", has=page.get_by_text("Find a slot")).all()
    return [row.get_attribute("data-row") or "" for row in rows if not re.search("Overdue|Reserved", row.inner_text())]


def open_slots(page: Page, demo: LiveStack, dose: str) -> None:
    page.goto(f"{demo.address}doses/{dose}/slots/")
    expect(page.locator("#panel .slot").first).to_be_visible()


def rivals(page: Page) -> tuple[str, str, Slot]:
    """Two doses that are both offered one slot, and that slot."""
    address = page.url
    offered: dict[Slot, str] = {}
    for dose in bookable_doses(page):
        page.goto(f"{address}{dose}/slots/")
        expect(page.locator("#panel .slot").first).to_be_visible()
        for form in page.locator('#panel .slot form[action*="/reserve/"]').all():
            values = [form.locator(f"input[name={name}]").input_value() for name in ("starts_at", "room", "operator")]
            slot = (values[0], values[1], values[2])
            if slot in offered:
                return offered[slot], dose, slot
            offered[slot] = dose
    raise AssertionError("no two doses are offered one slot")


def slot_form(page: Page, slot: Slot) -> Locator:
    form = page.locator('#panel .slot form[action*="/reserve/"]')
    for name, value in zip(("starts_at", "room", "operator"), slot, strict=True):
        form = form.filter(has=page.locator(f'input[name={name}][value="{value}"]'))
    return form


def live_visits(demo: LiveStack, dose: str) -> int:
    ((number,),) = demo.sql(
        "SELECT count(*) FROM scheduling_appointment a JOIN doseplans_dose d ON d.id = a.dose_id "
        "WHERE d.public_id = %s AND a.status IN ('booked', 'arrived', 'fulfilled')",
        dose,
    )
    return int(number)
