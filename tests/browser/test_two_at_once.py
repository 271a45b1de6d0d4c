"""Two people want one slot; one presses twice; one's page is old; one's sign-in has ended."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.hands import bookable_doses, live_visits, open_slots
from tests.browser.people import SignIn, Watch, sign_in

if TYPE_CHECKING:
    from tests.services import LiveStack

pytestmark = pytest.mark.browser

Slot = tuple[str, str, str]


def test_second_on_a_slot_is_refused_with_a_sentence(demo: LiveStack, signed_in: SignIn) -> None:
    first, second = signed_in("coordinator"), signed_in("coordinator")
    mine, yours, slot = rivals(demo, first)
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
    dose = bookable_doses(demo, page)[0]
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


def test_typed_before_the_sign_in_ended_stands_there_again_after_it(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("coordinator")
    ((visit,),) = demo.sql("SELECT public_id::text FROM scheduling_appointment WHERE status = 'booked' LIMIT 1")
    page.goto(f"{demo.address}visits/{visit}/cancel/")
    page.get_by_label("The unit").check()
    page.get_by_label("Why").fill("Operator is ill")
    ended = next(each["name"] for each in page.context.cookies() if "session" in each["name"])
    page.context.clear_cookies(name=ended)
    page.get_by_role("button", name="Cancel the visit").click()
    sign_in(page, "coordinator")
    expect(page.locator("main [role=status]", has_text="You had been signed out")).to_be_visible()
    expect(page.get_by_label("Why")).to_have_value("Operator is ill")
    expect(page.get_by_label("The unit")).to_be_checked()
    page.reload()
    expect(page.get_by_label("Why")).to_have_value("")


def test_form_that_would_not_arrive_stays_with_what_was_typed(demo: LiveStack, signed_in: SignIn, watch: Watch) -> None:
    page = signed_in("coordinator")
    ((visit,),) = demo.sql("SELECT public_id::text FROM scheduling_appointment WHERE status = 'booked' LIMIT 1")
    page.clock.install()
    page.goto(f"{demo.address}visits/{visit}/cancel/")
    page.get_by_label("The unit").check()
    page.get_by_label("Why").fill("Operator is ill")
    page.context.set_offline(offline=True)
    page.get_by_role("button", name="Cancel the visit").click()
    bar = page.get_by_role("alert").filter(has_text="The clinic does not answer")
    expect(bar).to_be_visible()
    expect(bar.get_by_role("link")).to_have_count(0)  # loading the page anew would lose what was typed
    page.context.set_offline(offline=False)
    expect(bar).to_be_hidden()
    page.clock.fast_forward("02:00")  # so long nothing has been heard of the clinic
    page.route("**/health/ready", lambda route: route.abort())  # a network, and no clinic behind it
    page.get_by_role("button", name="Cancel the visit").click()
    expect(bar).to_be_visible()
    expect(page.get_by_label("Why")).to_have_value("Operator is ill")
    page.unroute("**/health/ready")
    assert [each for each in watch.trouble if "/health/ready" not in each] == []
    watch.trouble.clear()  # the browser tells of what was cut off above
    page.get_by_role("button", name="Cancel the visit").dblclick()
    expect(page.locator(".toast", has_text="Cancelled:")).to_have_count(1)


def rivals(demo: LiveStack, page: Page) -> tuple[str, str, Slot]:
    """Two doses that are both offered one slot, and that slot."""
    address = page.url
    offered: dict[Slot, str] = {}
    for dose in bookable_doses(demo, page):
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
