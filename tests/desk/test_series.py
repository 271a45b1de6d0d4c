"""Booking the next doses in one go, and swapping two visits, as the desk does it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from patients.models import Patient
from scheduling.models import Appointment
from scheduling.services import book_appointment
from tests.desk.conftest import words
from tests.ward import TODAY, dose_id, maintenance_patient

if TYPE_CHECKING:
    from tests.ward import Ward

Staff = Callable[[str], Client]
DUE = TODAY + timedelta(days=1)

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def patient(ward: Ward) -> Patient:
    return maintenance_patient(ward, 41, due=DUE)


def places(answer: Any) -> list[str]:
    return re.findall(r'name="place" value="([^"]+)"', answer.content.decode())


def choices(answer: Any) -> list[str]:
    return re.findall(r'name="choose"\s+value="([^"]+)"', answer.content.decode())


def statuses(patient: Patient) -> list[str]:
    return list(Appointment.objects.filter(patient=patient).order_by("starts_at").values_list("status", flat=True))


def test_from_the_patient_to_a_booked_series_and_back(ward: Ward, patient: Patient, staff: Staff) -> None:
    browser = staff("coordinator")
    url = f"/doses/{dose_id(patient)}/series/"
    assert url in browser.get(f"/patients/{patient.public_id}/").content.decode()
    assert "Book the next 6…" in words(browser.get(f"/doses/{dose_id(patient)}/slots/"))
    shown = browser.get(url, {"n": "3"})
    assert "Maintenance 2" in words(shown)
    assert "Book 3 visits" in words(shown)
    assert len(places(shown)) == 3
    booked = browser.post(url, {"n": "3", "place": places(shown), "book": "1"})
    assert booked.headers["Location"] == f"/patients/{patient.public_id}/"
    assert statuses(patient) == ["booked"] * 3
    told = browser.get(booked.headers["Location"])
    assert "Booked: 3 visits of" in words(told)
    [undo] = set(re.findall(r'action="(/visits/[^"]+/undo/)"', told.content.decode()))
    assert undo


def test_another_slot_for_one_dose_finds_the_later_ones_again(patient: Patient, staff: Staff) -> None:
    browser = staff("coordinator")
    url = f"/doses/{dose_id(patient)}/series/"
    shown = browser.get(url, {"n": "3"})
    before = places(shown)
    other = next(one for one in choices(shown) if one.split("|")[0] == before[1].split("|")[0])
    again = browser.post(url, {"n": "3", "place": before, "choose": other})
    assert again.status_code == 200
    assert places(again)[:2] == [before[0], other]
    assert places(again)[2] != before[2]
    assert statuses(patient) == []


def test_a_refusal_names_the_dose_and_keeps_what_was_chosen(ward: Ward, patient: Patient, staff: Staff) -> None:
    browser = staff("coordinator")
    url = f"/doses/{dose_id(patient)}/series/"
    chosen = places(browser.get(url, {"n": "2"}))
    rival = maintenance_patient(ward, 42, due=DUE)
    book_appointment(ward.cast.actor("nurse"), dose_id=dose_id(rival), wanted=ward.wanted(DUE, "07:00"))
    refused = browser.post(url, {"n": "2", "place": chosen, "book": "1"})
    assert refused.status_code == 409
    assert "Maintenance 2, Wed 25 Nov at 07:00: Room 1 is taken" in words(refused)
    assert "is free no more: this is the best one now" in words(refused)
    assert places(refused)[1] == chosen[1]
    assert statuses(patient) == []
    assert browser.post(url, {"n": "2", "place": ["nonsense"], "book": "1"}).status_code == 422


def test_two_visits_are_swapped_from_the_board(ward: Ward, patient: Patient, staff: Staff) -> None:
    actor, browser = ward.cast.actor("coordinator"), staff("coordinator")
    rival = maintenance_patient(ward, 42, due=DUE)
    one = book_appointment(actor, dose_id=dose_id(patient), wanted=ward.wanted(DUE, "08:00"))
    other = book_appointment(actor, dose_id=dose_id(rival), wanted=ward.wanted(DUE, "11:00", room=1))
    url = f"/visits/{one.public_id}/swap/"
    assert url in browser.get(f"/today/{DUE}/visits/{one.public_id}/").content.decode()
    assert f"{url}{other.public_id}/" in browser.get(url).content.decode()
    shown = words(browser.get(f"{url}{other.public_id}/"))
    assert "Room 2, Dr Malik" in shown
    assert "Swap the two visits" in shown
    stale = browser.post(f"{url}{other.public_id}/", {"version": "1", "other_version": "9"})
    assert stale.status_code == 409
    done = browser.post(f"{url}{other.public_id}/", {"version": "1", "other_version": "1"})
    assert done.status_code == 302
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.starts_at, other.starts_at) == (ward.at(DUE, "11:00"), ward.at(DUE, "08:00"))


def test_a_swap_says_who_is_told_of_a_new_time(ward: Ward, patient: Patient, staff: Staff) -> None:
    actor, browser = ward.cast.actor("coordinator"), staff("coordinator")
    one, other, late = (
        book_appointment(actor, dose_id=dose_id(who), wanted=ward.wanted(DUE, at, room=room, operator=room))
        for who, at, room in (
            (patient, "08:00", 0),
            (maintenance_patient(ward, 42, due=DUE), "08:00", 1),
            (maintenance_patient(ward, 43, due=DUE), "11:00", 0),
        )
    )
    url = f"/visits/{one.public_id}/swap/"
    assert "Each gets one message with the new time, 20 s after." in words(browser.get(f"{url}{late.public_id}/"))
    same = f"{url}{other.public_id}/"
    assert "Both times stay the same, so nobody is told." in words(browser.get(same))
    done = browser.post(same, {"version": "1", "other_version": "1"}, follow=True)
    assert "still Wed 25 Nov, 08:00. Both times are the same, so nobody is told." in words(done)
    assert [each.events.latest("pk").ical_sequence for each in (one, other)] == [0, 0]


def test_visits_that_cannot_be_swapped_say_why(ward: Ward, patient: Patient, staff: Staff) -> None:
    actor, day = ward.cast.actor("coordinator"), TODAY + timedelta(days=20)
    one = book_appointment(actor, dose_id=dose_id(patient), wanted=ward.wanted(DUE, "08:00"))
    late = maintenance_patient(ward, 42, due=day)
    other = book_appointment(actor, dose_id=dose_id(late), wanted=ward.wanted(day, "11:00"))
    shown = words(staff("coordinator").get(f"/visits/{one.public_id}/swap/{other.public_id}/"))
    assert "One of the visits would not fit" in shown
    assert "Swap the two visits" not in shown
