"""The pages of a day that breaks: a list that runs late, an urgent visit, a patient who came after all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import time_machine
from django.test import Client

from scheduling.models import Appointment, VisitKind
from tests.desk.conftest import words
from tests.scheduling.waiting import book
from tests.ward import TODAY, dose_id, maintenance_patient

if TYPE_CHECKING:
    from tests.ward import Ward

Staff = Callable[[str], Client]
Traveller = time_machine.Traveller


def booked(ward: Ward, number: int, clock: str) -> Appointment:
    return book(ward, maintenance_patient(ward, number, due=TODAY), TODAY, clock)


def test_a_list_that_runs_late_from_the_board_and_back(ward: Ward, clock: Traveller, staff: Staff) -> None:
    first, last = booked(ward, 1, "14:00"), booked(ward, 2, "15:15")
    browser, url = staff("coordinator"), f"/visits/{first.public_id}/late/"
    board = browser.get("/today/").content.decode()
    assert board.count(f'href="{url}"') == 1
    opened = browser.get(url)
    assert "autofocus" not in opened.content.decode()
    shown = words(opened)
    assert "1 visit moves, 1 patient is told" in shown
    assert "Told to arrive at 14:30" in shown
    asked = {"minutes": "60", "along": "room"}
    assert "Why the list may run past its hours" not in shown
    looked = browser.post(url, {**asked, "look": "1"})
    assert "1 visit no longer fits. Decide about it first" in words(looked)
    assert f"/visits/{last.public_id}/move/" in looked.content.decode()
    assert '<h2 tabindex="-1" autofocus>What moves</h2>' in looked.content.decode()
    assert 'name="apply"' not in looked.content.decode()
    assert browser.post(url, {**asked, "apply": "1"}).status_code == 422
    asked |= {"minutes": "30", "stay": str(last.public_id)}
    ready = browser.post(url, {**asked, "look": "1"})
    assert "To move by hand" in words(ready)
    assert browser.post(url, {**asked, "apply": "1", "seen": "other"}).status_code == 409
    mark = ready.context["page"].mark
    done = browser.post(url, {**asked, "apply": "1", "seen": mark})
    assert done.headers["Location"] == f"/today/{TODAY}/visits/{first.public_id}/"
    assert "1 visit was moved. The new times are sent in" in words(browser.get(done.headers["Location"]))
    assert browser.post(f"/visits/{first.public_id}/undo/").status_code == 302
    first.refresh_from_db()
    assert first.starts_at == ward.at(TODAY, "14:00")
    assert browser.post(url, {"minutes": "7", "along": "room"}).status_code == 422


def test_a_visit_that_would_move_is_left_where_it_is(ward: Ward, clock: Traveller, staff: Staff) -> None:
    first, second = booked(ward, 1, "10:00"), booked(ward, 2, "11:00")
    browser, url = staff("coordinator"), f"/visits/{first.public_id}/late/"
    asked = {"minutes": "60", "along": "room"}
    page = browser.post(url, {**asked, "look": "1"}).context["page"]
    assert [row.stay_key for row in page.rows] == ["", str(second.public_id)]  # what is late moves in any case
    left = browser.post(url, {**asked, "stay": str(second.public_id), "apply": "1", "seen": page.mark})
    assert left.status_code == 409
    assert "The day, or what you leave out, is not as on your page." in words(left)
    second.refresh_from_db()
    assert second.starts_at == ward.at(TODAY, "11:00")


def test_an_urgent_dose_from_the_slots_to_the_board(ward: Ward, clock: Traveller, staff: Staff) -> None:
    patient = maintenance_patient(ward, due=TODAY)
    key, nurse = dose_id(patient), staff("nurse")
    url = f"/doses/{key}/squeeze-in/"
    assert url in nurse.get(f"/doses/{key}/slots/").content.decode()
    assert url not in staff("coordinator").get(f"/doses/{key}/slots/").content.decode()
    asked = {
        "on": TODAY.isoformat(),
        "arrives": "17:30",
        "room": ward.rooms[0].public_id,
        "operator": ward.operators[0].public_id,
    }
    refused = nurse.post(url, {**asked, "book": "1"})
    assert (refused.status_code, "Write a word or two about why." in words(refused)) == (422, True)
    asked["reason"] = "Raised pressure"
    looked = nurse.post(url, {**asked, "look": "1"})
    assert "Room 1 has no list on Tue 24 Nov at 18:30." in words(looked)
    assert not Appointment.objects.exists()
    done = nurse.post(url, {**asked, "book": "1"})
    visit = Appointment.objects.get()
    assert done.headers["Location"] == f"/visits/{visit.public_id}/"
    board = words(nurse.get(f"/today/{TODAY}/visits/{visit.public_id}/"))
    assert board.count("Squeezed in") >= 3
    assert "Squeezed in: Raised pressure" in board
    taken = nurse.post(url, {**asked, "book": "1"})
    assert (taken.status_code, "has a visit already" in words(taken)) == (409, True)


def test_an_urgent_visit_without_a_plan_and_a_patient_who_came(
    ward: Ward, clock: Traveller, staff: Staff, visit: Appointment
) -> None:
    kind = VisitKind.objects.create(unit=ward.unit, name="Blood patch", minutes_procedure=30)
    nurse = staff("nurse")
    slots = f"/patients/{visit.patient.public_id}/visit/{kind.public_id}/"
    assert f"{slots}squeeze-in/" in nurse.get(slots).content.decode()
    assert "Blood patch" in words(nurse.get(f"{slots}squeeze-in/"))
    clock.move_to(ward.at(TODAY, "10:10"))
    nurse = staff("nurse")  # signed in again: two hours have passed
    nurse.post(f"/visits/{visit.public_id}/noshow/", {"back": "day"})
    panel = nurse.get(f"/today/{TODAY}/visits/{visit.public_id}/").content.decode()
    assert f"/visits/{visit.public_id}/came/" in panel
    nurse.post(f"/visits/{visit.public_id}/came/", {"back": "day"})
    visit.refresh_from_db()
    assert (visit.status, visit.allocations.count()) == ("booked", 3)
