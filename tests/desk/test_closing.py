"""Closing from the desk: whom it hits is seen before anything changes, then a draft for them is there; opened again."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from desk.presenters.worklist import panel
from patients.models import WorklistItem
from scheduling.models import Appointment, Closure, Replan, Resource
from scheduling.services import book_appointment
from tests.desk.conftest import PANEL, words
from tests.ward import TODAY, dose_id, maintenance_patient

if TYPE_CHECKING:
    from tests.ward import Ward

Staff = Callable[[str], Client]
ON = TODAY + timedelta(days=1)
URL = "/closures/new/"

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def visit(ward: Ward) -> Appointment:
    patient = maintenance_patient(ward, 41, due=ON)
    return book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(ON, "08:00"))


def all_day(ward: Ward, **more: str) -> dict[str, str]:
    """The first room, the whole of tomorrow."""
    return {
        "what": str(ward.rooms[0].public_id),
        "since_on": f"{ON}",
        "since_at": "00:00",
        "until_on": f"{ON + timedelta(days=1)}",
        "until_at": "00:00",
        "reason": "Floor repaired",
        **more,
    }


def seen_in(answer: Any) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]+)"', answer.content.decode())
    assert found
    return found[1]


def test_whom_it_hits_is_seen_first_and_then_has_a_draft(ward: Ward, visit: Appointment, staff: Staff) -> None:
    browser = staff("coordinator")
    asked = browser.post(URL, all_day(ward))
    assert "1 booked visit is hit" in words(asked)
    assert '<h2 tabindex="-1" autofocus>' in asked.content.decode()
    assert visit.patient.family_name.upper() in words(asked).upper()
    assert not Closure.objects.exists()

    closed = browser.post(URL, all_day(ward, seen=seen_in(asked)))
    closure = Closure.objects.get()
    assert (closure.resource, closure.starts_at) == (ward.rooms[0], ward.at(ON, "00:00"))
    assert closed.headers["Location"] == f"/replans/{Replan.objects.get(closure=closure).public_id}/"
    assert WorklistItem.objects.filter(key=f"stranded:{visit.public_id}", done_at=None).exists()


def test_confirmed_for_other_visits_than_there_are_now_it_asks_again(
    ward: Ward, visit: Appointment, staff: Staff
) -> None:
    browser = staff("nurse")
    seen = seen_in(browser.post(URL, all_day(ward)))
    other = maintenance_patient(ward, 42, due=ON)
    book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(other), wanted=ward.wanted(ON, "10:00"))
    again = browser.post(URL, all_day(ward, seen=seen))
    assert "2 booked visits are hit" in words(again)
    assert not Closure.objects.exists()


def test_what_hits_nobody_is_closed_at_once_and_opened_again(ward: Ward, staff: Staff) -> None:
    browser = staff("administrator")
    closed = browser.post(URL, all_day(ward, what="unit"))
    closure = Closure.objects.get()
    assert closed.headers["Location"] == f"/closures/?near={closure.public_id}#row-{closure.public_id}"
    assert (closure.resource, closure.unit) == (None, ward.unit)
    assert "The whole unit" in words(browser.get("/closures/"))
    browser.post(f"/closures/{closure.public_id}/open/")
    assert not Closure.objects.exists()


def test_opened_again_its_visits_stand(ward: Ward, visit: Appointment, staff: Staff) -> None:
    browser = staff("coordinator")
    browser.post(URL, all_day(ward, seen=seen_in(browser.post(URL, all_day(ward)))))
    browser.post(f"/closures/{Closure.objects.get().public_id}/open/")
    assert not WorklistItem.objects.filter(key=f"stranded:{visit.public_id}", done_at=None).exists()


def test_the_worklist_says_how_a_visit_without_a_list_is_settled(
    ward: Ward, visit: Appointment, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panel, "_", lambda said: f"«{said}»")
    visit.patient.family_name = "Wolfeschlegelsteinhausen-<b>Bergerdorff</b>"
    visit.patient.save()
    Resource.objects.filter(pk=ward.rooms[0].pk).update(name="Room <i>1</i>")
    browser = staff("coordinator")
    browser.post(URL, all_day(ward, seen=seen_in(browser.post(URL, all_day(ward)))))
    item = WorklistItem.objects.get(key=f"stranded:{visit.public_id}")
    shown = browser.get(f"/worklist/{item.public_id}/", **PANEL).content.decode()
    assert "wolfeschlegelsteinhausen-&lt;b&gt;bergerdorff&lt;/b&gt;" in shown.lower()
    assert "«Move the visit, or say who has agreed that it goes ahead.»" in shown
    assert "08:00 in Room &lt;i&gt;1&lt;/i&gt;: " in shown
    assert ("<b>" in shown, "<i>" in shown) == (False, False)
    assert [f"«{word}»" in shown for word in ("Move…", "Keep…")] == [True, False]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"what": ""}, "Choose what is closed."),
        ({"since_at": ""}, "Write from what time."),
        ({"until_on": f"{ON}"}, "It ends after it begins."),
        ({"until_on": f"{ON + timedelta(days=90)}"}, "two months at most"),
        ({"reason": ""}, "Write a word or two about why."),
        ({"since_on": "2027-03-28", "since_at": "01:30", "until_on": "2027-03-29"}, "there is no such time"),
    ],
)
def test_what_is_wrong_is_said_beside_what_was_typed(
    ward: Ward, staff: Staff, typed: dict[str, str], sentence: str
) -> None:
    answer = staff("coordinator").post(URL, all_day(ward, **typed))
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert typed.get("reason", "Floor repaired") in answer.content.decode()
    assert not Closure.objects.exists()


def test_another_units_room_is_no_choice(ward: Ward, staff: Staff) -> None:
    answer = staff("other_coordinator").post(URL, all_day(ward))
    assert (answer.status_code, Closure.objects.count()) == (422, 0)


def test_the_calendar_leads_there(ward: Ward, staff: Staff) -> None:
    browser = staff("coordinator")
    later = TODAY + timedelta(days=9)
    page = browser.get(f"/calendar/{later}/")
    assert f"{URL}?on={later}" in page.content.decode()
    form = browser.get(f"{URL}?on={later}").context["form"]
    assert (form["since_on"].value(), form["since_at"].value()) == (later, "00:00")
    now = browser.get(URL).context["form"]
    assert (now["since_on"].value(), now["since_at"].value()) == (TODAY, "08:00")
    assert URL not in staff("manager").get("/closures/").content.decode()


def test_the_rooms_head_on_the_day_leads_there(ward: Ward, visit: Appointment, staff: Staff) -> None:
    browser, room = staff("coordinator"), ward.rooms[1]
    leads = browser.get(f"/today/{TODAY}/").context["page"].rooms[1].close
    form = browser.get(leads.url).context["form"]
    assert (form["what"].value(), form["since_on"].value()) == (str(room.public_id), TODAY)
    assert leads.about == "Room 2"
    assert browser.get(f"/today/{TODAY - timedelta(days=1)}/").context["page"].rooms[1].close is None
    assert staff("manager").get(f"/today/{TODAY}/").context["page"].rooms[1].close is None


def test_the_list_has_a_card_for_each_who_is_away_and_thirty_rows_a_page(ward: Ward, staff: Staff) -> None:
    def closed(resource: Resource | None, day: int, since: str, until: tuple[int, str]) -> Closure:
        on = ON + timedelta(days=day)
        ends_at = ward.at(ON + timedelta(days=until[0]), until[1])
        return Closure(unit=ward.unit, resource=resource, starts_at=ward.at(on, since), ends_at=ends_at, reason="Leave")

    who, room = ward.operators[0], ward.rooms[0]
    several: list[Any] = [
        (who, 0, "00:00", (0, "23:59")),
        (room, 0, "08:00", (0, "09:30")),
        (who, 7, "00:00", (9, "00:00")),
    ]
    several += [(None, 10 + n, "22:00", (11 + n, "06:00")) for n in range(28)]
    Closure.objects.bulk_create(closed(*one) for one in several)
    first, second = (staff("coordinator").get(f"/closures/?page={n}").context["page"] for n in (1, 2))
    assert [(card.what, [row.when for row in card.rows][:2]) for card in first.cards] == [
        (who.name, ["Wed 25 Nov, all day", "Wed 2 Dec – Thu 3 Dec, all day"]),
        (room.name, ["Wed 25 Nov, 08:00–09:30"]),
        ("The whole unit", ["Sat 5 Dec, 22:00 – Sun 6 Dec, 06:00", "Sun 6 Dec, 22:00 – Mon 7 Dec, 06:00"]),
    ]
    assert [sum(len(card.rows) for card in page.cards) for page in (first, second)] == [30, 1]
    assert first.summary == "31 closures from now on"
    # On the second page the last is opened again: the list is come back to where the one before it stands.
    [row] = second.cards[0].rows
    back = staff("coordinator").post(row.actions[-1].url)
    before = first.cards[-1].rows[-1].key
    assert back.headers["Location"] == f"/closures/?page=2&near={before}#row-{before}"
    page = staff("coordinator").get(back.headers["Location"]).context["page"]
    assert (page.pager.first, page.cards[-1].rows[-1].key) == (1, before)
