"""Patients in the admin: found by what is typed, looked at on the record, changed by the use cases only."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from patients.models import AccessEntry, Flag, Patient
from tests.cast import Cast, make_patient, signed_in
from units.models import Membership
from units.policy import Role

PATIENTS = "/admin/patients/patient/"


@pytest.fixture
def client(cast: Cast) -> Client:
    """Somebody who is both administrator and coordinator, and so may write what a clerk writes."""
    Membership.objects.create(user=cast.administrator, unit=cast.unit, role=Role.COORDINATOR)
    return signed_in(cast.administrator)


def record(cast: Cast, **changes: Any) -> dict[str, Any]:
    inlines = {
        f"{name}-{form}_FORMS": number
        for name in ("flags", "carers", "consents", "authorisations")
        for form, number in (("TOTAL", 0), ("INITIAL", 0), ("MIN_NUM", 0), ("MAX_NUM", 1000))
    }
    return {
        "unit": cast.unit.pk,
        "family_name": "Fairweather",
        "given_name": "Ines",
        "birth_date": "1971-07-02",
        "sex": "female",
        "nhs_number": "999 089 9452",
        "hospital_number": "H100001",
        "phone": "020 7946 0991",
        "email": "h100001@example.org",
        "preferred_channel": "email",
        "language": "en",
        "accepts_email": "on",
        "accepts_text": "on",
        **inlines,
        **changes,
    }


def test_list_is_searched_as_the_pages_are(cast: Cast, client: Client) -> None:
    make_patient(cast.unit, "O’Neill", "H100002")
    page = client.get(PATIENTS, {"q": "oneill"}).content.decode()
    assert "O’Neill" in page
    assert "Fairweather" not in page
    assert "999 089 9452" in client.get(PATIENTS, {"q": "9990899452"}).content.decode()
    assert "Hartnoll" not in client.get(PATIENTS, {"q": "hartnoll"}).content.decode()


def test_look_at_a_record_is_on_record(cast: Cast, client: Client) -> None:
    client.get(f"{PATIENTS}{cast.patient.pk}/change/")
    client.get(f"{PATIENTS}{cast.patient.pk}/history/")
    looks = AccessEntry.objects.order_by("pk").values_list("actor_name", "page")
    assert list(looks) == [("Ada Administrator", "admin"), ("Ada Administrator", "admin history")]


def test_administrator_alone_changes_no_patient(cast: Cast) -> None:
    client = signed_in(cast.administrator)
    assert client.post(f"{PATIENTS}{cast.patient.pk}/change/", record(cast, family_name="X")).status_code == 403
    assert client.get(f"{PATIENTS}add/").status_code == 403


def test_change_goes_through_the_use_case(cast: Cast, client: Client) -> None:
    answer = client.post(f"{PATIENTS}{cast.patient.pk}/change/", record(cast, comments="Rings back after six"))
    assert answer.status_code == 302
    cast.patient.refresh_from_db()
    assert (cast.patient.comments, cast.patient.nhs_number) == ("Rings back after six", "9990899452")
    assert cast.patient.history.latest("pgh_id").pgh_context.metadata["actor"] == "Ada Administrator"


def test_death_and_unit_are_not_the_admins_to_change(cast: Cast, client: Client) -> None:
    form = record(cast, unit=cast.other_unit.pk, deceased_at_0="2026-01-01", deceased_at_1="09:00")
    client.post(f"{PATIENTS}{cast.patient.pk}/change/", form)
    cast.patient.refresh_from_db()
    assert (cast.patient.unit, cast.patient.deceased_at) == (cast.unit, None)
    assert client.post(f"{PATIENTS}{cast.patient.pk}/delete/", {"post": "yes"}).status_code == 403


def test_new_patient_in_ones_own_unit(cast: Cast, client: Client) -> None:
    form = record(cast, family_name="Okafor", nhs_number="", hospital_number="h200009")
    assert client.post(f"{PATIENTS}add/", form).status_code == 302
    added = Patient.objects.get(family_name="Okafor")
    assert (added.unit, added.hospital_number, added.nhs_number) == (cast.unit, "H200009", None)
    elsewhere = record(cast, unit=cast.other_unit.pk, nhs_number="", hospital_number="H200010")
    assert client.post(f"{PATIENTS}add/", elsewhere).status_code == 200


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"nhs_number": "999 123 4567"}, "Its check digit does not fit"),
        ({"nhs_number": "9996815595"}, "A patient with this NHS number is on record already."),
        ({"hospital_number": "H100002"}, "A patient with this hospital number is in this unit already."),
    ],
)
def test_wrong_number_is_told_at_its_field(cast: Cast, client: Client, values: dict[str, str], sentence: str) -> None:
    make_patient(cast.unit, "Second", "H100002")
    page = client.post(f"{PATIENTS}{cast.patient.pk}/change/", record(cast, **values)).content.decode()
    assert sentence in page
    assert "Hartnoll" not in page


def test_flags_are_kept_beside_the_record_with_their_history(cast: Cast, client: Client) -> None:
    flag = {"flags-TOTAL_FORMS": 1, "flags-0-kind": "alert", "flags-0-code": "allergy", "flags-0-text": "Latex"}
    assert client.post(f"{PATIENTS}{cast.patient.pk}/change/", record(cast, **flag)).status_code == 302
    assert Flag.objects.get().text == "Latex"
    page = client.get(f"{PATIENTS}{cast.patient.pk}/history/").content.decode()
    assert "Latex" in page
    assert "Ada Administrator" in page


def test_lists_cost_the_same_for_few_and_many(cast: Cast, client: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        make_patient(cast.unit, f"Row{number}", f"R{number:05}")
    for page in ("patient", "worklistitem", "accessentry"):
        with django_assert_max_num_queries(13):
            assert client.get(f"/admin/patients/{page}/").status_code == 200
