"""From the mail to the visit: a patient follows the link on a phone, shows the birthday, answers, and staff see it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.hands import faults_of, tab_to
from tests.browser.people import SignIn, Watch
from tests.browser.test_main_job import caught, find_a_slot, first_bookable, visit_of

if TYPE_CHECKING:
    from tests.services import LiveStack

pytestmark = pytest.mark.browser


def test_patient_answers_from_the_mail_and_staff_see_it(
    demo: LiveStack, signed_in: SignIn, watch: Watch, browser: Browser, browser_context_args: dict[str, Any]
) -> None:
    demo.sql("UPDATE units_unit SET undo_seconds = 2")
    desk = signed_in("coordinator")
    dose = first_bookable(demo, desk)
    find_a_slot(desk, dose).click()
    desk.get_by_role("button", name="Reserve").first.click()
    desk.get_by_role("button", name="Book and send invite").click()
    expect(desk.locator(".toast", has_text="Booked:")).to_be_visible()
    visit = visit_of(demo, dose)
    mail = caught(demo, visit, "REQUEST", sequence=0)
    (link,) = re.findall(r"I'll be there: (\S+)", mail.text)
    assert link.startswith(f"{demo.address}v/")
    assert link.replace("&", "&amp;") in mail.html

    phone = browser.new_context(**{**browser_context_args, "viewport": {"width": 390, "height": 844}})
    watch.over(phone)
    page = phone.new_page()
    page.goto(link)
    faults = faults_of(page, "gate")
    born = demo.sql(
        "SELECT p.birth_date FROM patients_patient p JOIN scheduling_appointment a ON a.patient_id = p.id "
        "WHERE a.public_id = %s",
        visit.public_id,
    )[0][0]
    # By the keyboard alone, as a switch or an eye-tracker drives it.
    tab_to(page, page.get_by_label("Day"))
    page.keyboard.type(str(born.day))
    page.keyboard.press("Tab")
    page.keyboard.type(str(born.month))
    page.keyboard.press("Tab")
    page.keyboard.type(str(born.year))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Press once more to tell us")).to_be_visible()
    faults += faults_of(page, "page")
    heights = page.eval_on_selector_all("button", "found => found.map(one => one.getBoundingClientRect().height)")
    assert min(heights) >= 44
    first = page.get_by_role("button", name="I'll be there")
    tab_to(page, first)
    page.keyboard.press("Enter")
    expect(page.get_by_text("You told us: I'll be there.")).to_be_visible()
    page.get_by_role("button", name="Largest").click()
    expect(page.locator("html")).to_have_attribute("data-size", "largest")
    page.emulate_media(forced_colors="active")  # what is chosen still shows where the system sets the colours
    ground = "one => getComputedStyle(one).backgroundColor"
    assert page.locator(".size--largest").evaluate(ground) != page.locator(".size--normal").evaluate(ground)
    page.emulate_media(forced_colors="none")
    page.set_viewport_size({"width": 320, "height": 640})
    faults += faults_of(page, "largest on the narrowest screen")
    page.set_viewport_size({"width": 390, "height": 844})
    page.go_back()
    page.go_forward()
    expect(page.get_by_text("You told us: I'll be there.")).to_be_visible()
    assert faults == []

    desk.goto(f"{demo.address}visits/{visit.public_id}/")
    expect(desk.get_by_text(re.compile("Will come")).first).to_be_visible()
    page.get_by_role("button", name="Close this page").click()
    expect(page.get_by_role("heading", name="What is your date of birth?")).to_be_visible()
    phone.close()
