"""*Import patients*: a coordinator's own door to the ward's list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from doseplans.models import ImportRun, WardListUpload
from doseplans.services.ward_list import running
from patients.models import Patient
from tests.desk.conftest import words
from tests.doseplans.wardlist.lists import DATA, ward_list
from units import runs
from units.runs import Heart

if TYPE_CHECKING:
    from tests.ward import Ward

Staff = Callable[[str], Client]
WARD_LIST = (DATA / "ward_list.csv").read_bytes()
WITH_ERRORS = (DATA / "ward_list_with_errors.csv").read_bytes()
DOOR = "/patients/import/"


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 20, 9, 0, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def coordinator(ward: Ward, staff: Staff) -> Client:
    ward.cast.patient.delete()  # have NHS numbers of the list
    ward.cast.other_patient.delete()
    return staff("coordinator")


def upload(client: Client, content: bytes) -> Any:
    return client.post(DOOR, {"file": SimpleUploadedFile("ward.csv", content)})


def test_the_door_is_on_the_patients_page_of_those_who_may(ward: Ward, staff: Staff) -> None:
    for who, is_shown in (("coordinator", True), ("nurse", False)):
        assert (f'href="{DOOR}"' in staff(who).get("/patients/").content.decode()) is is_shown, who


def test_upload_preview_import(coordinator: Client) -> None:
    assert "Look at the list first" in words(coordinator.get(DOOR))
    leads_to = upload(coordinator, WARD_LIST)["Location"]
    assert leads_to == reverse("desk:preview_import", args=[WardListUpload.objects.get().digest])
    page = coordinator.get(leads_to)
    assert "58 new, 0 changed, 0 unchanged. Nothing is saved yet." in words(page)
    assert 'value="Import 58 patients"' in page.content.decode()
    assert Patient.objects.count() == 0
    done = coordinator.post(leads_to, {"_import": ""}, follow=True)
    assert "Patients imported: 58 new, 0 changed, 0 unchanged." in words(done)
    assert Patient.objects.count() == 58
    assert WardListUpload.objects.get().content is None
    again = coordinator.post(leads_to, {"_import": ""}, follow=True)
    assert "This list was decided about already" in words(again)


def test_a_wrong_list_is_refused_row_by_row(coordinator: Client) -> None:
    leads_to = upload(coordinator, WITH_ERRORS)["Location"]
    page = coordinator.get(leads_to)
    assert "14 things are wrong, so nothing of this list can be imported." in words(page)
    assert 'name="_import"' not in page.content.decode()
    assert coordinator.post(leads_to, {"_import": ""}).status_code == 422
    assert Patient.objects.count() == 0


def test_questions_are_answered_by_ticks(coordinator: Client) -> None:
    leads_to = upload(coordinator, ward_list({"E-mail": "not an address"}))["Location"]
    refused = coordinator.post(leads_to, {"_import": ""})
    assert (refused.status_code, Patient.objects.count()) == (422, 0)
    assert "Nothing was imported: 1 question has no tick." in words(refused)
    coordinator.post(leads_to, {"_import": "", "accept": ["2:email-wrong"]})
    assert Patient.objects.count() == 1


def test_questions_of_one_kind_are_answered_with_one_press(coordinator: Client) -> None:
    wrong = [{"E-mail": "no address", "Surname": name} for name in ("Adeyemi", "Bell", "Castle")]
    leads_to = upload(coordinator, ward_list(*wrong, {"Sex": "xyz", "Surname": "Dale"}))["Location"]
    page = coordinator.get(leads_to)
    kind = next(kind for kind in page.context["preview"].kinds if kind.key.startswith("email-wrong"))
    assert kind.count == 3
    assert "Yes to all 3: E-mail" in words(page)
    answered = coordinator.post(leads_to, {"_yes": kind.key, "accept": ["5:sex-unknown"]})
    assert answered.status_code == 200
    assert "question has no tick" not in words(answered)
    ticked = {one.finding.key for one in answered.context["preview"].questions if one.is_accepted}
    assert ticked == {"2:email-wrong", "3:email-wrong", "4:email-wrong", "5:sex-unknown"}
    assert Patient.objects.count() == 0


def test_discarding_erases_the_file(coordinator: Client) -> None:
    leads_to = upload(coordinator, WARD_LIST)["Location"]
    done = coordinator.post(leads_to, {"_discard": ""}, follow=True)
    assert "Nothing was imported, and the uploaded file is erased." in words(done)
    assert (WardListUpload.objects.get().state, Patient.objects.count()) == ("discarded", 0)


@pytest.mark.parametrize("sent", [{}, {"file": SimpleUploadedFile("empty.csv", b"")}])
def test_no_file_is_said_at_the_field(sent: dict[str, Any], coordinator: Client) -> None:
    response = coordinator.post(DOOR, sent)
    assert response.status_code == 422
    assert "The file is empty." in words(response) or "Choose the file with the list." in words(response)
    assert not WardListUpload.objects.exists()


def test_what_was_looked_at_is_what_is_imported(coordinator: Client) -> None:
    first = upload(coordinator, ward_list())["Location"]
    upload(coordinator, WARD_LIST)
    coordinator.post(first, {"_import": ""})
    assert Patient.objects.count() == 1


def test_a_long_list_is_imported_by_a_worker(coordinator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "LONG_LIST", 0)
    leads_to = upload(coordinator, ward_list())["Location"]
    for _ in range(2):
        assert coordinator.post(leads_to, {"_import": ""})["Location"] == leads_to
    assert "The list is being imported: waiting for a worker." in words(coordinator.get(leads_to))
    live = coordinator.get(f"{leads_to}?live=1")
    assert "Cancel the import" in words(live)
    assert coordinator.get(f"{leads_to}?live=1", headers={"If-None-Match": live["ETag"]}).status_code == 304

    coordinator.post(leads_to, {"_cancel": "1"})
    page = coordinator.get(leads_to)
    assert "Nothing was imported. Cancelled by Ada Coordinator." in words(page)
    assert 'value="Import 1 patient"' in page.content.decode()

    coordinator.post(leads_to, {"_import": ""})
    run = ImportRun.objects.get(state="queued")
    claim = runs.claim(ImportRun, run.pk, at=run.queued_at)
    assert claim is not None
    running.carry_out(run, Heart(ImportRun, run.pk, claim))
    live = coordinator.get(f"{leads_to}?live=1")
    assert ("Patients imported: 1 new" in words(live), live["X-Clinic-Over"]) == (True, "1")
    assert (ImportRun.objects.count(), Patient.objects.count()) == (2, 1)


def test_nobody_else_gets_in(ward: Ward, coordinator: Client, staff: Staff) -> None:
    leads_to = upload(coordinator, WARD_LIST)["Location"]
    assert staff("nurse").get(leads_to).status_code == 403
    assert staff("other_coordinator").get(leads_to).status_code == 404
    assert staff("other_coordinator").post(leads_to, {"_import": ""}).status_code == 404
