"""The coordinator's main job: from the list to the invite in a patient's calendar; moved, cancelled, undone."""

from __future__ import annotations

import re
import time
import urllib.request
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any

import icalendar
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.hands import bookable_doses, faults_of, is_booked_after, live_visits
from tests.browser.people import SignIn, by_hand

if TYPE_CHECKING:
    from tests.services import LiveStack

pytestmark = pytest.mark.browser

MAIL_SECONDS = 60
"""The promise: so long after a booking the invite lies in the mailbox."""

NOT_IN_A_SUBJECT = re.compile(r"tofersen|qalsody|sod1|als\b|mnd|dose|loading|lumbar|intrathecal|\d{10}", re.IGNORECASE)


@dataclass(frozen=True)
class Visit:
    """A visit as it stands in the database."""

    public_id: str
    uid: str
    status: str
    starts_at: datetime
    sequence: int
    address: str
    family_name: str


@dataclass(frozen=True)
class Arrived:
    """A mail that was caught: its summary, its parts and the one event in its calendar."""

    key: str
    subject: str
    kinds: list[str]
    text: str
    html: str
    calendar: icalendar.Calendar

    @property
    def event(self) -> Any:
        (event,) = self.calendar.walk("VEVENT")
        return event


def test_visit_is_booked_moved_and_cancelled_and_the_calendar_follows(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("coordinator")
    assert page.get_by_role("heading", level=1).inner_text() == "Doses to book"
    dose = first_bookable(demo, page)
    by_hand(page)
    find_a_slot(page, dose).click()
    expect(page.locator("#panel .slot").nth(1)).to_be_visible()
    for slot in page.locator("#panel .slot").all():
        assert slot.locator(".slot-reasons li").count() > 0
        assert slot.locator(".slot-cost").inner_text() != ""
    page.get_by_role("button", name="Reserve").first.click()
    expect(page.locator("#panel .slot--reserved")).to_contain_text(re.compile(r"Reserved \d+:\d\d"))
    page.get_by_role("button", name="Book and send invite").click()
    expect(page.locator(".toast", has_text="Booked:")).to_contain_text("The invite leaves in 20 s.")
    booked_at = time.monotonic()
    assert by_hand(page) == {"clicks": 3, "keys": 0}
    expect(page.locator(".toast").get_by_role("button", name="Undo")).to_be_visible()
    expect(page.locator(f"#row-{dose}")).to_have_count(0)

    visit = visit_of(demo, dose)
    assert (visit.status, visit.sequence) == ("booked", 0)
    invite = caught(demo, visit, "REQUEST", sequence=0)
    assert time.monotonic() - booked_at <= MAIL_SECONDS
    assert_tells_of(invite, visit, method="REQUEST", sequence=0)
    assert_names_nothing(demo, invite, visit)
    assert_catcher_shows(page, demo, invite)

    demo.sql("UPDATE units_unit SET undo_seconds = 4")  # the first wait has been seen in full
    move(page, demo, visit)
    moved = visit_of(demo, dose)
    assert (moved.status, moved.sequence, moved.uid) == ("booked", 1, visit.uid)
    assert moved.starts_at != visit.starts_at
    assert_tells_of(caught(demo, moved, "REQUEST", sequence=1), moved, method="REQUEST", sequence=1)

    cancel(page, demo, moved)
    cancelled = visit_of(demo, dose)
    assert (cancelled.status, cancelled.sequence) == ("cancelled", 2)
    farewell = caught(demo, cancelled, "CANCEL", sequence=2)
    assert_tells_of(farewell, cancelled, method="CANCEL", sequence=2)
    assert str(farewell.event["STATUS"]) == "CANCELLED"
    page.goto(f"{demo.address}doses/")
    expect(find_a_slot(page, dose)).to_be_visible()


def test_undone_booking_is_never_sent(demo: LiveStack, signed_in: SignIn) -> None:
    demo.sql("UPDATE units_unit SET undo_seconds = 10")  # the pages' seconds, once more to be waited for in full
    page = signed_in("coordinator")
    dose = first_bookable(demo, page)
    find_a_slot(page, dose).click()
    page.get_by_role("button", name="Reserve").first.click()
    page.get_by_role("button", name="Book and send invite").click()
    toast = page.locator(".toast", has_text="Booked:")
    undo = toast.get_by_role("button", name="Undo")
    expect(undo).to_contain_text(re.compile(r"\d+ s"))
    visit = visit_of(demo, dose)
    undo.click()
    expect(page.locator(".toast", has_text="Taken back:")).to_contain_text("Nothing was sent.")
    expect(find_a_slot(page, dose)).to_be_visible()
    assert visit_of(demo, dose).status == "entered-in-error"

    until_settled(demo, visit)
    states = demo.sql(
        "SELECT state FROM reminders_message m JOIN scheduling_appointment a ON a.id = m.appointment_id "
        "WHERE a.public_id = %s",
        visit.public_id,
    )
    assert {state for (state,) in states} <= {"skipped"}
    assert [mail for mail in demo.mail.messages() if mail["uid"] == visit.uid] == []


def first_bookable(demo: LiveStack, page: Page) -> str:
    """The dose of the uppermost row with a button whose patient can be mailed; the rows stand nearest closing first.

    Nothing of its course is booked after it: another test's visit would leave it no day to be moved to.
    """
    page.goto(f"{demo.address}doses/")
    keys = [row.get_attribute("data-row") or "" for row in page.locator("tr[data-row]").all()]
    rows = dict(demo.sql("SELECT public_id::text, latest_on FROM doseplans_dose WHERE public_id::text = ANY(%s)", keys))
    today: date = demo.sql("SELECT (now() AT TIME ZONE 'Europe/London')::date")[0][0]
    closing = [rows[key] for key in keys if find_a_slot(page, key).count()]  # a held one that is late stands below
    assert len(keys) > 5
    assert closing == sorted(closing), "a window that closes later stands above one that closes sooner"
    assert closing[0] < today, "the demo has overdue doses, on top"
    for key in keys:
        button = find_a_slot(page, key)
        if button.count() and rows[key] >= today and address_of(demo, key) and not is_booked_after(demo, key):
            return key
    raise AssertionError("no dose can be booked")


def find_a_slot(page: Page, dose: str) -> Locator:
    return page.locator(f"#row-{dose} .when-not-current").get_by_text("Find a slot")


def address_of(demo: LiveStack, dose: str) -> str:
    ((address,),) = demo.sql(
        "SELECT p.email FROM patients_patient p JOIN doseplans_doseplan l ON l.patient_id = p.id "
        "JOIN doseplans_dose d ON d.plan_id = l.id WHERE d.public_id = %s",
        dose,
    )
    return str(address)


def visit_of(demo: LiveStack, dose: str) -> Visit:
    """The dose's latest visit."""
    rows = demo.sql(
        "SELECT a.public_id::text, a.uid::text, a.status, a.starts_at, a.ical_sequence, p.email, p.family_name "
        "FROM scheduling_appointment a JOIN doseplans_dose d ON d.id = a.dose_id "
        "JOIN patients_patient p ON p.id = a.patient_id WHERE d.public_id = %s ORDER BY a.id DESC LIMIT 1",
        dose,
    )
    return Visit(*rows[0])


def caught(demo: LiveStack, visit: Visit, method: str, *, sequence: int) -> Arrived:
    """The mail to the patient with that calendar object, within the promised time; read from its raw octets."""

    def is_it(mail: dict[str, Any]) -> bool:
        is_ours = str(mail["uid"]).startswith(visit.uid)
        return is_ours and (mail["method"], mail["sequence"]) == (method, sequence)

    found = demo.mail.wait_for(is_it, to=visit.address, seconds=MAIL_SECONDS)
    source = f"{demo.services.mail_page}messages/{found['id']}/source"
    with urllib.request.urlopen(source, timeout=30) as answer:  # noqa: S310  the catcher's own page
        mail = BytesParser(EmailMessage, policy=policy.default).parse(answer)
    assert isinstance(mail, EmailMessage)
    bodies = {part.get_content_type(): part for part in mail.walk() if not part.is_multipart()}
    calendar_part = bodies["text/calendar"]
    assert calendar_part.get_param("method") == method
    calendar = icalendar.Calendar.from_ical(calendar_part.get_content())
    assert str(calendar["METHOD"]) == method
    return Arrived(
        key=str(found["id"]),
        subject=str(mail["Subject"]),
        kinds=[part.get_content_type() for part in mail.walk() if not part.is_multipart()],
        text=str(bodies["text/plain"].get_content()),
        html=str(bodies["text/html"].get_content()),
        calendar=calendar,
    )


def assert_tells_of(mail: Arrived, visit: Visit, *, method: str, sequence: int) -> None:
    """Text, HTML and calendar say the same visit at the same instant."""
    assert mail.kinds[:3] == ["text/plain", "text/html", "text/calendar"]
    event = mail.event
    assert (str(mail.calendar["METHOD"]), event["SEQUENCE"]) == (method, sequence)
    assert str(event["UID"]).startswith(visit.uid)
    assert event["DTSTART"].dt.astimezone(UTC) == visit.starts_at
    local = event["DTSTART"].dt
    for body in (mail.text, mail.html):
        assert spoken(local) in body
        assert f"{local.day} {local:%B}" in body


def spoken(local: datetime) -> str:
    """8:45am, 2pm: as letters to patients write a time."""
    return f"{local:%I:%M%p}".lstrip("0").lower().replace(":00", "").replace("12pm", "midday")


def assert_names_nothing(demo: LiveStack, mail: Arrived, visit: Visit) -> None:
    """Whoever sees a locked telephone or a shared calendar learns no more than that there is an appointment."""
    for title in (mail.subject, str(mail.event["SUMMARY"])):
        assert NOT_IN_A_SUBJECT.search(title) is None, title
        assert visit.family_name not in title


def assert_catcher_shows(page: Page, demo: LiveStack, mail: Arrived) -> None:
    """A person opens the catcher's page and reads the mail as text, as HTML and as a calendar entry."""
    page.goto(demo.services.mail_page)
    page.locator(f'a[href="/messages/{mail.key}/"]').click()
    expect(page.get_by_role("heading", level=1)).to_have_text(mail.subject)
    expect(page.locator("#text pre")).to_contain_text("You have a hospital appointment.")
    html = page.frame_locator("#html iframe").locator("body")
    expect(html).to_contain_text("You have a hospital appointment.")
    expect(page.locator("#calendar table")).to_contain_text("REQUEST")


def move(page: Page, demo: LiveStack, visit: Visit) -> None:
    page.goto(f"{demo.address}visits/{visit.public_id}/")
    page.get_by_role("link", name="Move…").click()
    page.get_by_role("button", name="Move here").first.click()
    expect(page.locator(".toast", has_text="Moved:")).to_contain_text("The new time is sent in 4 s.")


def cancel(page: Page, demo: LiveStack, visit: Visit) -> None:
    page.goto(f"{demo.address}visits/{visit.public_id}/")
    page.get_by_role("link", name="Cancel…").click()
    expect(page.locator("#panel")).to_contain_text("goes back to the doses to book")
    page.get_by_role("button", name="Cancel the visit").click()
    expect(page.get_by_text("Choose who asked for it.").first).to_be_visible()
    page.get_by_label("The patient or carer").check()
    page.get_by_label("Why").fill("On holiday that week")
    page.get_by_role("button", name="Cancel the visit").click()
    expect(page.locator(".toast", has_text="Cancelled:")).to_contain_text("The cancellation is sent in 4 s.")
    expect(page.get_by_text("The patient or carer: On holiday that week").first).to_be_visible()


def until_settled(demo: LiveStack, visit: Visit, *, seconds: float = 90) -> None:
    """Every change of the visit is past its release and has been looked at by the worker, and nothing is in flight."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ((open_events, open_messages),) = demo.sql(
            "SELECT (SELECT count(*) FROM scheduling_appointmentevent e WHERE e.appointment_id = a.id "
            "  AND (e.messages_derived_at IS NULL OR e.releases_at > now() - interval '2 seconds')), "
            "(SELECT count(*) FROM reminders_message m WHERE m.appointment_id = a.id "
            "  AND m.state IN ('pending', 'sending')) "
            "FROM scheduling_appointment a WHERE a.public_id = %s",
            visit.public_id,
        )
        if (open_events, open_messages) == (0, 0):
            return
        time.sleep(0.3)
    raise AssertionError(f"after {seconds} s {open_events} events and {open_messages} messages are still open")


def test_a_doctor_books_outside_the_window_with_a_reason_and_takes_it_back(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("doctor")
    page.goto(f"{demo.address}doses/")
    dose = bookable_doses(demo, page)[-1]
    ((after,),) = demo.sql("SELECT (latest_on + 1)::text FROM doseplans_dose WHERE public_id = %s", dose)
    page.goto(f"{demo.address}doses/{dose}/slots/?from={after}")
    slot = page.locator("#panel .slot").first
    expect(slot).to_contain_text("needs a reason")
    slot.locator("summary").click()
    slot.get_by_role("button", name="Reserve with this reason").click()
    reason = slot.get_by_label("Your reason to go outside the window")
    expect(reason).to_be_focused()  # the browser itself asks for it: nothing was sent
    reason.fill("Chest infection")
    page.keyboard.press("Enter")
    expect(page.locator("#panel .slot--reserved").get_by_label("Your reason")).to_have_value("Chest infection")
    assert faults_of(page, "outside the window") == []
    page.get_by_role("button", name="Book and send invite").click()
    toast = page.locator(".toast", has_text="Booked:")
    expect(toast).to_be_visible()
    assert live_visits(demo, dose) == 1
    toast.get_by_role("button", name="Undo").click()
    expect(page.locator(f'tr[data-row="{dose}"]').get_by_text("Find a slot")).to_be_visible()
    assert live_visits(demo, dose) == 0
