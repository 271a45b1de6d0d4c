"""Whether a patient will come, taken down at the desk and through the API, and read on the board and the visit."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from patients.models import Carer
from scheduling.models import Appointment
from tests.desk.conftest import words

Staff = Callable[[str], Client]
SAID = {"answer": "accepted", "channel": "phone", "note": "", "version": "1"}


def url(name: str, visit: Appointment) -> str:
    return reverse(f"desk:{name}", args=[visit.public_id])


def test_taken_down_by_whoever_spoke_to_them_and_read_in_words(visit: Appointment, staff: Staff) -> None:
    coordinator = staff("coordinator")
    assert "Will they come? No answer yet" in words(coordinator.get(url("visit", visit)))
    assert "What did they say?" in words(coordinator.get(url("answer", visit)))
    assert coordinator.post(url("answer", visit), SAID).headers["Location"] == url("visit", visit)
    page = words(coordinator.get(url("visit", visit)))
    assert "Will they come? Will come by telephone" in page
    assert "Ada Coordinator took down whether the patient will come" in page
    assert "Will come" in words(coordinator.get(reverse("desk:today")))


def test_what_is_missing_or_stale_is_said_beside_what_was_typed(visit: Appointment, staff: Staff) -> None:
    nurse = staff("nurse")
    missing = nurse.post(url("answer", visit), {"channel": "phone", "note": "Rang twice"})
    assert missing.status_code == 422
    assert "Choose what they said." in words(missing)
    Appointment.objects.filter(pk=visit.pk).update(version=4)
    stale = nurse.post(url("answer", visit), {**SAID, "note": "Rang twice"})
    assert (stale.status_code, stale.context["answer_form"]["version"].value()) == (409, "4")
    assert "Rang twice" in stale.content.decode()
    assert not visit.responses.exists()


def test_a_carers_answer_stands_beside_the_patients_under_their_name(visit: Appointment, staff: Staff) -> None:
    carer = Carer.objects.create(patient=visit.patient, name="Noor Fairweather", relationship="wife")
    nurse = staff("nurse")
    assert "Who said it? The patient Noor Fairweather (wife)" in words(nurse.get(url("answer", visit)))
    nurse.post(url("answer", visit), {**SAID, "respondent": "patient"})
    nurse.post(url("answer", visit), {**SAID, "answer": "declined", "respondent": f"carer:{carer.pk}"})
    page = words(nurse.get(url("visit", visit)))
    assert "Will they come? Will come by telephone" in page
    assert "Noor Fairweather says Cannot come by telephone" in page
    assert "Cannot come" in words(nurse.get(reverse("desk:today")))
