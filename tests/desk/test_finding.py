"""The field in the top bar, the list it leads to, and the warning of a like name."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from patients.models import AccessEntry, Patient
from scheduling.models import Appointment
from tests.cast import make_patient
from tests.desk.conftest import words
from units.models import Membership, Role

if TYPE_CHECKING:
    from tests.ward import Ward

Staff = Callable[[str], Client]
BORN = date(1980, 5, 3)


def kowalczyks(ward: Ward, many: int) -> list[Patient]:
    return [
        make_patient(ward.unit, "Kowalczyk", f"K{n:05}", given_name="Anna", birth_date=BORN.replace(year=1980 + n))
        for n in range(many)
    ]


def typed(client: Client, text: str) -> Any:
    return client.post("/find/", {"q": text}, headers={"HX-Request": "true"})


def names(response: Any) -> list[str]:
    """Surnames of the hits in their order, with a line between those who fit and those spelled like it."""
    found = re.findall(r'hit-name">([^,<]+),|(Similar spelling)', response.content.decode())
    return [name or "~" for name, _ in found]


def test_a_hit_shows_all_by_which_two_alike_are_told_apart(
    ward: Ward, patient: Patient, visit: Appointment, staff: Staff
) -> None:
    Patient.objects.filter(pk=patient.pk).update(nhs_number="9996815560", family_name="Kowalczyk")
    make_patient(ward.unit, "Kowalczyk", "K1", given_name="Inez", birth_date=BORN)
    page = words(typed(staff("coordinator"), "kowalc"))
    for expected in (
        "KOWALCZYK, Ines",
        "born 2 Jul 1971 (55)",
        "NHS 999 681 5560",
        patient.hospital_number,
        ward.unit.name,
        "next visit Tue 24 Nov, 10:00",
        "Another patient is called Inez Kowalczyk, born 3 May 1980",
        "KOWALCZYK, Inez",
        "no visit booked",
        "NHS not known",
    ):
        assert expected in page, expected


def test_those_who_fit_stand_above_those_spelled_like_it(ward: Ward, staff: Staff) -> None:
    for number, name in enumerate(["Kowalczik", "Kowalczyk"]):
        make_patient(ward.unit, name, f"K{number}")
    coordinator = staff("coordinator")
    response = typed(coordinator, "Kowalczyk")
    assert names(response) == ["KOWALCZYK", "~", "KOWALCZIK"]
    assert b'data-status="1 found, 1 of similar spelling"' in response.content
    assert names(typed(coordinator, "Kowalchik")) == ["~", "KOWALCZIK", "KOWALCZYK"]


def test_at_most_eight_are_shown_and_the_list_has_all(ward: Ward, staff: Staff) -> None:
    kowalczyks(ward, 10)
    coordinator = staff("coordinator")
    response = typed(coordinator, "kowa")
    assert len(names(response)) == 8
    assert "All 10 in the list" in words(response)
    listed = coordinator.post("/patients/", {"q": "kowa"}, follow=True)
    assert "10 fit what you typed" in words(listed)


@pytest.mark.parametrize(("text", "said"), [("zzzz", "Nobody fits that"), ("k", ""), ("", ""), ("\0", ""), ("%", "")])
def test_nobody_found_says_what_to_try(text: str, said: str, ward: Ward, staff: Staff) -> None:
    response = typed(staff("coordinator"), text)
    assert response.status_code == 200
    assert names(response) == []
    assert ("Nobody fits that" in words(response)) is bool(said)


def test_what_is_typed_is_kept_nowhere(ward: Ward, patient: Patient, staff: Staff) -> None:
    coordinator = staff("coordinator")
    response = typed(coordinator, patient.family_name)
    assert "HX-Replace-Url" not in response.headers
    assert "HX-Push-Url" not in response.headers
    assert patient.family_name not in str(dict(coordinator.session.items()))
    assert AccessEntry.objects.count() == 0  # nobody has opened a record yet
    assert coordinator.get("/find/").headers["Location"] == "/patients/"


def test_it_takes_the_pages_own_token(ward: Ward, staff: Staff) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = staff("coordinator").cookies
    assert typed(client, "fair").status_code == 403


def test_only_the_actors_units_are_looked_through_but_all_of_them(ward: Ward, staff: Staff) -> None:
    kowalczyks(ward, 1)
    make_patient(ward.cast.other_unit, "Kowalczyk", "O1", given_name="Ewa")
    coordinator = staff("coordinator")
    assert "Ewa" not in words(typed(coordinator, "kowalczyk"))
    Membership.objects.create(user=ward.cast.coordinator, unit=ward.cast.other_unit, role=Role.COORDINATOR)
    page = words(typed(coordinator, "kowalczyk"))
    assert "KOWALCZYK, Ewa" in page
    assert ward.cast.other_unit.name in page
    listed = words(coordinator.post("/patients/", {"q": "kowalczyk"}, follow=True))
    assert "Kowalczyk, Ewa" in listed
    assert ward.cast.other_unit.name in listed


def test_the_list_says_where_like_names_begin(ward: Ward, staff: Staff) -> None:
    for number, name in enumerate(["Kowalczik", "Kowalczyk"]):
        make_patient(ward.unit, name, f"K{number}")
    page = staff("coordinator").post("/patients/", {"q": "kowalczyk"}, follow=True).context["page"]
    assert [(row.name, str(row.heading)) for row in page.rows] == [
        ("Kowalczyk, Ines", ""),
        ("Kowalczik, Ines", "Similar spelling"),
    ]
    assert page.summary == "1 fits what you typed, 1 is spelled like it"
    assert page.rows[0].alike == "Another patient is called Ines Kowalczik, born 2 Jul 1971"


def test_the_banner_warns_of_a_like_name(ward: Ward, patient: Patient, visit: Appointment, staff: Staff) -> None:
    one, *others = kowalczyks(ward, 4)
    coordinator = staff("coordinator")
    assert (
        "Other patients have a like name: Anna Kowalczyk, born 3 May 1981; Anna Kowalczyk, born 3 May 1982; and 1 more"
        in words(coordinator.get(f"/patients/{one.public_id}/"))
    )
    twin = make_patient(ward.unit, patient.family_name, "T1", given_name="Olaf", birth_date=patient.birth_date)
    said = f"Another patient is called Olaf {twin.family_name}, born 2 Jul 1971"
    assert said in words(coordinator.get(f"/patients/{patient.public_id}/"))
    assert said in words(coordinator.get(f"/visits/{visit.public_id}/"))
    assert len(others) == 3


def test_typing_costs_the_same_for_one_and_many(ward: Ward, clock: Any, staff: Staff) -> None:
    coordinator = staff("coordinator")
    coordinator.get("/worklist/")

    def cost(text: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert names(typed(coordinator, text))
        return len(captured)

    kowalczyks(ward, 1)
    few = {text: cost(text) for text in ("kowalczyk", "kowalchik")}
    kowalczyks_before = Patient.objects.count()
    for number in range(30):
        make_patient(ward.unit, "Kowalczyk", f"M{number}", given_name="Anna")
    assert Patient.objects.count() == kowalczyks_before + 30
    many = {text: cost(text) for text in few}
    assert many["kowalczyk"] <= few["kowalczyk"]
    assert many["kowalchik"] <= few["kowalchik"] + 1  # how many there are in all
