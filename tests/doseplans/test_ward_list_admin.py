"""The import in the admin: upload, preview, ticks, import; and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from tests.cast import signed_in
from tests.doseplans.wardlist.lists import DATA, ward_list

if TYPE_CHECKING:
    from doseplans.models import WardListUpload
    from tests.cast import Cast

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
WARD_LIST = (DATA / "ward_list.csv").read_bytes()
WITH_ERRORS = (DATA / "ward_list_with_errors.csv").read_bytes()


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cast(cast: Cast) -> Cast:
    cast.patient.delete()  # have NHS numbers of the list
    cast.other_patient.delete()
    return cast


@pytest.fixture
def client(cast: Cast) -> Client:
    return signed_in(cast.administrator)


def upload(client: Client, cast: Cast, content: bytes, name: str = "list.csv") -> Any:
    return client.post(
        reverse("admin:doseplans_wardlistupload_add"),
        {"unit": cast.unit.pk, "file": SimpleUploadedFile(name, content)},
    )


def kept() -> WardListUpload:
    from doseplans.models import WardListUpload

    return WardListUpload.objects.get()


def preview_url() -> str:
    return reverse("admin:doseplans_wardlistupload_change", args=[kept().pk])


def number_of_patients() -> int:
    from patients.models import Patient

    return Patient.objects.count()


def test_a_list_without_headings_is_not_said_to_have_them_somewhere(client: Client, cast: Cast) -> None:
    upload(client, cast, b"7,Thompson\n8,Osei\n")
    words = client.get(preview_url()).content.decode()
    assert "No row of headings was found." in words
    assert "headings in row" not in words


def test_upload_leads_to_the_preview_and_saves_nobody(client: Client, cast: Cast) -> None:
    response = upload(client, cast, WARD_LIST, name="C:\\lists\\ward.csv")
    assert (response.status_code, response["Location"]) == (302, preview_url())
    assert (kept().file_name, kept().state, kept().uploaded_by_name) == ("ward.csv", "waiting", "Ada Administrator")
    page = client.get(preview_url())
    assert page.status_code == 200
    words = page.content.decode()
    assert "58 new, 0 changed, 0 unchanged. Nothing is saved yet." in words
    assert 'value="Import 58 patients"' in words
    assert "Thompson, Aoife" in words
    assert "The row has a comment." in words
    assert number_of_patients() == 0


def test_import_from_the_preview_saves_everybody_and_erases_the_file(client: Client, cast: Cast) -> None:
    upload(client, cast, WARD_LIST)
    response = client.post(preview_url(), {"_import": ""}, follow=True)
    assert number_of_patients() == 58
    assert "Patients imported: 58 new, 0 changed, 0 unchanged." in response.content.decode()
    assert (kept().state, kept().content) == ("imported", None)
    assert kept().summary == "58 new, 0 changed, 0 unchanged"
    again = client.post(preview_url(), {"_import": ""}, follow=True)
    assert "This list was decided about already" in again.content.decode()
    assert number_of_patients() == 58


def test_a_list_that_changes_nothing_says_so(client: Client, cast: Cast) -> None:
    from doseplans.models import WardListUpload

    for _ in range(2):
        WardListUpload.objects.all().delete()
        upload(client, cast, ward_list())
        page = client.get(preview_url()).content.decode()
        client.post(preview_url(), {"_import": ""})
    assert 'value="Nothing changes: put the list away"' in page
    assert kept().summary == "0 new, 0 changed, 1 unchanged"


def test_a_wrong_list_offers_no_import(client: Client, cast: Cast) -> None:
    upload(client, cast, WITH_ERRORS)
    page = client.get(preview_url()).content.decode()
    assert "14 things are wrong, so nothing of this list can be imported." in page
    assert "999 123 4567" in page
    assert 'name="_import"' not in page
    assert client.post(preview_url(), {"_import": ""}).status_code == 422
    assert number_of_patients() == 0
    assert kept().state == "waiting"


def test_text_of_the_list_is_never_markup(client: Client, cast: Cast) -> None:
    upload(client, cast, ward_list({"Surname": "<script>alert(1)</script>", "Comments": '=HYPERLINK("x")'}))
    page = client.get(preview_url()).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_questions_are_answered_by_ticks(client: Client, cast: Cast) -> None:
    upload(client, cast, ward_list({"E-mail": "not an address", "Tel": "ring the ward"}))
    page = client.get(preview_url()).content.decode()
    assert 'value="2:email-wrong"' in page
    refused = client.post(preview_url(), {"_import": "", "accept": ["2:email-wrong"]})
    assert refused.status_code == 422
    assert "Nothing was imported: 1 question has no tick." in refused.content.decode()
    assert refused.content.decode().count("checked") == 1
    assert number_of_patients() == 0
    client.post(preview_url(), {"_import": "", "accept": ["2:email-wrong", "2:telephone-wrong"]})
    assert number_of_patients() == 1


def test_a_long_list_is_a_workers_and_watched_at_the_desk(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from doseplans.services.ward_list import running
    from units.models import Membership

    monkeypatch.setattr(running, "LONG_LIST", 0)
    Membership.objects.create(user=cast.administrator, unit=cast.other_unit, role="administrator")
    client.post(reverse("desk:switch_unit"), {"unit": cast.other_unit.public_id})
    upload(client, cast, ward_list({"E-mail": "not an address"}))
    assert client.post(preview_url(), {"_import": ""}).status_code == 422
    watched = reverse("desk:preview_import", args=[kept().digest])
    for _ in range(2):
        response = client.post(preview_url(), {"_import": "", "accept": ["2:email-wrong"]})
        assert (response.status_code, response["Location"]) == (302, watched)
    assert client.get(preview_url())["Location"] == watched
    page = client.get(watched).content.decode()
    assert "The list is being imported: waiting for a worker." in page
    assert "Cancel the import" in page
    listed = client.get(reverse("admin:doseplans_wardlistupload_changelist")).content.decode()
    assert "Being imported: waiting, 0 %" in listed
    client.post(watched, {"_cancel": "1"})
    assert client.get(preview_url()).status_code == 200
    assert kept().runs.get().state == "cancelled"
    assert number_of_patients() == 0


def test_discarding_erases_the_file(client: Client, cast: Cast) -> None:
    upload(client, cast, WARD_LIST)
    response = client.post(preview_url(), {"_discard": ""}, follow=True)
    assert "Nothing was imported, and the uploaded file is erased." in response.content.decode()
    assert (kept().state, kept().content, kept().summary) == ("discarded", None, "Discarded by Ada Administrator")
    assert number_of_patients() == 0


def test_a_list_nobody_decides_about_is_erased(client: Client, cast: Cast) -> None:
    from doseplans.tasks import forget_ward_lists

    upload(client, cast, WARD_LIST)
    forget_ward_lists()
    assert kept().state == "waiting"
    with time_machine.travel(NOW + timedelta(hours=13), tick=False):
        forget_ward_lists()
    assert (kept().state, kept().content) == ("discarded", None)


def test_the_database_keeps_no_decided_file(client: Client, cast: Cast) -> None:
    upload(client, cast, WARD_LIST)
    with pytest.raises(IntegrityError, match="ward_list_erased_once_decided"), transaction.atomic():
        type(kept()).objects.update(state="imported")
    assert kept().state == "waiting"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"x" * (5 * 1024 * 1024 + 1), "The file is 5.0 MB; the most is 5 MB. Split the list."),
    ],
)
def test_a_file_that_cannot_be_a_list_is_not_kept(client: Client, cast: Cast, content: bytes, words: str) -> None:
    from doseplans.models import WardListUpload

    response = upload(client, cast, content)
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not WardListUpload.objects.exists()


def test_a_workbook_is_kept_until_discarded_and_told(client: Client, cast: Cast) -> None:
    upload(client, cast, b"PK\x03\x04 not really")
    assert "This is a workbook (.xlsx or .ods), not a CSV file." in client.get(preview_url()).content.decode()


@pytest.mark.parametrize("who", ["coordinator", "nurse", "doctor", "pharmacist", "manager", "loner", "installer"])
def test_only_those_who_may_import_get_in(client: Client, cast: Cast, who: str) -> None:
    upload(client, cast, WARD_LIST)
    outsider = signed_in(getattr(cast, who))
    for address in (preview_url(), reverse("admin:doseplans_wardlistupload_add")):
        assert outsider.get(address).status_code in {302, 403, 404}
    assert outsider.post(preview_url(), {"_import": ""}).status_code in {302, 403, 404}
    assert number_of_patients() == 0
    assert kept().state == "waiting"


def test_another_units_administrator_sees_nothing(client: Client, cast: Cast) -> None:
    upload(client, cast, WARD_LIST)
    other = signed_in(cast.other_administrator)
    assert other.get(preview_url()).status_code == 404
    assert other.post(preview_url(), {"_import": ""}).status_code == 404
    listed = other.get(reverse("admin:doseplans_wardlistupload_changelist")).content.decode()
    assert "list.csv" not in listed
    # Nor can they import into a unit that is not theirs.
    response = other.post(
        reverse("admin:doseplans_wardlistupload_add"),
        {"unit": cast.unit.pk, "file": SimpleUploadedFile("mine.csv", WARD_LIST)},
    )
    assert response.status_code == 200
    assert kept().file_name == "list.csv"


def test_the_list_of_uploads_never_loads_the_files(client: Client, cast: Cast) -> None:
    upload(client, cast, WARD_LIST)
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        page = client.get(reverse("admin:doseplans_wardlistupload_changelist"))
    assert "list.csv" in page.content.decode()
    assert not [query for query in captured if '"doseplans_wardlistupload"."content"' in query["sql"]]
