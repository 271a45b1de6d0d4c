"""The calendar by mouse, by keyboard and by two people at once, in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.hands import faults_of
from tests.browser.people import SignIn

if TYPE_CHECKING:
    from tests.services import LiveStack

pytestmark = pytest.mark.browser

QUARTER = 19  # px of a quarter of an hour
FIRST_ROOM_IS_FREE = """() => {
    const data = JSON.parse(document.querySelector("[data-calendar-data]").dataset.calendarData);
    const mine = data.events.filter(each => each.in === data.resources[0].id);
    const isOpen = mine.some(each => each.band === "soft") && mine.every(each => each.text !== "No list");
    return isOpen && mine.every(each => each.band);
}"""


def open_day(page: Page, demo: LiveStack) -> str:
    """The calendar of the first day to come whose first room has a list and no visit yet."""
    page.goto(f"{demo.address}calendar/")
    for _ in range(10):
        page.locator("a[rel=next]").click()
        page.wait_for_load_state()
        if page.evaluate(FIRST_ROOM_IS_FREE):
            return page.url.rstrip("/").rpartition("/")[2]
    raise AssertionError("no day to come is free")


def clock_at(page: Page, clock: str, *, room: int = 0) -> tuple[float, float]:
    """Where the time stands in the room's column."""
    first = int(
        page.evaluate("JSON.parse(document.querySelector('[data-calendar-data]').dataset.calendarData).first")[:2]
    )
    hours, minutes = map(int, clock.split(":"))
    column, body = page.locator(".ec-col-head").nth(room).bounding_box(), page.locator(".ec-body").bounding_box()
    assert column is not None
    assert body is not None
    return column["x"] + 60, body["y"] + ((hours - first) * 4 + minutes / 15) * QUARTER + 2


def drag(page: Page, what: Locator, clock: str) -> None:
    """From its top to that time in the first room."""
    box = what.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 60, box["y"] + 6)
    page.mouse.down()
    x, y = clock_at(page, clock)
    page.mouse.move(x, y - 30, steps=3)
    page.mouse.move(x, y, steps=3)
    page.mouse.up()


def open_doses(page: Page) -> list[str]:
    """The doses of the tray whose window is open on the day shown, by their keys."""
    rows = page.locator("[data-dose]", has_text=re.compile("Closes|Overdue"))
    return [row.get_attribute("data-dose") or "" for row in rows.all()]


def starts_of(demo: LiveStack, dose: str) -> list[str]:
    """When the dose's live visit begins, in UTC."""
    rows = demo.sql(
        "SELECT to_char(a.starts_at AT TIME ZONE 'UTC', 'HH24:MI') FROM scheduling_appointment a "
        "JOIN doseplans_dose d ON d.id = a.dose_id WHERE d.public_id = %s AND a.status = 'booked'",
        dose,
    )
    return [clock for (clock,) in rows]


def test_a_visit_is_dragged_refused_moved_by_keyboard_and_contested(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("coordinator")
    day = open_day(page, demo)
    mine, yours = open_doses(page)[-2:]
    name = page.locator(f"#tray-{mine}").get_attribute("data-name") or ""
    visit = page.locator(f'.cal-event--movable[aria-label^="{name}"]')

    # A free place by keyboard says who could have it; put away, the focus is where it was.
    place = page.locator("[data-place]").first
    place.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel .taker").first).to_be_visible()
    assert faults_of(page, "a free place") == []
    page.keyboard.press("Escape")
    expect(place).to_be_focused()

    # Dragged from the tray to a free start: nothing is booked before the button is pressed.
    drag(page, page.locator(f"#tray-{mine}"), "11:00")
    expect(page.get_by_role("button", name="Book 11:00")).to_be_focused()
    assert starts_of(demo, mine) == []
    page.keyboard.press("Enter")
    expect(page.locator(".toast", has_text="Booked:")).to_be_visible()
    expect(visit).to_have_attribute("aria-label", re.compile("11:00–11:45"))
    assert starts_of(demo, mine) == ["10:00"]
    assert faults_of(page, "calendar") == []

    # Dragged out of the hours: it snaps back beside the cause, and Escape leaves it there.
    before = visit.evaluate("each => [each.offsetTop, each.offsetLeft]")
    drag(page, visit, "18:00")
    card = page.locator("[data-calendar-card]")
    expect(card).to_contain_text("Nearest that works")
    assert faults_of(page, "refused") == []
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    assert visit.evaluate("each => [each.offsetTop, each.offsetLeft]") == before
    assert starts_of(demo, mine) == ["10:00"]

    # By keyboard alone: picked up, put back, picked up again, asked, taken.
    expect(visit).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("[data-calendar-said]")).to_contain_text("Picked up")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.locator("[data-calendar-said]")).to_contain_text("Put back")
    expect(visit).to_be_focused()
    for key in ("Space", "ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("button", name="Move to 11:30")).to_be_focused()

    # Meanwhile somebody else wants the same place: the second is refused, and sees the first within five seconds.
    second = signed_in("nurse")
    second.goto(f"{demo.address}calendar/{day}/")
    expect(second.locator(f'.cal-event--movable[aria-label^="{name}"]')).to_be_visible()
    drag(second, second.locator(f"#tray-{yours}"), "12:00")
    expect(second.get_by_role("button", name="Book 12:00")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".toast", has_text="Moved:")).to_be_visible()
    second.locator(".ec").evaluate("each => each.drawn = true")
    second.get_by_role("button", name="Book 12:00").click()
    expect(second.locator("#panel [role=alert]")).to_contain_text("taken at that time")
    assert (starts_of(demo, mine), starts_of(demo, yours)) == (["10:30"], [])
    seen = second.locator(f'.cal-event--movable[aria-label^="{name}"]')
    expect(seen).to_have_attribute("aria-label", re.compile("11:30"), timeout=6000)
    assert second.locator(".ec").evaluate("each => each.drawn")  # only what differs was drawn anew
    page.locator(".toast", has_text="Moved:").get_by_role("button", name="Undo").click()
    expect(visit).to_have_attribute("aria-label", re.compile("11:00–11:45"))
    expect(page).to_have_url(re.compile(f"/calendar/{day}/"))
    assert starts_of(demo, mine) == ["10:00"]


def test_the_tools_stand_in_one_row_and_a_day_is_gone_to_by_hand_or_by_keyboard(
    demo: LiveStack, signed_in: SignIn
) -> None:
    page = signed_in("coordinator")
    page.goto(f"{demo.address}calendar/2026-09-30/")  # the longest name of a day and of a month
    expect(page.locator(".ec-event, .cal-band").first).to_be_visible()
    tools = page.locator(":is(.cal-head > *, .cal-head .page-tools > *):visible")
    middles = {round((box["y"] + box["height"] / 2) / 8) for one in tools.all() if (box := one.bounding_box())}
    assert (tools.count() > 8, len(middles)) == (True, 1)
    for name in ("Day", "Week", "Today", "The day before", "The day after"):
        expect(page.get_by_role("link", name=name, exact=True).first).to_be_visible()
    for name in ("Columns", "Timeline", "List"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()
    for name in ("Recovery", "Staff"):
        expect(page.get_by_role("switch", name=name, exact=True)).to_be_visible()

    # Typed, it waits for Enter; picked with the mouse, it is gone to at once.
    day = page.get_by_label("Go to a day")
    day.focus()
    page.keyboard.type("10022026")
    expect(page).to_have_url(re.compile("/calendar/2026-09-30/$"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/calendar/2026-(10-02|02-10)/$"))
    day.evaluate("each => { each.focus(); each.value = '2026-10-05'; each.dispatchEvent(new Event('change')); }")
    page.wait_for_url(re.compile("/calendar/2026-10-05/$"))


def change_data(page: Page, change: str) -> None:
    """The calendar is drawn with its data changed so, and with nothing newer."""
    page.route("**/live/", lambda route: route.fulfill(status=304))  # which would bring the unit's own data back
    page.add_init_script(
        f"""document.addEventListener("readystatechange", () => {{
            const holder = document.querySelector("[data-calendar-data]");
            if (document.readyState !== "interactive" || !holder) return;
            const data = JSON.parse(holder.dataset.calendarData);
            {change}
            holder.dataset.calendarData = JSON.stringify(data);
        }});"""
    )


SIX_ROOMS = """
    const room = data.resources.find(each => each.kind === "room");
    room.title = "Fluoroscopy and interventional procedure room two";
    for (let n = data.resources.filter(each => each.kind === "room").length; n < 6; n += 1)
        data.resources.unshift({...room, id: `more-${n}`, title: `Room ${n + 1}`});"""
NOT_READY = """
    const lines = [{tone: "stop", icon: "ban", text: "Not ready: Platelets"}];
    for (const each of data.events.filter(each => each.name))
        [each.name, each.lines] = ["Whitcombe, Harriet", lines];"""
CUT = """all => all.filter(each => {
    const card = each.closest(".ec-event").getBoundingClientRect();
    return each.scrollWidth > each.clientWidth + 1 || each.getBoundingClientRect().bottom > card.bottom;
}).map(each => each.textContent)"""


@pytest.mark.parametrize("width", [900, 1440])
def test_six_rooms_stand_beside_the_recovery_places(demo: LiveStack, signed_in: SignIn, width: int) -> None:
    page = signed_in("nurse", size=(width, 900))
    change_data(page, SIX_ROOMS)
    page.goto(f"{demo.address}calendar/")
    fold, calendar = page.locator(".cal-fold"), page.locator(".cal .ec-main")
    expect(page.locator(".ec-col-head")).to_have_count(7)
    expect(fold.get_by_role("button", name="Show each place")).to_be_visible()
    box, frame = fold.bounding_box(), calendar.bounding_box()
    assert box is not None
    assert frame is not None
    assert box["x"] + box["width"] <= frame["x"] + frame["width"]
    assert calendar.evaluate("each => each.scrollWidth - each.clientWidth") == 0
    # A long name takes two lines of the head, and is said whole where it is pointed at.
    long = page.get_by_title("Fluoroscopy and interventional procedure room two")
    assert long.evaluate("each => each.clientHeight") == 40


@pytest.mark.parametrize("width", [1024, 1440])
def test_a_week_says_who_comes_and_what_is_missing_in_full(demo: LiveStack, signed_in: SignIn, width: int) -> None:
    ((day,),) = demo.sql(
        "SELECT (starts_at AT TIME ZONE 'Europe/London')::date::text FROM scheduling_appointment "
        "WHERE status = 'booked' AND dose_id IS NOT NULL ORDER BY starts_at DESC LIMIT 1"
    )
    page = signed_in("nurse", size=(width, 900))
    change_data(page, NOT_READY)
    page.goto(f"{demo.address}calendar/{day}/week/")
    said = page.locator(".ec-event :is(.cal-name, .cal-line > span)")
    expect(page.locator(".cal-line", has_text="Not ready: Platelets").first).to_be_attached()
    assert said.evaluate_all(CUT) == []


def test_the_heads_stay_in_view_at_every_hour(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("coordinator", size=(1024, 640))
    page.goto(f"{demo.address}calendar/")
    heads, shown = page.locator(".ec-col-head"), page.locator(".ec-main")
    expect(heads.first).to_be_visible()
    before = heads.first.bounding_box()
    assert shown.evaluate("each => { each.scrollTop = 10000; return each.scrollTop > 100; }")
    assert heads.first.bounding_box() == before
    # What is drawn anew shows the hours that were looked at.
    hours = shown.evaluate("each => each.scrollTop")
    page.get_by_role("switch", name="Staff").click()
    page.wait_for_function("hours => document.querySelector('.ec-main').scrollTop === hours", arg=hours)
    # A day with nothing to step to is scrolled by the keyboard all the same.
    page.goto(f"{demo.address}calendar/2019-01-06/")
    expect(shown).to_have_attribute("tabindex", "0")
    assert faults_of(page, "an empty day") == []
