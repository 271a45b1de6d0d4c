"""Every page fits a desk, a phone and 320 px, and reads well; the console is watched throughout."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.hands import bookable_doses, faults_of, too_wide
from tests.browser.people import SignIn, Watch

if TYPE_CHECKING:
    from tests.services import LiveStack

pytestmark = pytest.mark.browser

NARROWEST, PHONE, DESK = (320, 640), (390, 844), (1440, 900)


def test_page_fits_and_reads_well(demo: LiveStack, signed_in: SignIn, watch: Watch, browser: Browser) -> None:
    """No page scrolls sideways, and none has a grave fault of accessibility; the console is watched throughout.

    Each is opened on the narrowest screen, where it is hardest to use, and looked at again as the screen grows.
    """
    faults: list[str] = []
    out = browser.new_context(viewport={"width": NARROWEST[0], "height": NARROWEST[1]})
    watch.over(out)
    front = out.new_page()
    front.goto(demo.address)
    faults += faults_at_every_size(front, "sign-in")
    out.close()
    page = signed_in("coordinator", size=NARROWEST)
    for name, show in PAGES.items():
        show(page, demo)
        expect(page.locator("main h1").first).to_be_attached()
        faults += faults_at_every_size(page, name)
    for path in PLAINER:
        page.goto(f"{demo.address}{path}")
        expect(page.locator("main h1").first).to_be_attached()
        faults += faults_of(page, f"{path} at {NARROWEST[0]} px")
    assert faults == []


@pytest.mark.parametrize("width", [1100, 1440])
def test_a_units_long_name_leaves_the_tabs_their_room(
    demo: LiveStack, signed_in: SignIn, watch: Watch, width: int
) -> None:
    page = signed_in("coordinator", size=(width, 900))
    page.goto(f"{demo.address}doses/")
    name, tabs = page.locator(".unit-name"), page.locator(".nav a:visible")
    name.evaluate("it => it.textContent = 'Second neurology day unit of the hospitals of the whole county'")
    expect(tabs.last).to_contain_text("Patients")
    covered = tabs.evaluate_all(
        """all => all.filter(tab => {
            const box = tab.getBoundingClientRect();
            return !tab.contains(document.elementFromPoint(box.right - 4, box.top + box.height / 2));
        }).map(tab => tab.textContent.trim())"""
    )
    assert covered == []


def test_a_long_surname_stays_on_the_narrowest_screen(demo: LiveStack, signed_in: SignIn, watch: Watch) -> None:
    page = signed_in("nurse", size=NARROWEST)
    any_patient(page, demo)
    page.locator(".banner h1").evaluate("it => it.textContent = 'WOLFESCHLEGELSTEINHAUSENBERGERDORFF, Maximiliana'")
    assert too_wide(page, "patient") == []


def test_a_long_name_stays_on_the_narrowest_screen_in_lists_too(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("nurse", size=NARROWEST)
    for path, name in (("today/", ".slip h3 a"), ("since/", ".history li > span")):
        page.goto(f"{demo.address}{path}")
        page.locator(name).evaluate_all(
            "all => all.forEach(it => { it.textContent = 'Wolfeschlegelstein'.repeat(3); })"
        )
        assert too_wide(page, path) == []


def test_a_patients_tools_stand_in_one_row_with_the_sections(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("doctor")
    any_patient(page, demo)
    page.evaluate("scrollTo(0, 0)")
    assert rows_of(page, ".page-head > .sections, .page-tools > *") == 1
    more = page.locator(".page-tools summary")
    more.press("Enter")
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    assert too_wide(page, "the opened menu") == []


@pytest.mark.parametrize("width", [320, 390])
def test_the_calendars_tools_take_two_rows_of_a_phone(demo: LiveStack, signed_in: SignIn, width: int) -> None:
    page = signed_in("nurse", size=(width, 700))
    page.goto(f"{demo.address}calendar/")
    assert rows_of(page, ".cal-head > *, .cal-head .btn") == 2
    expect(page.locator(".cal-more a")).to_be_visible()


def test_an_undo_stands_beside_its_words_on_the_narrowest_screen(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("nurse", size=NARROWEST)
    page.locator("#toasts").evaluate(
        """(list) => {
            list.innerHTML = '<div class="toast toast--ok" data-toast-seconds="20"><svg class="icon icon--large"></svg>'
                + '<p>Cancelled: Fairweather, Joan.</p><form><button class="btn btn--action btn--dense">'
                + '<svg class="icon"></svg>Undo <span data-toast-left></span></button></form>'
                + '<button class="btn btn--quiet btn--dense btn--square" data-toast-close>x</button></div>';
        }"""
    )
    expect(page.locator("[data-toast-left]")).to_contain_text("s")
    assert rows_of(page, ".toast > p, .toast .btn") == 1


def rows_of(page: Page, wanted: str) -> int:
    """In how many rows they stand: those in a row are met by one line across it."""
    boxes: list[list[float]] = page.locator(wanted).evaluate_all(
        """all => all.map(each => each.getBoundingClientRect()).filter(box => box.width > 1)
            .map(box => [box.top, box.bottom]).sort((one, other) => one[0] - other[0])"""
    )
    rows, end = 0, 0.0
    for top, bottom in boxes:
        rows, end = (rows + 1, bottom) if rows == 0 or top >= end else (rows, min(end, bottom))
    return rows


def faults_at_every_size(page: Page, name: str) -> list[str]:
    """A phone has the layout of the narrowest screen, with more room, so there its width alone is looked at."""
    faults: list[str] = []
    for size, look in ((NARROWEST, faults_of), (PHONE, too_wide), (DESK, faults_of)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        faults += look(page, f"{name} at {size[0]} px")
    page.set_viewport_size({"width": NARROWEST[0], "height": NARROWEST[1]})
    return faults


def slots_panel(page: Page, demo: LiveStack) -> None:
    page.goto(f"{demo.address}doses/")
    page.locator(f"#row-{bookable_doses(demo, page)[0]} .when-not-current a").click()
    expect(page.locator("#panel .slot").first).to_be_visible()
    page.locator("#panel .banner-name").evaluate(
        "name => { name.textContent = 'FEATHERSTONEHAUGHS-CHOLMONDELEY, Max'; }"
    )
    panel, cross = page.locator("#panel .panel").bounding_box(), page.locator("#panel .banner-close").bounding_box()
    assert panel is not None
    assert cross is not None
    assert cross["x"] + cross["width"] < panel["x"] + panel["width"], "a long name leaves the cross its place"


def any_patient(page: Page, demo: LiveStack) -> None:
    page.goto(f"{demo.address}patients/")
    page.locator("#found a.name").first.click()
    expect(page.locator("#contacts")).to_be_visible()
    page.locator(".sections a[href='#contacts']").click()
    banner, section = page.locator(".banner").bounding_box(), page.locator("#contacts").bounding_box()
    assert banner is not None
    assert section is not None
    assert section["y"] >= banner["y"] + banner["height"], "what was asked for is not under the banner"


def any_visit(page: Page, demo: LiveStack) -> None:
    any_patient(page, demo)
    page.locator("#visits a.name").first.click()
    expect(page.locator("#visit-what")).to_be_visible()


def worklist(page: Page, demo: LiveStack) -> None:
    page.goto(f"{demo.address}worklist/")
    tops = page.locator(".whose a").evaluate_all("each => each.map(one => one.offsetTop)")
    assert len(tops) == 3
    assert len(set(tops)) == 1


def place(path: str) -> Callable[[Page, LiveStack], Any]:
    return lambda page, demo: page.goto(f"{demo.address}{path}")


PAGES: dict[str, Callable[[Page, LiveStack], Any]] = {
    "today": place("today/"),
    "doses": place("doses/"),
    "slots": slots_panel,
    "worklist": worklist,
    "letters": place("letters/"),
    "patients": place("patients/"),
    "patient": any_patient,
    "visit": any_visit,
}

# Made of parts that the pages above have at every size.
PLAINER = (
    "calendar/",
    f"calendar/{datetime.now(UTC):%Y-%m-%d}/week/",
    "waiting/",
    "closures/",
    "ahead/",
    "tomorrow/",
    "since/",
    "mine/",
    "downtime/",
    "messages/",
    "patients/import/",
    "account/calendar/",
)


def test_pages_of_one_act_fit_the_narrowest_screen(demo: LiveStack, signed_in: SignIn) -> None:
    """The wide ones were looked over on their way through `test_courses.py`."""
    page = signed_in("doctor", size=(320, 640))
    patient, plan, dose = demo.sql(
        "SELECT p.public_id::text, l.public_id::text, d.public_id::text FROM doseplans_dose d "
        "JOIN doseplans_doseplan l ON l.id = d.plan_id JOIN patients_patient p ON p.id = l.patient_id "
        "JOIN scheduling_appointment v ON v.dose_id = d.id AND v.status = 'booked' "
        "WHERE v.starts_at > now() + interval '2 days' ORDER BY d.id LIMIT 1"
    )[0]
    faults: list[str] = []
    for act in (
        f"patients/{patient}/start/",
        f"patients/{patient}/checks/",
        f"patients/{patient}/authorisations/",
        f"patients/{patient}/visit/",
        f"plans/{plan}/end/",
        f"plans/{plan}/facts/",
        f"doses/{dose}/set-date/",
        f"doses/{dose}/omit/",
    ):
        page.goto(f"{demo.address}{act}")
        expect(page.locator("main h1")).to_be_visible()
        faults += faults_of(page, act.split("/", 2)[-1])
    assert faults == []
