"""What is waiting for a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from patients.models import Patient, WorklistItem
from patients.services import open_item
from tests.desk.conftest import PANEL, words
from tests.ward import NOW

if TYPE_CHECKING:
    from tests.ward import Ward

Staff = Callable[[str], Client]


@pytest.fixture
def item(ward: Ward, patient: Patient) -> WorklistItem:
    """A call, due since yesterday."""
    return opened(ward, patient, "call", -timedelta(days=1))


def opened(ward: Ward, patient: Patient, kind: str, due_in: timedelta, title: str = "Did not attend") -> WorklistItem:
    key = f"{kind}:{due_in}"
    open_item(unit=ward.unit, patient=patient, kind=kind, key=key, title=title, detail="Ring.", due_at=NOW + due_in)
    return WorklistItem.objects.get(key=key)


def test_what_is_due_comes_first(ward: Ward, patient: Patient, item: WorklistItem, staff: Staff) -> None:
    opened(ward, patient, "message_failed", timedelta(hours=3), "Not delivered")
    opened(ward, patient, "no_address", timedelta(days=3), "Ask")
    page = staff("nurse").get("/worklist/").context["page"]
    assert [(str(section.title), [task.title for task in section.tasks]) for section in page.sections] == [
        ("Now", ["Did not attend"]),
        ("Today", ["Not delivered"]),
        ("Later", ["Ask"]),
    ]
    assert [str(task.due) for section in page.sections for task in section.tasks] == [
        "Since Mon 23 Nov",
        "By 11:00",
        "By Fri 27 Nov",
    ]
    one = staff("nurse").get("/worklist/?kind=no_address").context["page"]
    assert [task.title for section in one.sections for task in section.tasks] == ["Ask"]


def test_nothing_to_do_says_so(ward: Ward, clock: Any, staff: Staff) -> None:
    assert "Nothing is waiting for anybody." in words(staff("nurse").get("/worklist/"))


def test_the_panel_has_the_people_to_reach(item: WorklistItem, staff: Staff) -> None:
    for extra in (dict[str, Any](), PANEL):
        page = words(staff("nurse").get(f"/worklist/{item.public_id}/", **extra))
        assert "Did not attend Ring." in page
        assert "07700 900123" in page


def test_finishing_says_what_came_of_it(item: WorklistItem, staff: Staff) -> None:
    nurse = staff("nurse")
    response = nurse.post(f"/worklist/{item.public_id}/finish/", {"outcome": "Comes on Friday"}, follow=True)
    assert "Finished: Did not attend." in words(response)
    item.refresh_from_db()
    assert (item.outcome, item.done_by.name) == ("Comes on Friday", "Ada Nurse")


def test_an_outcome_is_asked_for(item: WorklistItem, staff: Staff) -> None:
    response = staff("nurse").post(f"/worklist/{item.public_id}/finish/", {"outcome": " "})
    assert response.status_code == 422
    assert "Write a word or two, so that the next reader knows." in words(response)


def test_a_second_click_is_told_who_did_it(item: WorklistItem, staff: Staff) -> None:
    path = f"/worklist/{item.public_id}/finish/"
    staff("doctor").post(path, {"outcome": "Rang"})
    response = staff("nurse").post(path, {"outcome": "Rang"}, follow=True)
    assert "This was done by Ada Doctor already." in words(response)
    assert staff("nurse").get(f"/worklist/{item.public_id}/", follow=True).status_code == 200


def test_another_units_item_is_not_there(item: WorklistItem, staff: Staff) -> None:
    assert "Nothing is waiting" in words(staff("other_nurse").get("/worklist/"))
    response = staff("other_nurse").post(f"/worklist/{item.public_id}/finish/", {"outcome": "Rang"})
    assert response.status_code == 404


def test_a_role_without_the_worklist(item: WorklistItem, staff: Staff) -> None:
    assert staff("manager").get("/worklist/").status_code == 403
