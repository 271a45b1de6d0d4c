"""What is waiting for a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from patients.models import Patient, WorklistItem
from patients.services import open_item
from scheduling.services import book_appointment
from scheduling.services.day.unwritten import watch_outcomes
from tests.desk.conftest import PANEL, words
from tests.ward import NOW, TODAY, dose_id

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
    opened(ward, patient, "registry", -timedelta(days=200), "Return to the registry")
    page = staff("nurse").get("/worklist/").context["page"]
    assert [(str(section.title), [task.title for task in section.tasks]) for section in page.sections] == [
        ("Now", ["Did not attend"]),
        ("Today", ["Not delivered"]),
        ("Later", ["Ask"]),
        ("Paperwork", ["Return to the registry"]),
    ]
    assert [str(task.due) for section in page.sections for task in section.tasks] == [
        "Since Mon 23 Nov",
        "By 11:00",
        "By Fri 27 Nov",
        "Since Fri 8 May",
    ]
    one = staff("nurse").get("/worklist/?kind=no_address").context["page"]
    assert [task.title for section in one.sections for task in section.tasks] == ["Ask"]


def lists(client: Client, path: str) -> tuple[list[tuple[str, int | None]], list[tuple[str, int | None]], list[str]]:
    """Whose lists there are, the kinds, and what is shown."""
    page = client.get(path).context["page"]
    return (
        [(str(one.label), one.count) for one in page.whose],
        [(str(one.label), one.count) for one in page.chips],
        [task.title for section in page.sections for task in section.tasks],
    )


def test_what_a_colleague_has_taken_is_on_the_whole_units_list(
    ward: Ward, patient: Patient, item: WorklistItem, staff: Staff
) -> None:
    nurse, doctor = staff("nurse"), staff("doctor")
    WorklistItem.objects.filter(pk=item.pk).update(due_at=NOW + timedelta(hours=1))
    opened(ward, patient, "not_ready", timedelta(hours=3), "Consent")
    path = f"/worklist/{item.public_id}/"
    taken = nurse.post(f"{path}take/?kind=calls")
    assert taken.headers["Location"] == f"{path}?kind=calls"
    assert "You see to it." in words(nurse.get(path))
    kinds = [("Calls", 1), ("Replies", 0), ("Not ready", 1), ("Other", 0)]
    whose = [("Mine and unclaimed", 2), ("Whole unit", 2), ("Done today", 0)]
    assert lists(nurse, "/worklist/") == (whose, kinds, ["Did not attend", "Consent"])
    whose[0], kinds[0] = ("Mine and unclaimed", 1), ("Calls", 0)
    assert lists(doctor, "/worklist/") == (whose, kinds, ["Consent"])
    assert [one.count for one in doctor.get("/worklist/").context["frame"].nav if one.key == "worklist"] == [1]
    kinds[0] = ("Calls", 1)
    assert lists(doctor, "/worklist/?whose=unit&kind=calls") == (whose, kinds, ["Did not attend"])
    assert "Ada Nurse sees to it." in words(doctor.get(path))
    assert "Ada Nurse has it by now." in words(doctor.post(f"{path}take/", follow=True))
    doctor.post(f"{path}take/", {"taken_from": ward.cast.nurse.public_id})
    nurse.post(f"{path}give-back/")  # it is the doctor's by now
    item.refresh_from_db()
    assert item.owner == ward.cast.doctor
    doctor.post(f"{path}give-back/")
    item.refresh_from_db()
    assert item.owner is None


def test_a_red_flag_and_what_is_due_or_whose_owner_is_gone_is_everybodys(
    ward: Ward, patient: Patient, item: WorklistItem, staff: Staff
) -> None:
    flag = opened(ward, patient, "escalation", timedelta(), "Red flag")
    doctor, later = staff("doctor"), NOW + timedelta(hours=1)
    WorklistItem.objects.filter(pk__in=[item.pk, flag.pk]).update(owner=ward.cast.nurse)
    assert lists(doctor, "/worklist/")[2] == ["Red flag", "Did not attend"]
    assert [one.count for one in doctor.get("/worklist/").context["frame"].nav if one.key == "worklist"] == [2]
    WorklistItem.objects.filter(pk=item.pk).update(due_at=later)
    assert lists(doctor, "/worklist/")[2] == ["Red flag"]
    ward.cast.nurse.is_active = False
    ward.cast.nurse.save()
    assert lists(doctor, "/worklist/")[2] == ["Red flag", "Did not attend"]


def test_done_today_says_who_when_and_what_came_of_it(item: WorklistItem, staff: Staff) -> None:
    nurse = staff("nurse")
    assert "Nothing has been finished today." in words(nurse.get("/worklist/?whose=done"))
    nurse.post(f"/worklist/{item.public_id}/finish/", {"outcome": "Comes on Friday"})
    (section,) = nurse.get("/worklist/?whose=done").context["page"].sections
    (task,) = section.tasks
    assert (task.title, task.detail, task.due, task.owner_name) == (
        "Did not attend",
        "Comes on Friday",
        "08:00",
        "Ada Nurse",
    )
    assert task.action is None
    WorklistItem.objects.update(done_at=NOW - timedelta(days=1))
    assert lists(nurse, "/worklist/?whose=done")[2] == []


def test_the_list_refreshes_itself_with_its_filters(ward: Ward, item: WorklistItem, staff: Staff) -> None:
    nurse = staff("nurse")
    url = nurse.get("/worklist/?whose=unit&kind=calls").context["page"].live_url
    assert url == "/worklist/live/?whose=unit&kind=calls"
    first = nurse.get(url)
    assert "Did not attend" in words(first)
    mark = {"HTTP_IF_NONE_MATCH": first.headers["ETag"]}
    assert nurse.get(url, **mark).status_code == 304
    staff("doctor").post(f"/worklist/{item.public_id}/take/")
    assert "Ada Doctor" in words(nurse.get(url, **mark))


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


def test_who_rang_in_vain_says_so_and_the_call_comes_back(
    ward: Ward, patient: Patient, item: WorklistItem, staff: Staff
) -> None:
    url, nurse = f"/worklist/{item.public_id}/", staff("nurse")
    assert f"{url}not-reached/" in nurse.get(url).content.decode()
    answer = nurse.post(f"{url}not-reached/", follow=True)
    assert "Not reached: Patient001, Ines. It comes back at 09:00." in words(answer)
    assert "Not reached once (last Tue 24 Nov, 08:00, Ada Nurse)." in words(answer)
    staff("coordinator").post(f"{url}not-reached/")
    item.refresh_from_db()
    assert item.tried.startswith("Not reached 2 times (last Tue 24 Nov, 08:00, ")
    assert (item.due_at, item.done_at) == (NOW + timedelta(hours=1), None)


def test_nobody_is_missed_where_nobody_is_rung(ward: Ward, patient: Patient, staff: Staff) -> None:
    paper = opened(ward, patient, "registry", timedelta(days=1))
    url = f"/worklist/{paper.public_id}/"
    assert "not-reached" not in staff("nurse").get(url).content.decode()
    assert "Nobody is rung for this." in words(staff("nurse").post(f"{url}not-reached/", follow=True))
    paper.refresh_from_db()
    assert (paper.tried, paper.due_at) == ("", NOW + timedelta(days=1))


def test_a_role_without_the_worklist(item: WorklistItem, staff: Staff) -> None:
    assert staff("manager").get("/worklist/").status_code == 403


def test_a_visit_nobody_wrote_down_leads_to_its_day_and_is_not_ticked_off(
    ward: Ward, patient: Patient, clock: Any, staff: Staff
) -> None:
    visit = book_appointment(
        ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(TODAY + timedelta(days=1))
    )
    clock.move_to(NOW + timedelta(days=2))
    watch_outcomes(ward.unit, at=NOW + timedelta(days=2))
    item = WorklistItem.objects.get(kind="unwritten")
    shown = staff("nurse").get(f"/worklist/{item.public_id}/", follow=True)
    assert "Write down what became of a visit" in words(shown)
    assert "Given, not given, did not come: once it is on record this is done." in words(shown)
    row = f"row-{visit.public_id}"
    assert f'href="/today/2026-11-25/paper/#{row}"' in shown.content.decode()
    assert f'id="{row}"' in staff("nurse").get("/today/2026-11-25/paper/").content.decode()
    assert f"/worklist/{item.public_id}/finish/" not in shown.content.decode()
    for_clerk = staff("coordinator").get(f"/worklist/{item.public_id}/", follow=True)
    assert "A nurse or a doctor who was there writes it down. Ask them." in words(for_clerk)
    assert f"/visits/{visit.public_id}/" in for_clerk.content.decode()
    refused = staff("nurse").post(f"/worklist/{item.public_id}/finish/", {"outcome": "Done"}, follow=True)
    assert "Write down what became of the visit: that finishes it." in words(refused)
