"""The frame: where I am, where I may go, and what happens when the sign-in ends."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from django.test import Client

from patients.models import Patient
from scheduling.models import Appointment
from tests.cast import signed_in
from tests.desk.conftest import PANEL, words
from units.models import Membership

if TYPE_CHECKING:
    import time_machine

    from tests.ward import Ward

Staff = Callable[[str], Client]


@pytest.mark.parametrize(
    ("who", "home"),
    [
        ("coordinator", "/doses/"),
        ("nurse", "/today/"),
        ("doctor", "/today/"),
        ("pharmacist", "/today/"),
        ("manager", "/today/"),
        ("administrator", "/admin/"),
    ],
)
def test_each_role_starts_where_its_work_begins(who: str, home: str, staff: Staff) -> None:
    response = staff(who).get("/")
    assert (response.status_code, response.headers["Location"]) == (302, home)


@pytest.mark.parametrize(
    ("who", "places"),
    [
        ("coordinator", ["today", "calendar", "doses", "worklist", "patients"]),
        ("manager", ["today", "calendar", "doses", "patients"]),
        ("administrator", ["today", "calendar", "doses", "patients", "admin"]),
    ],
)
def test_the_menu_has_the_roles_places(who: str, places: list[str], ward: Ward, clock: Any, staff: Staff) -> None:
    frame = staff(who).get("/today/").context["frame"]
    assert [item.key for item in frame.nav] == places


@pytest.mark.parametrize(
    ("who", "bar", "more"),
    [
        ("nurse", ["today", "worklist", "visit", "red-flag"], ["calendar", "doses", "patients"]),
        ("coordinator", ["today", "worklist", "visit", "red-flag"], ["calendar", "doses", "patients"]),
        ("pharmacist", ["today", "worklist", "red-flag"], ["calendar", "doses", "patients"]),
        ("manager", ["today", "calendar", "doses", "patients"], []),
        ("administrator", ["today", "calendar", "doses", "patients", "admin"], []),
    ],
)
def test_a_phones_bar_has_what_the_role_may_do_and_the_rest_behind_its_last_button(
    who: str, bar: list[str], more: list[str], ward: Ward, clock: Any, staff: Staff
) -> None:
    page = staff(who).get("/today/")
    frame = page.context["frame"]
    assert [item.key for item in [*frame.nav, *frame.acts] if item not in frame.more] == bar
    assert [item.key for item in frame.more] == more
    assert ("nav-more" in page.content.decode()) is bool(more)


@pytest.mark.parametrize(
    "path", ["/today/", "/calendar/", "/doses/", "/worklist/", "/patients/", "/messages/", "/mine/", "/admin/"]
)
def test_the_bar_is_the_same_on_every_page(path: str, ward: Ward, clock: Any, staff: Staff) -> None:
    admin = ward.cast.administrator
    Membership.objects.create(user=admin, unit=ward.unit, role="nurse")
    found = re.findall(
        r'class="nav-tab[^"]*"\s+href="([^"]*)"', staff("administrator").get(path, follow=True).content.decode()
    )
    assert found == [
        "/today/",
        "/calendar/",
        "/doses/",
        "/worklist/",
        "/patients/",
        "/admin/",
        "/patients/?for=visit",
        "/patients/?for=red-flag",
    ]


def test_the_bar_marks_what_a_patient_is_looked_for(ward: Ward, patient: Patient, staff: Staff) -> None:
    nurse = staff("nurse")
    marked = {
        path: [item.key for item in nurse.get(path).context["frame"].acts if item.is_current]
        for path in (
            "/patients/",
            "/patients/?for=red-flag",
            "/patients/?for=visit",
            f"/patients/{patient.public_id}/red-flag/",
            f"/patients/{patient.public_id}/visit/",
        )
    }
    assert list(marked.values()) == [[], ["red-flag"], ["visit"], ["red-flag"], ["visit"]]


def test_the_accounts_menu_marks_the_page_that_it_led_to(ward: Ward, clock: Any, staff: Staff) -> None:
    page = staff("nurse").get("/mine/").content.decode()
    assert re.findall(r'<a href="([^"]*)" aria-current="page"', page) == ["/mine/"]


def test_the_menu_counts(ward: Ward, patient: Patient, staff: Staff) -> None:
    nav = {item.key: item.count for item in staff("coordinator").get("/today/").context["frame"].nav}
    assert nav == {"today": None, "calendar": None, "doses": 1, "worklist": 0, "patients": None}


def test_somebody_without_a_unit_is_told_whom_to_ask(ward: Ward) -> None:
    response = signed_in(ward.cast.loner).get("/today/")
    assert response.status_code == 403
    assert "You have no role in any unit yet." in words(response)


def test_two_units_are_one_click_apart(ward: Ward, visit: Appointment, staff: Staff) -> None:
    Membership.objects.create(user=ward.cast.nurse, unit=ward.cast.other_unit, role="nurse")
    nurse = staff("nurse")
    frame = nurse.get("/today/").context["frame"]
    assert [(unit.name, unit.is_current) for unit in frame.units] == [
        ("Harbour Day Unit", True),
        ("Hilltop Day Unit", False),
    ]
    other = {"unit": str(ward.cast.other_unit.public_id)}
    response = nurse.post("/unit/", other, HTTP_REFERER="http://testserver/today/")
    assert response.headers["Location"] == "/today/"
    assert nurse.get("/today/").context["frame"].unit_name == "Hilltop Day Unit"
    assert "Nobody is booked on this day." in words(nurse.get("/today/"))


def test_a_record_of_the_other_unit_is_shown_there_and_not_here(
    ward: Ward, patient: Patient, visit: Appointment, staff: Staff
) -> None:
    Membership.objects.create(user=ward.cast.nurse, unit=ward.cast.other_unit, role="nurse")
    nurse = staff("nurse")
    nurse.post("/unit/", {"unit": str(ward.cast.other_unit.public_id)})
    for path in (f"/visits/{visit.public_id}/", f"/patients/{patient.public_id}/"):
        response = nurse.get(path)
        assert response.status_code == 409
        assert "This belongs to Harbour Day Unit. Go there to see it." in words(response)
        assert patient.family_name not in words(response)
    back = {"unit": str(ward.unit.public_id), "next": path}
    assert nurse.post("/unit/", back).headers["Location"] == path
    assert nurse.get(path).status_code == 200


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_switching_leads_nowhere_outside(elsewhere: str, ward: Ward, staff: Staff) -> None:
    response = staff("nurse").post("/unit/", {"unit": str(ward.unit.public_id), "next": elsewhere})
    assert response.headers["Location"] == "/"


@pytest.mark.parametrize("unit", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_a_unit_of_others_cannot_be_chosen(unit: str, ward: Ward, staff: Staff) -> None:
    assert staff("nurse").post("/unit/", {"unit": unit}).status_code == 404
    theirs = {"unit": str(ward.cast.other_unit.public_id)}
    assert staff("nurse").post("/unit/", theirs).status_code == 404


def test_signing_in_leads_back_to_the_page(visit: Appointment) -> None:
    path = f"/visits/{visit.public_id}/"
    response = Client().get(path)
    assert response.headers["Location"] == f"/sign-in/?next={path}"


def test_after_a_form_was_sent_too_late_one_comes_back_to_its_page(
    ward: Ward, visit: Appointment, clock: time_machine.Traveller, staff: Staff
) -> None:
    nurse = staff("nurse")
    clock.shift(timedelta(hours=13))
    sent = nurse.post(f"/visits/{visit.public_id}/arrive/", {"version": 1})
    assert sent.headers["Location"] == f"/sign-in/?next=/visits/{visit.public_id}/arrive/"
    again = staff("nurse").get(f"/visits/{visit.public_id}/arrive/")
    assert again.headers["Location"] == f"/visits/{visit.public_id}/"


def test_htmx_is_sent_to_the_sign_in_and_not_given_it_in_a_panel(visit: Appointment) -> None:
    response = Client().get(
        f"/visits/{visit.public_id}/move/", **PANEL, HTTP_HX_CURRENT_URL=f"http://testserver/visits/{visit.public_id}/"
    )
    assert unquote(response.headers["HX-Redirect"]) == f"/sign-in/?next=/visits/{visit.public_id}/"
    assert response.content == b""


def test_a_page_is_never_kept_by_a_browser(patient: Patient, staff: Staff) -> None:
    response = staff("nurse").get(f"/patients/{patient.public_id}/")
    assert "no-store" in response.headers["Cache-Control"]


def test_a_refusal_inside_a_panel_is_a_part(ward: Ward, staff: Staff) -> None:
    response = staff("nurse").get("/visits/00000000-0000-0000-0000-000000000000/", **PANEL)
    assert response.status_code == 404
    assert b"<html" not in response.content
    assert "There is no such visit in your units." in words(response)
