"""What a log line and an error page must never show: who the patient is."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from patients.models import Patient
from tests.cast import Cast, make_patient, signed_in

NAME = "Quetzalcoatl"


def fails_with_a_name(request: HttpRequest) -> HttpResponse:
    raise ValueError(f"cannot book {NAME}, born 02/07/1971")


def fails_in_the_database(request: HttpRequest) -> HttpResponse:
    patient = Patient.objects.get(family_name=NAME)
    with transaction.atomic():
        make_patient(patient.unit, NAME, patient.hospital_number)
    return HttpResponse()


urlpatterns = [
    path("fails/", fails_with_a_name),
    path("fails-in-the-database/", fails_in_the_database),
    path("", include("clinic.urls")),
]
handler404 = "clinic.errors.not_found"
handler500 = "clinic.errors.server_error"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the configured handler writes."""
    (handler,) = (one for one in logging.getLogger().handlers if type(one) is logging.StreamHandler)
    written = io.StringIO()
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("address", "exception"), [("/fails/", ValueError), ("/fails-in-the-database/", IntegrityError)]
)
def test_failure_with_a_name_in_it_tells_no_name(
    cast: Cast, log: io.StringIO, capfd: pytest.CaptureFixture[str], address: str, exception: type[Exception]
) -> None:
    make_patient(cast.unit, NAME, "H100002")
    client = signed_in(cast.nurse)
    client.raise_request_exception = False

    response = client.get(address, {"q": NAME})

    assert response.status_code == 500
    assert NAME not in response.content.decode()
    told = log.getvalue() + "".join(capfd.readouterr())
    assert NAME not in told
    assert "1971" not in told
    assert exception.__name__ in told
    assert "test_quiet_logs.py" in told  # where to look is told


@pytest.mark.urls(__name__)
def test_page_not_found_repeats_nothing(cast: Cast, log: io.StringIO) -> None:
    response = signed_in(cast.nurse).get(f"/nobody/{NAME}/", {"q": NAME})
    assert response.status_code == 404
    assert NAME not in response.content.decode()
    assert NAME not in log.getvalue()


def test_refused_sign_in_logs_no_password(cast: Cast, log: io.StringIO) -> None:
    Client().post("/sign-in/", {"username": cast.nurse.email, "password": NAME})
    assert NAME not in log.getvalue()


def test_failed_task_withholds_what_the_exception_said(log: io.StringIO) -> None:
    said = {"id": "1", "name": "reminders.tasks.send", "description": "raised unexpected", "exc": f"ValueError({NAME})"}
    logging.getLogger("celery.app.trace").error("Task %(name)s[%(id)s] %(description)s: %(exc)s", said)
    assert "reminders.tasks.send[1] raised unexpected" in log.getvalue()
    assert NAME not in log.getvalue()


@pytest.mark.urls(__name__)
def test_secret_of_a_link_is_not_logged(cast: Cast, log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither when a form is turned away nor when a page fails: Django quotes the address of both."""
    secret = "3q2-7wAAAAAAAAAAAAAAAA"
    Client(enforce_csrf_checks=True).post(f"/v/{secret}/answer/", {"answer": "ring"})
    monkeypatch.setattr("portal.views.own.link_by_token", fails_with_a_name)
    monkeypatch.setattr("portal.views.feeds.find_feed", fails_with_a_name)
    client = Client(raise_request_exception=False)
    assert client.get(f"/v/{secret}/", {"answer": "ring"}).status_code == 500
    assert client.get(f"/calendar/{secret}.ics").status_code == 500
    assert "/v/(withheld)/" in log.getvalue()
    assert "TypeError" in log.getvalue()
    assert secret not in log.getvalue()
