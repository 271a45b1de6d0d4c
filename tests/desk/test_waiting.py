"""The waiting list at the desk: a wish, a slot that came free, an offer in one press, and the answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients.models import Patient, WorklistItem
from scheduling.models import EarlierWish, Offer, OfferedVisit
from tests.desk.conftest import words
from tests.desk.crowd import crowd
from tests.scheduling.waiting import book, freed, offer_to, waiter, wish
from tests.ward import TODAY, live, maintenance_patient

if TYPE_CHECKING:
    from tests.ward import Ward

pytestmark = pytest.mark.usefixtures("clock")

Staff = Callable[[str], Client]
FREE_ON, BOOKED_ON, DUE = (TODAY + timedelta(days=days) for days in (3, 6, 4))
PAGE = "/waiting/"


@pytest.fixture
def two(ward: Ward) -> list[Patient]:
    """Two who wait, somebody who cannot come then, and a slot that came free."""
    waiter(ward, 3, due=DUE, booked=BOOKED_ON, clock="15:00", weekdays=(1,))
    found = [waiter(ward, n, due=DUE, booked=BOOKED_ON, clock=clock) for n, clock in ((1, "09:00"), (2, "13:00"))]
    freed(ward, FREE_ON)
    return found


def offer_form(page: Any) -> dict[str, Any]:
    """What one press on the first slot's button sends."""
    [slot] = page.freed
    return {**dict(slot.fields), "dose": [row.dose_id for row in slot.candidates if row.is_ticked], "minutes": "60"}


def test_nothing_free_and_nobody_waiting(ward: Ward, staff: Staff) -> None:
    said = words(staff("manager").get(PAGE))
    assert "No slot of the coming days has come free." in said
    assert "Nobody waits for an earlier time." in said


def test_a_wish_is_written_down_from_the_visits_page(ward: Ward, staff: Staff) -> None:
    patient = maintenance_patient(ward, 1, due=DUE)
    visit = book(ward, patient, BOOKED_ON)
    coordinator = staff("coordinator")
    page = coordinator.get(f"/visits/{visit.public_id}/").context["page"]
    [url] = [one.url for one in page.menu if "earlier" in str(one.label)]
    form = coordinator.get(url).context["form"]
    assert form["notice_hours"].value() == 12
    refused = coordinator.post(url, {"notice_hours": "", "holds_until": "2026-11-30"})
    assert (refused.status_code, "Write how many hours" in words(refused)) == (422, True)
    sent = {"notice_hours": "48", "holds_until": "2026-11-30", "weekdays": ["2", "4"], "leave_by": "15:00"}
    saved = coordinator.post(url, sent, follow=True)
    assert "On the waiting list: Patient001, Ines." in words(saved)
    assert "48 h of notice, Tue and Thu, leaving by 15:00; until Mon 30 Nov" in words(saved)
    kept = EarlierWish.objects.get()
    ended = coordinator.post(reverse("desk:end_wish", args=[kept.public_id]), follow=True)
    assert "Off the waiting list: Patient001, Ines." in words(ended)
    again = coordinator.post(reverse("desk:end_wish", args=[kept.public_id]))
    assert (again.status_code, "This wish was ended already." in words(again)) == (409, True)


def test_offered_in_one_press_and_accepted(ward: Ward, two: list[Patient], staff: Staff) -> None:
    coordinator = staff("coordinator")
    shown = coordinator.get(PAGE)
    said = words(shown)
    assert "Patient001, Ines Maintenance 2; would arrive 09:00; booked for Mon 30 Nov, 09:00 3 days earlier" in said
    assert "1 left out Patient003, Ines Can come on Mon only" in said
    made = coordinator.post("/waiting/offer/", offer_form(shown.context["page"]), follow=True)
    assert "Offered to 2 patients until Tue 24 Nov, 09:00." in words(made)
    [box] = made.context["page"].offers
    accept = box.answers[1].acts[0]
    assert (str(accept.label), accept.about) == ("Accept: move the visit", "Patient002, Ines")
    accepted = coordinator.post(accept.url, follow=True)
    assert "Accepted: Patient002, Ines now comes Fri 27 Nov, 09:00." in words(accepted)
    assert "Too late" in words(accepted)
    late = coordinator.post(box.answers[0].acts[0].url)
    assert (late.status_code, "Somebody else was first. The visit stays as it is." in words(late)) == (409, True)
    history = words(coordinator.get(f"/visits/{live(two[0])[0].public_id}/"))
    assert "offered an earlier time" in history
    assert "ended the offer of an earlier time" in history


def test_declined_withdrawn_and_run_out(ward: Ward, two: list[Patient], staff: Staff, clock: Any) -> None:
    nurse = staff("nurse")
    offer_to(ward, two)
    [box] = nurse.get(PAGE).context["page"].offers
    declined = nurse.post(box.answers[0].acts[1].url, follow=True)
    assert "Declined: Patient001, Ines. The visit stays as it is." in words(declined)
    withdrawn = nurse.post(box.withdraw.url, follow=True)
    assert "Withdrawn. Whoever was asked and has not answered is told." in words(withdrawn)
    offer_to(ward, two, minutes=10)
    clock.shift(600)
    over = nurse.get(PAGE)
    assert [str(offer.badge.text) for offer in over.context["page"].offers] == ["Ran out", "Withdrawn"]
    assert not any(row.acts for offer in over.context["page"].offers for row in offer.answers)


def test_nobody_ticked_and_what_our_page_never_wrote(ward: Ward, two: list[Patient], staff: Staff) -> None:
    coordinator = staff("coordinator")
    sent = offer_form(coordinator.get(PAGE).context["page"])
    empty = coordinator.post("/waiting/offer/", {**sent, "dose": []})
    assert (empty.status_code, "Tick at least one patient" in words(empty)) == (422, True)
    for wrong in ({"dose": ["x"]}, {"room": "x"}, {"procedure_at": "soon"}, {"minutes": "1"}):
        assert coordinator.post("/waiting/offer/", {**sent, **wrong}).status_code == 422
    assert not Offer.objects.exists()


def test_who_only_looks_has_no_buttons(ward: Ward, two: list[Patient], staff: Staff) -> None:
    page = staff("manager").get(PAGE).context["page"]
    assert page.offer_url == ""
    assert not any(row.acts for row in page.wishes)


def test_a_call_leads_to_the_answer(ward: Ward, staff: Staff) -> None:
    patient = maintenance_patient(ward, 1, due=DUE)
    wish(ward, patient)
    freed(ward, FREE_ON)
    offer_to(ward, [patient])
    item = WorklistItem.objects.get(key__startswith="offer:")
    nurse = staff("nurse")
    panel = nurse.get(f"/worklist/{item.public_id}/").context["panel"]
    assert PAGE in [link.url for link in panel.links]
    nurse.post(reverse("desk:accept_offer", args=[OfferedVisit.objects.get().public_id]))
    item.refresh_from_db()
    assert item.done_at is not None


def test_the_same_queries_for_one_and_for_many(ward: Ward, two: list[Patient], staff: Staff) -> None:
    manager = staff("manager")
    manager.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        manager.get(PAGE)
    for number, time in ((4, "10:30"), (5, "07:00")):
        waiter(ward, number, due=DUE, booked=BOOKED_ON + timedelta(days=1), clock=time if time > "08" else "08:00")
    freed(ward, FREE_ON, "13:00", number=91)
    with CaptureQueriesContext(connection) as many:
        manager.get(PAGE)
    assert len(many) == len(few)
    assert sum('FROM "scheduling_earlierwish"' in one["sql"] for one in many) == 1  # the list is read once


def test_those_who_wait_stand_thirty_a_page(ward: Ward, staff: Staff) -> None:
    crowd(ward, 0, 31)
    coordinator = staff("coordinator")
    first, last = (coordinator.get(f"{PAGE}?page={n}").context["page"] for n in (1, 2))
    assert (len(first.wishes), len(last.wishes)) == (30, 1)
    assert (last.summary, last.pager.total) == ("31 patients would come earlier", 31)


def landed(answer: Any) -> str:
    """The page that an act leads to, with the row it stands on."""
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def test_an_act_on_the_second_page_leads_back_there_with_the_row_in_view(
    ward: Ward, two: list[Patient], staff: Staff
) -> None:
    crowd(ward, 10, 45)
    coordinator = staff("coordinator")
    second = coordinator.get(f"{PAGE}?page=2").context["page"]
    made = coordinator.post(second.offer_url, offer_form(second))
    offer = Offer.objects.get().public_id
    assert landed(made) == f"{PAGE}?page=2&near={offer}#row-{offer}"
    page = coordinator.get(landed(made))
    assert f'id="row-{offer}" tabindex="-1"' in " ".join(page.content.decode().split())
    [box] = page.context["page"].offers
    for act in (box.answers[0].acts[1], box.answers[1].acts[0]):
        assert landed(coordinator.post(act.url)) == f"{PAGE}?page=2&near={offer}#row-{offer}"
    refused = coordinator.post(box.withdraw.url)
    assert (refused.status_code, refused.context["page"].pager.first) == (409, 31)
    # Signed in again after the press: the same page of the list.
    assert landed(coordinator.get(box.withdraw.url)) == f"{PAGE}?page=2"


def test_a_wish_that_is_over_leaves_the_one_after_it_in_view(ward: Ward, staff: Staff) -> None:
    crowd(ward, 10, 41)
    waiter(ward, 1, due=DUE, booked=BOOKED_ON)
    coordinator = staff("coordinator")
    rows = coordinator.get(f"{PAGE}?page=2").context["page"].wishes
    change = rows[1].acts[0]
    assert coordinator.get(change.url).context["page"].url == change.url
    asked = {"notice_hours": "12", "holds_until": BOOKED_ON.isoformat()}
    assert landed(coordinator.post(change.url, asked)) == f"{PAGE}?page=2&near={rows[1].key}#row-{rows[1].key}"
    back = landed(coordinator.post(rows[0].acts[1].url))
    assert back == f"{PAGE}?page=2&near={rows[1].key}#row-{rows[1].key}"
    left = coordinator.get(back).context["page"]
    assert [row.key for row in left.wishes] == [rows[1].key]
    # The last of its page: the one before it, on the page before.
    back = landed(coordinator.post(left.wishes[0].acts[1].url))
    page = coordinator.get(back).context["page"]
    assert (page.pager.first, back.endswith(f"#row-{page.wishes[-1].key}")) == (1, True)
