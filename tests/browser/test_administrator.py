"""The administrator sets a unit up: looks at everything, closes a room, changes words, and brings a ward's list in."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import faults_of
from tests.browser.people import SignIn

if TYPE_CHECKING:
    from tests.services import LiveStack

pytestmark = pytest.mark.browser

NARROWEST, DESK = (320, 640), (1440, 900)
PLACES = {
    "first page": "",
    "list": "scheduling/appointment/",
    "list to delete from": "scheduling/schedule/",
    "form": "doseplans/protocol/1/change/",
    "refused form": "scheduling/schedule/add/",
    "form with times": "scheduling/closure/add/",
    "history": "units/unit/1/history/",
    "import": "doseplans/wardlistupload/add/",
    "periodic work": "django_celery_beat/periodictask/1/change/",
}
LONDON = ZoneInfo("Europe/London")
WARD_LIST = Path(__file__).resolve().parents[1] / "doseplans" / "wardlist" / "data" / "ward_list.csv"


def test_everything_that_is_set_up_can_be_looked_at(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("admin")
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up")
    for place, words in (
        ("units/unit", "Neurology day unit"),
        ("units/user", "nurse@demo.example"),
        ("scheduling/resource", "Room 1"),
        ("scheduling/schedule", "Dr Amina Malik"),
        ("django_celery_beat/periodictask", "Messages: send what is due"),
    ):
        open_list(page, demo, place)
        expect(page.locator("#changelist")).to_contain_text(words)


def test_admin_fits_every_screen_and_reads_well(demo: LiveStack, signed_in: SignIn) -> None:
    """The first page, lists, forms, one refused, a history and the import: on the narrowest screen and on a desk."""
    page = signed_in("admin", size=NARROWEST)
    faults: list[str] = []
    for name, place in PLACES.items():
        page.goto(f"{demo.address}admin/{place}")
        if name == "refused form":
            page.get_by_role("button", name="Save", exact=True).click()
            expect(page.locator(".refused")).to_contain_text("Nothing is saved yet")
        for size in (NARROWEST, DESK):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            faults += faults_of(page, f"{name} at {size[0]} px")
    assert faults == []


def test_keyboard_skips_to_the_list_and_every_column_is_named_on_a_phone(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("admin", size=NARROWEST)
    page.goto(f"{demo.address}admin/units/user/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-to-content-link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content-start")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Add a person")).to_be_focused()
    expect(page.locator("details.filters")).not_to_have_attribute("open", "")
    expect(page.locator("#result_list td.field-email").first).to_have_attribute("data-label", "E-mail")


def test_protocol_in_use_is_read_only_and_shows_its_dates(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("admin")
    open_list(page, demo, "doseplans/protocol")
    used = page.locator("#result_list tbody tr", has=page.locator(".field-status", has_text="In use"))
    used.locator("th a").first.click()
    expect(page.locator("#content")).to_contain_text("Plans follow this version, so it stays as it is.")
    assert page.locator("#content-main input:not([type=hidden]):not([type=submit]), #content-main select").count() == 0
    preview = page.locator(".field-preview table")
    expect(preview.locator("tbody tr").first).to_contain_text("Loading dose 1 of 3")
    assert preview.locator("tbody tr").count() > 12
    page.get_by_role("button", name="Make a new version").click()
    expect(page.locator(".messagelist")).to_contain_text("is a draft. Change it, then put it in use.")
    expect(page.locator("#id_minimum_interval_days")).to_be_editable()


def test_closed_room_offers_no_slot_until_it_is_open_again(demo: LiveStack, signed_in: SignIn) -> None:
    coordinator, page = signed_in("coordinator"), signed_in("admin")
    coordinator.get_by_role("link", name="Find a slot").last.click()
    address, days = slots_of(coordinator)
    closed = days[0]

    open_list(page, demo, "scheduling/closure")
    page.locator(".object-tools a").click()
    page.locator("#id_unit").select_option(label="Neurology day unit")
    for name, clock in (("starts_at", "00:00"), ("ends_at", "23:59")):
        page.locator(f"#id_{name}_0").fill(f"{closed:%d/%m/%Y}")
        page.locator(f"#id_{name}_1").fill(clock)
    page.locator("#id_reason").fill("Deep cleaning")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("Added: ")
    coordinator.goto(address)
    assert closed not in slots_of(coordinator)[1]

    page.locator("#result_list tr", has_text="Deep cleaning").locator("th a").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".messagelist")).to_contain_text("Deleted: ")
    coordinator.goto(address)
    assert closed in slots_of(coordinator)[1]


def test_ending_a_list_shows_whom_it_would_strand_and_leaves_it_as_it_was(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("admin")
    open_list(page, demo, "scheduling/schedule")
    page.locator("#result_list tbody tr", has_text="break 13:30").first.locator("th a").click()
    address = page.url
    today = datetime.now(LONDON)
    page.locator("#id_valid_to").fill(f"{today:%d/%m/%Y}")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".errornote")).to_contain_text("would stand without a list. Nothing is saved yet.")
    expect(page.locator("table.rows tbody tr").first).to_contain_text("Room 2 has no list then")
    page.get_by_role("link", name="Leave it as it was").click()
    page.wait_for_url(address)
    expect(page.locator("#id_valid_to")).to_have_value("")


def test_edited_message_text_is_a_new_version(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("admin")
    open_list(page, demo, "reminders/messagetext")
    of_it = page.locator("#result_list tr", has_text="Reminder, 7 days before")
    of_it.filter(has_text="Standard").locator("th a").click()
    page.locator("#id_subject").fill("Next week: your hospital appointment on {arrive_day}")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#result_list")).to_contain_text("Next week: your hospital appointment")
    assert demo.sql(
        "SELECT version, subject FROM reminders_messagetext"
        " WHERE purpose = 'reminder_7d' AND variant = 'standard' ORDER BY version"
    ) == [
        (1, "Reminder: your hospital appointment on {arrive_day}"),
        (2, "Next week: your hospital appointment on {arrive_day}"),
    ]


def test_history_of_a_unit_says_who_changed_what(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("admin")
    open_list(page, demo, "units/unit")
    page.locator("#result_list tbody a", has_text="Neurology day unit").click()
    page.locator("#id_directions").fill("Take lift C to level 2.")
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator("#result_list tbody a", has_text="Neurology day unit").click()
    page.get_by_role("link", name="History").click()
    newest = page.locator("#change-history tbody tr").first
    expect(newest).to_contain_text("Isla Reid")
    expect(newest).to_contain_text("Take lift C to level 2.")


def test_ward_list_is_looked_at_and_then_imported(demo: LiveStack, signed_in: SignIn) -> None:
    """Into a unit of its own, which the administrator opens first."""
    page = signed_in("admin")
    open_list(page, demo, "units/unit")
    page.locator(".object-tools a").click()
    page.locator("#id_name").fill("Infusion suite")
    page.locator("#id_site_name").fill("Southgate Hospital")
    page.locator("#id_phone").fill("0117 496 0199")
    page.locator("#id_address").fill("Southgate Road")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#result_list")).to_contain_text("Infusion suite")

    open_list(page, demo, "doseplans/wardlistupload")
    page.locator(".object-tools a").click()
    page.locator("#id_unit").select_option(label="Infusion suite")
    page.locator("input[type=file]").set_input_files(WARD_LIST)
    page.get_by_role("button", name="Look at the list first").click()
    expect(page.locator("#content")).to_contain_text("58 new, 0 changed, 0 unchanged. Nothing is saved yet.")
    assert patients_in(demo, "Infusion suite") == 0
    for tick in page.locator("#wardlist-form input[name=accept]").all():
        tick.check()
    page.get_by_role("button", name="Import 58 patients").click()
    expect(page.locator(".messagelist")).to_contain_text("Patients imported: 58 new")
    assert patients_in(demo, "Infusion suite") == 58


def open_list(page: Page, demo: LiveStack, place: str) -> None:
    page.goto(f"{demo.address}admin/")
    page.locator(f'#content-main a.setup-name[href="/admin/{place}/"]').click()


def slots_of(page: Page) -> tuple[str, list[datetime]]:
    """The address of the open panel and the local days of its slots, as midnight."""
    expect(page.locator("#panel .slot").first).to_be_visible()
    instants = [
        datetime.fromisoformat(each.get_attribute("datetime") or "") for each in page.locator("#panel .slot time").all()
    ]
    midnight = {"hour": 0, "minute": 0, "second": 0, "microsecond": 0}
    return page.url, [instant.astimezone(LONDON).replace(**midnight, tzinfo=None) for instant in instants]


def patients_in(demo: LiveStack, unit: str) -> int:
    ((number,),) = demo.sql(
        "SELECT count(*) FROM patients_patient p JOIN units_unit u ON u.id = p.unit_id WHERE u.name = %s", unit
    )
    return int(number)
