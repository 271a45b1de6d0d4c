"""A patient put on record at the desk, and their details put right."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from desk.forms.patients import NewPatientForm
from patients.models import Patient
from tests.desk.conftest import words

if TYPE_CHECKING:
    from tests.ward import Ward

Staff = Callable[[str], Client]
NEW = {
    "family_name": "O'Brien-Featherstonehaugh",
    "given_name": "Siân",
    "birth_date": "1961-02-07",
    "sex": "female",
    "nhs_number": "999 681 9124",
    "hospital_number": " h7 ",
    "phone": "07700 900123",
    "email": "",
    "postal_address": "",
    "preferred_channel": "phone",
    "language": "en",
    "accepts_email": "no",
    "accepts_text": "yes",
    "consultant_name": "",
    "comments": "",
}


def test_a_new_patient_is_added_and_their_page_opens(ward: Ward, staff: Staff) -> None:
    coordinator = staff("coordinator")
    assert 'href="/patients/add/"' in coordinator.get("/patients/").content.decode()
    page = coordinator.post("/patients/add/", NEW, follow=True)
    added = Patient.objects.get(hospital_number="H7")
    assert page.redirect_chain[-1][0] == f"/patients/{added.public_id}/"
    assert "Added: O'Brien-Featherstonehaugh, Siân." in words(page)
    assert (added.unit, added.nhs_number) == (ward.unit, "9996819124")
    assert (added.accepts_email, added.accepts_text) == (False, True)


def test_what_is_missing_or_taken_is_said_beside_its_field(patient: Patient, staff: Staff) -> None:
    taken = {**NEW, "family_name": "", "birth_date": "", "hospital_number": patient.hospital_number}
    refused = staff("nurse").post("/patients/add/", taken)
    assert refused.status_code == 422
    said = refused.context["form"].errors
    assert set(said) == {"family_name", "birth_date", "hospital_number"}
    assert "Write the surname." in words(refused)
    assert "A patient with this hospital number is in this unit already." in words(refused)


def test_somebody_like_a_patient_on_record_is_asked_about_once(patient: Patient, staff: Staff) -> None:
    alike = {**NEW, "family_name": patient.family_name.upper(), "birth_date": f"{patient.birth_date:%Y-%m-%d}"}
    nurse = staff("nurse")
    asked = nurse.post("/patients/add/", alike)
    assert asked.status_code == 422
    assert f"hospital number {patient.hospital_number}, born on the same day, is on record already." in words(asked)
    form = asked.context["form"]
    assert [field.name for field in form.visible_fields()][:4] == [
        "family_name",
        "given_name",
        "is_somebody_else",
        "birth_date",
    ]
    assert "data-asked" in form["is_somebody_else"].as_widget()
    both = nurse.post("/patients/add/", {**alike, "given_name": ""})
    assert "data-asked" not in both.content.decode()  # another field is wrong: the list of both comes first
    nurse.post("/patients/add/", {**alike, "is_somebody_else": "on"})
    assert Patient.objects.filter(hospital_number="H7").exists()


def test_details_are_put_right_and_the_rest_stays(patient: Patient, staff: Staff) -> None:
    coordinator, url = staff("coordinator"), f"/patients/{patient.public_id}/details/"
    assert f'href="{url}"' in coordinator.get(f"/patients/{patient.public_id}/").content.decode()
    form = coordinator.get(url).context["form"]
    typed = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    page = coordinator.post(url, {**typed, "phone": "07700 900456", "email": "new@example.org"}, follow=True)
    assert "Saved: " in words(page)
    before, now = patient, Patient.objects.get(pk=patient.pk)
    assert (now.phone, now.email) == ("+447700900456", "new@example.org")
    same = ("family_name", "birth_date", "nhs_number", "hospital_number", "accepts_email", "language", "unit_id")
    assert [getattr(now, name) for name in same] == [getattr(before, name) for name in same]


def test_a_refused_name_does_not_stand_in_the_banner(patient: Patient, staff: Staff) -> None:
    url = f"/patients/{patient.public_id}/details/"
    refused = staff("nurse").post(url, {**NEW, "family_name": "Somebodyelse", "nhs_number": "123"})
    assert refused.status_code == 422
    assert refused.context["page"].banner.family_name == patient.family_name
    assert Patient.objects.get(pk=patient.pk).family_name == patient.family_name


def test_a_number_taken_meanwhile_is_refused_by_the_database_in_words(
    ward: Ward, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two tabs send the same patient at once: both forms found the numbers free."""
    nurse = staff("nurse")
    nurse.post("/patients/add/", NEW)
    monkeypatch.setattr(NewPatientForm, "clean", lambda form: form.cleaned_data)
    for field, other in (("nhs_number", {"hospital_number": "H8"}), ("hospital_number", {"nhs_number": ""})):
        second = nurse.post("/patients/add/", {**NEW, **other})
        assert (second.status_code, set(second.context["form"].errors)) == (409, {field}), field
    assert Patient.objects.filter(family_name=NEW["family_name"]).count() == 1


@pytest.mark.parametrize("written", ["h 7", "H7", " h\u00a07 "])
def test_a_hospital_number_is_one_however_it_is_written(ward: Ward, staff: Staff, written: str) -> None:
    nurse = staff("nurse")
    nurse.post("/patients/add/", NEW)
    again = {**NEW, "nhs_number": "", "family_name": "Somebodyelse", "hospital_number": written}
    refused = nurse.post("/patients/add/", again)
    assert set(refused.context["form"].errors) == {"hospital_number"}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("birth_date", "2399-01-01", "The date of birth has not come yet. Check the year."),
        ("birth_date", "1066-01-01", "years old. Check the year."),
        ("family_name", "x" * 200, "at most 80 characters"),
        ("given_name", "  ", "Write the forename."),
        ("hospital_number", " ", "Write the hospital number."),
        ("nhs_number", "123", "An NHS number has ten digits."),
    ],
)
def test_what_cannot_be_is_refused_in_words(ward: Ward, staff: Staff, field: str, value: str, said: str) -> None:
    refused = staff("nurse").post("/patients/add/", {**NEW, field: value})
    assert (refused.status_code, set(refused.context["form"].errors)) == (422, {field})
    assert said in words(refused)
    assert not Patient.objects.filter(family_name=NEW["family_name"]).exists()


def sent_from(page: Any) -> dict[str, Any]:
    """What a browser sends of the details' form as it came, its hidden fields, too."""
    form = page.context["form"]
    typed = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    return typed | {form[name].html_initial_name: value for name, value in typed.items()}


def test_what_a_page_did_not_change_stays_as_a_colleague_wrote_it_meanwhile(patient: Patient, staff: Staff) -> None:
    coordinator, url = staff("coordinator"), f"/patients/{patient.public_id}/details/"
    opened = coordinator.get(url)
    assert 'name="initial-phone"' in opened.content.decode()
    typed = sent_from(opened)
    Patient.objects.filter(pk=patient.pk).update(phone="+447700900999")
    coordinator.post(url, {**typed, "given_name": "Another"})
    now = Patient.objects.get(pk=patient.pk)
    assert (now.given_name, now.phone) == ("Another", "+447700900999")


def test_an_odd_number_on_record_does_not_stop_a_new_address(patient: Patient, staff: Staff) -> None:
    Patient.objects.filter(pk=patient.pk).update(nhs_number="9991234567")
    coordinator, url = staff("coordinator"), f"/patients/{patient.public_id}/details/"
    typed = sent_from(coordinator.get(url))
    assert coordinator.post(url, {**typed, "email": "new@example.org"}).status_code == 302
    now = Patient.objects.get(pk=patient.pk)
    assert (now.email, now.nhs_number) == ("new@example.org", "9991234567")
