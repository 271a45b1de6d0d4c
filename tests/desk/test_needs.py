"""Needs and carers put on record and taken off at the desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.test import Client

from patients.models import Carer, Flag, NeedAllowance, Patient
from tests.desk.conftest import words

if TYPE_CHECKING:
    from tests.ward import Ward

Staff = Callable[[str], Client]


def test_a_need_is_put_on_record_with_what_it_adds_and_taken_off(ward: Ward, patient: Patient, staff: Staff) -> None:
    NeedAllowance.objects.create(unit=ward.unit, code="hoist", minutes_before=15, needs_assistant=True)
    nurse, url = staff("nurse"), f"/patients/{patient.public_id}/needs/"
    page = nurse.post(url, {"kind": "need", "code": "hoist", "text": ""}, follow=True)
    assert "15 min more before, needs an assistant (local policy)" in words(page)
    flag = Flag.objects.get(patient=patient)
    assert (flag.kind, flag.code, flag.text) == ("need", "hoist", "Hoist")
    off = page.context["page"].rows[0].acts[0]
    nurse.post(off.url, dict(off.fields))
    assert not Flag.objects.filter(patient=patient).exists()


def test_an_allergy_wants_words_and_keeps_the_rest(patient: Patient, staff: Staff) -> None:
    response = staff("coordinator").post(
        f"/patients/{patient.public_id}/needs/", {"kind": "alert", "code": "allergy", "text": " "}
    )
    assert response.status_code == 422
    assert "Write what it is." in words(response)
    assert '<option value="allergy" selected' in response.content.decode()


def test_a_carer_is_added_and_taken_off(patient: Patient, staff: Staff) -> None:
    coordinator, url = staff("coordinator"), f"/patients/{patient.public_id}/carers/"
    values = {"name": "Noor", "relationship": "wife", "phone": "07700 900123", "email": "", "receives_invites": "yes"}
    refused = coordinator.post(url, values)
    assert refused.status_code == 422
    assert "Invites go by e-mail" in words(refused)
    assert 'value="Noor"' in refused.content.decode()
    page = coordinator.post(url, {**values, "email": "Noor@example.org"}, follow=True)
    assert "Noor (wife)" in words(page)
    carer = Carer.objects.get(patient=patient)
    assert (carer.email, carer.receives_invites) == ("noor@example.org", True)
    off = page.context["page"].rows[0].acts[0]
    coordinator.post(off.url, dict(off.fields))
    assert not Carer.objects.filter(patient=patient).exists()


def test_another_patients_carer_cannot_be_taken_off_here(ward: Ward, patient: Patient, staff: Staff) -> None:
    staff("nurse").post(f"/patients/{patient.public_id}/carers/", {"row": str(ward.cast.carer.pk)})
    assert Carer.objects.filter(pk=ward.cast.carer.pk).exists()


def test_only_who_may_edit_is_offered_it(patient: Patient, staff: Staff) -> None:
    url = f"/patients/{patient.public_id}/"
    assert [str(one.label) for one in staff("nurse").get(url).context["page"].contact_actions] == [
        "Details…",
        "Needs…",
        "Times…",
        "Carers…",
    ]
    assert staff("manager").get(url).context["page"].contact_actions == []
    assert staff("manager").get(f"{url}needs/").status_code == 403


def test_a_time_that_does_not_suit_is_put_on_record_and_taken_off(ward: Ward, patient: Patient, staff: Staff) -> None:
    nurse, url = staff("nurse"), f"/patients/{patient.public_id}/no-go-times/"
    values = {"words": "Dialysis", "weekdays": ["2", "4"], "starts_at": "08:00", "ends_at": "13:00"}
    refused = nurse.post(url, {**values, "ends_at": "07:00"})
    assert (refused.status_code, "It ends after it begins." in words(refused)) == (422, True)
    page = nurse.post(url, values, follow=True)
    assert "Dialysis Tue, Thu, 08:00 to 13:00" in words(page)
    off = page.context["page"].rows[0].acts[0]
    nurse.post(off.url, dict(off.fields))
    assert not patient.no_go_times.exists()
