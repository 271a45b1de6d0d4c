"""Finding a patient, and one patient's page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.test import Client

from doseplans.models import PlanHold
from patients.models import AccessEntry, Authorisation, Carer, Consent, Flag, Patient
from reminders.models import Message
from reminders.services import derive_messages
from scheduling.models import Appointment
from scheduling.services import book_appointment
from scheduling.services.courses.deaths import record_death
from scheduling.services.courses.holding import end_plan_and_visits, reopen_ended_plan
from tests.desk.conftest import words
from tests.ward import NOW, TODAY, dose_id, maintenance_patient

if TYPE_CHECKING:
    from tests.ward import Ward

Staff = Callable[[str], Client]


def url(patient: Patient) -> str:
    return f"/patients/{patient.public_id}/"


def names(response: Any) -> list[str]:
    return [row.name for row in response.context["page"].rows]


# --- finding ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("purpose", "title", "page"),
    [("visit", "Whose visit?", "visit/"), ("red-flag", "Whose red flag?", "red-flag/"), ("x", "Patients", "")],
)
def test_a_patient_looked_for_to_some_end_leads_straight_there(
    purpose: str, title: str, page: str, ward: Ward, staff: Staff
) -> None:
    typed = staff("nurse").post(f"/patients/?for={purpose}", {"q": "Fairweather"}, follow=True)
    shown, whom = typed.context["page"], ward.cast.patient.public_id
    assert (str(shown.title), [row.url for row in shown.rows]) == (title, [f"/patients/{whom}/{page}"])
    assert all(("for=" in chip.url) is bool(page) for chip in shown.chips)


def test_who_may_not_book_is_led_to_the_record(ward: Ward, staff: Staff) -> None:
    rows = staff("manager").get("/patients/?for=visit").context["page"].rows
    assert f"/patients/{ward.cast.patient.public_id}/" in [row.url for row in rows]


@pytest.mark.parametrize("typed", ["fairw", "FAIRWEATHER, ines", "9990899452", "999 089 9452", "H100001", "2/7/1971"])
def test_found_by_what_is_known(typed: str, ward: Ward, patient: Patient, staff: Staff) -> None:
    Patient.objects.filter(pk=patient.pk).update(birth_date=TODAY.replace(year=1950), given_name="Olaf")
    response = staff("coordinator").post("/patients/", {"q": typed}, follow=True)
    assert names(response) == ["Fairweather, Ines"]


def test_no_name_stands_in_an_address(ward: Ward, staff: Staff) -> None:
    coordinator = staff("coordinator")
    response = coordinator.post("/patients/", {"q": "Fairweather"})
    assert (response.status_code, response.headers["Location"]) == (302, "/patients/?found=1")
    found = coordinator.get("/patients/?found=1")
    assert found.context["page"].query == "Fairweather"
    addresses = [chip.url for chip in found.context["page"].chips] + [row.url for row in found.context["page"].rows]
    assert not [address for address in addresses if "air" in address.lower()]
    assert coordinator.get("/patients/").context["page"].query == ""


def test_typing_ahead_renews_the_list_and_the_address(ward: Ward, staff: Staff) -> None:
    response = staff("coordinator").post("/patients/", {"q": "fair"}, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="found")
    assert response.status_code == 200
    assert response.headers["HX-Replace-Url"] == "/patients/?found=1"
    assert b'id="found"' in response.content
    assert names(response) == ["Fairweather, Ines"]


@pytest.mark.parametrize("typed", ["Hartnoll", "zzz", "%", "'; --", "\0", "9" * 500])
def test_nobody_found_says_what_to_try(typed: str, ward: Ward, staff: Staff) -> None:
    response = staff("coordinator").post("/patients/", {"q": typed}, follow=True)
    if typed.strip("\0"):
        assert "Nobody here fits that." in words(response)
    else:
        assert names(response) == ["Fairweather, Ines"]


def test_chips_and_order(ward: Ward, patient: Patient, visit: Appointment, staff: Staff) -> None:
    held = maintenance_patient(ward, 2)
    PlanHold.objects.create(plan=held.plans.get(), reason="Ill", placed_on=TODAY, placed_by_name="Dr Malik")
    coordinator = staff("coordinator")
    page = coordinator.get("/patients/").context["page"]
    assert [(str(chip.label), chip.count) for chip in page.chips] == [("All", 3), ("On hold", 1), ("No plan", 1)]
    assert names(coordinator.get("/patients/?show=held")) == ["Patient002, Ines"]
    assert names(coordinator.get("/patients/?show=unplanned")) == ["Fairweather, Ines"]
    assert names(coordinator.get("/patients/?sort=visit"))[0] == "Patient001, Ines"
    row = next(row for row in page.rows if row.name == "Patient001, Ines")
    assert (row.plan_note, row.next_text, row.next_note) == ("4 given", "Tue 24 Nov, 10:00", "today")


# --- the record ------------------------------------------------------------------------------------------------------
def test_the_record_shows_everything_and_is_opened_on_the_record(
    ward: Ward, patient: Patient, visit: Appointment, staff: Staff
) -> None:
    Flag.objects.create(patient=patient, kind="alert", code="antithrombotic", text="Clopidogrel")
    Flag.objects.create(patient=patient, kind="need", code="hoist", text="Hoist")
    Patient.objects.filter(pk=patient.pk).update(postal_address="1 Quay Road\nAnytown\nAN1 2AA")
    Carer.objects.create(patient=patient, name="Ola", relationship="daughter", receives_invites=True)
    Carer.objects.create(patient=patient, name="Olu", email="olu@example.org", receives_invites=True)
    Consent.objects.create(patient=patient, kind="procedure", given_on=TODAY, expires_on=TODAY - timedelta(days=1))
    Authorisation.objects.create(patient=patient, status="denied", funding_source="payer")
    response = staff("coordinator").get(url(patient))
    page = words(response)
    for expected in (
        "PATIENT001, Ines",
        "2 Jul 1971 (55)",
        "Clopidogrel",
        "Hoist",
        "Ola",
        "1 Quay Road, Anytown, AN1 2AA",
        "Is to be told, but carers are told by e-mail only and no address is on record",
        "Gets invites and reminders, by e-mail only",
        "Procedure consent",
        "Out of date",
        "Denied",
        "Maintenance 2",
        "4 given, first on Wed 2 Sep",
        "Tue 24 Nov, 10:00",
        "booked Tue 24 Nov, 10:00",
    ):
        assert expected in page, expected
    entry = AccessEntry.objects.get()
    assert (entry.patient, entry.actor_name, entry.page) == (patient, "Ada Coordinator", "patient")


def test_who_looked_is_shown_to_those_who_may_see_it(patient: Patient, staff: Staff) -> None:
    staff("nurse").get(url(patient))
    assert "Ada Nurse looked at the record" in words(staff("doctor").get(url(patient)))
    assert "looked at the record" not in words(staff("coordinator").get(url(patient)))


def test_a_person_who_looked_three_times_that_day_is_named_once(patient: Patient, staff: Staff) -> None:
    for _ in range(3):
        staff("nurse").get(url(patient))
    looked = staff("doctor").get(url(patient)).context["page"].looked
    assert sorted(row.who for row in looked) == ["Ada Doctor", "Ada Nurse"]


def test_what_was_done_to_the_plan_is_told_with_the_reason(patient: Patient, ward: Ward, staff: Staff) -> None:
    doctor, plan = ward.cast.actor("doctor"), patient.plans.get()
    end_plan_and_visits(doctor, plan_id=plan.public_id, reason="stopped", on=TODAY, note="Asked to stop")
    reopen_ended_plan(doctor, plan_id=plan.public_id, reason="It was somebody else")
    told = words(staff("coordinator").get(url(patient)))
    assert "Ada Doctor opened the ended plan again “It was somebody else”" in told
    assert "Ada Doctor ended the plan “Stopped: Asked to stop”" in told


def test_after_a_death_nothing_reads_as_if_it_would_still_go(
    patient: Patient, visit: Appointment, ward: Ward, staff: Staff
) -> None:
    derive_messages()
    before = staff("doctor").get(url(patient)).context["page"]
    assert any("Goes" in str(row.badge.text) for row in before.messages)
    record_death(ward.cast.actor("doctor"), patient_id=patient.public_id, died_on=TODAY)
    after = staff("doctor").get(url(patient)).context["page"]
    assert {str(row.badge.text) for row in after.messages} == {"Not sent"}
    assert "recorded the death" in {str(row.text) for row in after.history}


def test_each_message_says_of_which_visit_it_is_and_the_tab_counts_all(
    patient: Patient, visit: Appointment, staff: Staff
) -> None:
    derive_messages()
    shown = staff("coordinator").get(url(patient))
    page = shown.context["page"]
    assert {row.about for row in page.messages} == {"visit of Tue 24 Nov, 10:00"}
    assert "visit of Tue 24 Nov, 10:00" in words(shown)
    assert page.message_count == len(page.messages) + len(page.older_messages) == Message.objects.count()


def test_the_next_dose_is_one_click_away(patient: Patient, visit: Appointment, staff: Staff) -> None:
    page = staff("coordinator").get(url(patient)).context["page"]
    assert [action.label for action in page.actions] == [
        "Find a slot for maintenance 3",
        "Book another visit…",
        "Red flag…",
    ]
    assert page.menu[0].label == "Book the series…"
    assert list(staff("manager").get(url(patient)).context["page"].actions) == []


def test_a_hold_is_said_and_stops_the_button(patient: Patient, staff: Staff) -> None:
    PlanHold.objects.create(
        plan=patient.plans.get(),
        reason="CSF white cells.",
        placed_on=TODAY,
        placed_by_name="Dr Malik",
        review_on=TODAY + timedelta(days=3),
    )
    response = staff("coordinator").get(url(patient))
    assert "On hold since Tue 24 Nov, review Fri 27 Nov" in words(response)
    assert "Held by Dr Malik: CSF white cells." in words(response)
    labels = [action.label for action in response.context["page"].actions]
    assert labels == ["Book another visit…", "Red flag…"]


def test_the_next_visit_stands_first_and_those_that_were_are_folded_away(
    ward: Ward, patient: Patient, staff: Staff, clock: time_machine.Traveller
) -> None:
    soon = book_appointment(
        ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(TODAY + timedelta(days=1))
    )
    page = staff("coordinator").get(url(patient)).context["page"]
    assert ([row.starts_at for row in page.visits], page.earlier_visits) == ([soon.starts_at], [])
    clock.move_to(NOW + timedelta(days=2))
    after = staff("coordinator").get(url(patient))
    page = after.context["page"]
    assert (page.visits, [row.starts_at for row in page.earlier_visits]) == ([], [soon.starts_at])
    assert "No visit to come." in words(after)
    assert "1 earlier visit" in words(after)


def test_all_doses_are_a_link_away(patient: Patient, staff: Staff) -> None:
    first = staff("coordinator").get(url(patient)).context["page"].plans[0]
    everything = staff("coordinator").get(url(patient) + "?doses=all").context["page"].plans[0]
    assert len(everything.doses) == 7
    assert first.earlier_url.endswith("?doses=all#doses") or len(first.doses) == 7


def test_another_units_patient_is_not_there(ward: Ward, patient: Patient, staff: Staff) -> None:
    response = staff("other_coordinator").get(url(patient))
    assert response.status_code == 404
    assert "There is no such patient among yours." in words(response)
    assert AccessEntry.objects.count() == 0
