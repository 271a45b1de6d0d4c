"""What a stranger and the machine room see: health, robots, the icon, error pages, and headers on everything."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client, override_settings

from clinic import health
from tests.cast import Cast, signed_in

pytestmark = pytest.mark.django_db


def test_live_says_the_process_answers() -> None:
    assert Client().get("/health/live").json() == {"status": "ok"}


def test_ready_needs_the_database_and_tells_of_the_broker() -> None:
    answer = Client().get("/health/ready")
    assert (answer.status_code, answer.json()["database"], answer.json()["broker"]) == (200, "ok", "ok")
    assert answer.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")


@override_settings(CELERY_BROKER_URL="redis://127.0.0.1:1/0")
def test_ready_without_the_broker_is_ready() -> None:
    answer = Client().get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "ok", "broker": "down"}


def test_ready_without_the_database_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def cursor() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(health.connection, "cursor", cursor)
    answer = Client().get("/health/ready")
    assert (answer.status_code, answer.json()["database"]) == (503, "down")


@override_settings(SECURE_SSL_REDIRECT=True)
def test_health_is_asked_without_tls() -> None:
    assert Client().get("/health/live").status_code == 200
    assert Client().get("/sign-in/").status_code == 301


def test_robots_are_sent_away() -> None:
    assert "Disallow: /" in Client().get("/robots.txt").content.decode()


def test_icon_is_the_products() -> None:
    assert Client().get("/favicon.ico").headers["Location"].endswith("img/mark.svg")


def test_no_such_page_for_a_stranger_and_for_staff(cast: Cast) -> None:
    for client in (Client(), signed_in(cast.nurse), signed_in(cast.loner)):
        answer = client.get("/no-such-page/")
        assert answer.status_code == 404
        assert "<h1" in answer.content.decode()


def test_form_without_its_token_is_told_to_load_again() -> None:
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "a", "password": "b"})
    assert answer.status_code == 403
    assert "<h1" in answer.content.decode()


@pytest.mark.parametrize(
    "address", ["/sign-in/", "/", "/admin/", "/health/live", "/no-such-page/", "/api/v1/patients/"]
)
def test_headers_are_on_every_answer(address: str) -> None:
    headers = Client().get(address).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
