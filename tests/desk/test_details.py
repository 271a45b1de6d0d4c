"""A patient put on record at the desk, and their details put right."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.test import Client

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
    assert 'type="checkbox" name="is_somebody_else"' in asked.content.decode()
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
