"""The pages of weeks planned ahead: the draft, one dose changed, the booking; and the search for a better plan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.utils import timezone

from patients.models import Patient
from scheduling.models import Appointment, Horizon, PlanningRun
from scheduling.services.courses.holding import hold_plan
from tests.desk.conftest import words
from tests.ward import TODAY, maintenance_patient
from units import runs

if TYPE_CHECKING:
    from time_machine import Traveller

    from tests.ward import Ward

Staff = Callable[[str], Client]
DUE = TODAY + timedelta(days=3)

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def horizon(ward: Ward, staff: Staff) -> Horizon:
    for number in (1, 2):
        maintenance_patient(ward, number, due=DUE)
    assert "Plan these weeks" in words(staff("coordinator").get("/ahead/"))
    answer = staff("coordinator").post("/ahead/plan/", {"weeks": "4"})
    horizon = Horizon.objects.get()
    assert answer.headers["Location"] == f"/ahead/{horizon.public_id}/"
    return horizon


@pytest.fixture
def run(horizon: Horizon) -> PlanningRun:
    now = timezone.now()
    return PlanningRun.objects.create(
        unit=horizon.unit,
        horizon=horizon,
        planned_at=horizon.planned_at,
        queued_at=now,
        seconds=20,
        asked_by_name="Ada Coordinator",
    )


def test_from_the_draft_to_the_booked_weeks(horizon: Horizon, staff: Staff) -> None:
    url = f"/ahead/{horizon.public_id}/"
    browser = staff("coordinator")
    shown = words(browser.get(url))
    assert "2 doses to book" in shown
    assert "Nothing is booked and nobody is told before you book it" in shown
    assert not Appointment.objects.exists()
    assert "2 of 2 doses selected 2 visits get their invites Book the 2 selected Nothing is left out" in shown
    assert "Book all 2" in shown
    assert "Book all 2" not in words(staff("manager").get(url))
    nothing = browser.post(f"{url}book/", {"seen": horizon.planned_at.isoformat(), "accept": "selected"})
    assert (nothing.status_code, "No dose is selected." in words(nothing)) == (422, True)
    stale = browser.post(
        f"{url}book/", {"seen": (horizon.planned_at - timedelta(minutes=1)).isoformat(), "accept": "all"}
    )
    assert (stale.status_code, Appointment.objects.count()) == (409, 0)
    answer = browser.post(f"{url}book/", {"seen": horizon.planned_at.isoformat(), "accept": "all"}, follow=True)
    assert "2 doses booked." in words(answer)
    assert "Booked by Ada Coordinator" in words(answer)
    assert Appointment.objects.count() == 2


def test_one_dose_is_changed_and_a_refusal_keeps_what_was_typed(ward: Ward, horizon: Horizon, staff: Staff) -> None:
    url, line = f"/ahead/{horizon.public_id}/", horizon.lines.order_by("pk")[0]
    browser = staff("coordinator")
    assert "Take this slot" in words(browser.get(url, {"line": line.public_id}))
    place = {"room": ward.rooms[1].public_id, "operator": ward.operators[1].public_id}
    wanted = {"decision": "book", "on": DUE.isoformat(), "arrives": "12:00", **place}
    refused = browser.post(f"{url}lines/{line.public_id}/", {**wanted, "arrives": "22:00"})
    assert refused.status_code == 422
    assert 'value="22:00"' in refused.content.decode()
    assert browser.post(f"{url}lines/{line.public_id}/", {**wanted, "on": ""}).status_code == 422
    assert browser.post(f"{url}lines/{line.public_id}/", wanted).status_code == 302
    line.refresh_from_db()
    assert (line.starts_at, line.is_pinned) == (ward.at(DUE, "12:00"), True)
    browser.post(f"{url}lines/{line.public_id}/", {"decision": "leave_out"})
    assert "1 dose to book" in words(browser.get(url))
    browser.post(f"{url}lines/{line.public_id}/", {"decision": "plan"})
    assert "2 doses to book" in words(browser.get(url))
    assert browser.post(f"{url}give-up/").status_code == 302
    assert "Given up by Ada Coordinator" in words(browser.get(url))


def filtered(browser: Client, url: str) -> dict[str, list[str]]:
    """The doses under each filter, by the patient's name."""
    return {
        str(chip.label): [row.patient_name for row in browser.get(chip.url).context["page"].rows]
        for chip in browser.get(url).context["page"].chips
    }


def test_the_filters_say_what_is_worth_a_look(ward: Ward, horizon: Horizon, staff: Staff) -> None:
    url, browser = f"/ahead/{horizon.public_id}/", staff("coordinator")
    two = ["Patient001, Ines", "Patient002, Ines"]
    assert filtered(browser, url) == {
        "All": two,
        "To book": two,
        "Needs a look": [],
        "Changed by hand": [],
        "Without a place": [],
    }
    assert "No dose of these weeks is of that kind. Show all" in words(browser.get(url, {"show": "look"}))
    late, left_out = horizon.lines.order_by("pk")
    place = {"room": ward.rooms[1].public_id, "operator": ward.operators[1].public_id}
    wanted = {"decision": "book", "on": (DUE + timedelta(days=1)).isoformat(), "arrives": "12:00", **place}
    back = browser.post(f"{url}lines/{late.public_id}/?show=hand", wanted)
    assert back.headers["Location"] == f"{url}?show=hand&near={late.public_id}#row-{late.public_id}"
    browser.post(f"{url}lines/{left_out.public_id}/", {"decision": "leave_out"})
    assert (
        filtered(browser, url)
        == {
            "All": two[::-1],  # what is left out stays on the day it is due
            "To book": two[:1],
            "Needs a look": two[:1],
            "Changed by hand": two[::-1],
            "Without a place": [],
        }
    )
    page = browser.get(url, {"show": "look"}).context["page"]
    assert [[str(why) for why in row.look] for row in page.rows] == [["1 day after the day it is due"]]
    bar = page.accepting
    assert (bar.heading, bar.accept_all, bar.hidden) == ("1 of 1 dose selected", "", "")
    assert bar.url == f"{url}book/?show=look"


def test_the_first_weeks_and_what_has_no_place(ward: Ward, horizon: Horizon, staff: Staff) -> None:
    browser = staff("coordinator")
    browser.post("/ahead/plan/", {"weeks": "8"})
    url = f"/ahead/{horizon.public_id}/"
    first = horizon.lines.filter(target_on=DUE)[0]
    first.refusal, first.decision, first.is_pinned = "The slot was taken.", "clinician", False
    first.room = first.operator = first.starts_at = first.ends_at = None
    first.save()
    page = browser.get(url, {"show": "first"}).context["page"]
    assert {row.due for row in page.rows} == {"due Fri 27 Nov"}
    assert page.accepting.hidden == "2 doses are not shown here: only what is shown can be booked."
    shown = filtered(browser, url)
    assert (len(shown["All"]), len(shown["First 4 weeks"])) == (4, 2)
    assert shown["Without a place"] == shown["Needs a look"] == [f"{first.dose.plan.patient.family_name}, Ines"]
    assert "Not booked: The slot was taken." in words(browser.get(url, {"show": "look"}))


def test_pages_keep_the_filter_the_boxes_and_the_line_that_was_changed(
    ward: Ward, horizon: Horizon, staff: Staff
) -> None:
    for number in range(3, 35):
        maintenance_patient(ward, number, due=DUE + timedelta(days=number // 4))
    browser, url = staff("coordinator"), f"/ahead/{horizon.public_id}/"
    browser.post("/ahead/plan/", {"weeks": "3"})
    first = browser.get(url, {"show": "open"}).context["page"]
    assert first.pager.next_url == f"{url}?show=open&page=2"
    bar = first.accepting
    assert (bar.accept_all, bar.hidden) == ("", "4 doses are not shown here: only what is shown can be booked.")
    gone = first.rows[3].key
    browser.post(first.pager.next_url, {"seen": bar.seen, "here": bar.here, "take": set(bar.here.split(",")) - {gone}})
    again = browser.get(url).context["page"].rows
    assert [row.key for row in again if row.box and not row.box.is_ticked] == [gone]
    last = browser.get(first.pager.next_url).context["page"].rows[-1]
    assert f"?show=open&page=2&line={last.key}#row-{last.key}" in last.change.url
    assert browser.get(url, {"line": last.key}).context["page"].pager.first == 31
    back = browser.post(last.change_url, {"decision": "leave_out"}, follow=True).context["page"]
    assert (back.pager.first, back.rows[-1].key, back.rows[-1].effect) == (31, last.key, "Left out by choice.")


def test_without_javascript_boxes_come_along_when_the_weeks_are_planned_again(horizon: Horizon, staff: Staff) -> None:
    browser, url = staff("coordinator"), f"/ahead/{horizon.public_id}/"
    page = browser.get(url)
    assert 'formaction="/ahead/plan/" data-acts name="weeks" value="4"' in " ".join(page.content.decode().split())
    bar = page.context["page"].accepting
    left_out, taken = bar.here.split(",")
    browser.post("/ahead/plan/", {"weeks": "4", "seen": bar.seen, "here": bar.here, "take": taken})
    again = {row.key: row.box.is_ticked for row in browser.get(url).context["page"].rows}
    assert again == {left_out: False, taken: True}


def test_planned_again_the_weeks_show_what_they_showed(horizon: Horizon, staff: Staff) -> None:
    browser, url = staff("coordinator"), f"/ahead/{horizon.public_id}/?show=look"
    page = browser.get(url)
    [chip] = [one for one in page.context["page"].chips if one.is_current]
    assert chip.url == url
    assert 'formaction="/ahead/plan/?show=look"' in page.content.decode()
    assert browser.post("/ahead/plan/?show=look", {"weeks": "4"}).headers["Location"] == url


def test_planned_again_it_says_whose_slot_is_another(ward: Ward, horizon: Horizon, staff: Staff) -> None:
    browser, url = staff("coordinator"), f"/ahead/{horizon.public_id}/"
    line = horizon.lines.exclude(starts_at=None).select_related("dose__plan__patient").first()
    assert line is not None
    own = "Featherstonehaugh-Cholmondeley <b>, Ines"
    Patient.objects.filter(pk=line.dose.plan.patient_id).update(family_name=own.partition(",")[0])
    line.dose.plan.patient.refresh_from_db()
    hold_plan(ward.cast.actor("doctor"), plan_id=line.dose.plan.public_id, reason="Away", review_on=None, visits={})
    browser.post("/ahead/plan/", {"weeks": "4"})
    page = browser.get(url)
    [told] = page.context["page"].changes
    assert told.startswith(f"{own}, Maintenance 2. Before: ")
    assert ". Now: The plan is on hold" in told
    assert "Featherstonehaugh-Cholmondeley &lt;b&gt;, Ines" in page.content.decode()


def test_weeks_that_cannot_be_are_refused(horizon: Horizon, staff: Staff) -> None:
    assert staff("coordinator").post("/ahead/plan/", {"weeks": "40"}).status_code == 422


def test_the_search_is_told_stopped_and_its_end_shown(horizon: Horizon, run: PlanningRun, staff: Staff) -> None:
    url, browser = f"/ahead/{horizon.public_id}/", staff("coordinator")
    page = browser.get(url)
    assert "waiting for a worker" in words(page)
    live = f"/planning/{run.public_id}/live/"
    assert f'data-live-url="{live}"' in page.content.decode()
    claim = runs.claim(PlanningRun, run.pk, at=timezone.now())
    assert claim is not None
    runs.keep(PlanningRun, run.pk, claim, percent=40, stage="Choosing days")
    answer = browser.get(live)
    assert 'role="status"' in answer.content.decode()
    assert "choosing days" in words(answer)
    assert 'value="40"' in answer.content.decode()
    assert browser.get(live, headers={"if-none-match": answer.headers["ETag"]}).status_code == 304
    assert "Stop looking" not in words(staff("manager").get(live))
    assert browser.post(f"/planning/{run.public_id}/cancel/").headers["Location"] == url
    ended = browser.get(live)
    assert ended.headers["X-Clinic-Over"] == "1"
    assert "Cancelled by Ada Coordinator." in words(ended)
    assert "data-live-url" not in browser.get(url).content.decode()


def test_no_worker_is_said_calmly(horizon: Horizon, run: PlanningRun, staff: Staff, clock: Traveller) -> None:
    clock.shift(timedelta(seconds=60))
    shown = words(staff("coordinator").get(f"/ahead/{horizon.public_id}/"))
    assert "No better plan is coming: no worker has taken the search up. The stepwise plan stands." in shown


def test_a_plan_that_won_meanwhile_is_offered_and_not_swapped_in(
    horizon: Horizon, run: PlanningRun, staff: Staff
) -> None:
    PlanningRun.objects.filter(pk=run.pk).update(state="done", ended_at=timezone.now())
    horizon.planned_at += timedelta(seconds=5)
    horizon.is_optimised, horizon.comparison = True, "The optimised plan: 1 fewer dose without a place."
    horizon.save()
    answer = staff("coordinator").get(f"/planning/{run.public_id}/live/")
    assert "1 fewer dose without a place. Show the new plan" in words(answer)
    assert f"/ahead/{horizon.public_id}/" in answer.content.decode()
