"""A visit on its day, as a nurse takes it from the door to the way home; and what the dose given means for the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.hands import faults_of
from tests.browser.people import SignIn, by_hand

if TYPE_CHECKING:
    from tests.services import LiveStack

pytestmark = pytest.mark.browser

LOADING_DOSES = 3
KEY, CLICK, THOUGHT = 0.28, 1.1 + 0.2, 1.35
"""Seconds of the keystroke-level model: a key, pointing and clicking, and making up one's mind."""


@dataclass(frozen=True)
class ToCome:
    """A visit of today that is still to come."""

    public_id: str
    patient_id: str
    family_name: str
    plan: int
    sequence: int
    label: str
    next_label: str
    today: date

    @property
    def next_due_on(self) -> date:
        """From the day it is given: 14 days to the next loading dose, 28 to a maintenance dose."""
        return self.today + timedelta(days=14 if self.sequence < LOADING_DOSES else 28)


def test_dose_is_given_on_its_day_and_the_next_follows_from_it(demo: LiveStack, signed_in: SignIn) -> None:
    """From the day board to the dose given: 4 clicks and 17 keys, with one thought before each field and button.

    17 x 0.28 + 4 x 1.3 + 4 x 1.35 = 15.4 s by the keystroke-level model, of at most 20. A wrong arrival is put back
    with one click, a wrong record with one form: what was wrong, in one's own words, and the value.
    """
    page = signed_in("nurse")
    visit = visit_to_come(demo)
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{visit.today:%A} {visit.today.day}")
    to_come, arrived = count_of(page, "To come"), count_of(page, "Arrived")
    page.locator(f"#card-{visit.public_id}").click()
    panel = page.locator("#panel")
    expect(panel.locator(".banner-name")).to_contain_text(visit.family_name.upper())

    panel.get_by_role("button", name="Mark as arrived").click()
    expect(page.locator(".toast", has_text="Arrived:")).to_contain_text(visit.family_name)
    expect(page.locator("#counts")).to_contain_text("Arrived")
    until_count(page, "Arrived", arrived + 1)
    by_hand(page)
    panel.get_by_role("button", name="Put back to booked").click()
    expect(page.locator(".toast", has_text="Put back to booked:")).to_contain_text(visit.family_name)
    assert by_hand(page) == {"clicks": 1, "keys": 0}
    until_count(page, "To come", to_come)
    assert status_of(demo, visit) == "booked"

    panel.get_by_role("button", name="Mark as arrived").click()
    panel.get_by_role("button", name="In the room").click()
    expect(panel.get_by_role("button", name="Record as given")).to_be_visible()
    page.goto(f"{demo.address}today/")
    by_hand(page)
    page.locator(f"#card-{visit.public_id}").click()
    record_given(page, visit)
    expect(page.locator(".toast", has_text="Given:")).to_contain_text(
        f"Next dose {in_words(visit.next_due_on)}", use_inner_text=True
    )
    expect(panel.locator(".banner-name")).to_be_focused()  # the page is a new one, and the next act is in the panel
    done = by_hand(page)
    assert done == {"clicks": 4, "keys": 17}
    assert done["keys"] * KEY + done["clicks"] * (CLICK + THOUGHT) < 20
    assert status_of(demo, visit) == "fulfilled"
    panel.get_by_role("link", name="Put right…").click()
    put_the_lot_right(page)
    page.goto(f"{demo.address}today/{visit.today}/visits/{visit.public_id}/")
    panel.get_by_role("button", name="Discharge").click()
    expect(page.locator(".toast", has_text="Discharged:")).to_contain_text(visit.family_name)
    expect(panel.locator(".step[data-state=done]")).to_have_count(5)

    page.goto(f"{demo.address}patients/{visit.patient_id}/?doses=all")
    given = page.locator("table.plan tr", has=page.get_by_text(visit.label, exact=True))
    expect(given.locator('[data-label="Given"]')).to_have_text(in_words(visit.today))
    following = page.locator("table.plan tr", has=page.get_by_text(visit.next_label, exact=True))
    expect(following.locator('[data-label="Target"] .cell-1')).to_have_text(in_words(visit.next_due_on))
    assert demo.sql(
        "SELECT target_on FROM doseplans_dose WHERE plan_id = %s AND sequence = %s", visit.plan, visit.sequence + 1
    ) == [(visit.next_due_on,)]


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_the_press_is_in_view_and_enter_sends_without_losing_what_was_typed(
    demo: LiveStack, signed_in: SignIn, size: tuple[int, int]
) -> None:
    page = signed_in("nurse", size=size)
    visit = visit_to_come(demo)
    page.goto(f"{demo.address}today/{visit.today}/visits/{visit.public_id}/")
    panel = page.locator("#panel")
    panel.get_by_role("button", name="Mark as arrived").click()
    panel.get_by_role("button", name="In the room").click()
    expect(panel.get_by_role("button", name="Record as given")).to_be_in_viewport(ratio=1)
    panel.get_by_label("Vial lot").fill("TF6A2001")
    panel.get_by_label("Vial lot").press("Enter")
    expect(page.get_by_text("Write the expiry date from the vial.").first).to_be_visible()
    expect(panel.get_by_label("Vial lot")).to_have_value("TF6A2001")
    assert status_of(demo, visit) == "arrived"
    panel.get_by_role("button", name="Put back to booked").click()
    expect(panel.get_by_role("button", name="Mark as arrived")).to_be_visible()


def named(dose: str) -> str:
    """SQL for what staff call a dose of the table's alias."""
    short = f"initcap({dose}.kind) || ' ' || {dose}.number_in_kind"
    return f"CASE {dose}.kind WHEN 'loading' THEN 'Loading dose ' || {dose}.number_in_kind || ' of 3' ELSE {short} END"


def test_a_visit_is_entered_from_paper_by_keyboard_alone(demo: LiveStack, signed_in: SignIn) -> None:
    page, visit = signed_in("nurse"), visit_to_come(demo)
    page.goto(f"{demo.address}today/{visit.today:%Y-%m-%d}/paper/")
    page.get_by_label("Why it is entered later").fill("Network down")
    row = page.locator(f"#row-{visit.public_id}")
    for width in (320, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert faults_of(page, f"a paper day at {width} px") == []
    tops = row.locator(".paper-fields .if-treated input:visible").evaluate_all(
        """all => Object.groupBy(
            all.map(each => Math.round(each.getBoundingClientRect().top)), top => Math.round(top / 20)
        )"""
    )
    assert [each for each in tops.values() if len(set(each)) > 1] == [], "the fields of a row stand at one height"
    row.get_by_label("Given", exact=True).focus()
    for clock in ("0001", "0003", "0002"):  # of this very day, whatever the hour
        page.keyboard.press("Tab")
        page.keyboard.type(clock)
    page.keyboard.press("Enter")
    expect(row).to_contain_text("The dose cannot be given before the procedure starts.")
    expect(row.get_by_label("Given at")).to_be_focused()
    assert status_of(demo, visit) == "booked"
    page.keyboard.press("Control+a")
    page.keyboard.type("0004")
    page.keyboard.press("Enter")
    expect(row).to_contain_text("Arrived 00:01, in the room 00:03, given 00:04")
    assert status_of(demo, visit) == "fulfilled"


def test_a_link_to_a_visit_of_a_paper_day_hides_neither_the_visit_nor_the_question(
    demo: LiveStack, signed_in: SignIn
) -> None:
    page, visit = signed_in("nurse", size=(1440, 640)), visit_to_come(demo)
    page.goto(f"{demo.address}today/{visit.today:%Y-%m-%d}/paper/#row-{visit.public_id}")
    row, reason = page.locator(f"#row-{visit.public_id}"), page.get_by_label("Why it is entered later")
    expect(row).to_be_in_viewport()
    expect(reason).to_be_in_viewport()
    box, asked = row.bounding_box(), page.locator(".paper-top").bounding_box()
    assert box is not None
    assert asked is not None
    assert asked["y"] + asked["height"] <= box["y"]


def visit_to_come(demo: LiveStack) -> ToCome:
    """The last of today's visits that nobody has touched."""
    rows = demo.sql(
        "SELECT a.public_id::text, p.public_id::text, p.family_name, d.plan_id, d.sequence, "  # noqa: S608
        f"  {named('d')}, {named('n')}, "
        "  (now() AT TIME ZONE 'Europe/London')::date "
        "FROM scheduling_appointment a JOIN patients_patient p ON p.id = a.patient_id "
        "JOIN doseplans_dose d ON d.id = a.dose_id "
        "JOIN doseplans_dose n ON n.plan_id = d.plan_id AND n.sequence = d.sequence + 1 "
        "WHERE a.status = 'booked' AND (a.starts_at AT TIME ZONE 'Europe/London')::date "
        "  = (now() AT TIME ZONE 'Europe/London')::date ORDER BY a.starts_at DESC LIMIT 1"
    )
    return ToCome(*rows[0])


def record_given(page: Page, visit: ToCome) -> None:
    """The form knows the protocol's figures, the operator and the time; lot, expiry and the second person are typed."""
    panel = page.locator("#panel")
    prefilled = {"Dose": "100", "Volume": "15", "CSF removed": "10"}
    for label, value in prefilled.items():
        expect(panel.get_by_label(label)).to_have_value(value)
    for label in ("Given at", "Operator"):
        expect(panel.get_by_label(label)).not_to_have_value("")
    expect(panel.get_by_label("Second check")).to_have_count(0)  # tofersen's protocol asks for none
    panel.get_by_label("Vial lot").click()
    page.keyboard.type("TF6A1999")
    expires = panel.get_by_label("Expires")
    expires.click(position={"x": 16, "y": 12})
    page.keyboard.type(f"1212{visit.today.year + 1}")  # the same whether days or months come first
    expect(expires).to_have_value(f"{visit.today.year + 1}-12-12")
    page.keyboard.press("Tab")
    expect(panel.get_by_role("button", name="Record as given")).to_be_in_viewport(ratio=1)
    panel.get_by_role("button", name="Record as given").click()


def put_the_lot_right(page: Page) -> None:
    """One form with what stands on record: the value that was wrong, and why."""
    lot = page.get_by_label("Vial lot")
    expect(lot).to_have_value("TF6A1999")
    by_hand(page)
    lot.click()
    page.keyboard.press("End")
    page.keyboard.press("Backspace")
    page.keyboard.type("8")
    page.get_by_label("What was wrong with the record").click()
    page.keyboard.type("Misread")
    page.locator("main form.act button[type=submit]").click()
    expect(page.locator(".toast", has_text="Put right:")).to_be_visible()
    assert by_hand(page) == {"clicks": 3, "keys": 10}


def status_of(demo: LiveStack, visit: ToCome) -> str:
    return str(demo.sql("SELECT status FROM scheduling_appointment WHERE public_id = %s", visit.public_id)[0][0])


def count_of(page: Page, label: str) -> int:
    return int(count_line(page, label).inner_text())


def until_count(page: Page, label: str, number: int) -> None:
    """The numbers above the board follow by themselves."""
    expect(count_line(page, label)).to_have_text(f"{number}")


def count_line(page: Page, label: str) -> Locator:
    return page.locator("li.count", has=page.locator(".count-long", has_text=label)).locator(".count-number")


def in_words(day: date) -> str:
    """Tue 24 Nov, as the pages write a day."""
    return f"{day:%a} {day.day} {day:%b}"
