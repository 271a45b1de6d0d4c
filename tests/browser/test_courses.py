"""A course that goes otherwise than planned: held and resumed, not given, put right, withdrawn, a red flag."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import faults_of, tab_to
from tests.browser.people import SignIn, by_hand

if TYPE_CHECKING:
    from tests.services import LiveStack

pytestmark = pytest.mark.browser

EVERY_PLAN = """
SELECT l.public_id::text, p.public_id::text,
       l.ended_on IS NULL AND NOT EXISTS (
           SELECT 1 FROM doseplans_planhold h WHERE h.plan_id = l.id AND h.lifted_at IS NULL),
       array(SELECT v.starts_at FROM scheduling_appointment v JOIN doseplans_dose d ON d.id = v.dose_id
             WHERE d.plan_id = l.id AND v.status = 'booked' ORDER BY v.starts_at),
       given.public_id::text, given.given_on, next.public_id::text, next.kind
FROM doseplans_doseplan l
JOIN patients_patient p ON p.id = l.patient_id
LEFT JOIN LATERAL (
    SELECT d.public_id, d.sequence, a.given_on FROM doseplans_administration a JOIN doseplans_dose d ON d.id = a.dose_id
    WHERE d.plan_id = l.id AND NOT a.is_entered_in_error ORDER BY d.sequence DESC LIMIT 1) given ON true
LEFT JOIN LATERAL (
    SELECT v.public_id, d.kind FROM scheduling_appointment v JOIN doseplans_dose d ON d.id = v.dose_id
    WHERE d.plan_id = l.id AND d.sequence = given.sequence + 1 AND v.status = 'booked') next ON true
ORDER BY l.id
"""


@dataclass(frozen=True)
class Plan:
    """A plan, its booked visits, the last dose given, and the visit of the dose after it."""

    public_id: str
    patient: str
    is_live: bool
    booked: list[datetime]
    given: str | None
    given_on: date | None
    next_visit: str | None
    next_kind: str | None

    def begins_in(self, days: int) -> bool:
        """No visit before that many days from now."""
        return all(at > datetime.now(UTC) + timedelta(days=days) for at in self.booked)


def plans(demo: LiveStack) -> list[Plan]:
    return [Plan(*row) for row in demo.sql(EVERY_PLAN)]


def plan_of(demo: LiveStack, public_id: str) -> Plan:
    return next(plan for plan in plans(demo) if plan.public_id == public_id)


def test_plan_is_held_its_visits_released_and_resumed_by_keyboard(demo: LiveStack, signed_in: SignIn) -> None:
    """The refusal of an empty form takes the focus; every visit is asked about."""
    page = signed_in("doctor")
    plan = [plan for plan in plans(demo) if plan.is_live and len(plan.booked) == 2 and plan.begins_in(2)][-1]
    page.goto(f"{demo.address}patients/{plan.patient}/")
    by_hand(page)
    press(page, f'a[href="/plans/{plan.public_id}/hold/"]')
    press(page, "button[type=submit].btn--danger-solid")
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.locator(".error-summary li")).to_have_count(4)
    assert faults_of(page, "hold, refused") == []

    tab_to(page, page.get_by_label("Why it is held"))
    page.keyboard.type("White cells raised")
    page.get_by_label("Review on").fill(f"{datetime.now(UTC).date() + timedelta(days=14)}")
    for visit in page.locator("fieldset.field").all():
        tab_to(page, visit.get_by_role("radio").first)
        page.keyboard.press("ArrowDown")
        expect(visit.get_by_role("radio", name="Release it")).to_be_checked()
    press(page, "button[type=submit].btn--danger-solid")
    expect(page.locator(".toast", has_text="On hold:")).to_be_visible()
    assert plan_of(demo, plan.public_id).booked == []

    press(page, f'a[href="/plans/{plan.public_id}/resume/"]')
    tab_to(page, page.get_by_role("radio", name="By the rule for the gap"))
    page.keyboard.press("Space")
    assert faults_of(page, "resume") == []
    press(page, "button[type=submit].btn--primary")
    expect(page.locator(f'a[href="/plans/{plan.public_id}/hold/"]')).to_be_visible()
    assert by_hand(page)["clicks"] == 0
    assert plan_of(demo, plan.public_id).is_live


def test_dose_put_right_to_a_later_day_asks_to_move_a_visit_with_the_reason_known(
    demo: LiveStack, signed_in: SignIn
) -> None:
    nurse = signed_in("nurse")
    plan = next(plan for plan in plans(demo) if stands_before_its_next_visit(plan))
    assert plan.given_on is not None
    dose, visit = plan.given, plan.next_visit
    nurse.goto(f"{demo.address}doses/{dose}/correct/")
    nurse.get_by_label("What was wrong with the record").fill("The day was typed wrongly")
    nurse.get_by_label("Day given").fill(f"{plan.given_on + timedelta(days=4)}")
    follows = nurse.locator("#follows")
    expect(follows).to_have_attribute("aria-live", "polite")
    expect(follows).to_contain_text("now too early")
    expect(follows).to_contain_text("No visit moves by itself")
    assert faults_of(nurse, "put right, with its preview") == []
    nurse.get_by_role("button", name="Put the record right").press("Enter")
    expect(nurse.locator(".toast", has_text="Put right:")).to_contain_text("it is on the worklist")

    coordinator = signed_in("coordinator")
    coordinator.goto(f"{demo.address}worklist/?kind=move")
    task = coordinator.locator(".task", has=coordinator.locator(f'a[href="/patients/{plan.patient}/"]'))
    expect(task).to_contain_text("Visit now too early")
    task.get_by_role("link", name="Decide").press("Enter")
    expect(coordinator.locator("#panel [data-focus]")).to_be_focused()  # a key before that would go to the panel
    coordinator.locator(f'#panel a[href="/visits/{visit}/move/"]').press("Enter")
    ((cause,),) = demo.sql(
        "SELECT m.cause FROM scheduling_moveproposal m JOIN scheduling_appointment v ON v.id = m.appointment_id "
        "WHERE v.public_id = %s AND m.state = 'open'",
        visit,
    )
    expect(coordinator.locator("#panel .notice--warn")).to_have_text(f"{cause} This is written down as the reason.")
    assert faults_of(coordinator, "move, with the reason") == []
    coordinator.get_by_role("button", name="Move here").first.press("Enter")
    expect(coordinator.locator(".toast", has_text="Moved:")).to_be_visible()
    assert one(
        demo,
        "SELECT e.reason, m.state FROM scheduling_appointmentevent e "
        "JOIN scheduling_appointment v ON v.id = e.appointment_id "
        "JOIN scheduling_moveproposal m ON m.appointment_id = v.id WHERE v.public_id = %s ORDER BY e.id DESC LIMIT 1",
        visit,
    ) == (cause, "moved")

    nurse.goto(f"{demo.address}doses/{dose}/withdraw/")
    press(nurse, "button[type=submit].btn--danger-solid")
    expect(nurse.locator(".error-summary")).to_be_focused()
    nurse.get_by_label("Why").fill("It was another patient")
    press(nurse, "button[type=submit].btn--danger-solid")
    expect(nurse.locator(".toast", has_text="Withdrawn:")).to_contain_text("is to be given again")


def test_dose_is_not_given_by_keyboard(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("nurse")
    (visit,) = one(
        demo,
        "SELECT public_id::text FROM scheduling_appointment WHERE status = 'booked' AND dose_id IS NOT NULL "
        "AND (starts_at AT TIME ZONE 'Europe/London')::date = (now() AT TIME ZONE 'Europe/London')::date "
        "ORDER BY starts_at LIMIT 1",
    )
    page.goto(f"{demo.address}visits/{visit}/")
    by_hand(page)
    # By its name: once a visit's time is over, as late in the day, it is no longer the foremost act.
    tab_to(page, page.locator("#panel").get_by_role("button", name="Mark as arrived"))
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    press(page, f'a[href="/visits/{visit}/not-given/"]')
    expect(page.locator(".act-follows")).to_contain_text("Nobody is sent a cancellation")
    tab_to(page, page.get_by_role("radio").first)
    page.keyboard.press("Space")
    press(page, "button[type=submit].btn--primary")
    expect(page.locator(".toast", has_text="Not given:")).to_contain_text("It is to be booked again.")
    expect(page.locator("#panel")).to_contain_text("Dose not given")
    assert by_hand(page)["clicks"] == 0
    assert one(demo, "SELECT status FROM scheduling_appointment WHERE public_id = %s", visit) == ("cancelled",)


def test_red_flag_on_a_phone_holds_the_plan_and_asks_a_doctor(demo: LiveStack, signed_in: SignIn) -> None:
    page = signed_in("nurse", size=(390, 844))
    plan = next(plan for plan in plans(demo) if plan.is_live and plan.given and not plan.booked)
    page.goto(f"{demo.address}patients/{plan.patient}/")
    assert faults_of(page, "patient on a phone") == []
    by_hand(page)
    page.get_by_role("link", name="Red flag…").click()
    page.get_by_label("Severe headache").check()
    page.get_by_role("button", name="Record it and ask a doctor").click()
    expect(page.locator(".toast")).to_be_visible()
    assert by_hand(page)["clicks"] == 3
    assert not plan_of(demo, plan.public_id).is_live
    page.goto(f"{demo.address}worklist/")
    first = page.locator(".task").first
    expect(first).to_contain_text("ed flag")
    expect(first.locator(f'a[href="/patients/{plan.patient}/"]')).to_be_visible()
    assert faults_of(page, "worklist on a phone") == []


def stands_before_its_next_visit(plan: Plan) -> bool:
    """Its last dose lies far enough back to have been given four days later, and the next one is booked on time."""
    if not plan.is_live or plan.next_kind != "maintenance" or plan.given_on is None or not plan.begins_in(3):
        return False
    is_on_time = plan.booked[0].date() < plan.given_on + timedelta(days=30)
    return is_on_time and plan.given_on <= datetime.now(UTC).date() - timedelta(days=5)


def press(page: Page, selector: str) -> None:
    """Reached with Tab alone, and pressed."""
    tab_to(page, page.locator(selector).first)
    page.keyboard.press("Enter")
    page.wait_for_load_state()


def one(demo: LiveStack, statement: str, *values: object) -> tuple[Any, ...]:
    """The only row."""
    (row,) = demo.sql(statement, *values)
    return row
