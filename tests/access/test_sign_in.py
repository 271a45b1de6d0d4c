"""Signing in and out, being locked out, and being signed out for want of use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.hashers import identify_hasher
from django.test import Client, RequestFactory, override_settings

from tests.cast import PASSWORD, Cast, signed_in
from units.models import User
from units.sign_in import client_address

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SIGN_IN = "/sign-in/"
# Any page that asks for a sign-in and nothing more.
PAGE = "/account/password/"


def try_to_sign_in(client: Client, email: str, password: str) -> int:
    return client.post(SIGN_IN, {"username": email, "password": password}).status_code


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as coordinates:
        yield coordinates


def is_signed_in(client: Client) -> bool:
    return client.get(PAGE).status_code == 200


def test_sign_in_by_address_in_any_case(cast: Cast) -> None:
    client = Client()
    assert try_to_sign_in(client, f" {cast.nurse.email.upper()}", PASSWORD) == 302
    assert is_signed_in(client)


def test_sign_in_leads_on_to_the_page_that_asked(cast: Cast) -> None:
    client = Client()
    refused = client.get(PAGE)
    assert refused.headers["Location"] == f"{SIGN_IN}?next={PAGE}"
    answer = client.post(refused.headers["Location"], {"username": cast.nurse.email, "password": PASSWORD})
    assert answer.headers["Location"] == PAGE


def test_sign_in_never_leads_elsewhere(cast: Cast) -> None:
    answer = Client().post(f"{SIGN_IN}?next=https://example.com/", {"username": cast.nurse.email, "password": PASSWORD})
    assert answer.headers["Location"] == "/"


def test_passwords_are_kept_with_argon2(cast: Cast) -> None:
    user = User.objects.create_user("new@example.org", "a long and quiet morning", name="New")
    assert identify_hasher(user.password).algorithm == "argon2"


def test_closed_account_cannot_sign_in_or_stay(cast: Cast) -> None:
    client = signed_in(cast.nurse)
    User.objects.filter(pk=cast.nurse.pk).update(is_active=False)
    assert not is_signed_in(client)
    assert try_to_sign_in(Client(), cast.nurse.email, PASSWORD) == 200


def test_fifth_failure_locks_out(cast: Cast) -> None:
    client = Client()
    codes = [try_to_sign_in(client, cast.nurse.email, "wrong") for _ in range(5)]
    assert codes == [200, 200, 200, 200, 429]
    # The right password does not help now, nor does another way of writing the address.
    assert try_to_sign_in(client, cast.nurse.email, PASSWORD) == 429
    assert try_to_sign_in(Client(), cast.nurse.email.upper(), PASSWORD) == 429
    # Somebody else at the same desk is not locked out.
    assert try_to_sign_in(Client(), cast.doctor.email, PASSWORD) == 302


def test_lock_ends_by_itself(cast: Cast, clock: time_machine.Coordinates) -> None:
    client = Client()
    for _ in range(5):
        try_to_sign_in(client, cast.nurse.email, "wrong")
    clock.shift(timedelta(minutes=16))
    assert try_to_sign_in(client, cast.nurse.email, PASSWORD) == 302


def test_success_forgets_failures(cast: Cast) -> None:
    for _ in range(2):
        client = Client()
        codes = [try_to_sign_in(client, cast.nurse.email, "wrong") for _ in range(4)]
        assert codes == [200] * 4
        assert try_to_sign_in(client, cast.nurse.email, PASSWORD) == 302


def test_sign_out_takes_a_post(cast: Cast) -> None:
    client = signed_in(cast.nurse)
    assert client.get("/sign-out/").status_code == 405
    assert is_signed_in(client)
    assert "You are signed out" in client.post("/sign-out/").content.decode()
    assert not is_signed_in(client)


def test_password_change_keeps_the_person_and_ends_other_sign_ins(cast: Cast) -> None:
    here, elsewhere = signed_in(cast.nurse), signed_in(cast.nurse)
    new = "an even longer afternoon"
    answer = here.post(PAGE, {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    assert answer.headers["Location"] == "/account/password/changed/"
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)
    assert try_to_sign_in(Client(), cast.nurse.email, new) == 302


@pytest.mark.parametrize("weak", ["short", "password1234", "ada.nurse@example.org"])
def test_weak_password_is_refused(cast: Cast, weak: str) -> None:
    answer = signed_in(cast.nurse).post(PAGE, {"old_password": PASSWORD, "new_password1": weak, "new_password2": weak})
    assert answer.status_code == 200


def test_unused_sign_in_ends(cast: Cast, clock: time_machine.Coordinates) -> None:
    client = signed_in(cast.nurse)
    clock.shift(timedelta(seconds=settings.SESSION_IDLE_SECONDS - 1))
    assert is_signed_in(client)
    clock.shift(timedelta(seconds=settings.SESSION_IDLE_SECONDS - 1))
    assert is_signed_in(client)
    clock.shift(timedelta(seconds=settings.SESSION_IDLE_SECONDS))
    assert not is_signed_in(client)


def test_page_that_refreshes_itself_is_no_use(cast: Cast, clock: time_machine.Coordinates) -> None:
    client = signed_in(cast.nurse)
    for _ in range(4):
        clock.shift(timedelta(seconds=settings.SESSION_IDLE_SECONDS // 4))
        answer = client.get(PAGE, headers={"X-Background": "1"})
    assert answer.status_code == 302


def test_sign_in_ends_after_a_long_shift_in_any_case(cast: Cast, clock: time_machine.Coordinates) -> None:
    client = signed_in(cast.nurse)
    step = timedelta(minutes=20)
    for _ in range(settings.SESSION_COOKIE_AGE // int(step.total_seconds()) - 1):
        clock.shift(step)
        assert is_signed_in(client)
    clock.shift(step)
    assert not is_signed_in(client)


def test_use_is_noted_once_a_minute(cast: Cast, clock: time_machine.Coordinates) -> None:
    client = signed_in(cast.nurse)
    clock.shift(timedelta(seconds=59))
    assert settings.SESSION_COOKIE_NAME not in client.get(PAGE).cookies  # the session was not saved
    clock.shift(timedelta(seconds=1))
    assert settings.SESSION_COOKIE_NAME in client.get(PAGE).cookies


def test_part_of_a_page_opens_the_sign_in_page(cast: Cast) -> None:
    answer = Client().get(
        PAGE, headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/today/?day=2026-11-24"}
    )
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["HX-Redirect"] == f"{SIGN_IN}?next=%2Ftoday%2F%3Fday%3D2026-11-24"


@pytest.mark.parametrize(
    ("behind_proxy", "passed_on", "address"),
    [
        (False, "203.0.113.9", "127.0.0.1"),
        (True, "203.0.113.9", "203.0.113.9"),
        (True, "198.51.100.1, 203.0.113.9", "203.0.113.9"),  # what a browser claims stands before what the proxy saw
        (True, "", "127.0.0.1"),
    ],
)
def test_address_is_what_our_proxy_saw(behind_proxy: bool, passed_on: str, address: str) -> None:
    with override_settings(BEHIND_PROXY=behind_proxy):
        assert client_address(RequestFactory().get("/", headers={"X-Forwarded-For": passed_on})) == address
