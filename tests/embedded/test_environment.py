"""The environment in sentences: what is missing, what is wrong, what development gives by itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clinic.environment import BadEnvironment, DatabaseUrl, EmailUrl, MailboxUrl, read

PRODUCTION = {
    "CLINIC_ENV": "production",
    "SECRET_KEY": "Zq3vT8xW1mK6sR9bY4nE7hJ2cL5dF0gA-pUoIeXwQtMzVyBkSj",
    "DATABASE_URL": "postgresql://clinic_app:p%40ss%2Fword@db.example.org:6432/clinic?sslmode=verify-full",
    "REDIS_URL": "rediss://:secret@redis.example.org:6379/0",
    "EMAIL_URL": "smtp+tls://user:secret@mail.example.org",
    "CLINIC_PUBLIC_URL": "https://clinic.example.org",
    "CLINIC_ALLOWED_HOSTS": "clinic.example.org, www.clinic.example.org",
    "CLINIC_FROM_EMAIL": "Hospital appointments <clinic@example.org>",
    "CLINIC_APP_ROLE": "clinic_app",
}


@pytest.fixture
def nothing_running(tmp_path: Path) -> dict[str, str]:
    return {"CLINIC_DATA_DIR": str(tmp_path)}


def problems(**changed: str) -> list[str]:
    with pytest.raises(BadEnvironment) as caught:
        read(PRODUCTION | changed)
    return caught.value.problems


def test_production_complete_is_read_as_it_says() -> None:
    environment = read(PRODUCTION)
    assert environment.is_production
    assert environment.database == DatabaseUrl(
        name="clinic",
        user="clinic_app",
        password="p@ss/word",
        host="db.example.org",
        port=6432,
        options={"sslmode": "verify-full"},
    )
    assert environment.email == EmailUrl("mail.example.org", 587, "user", "secret", use_tls=True)
    assert environment.allowed_hosts == ("clinic.example.org", "www.clinic.example.org")
    assert environment.app_role == "clinic_app"


def test_production_with_nothing_names_everything_at_once() -> None:
    with pytest.raises(BadEnvironment) as caught:
        read({"CLINIC_ENV": "production"})
    named = [sentence.split(" ", 1)[0] for sentence in caught.value.problems]
    assert named == [
        "SECRET_KEY",
        "DATABASE_URL",
        "REDIS_URL",
        "EMAIL_URL",
        "CLINIC_PUBLIC_URL",
        "CLINIC_ALLOWED_HOSTS",
        "CLINIC_FROM_EMAIL",
    ]
    assert all(sentence.endswith(".") for sentence in caught.value.problems)


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "CLINIC_PUBLIC_URL"])
def test_production_with_an_empty_value_counts_as_missing(name: str) -> None:
    (sentence,) = problems(**{name: "  "})
    assert sentence.startswith(f"{name} is not set.")


@pytest.mark.parametrize("key", ["short", "a" * 80])
def test_production_with_a_guessable_secret_refuses(key: str) -> None:
    (sentence,) = problems(SECRET_KEY=key)
    assert sentence.startswith("SECRET_KEY is too easy to guess.")


@pytest.mark.parametrize(
    ("name", "value", "begins"),
    [
        ("CLINIC_PUBLIC_URL", "http://clinic.example.org", "CLINIC_PUBLIC_URL must begin with https://"),
        ("CLINIC_PUBLIC_URL", "https://clinic.example.org/app", "CLINIC_PUBLIC_URL must be a scheme and a host only"),
        ("CLINIC_ALLOWED_HOSTS", "*", "CLINIC_ALLOWED_HOSTS must name the hosts"),
        ("CLINIC_FROM_EMAIL", "clinic", "CLINIC_FROM_EMAIL is 'clinic'"),
        ("CLINIC_PORT", "99999", "CLINIC_PORT is '99999'"),
        ("CLINIC_PORT", "eight", "CLINIC_PORT is 'eight'"),
        ("DATABASE_URL", "mysql://a:b@c/d", "DATABASE_URL must begin with postgres:// or postgresql://"),
        ("DATABASE_URL", "postgresql://host/clinic", "DATABASE_URL lacks a user or a database"),
        ("DATABASE_URL", "postgresql://u:p@host/clinic?pool=1", "DATABASE_URL has the unknown option pool"),
        ("DATABASE_URL", "postgresql://u:p@host:port/clinic", "DATABASE_URL is no valid address"),
        ("REDIS_URL", "http://redis", "REDIS_URL must begin with redis:// or rediss://"),
        ("EMAIL_URL", "mail.example.org", "EMAIL_URL must begin with smtp://"),
        ("EMAIL_URL", "smtp://", "EMAIL_URL names no host"),
        ("INBOUND_IMAP_URL", "pop3://u:p@mail", "INBOUND_IMAP_URL must begin with imap://"),
        ("INBOUND_IMAP_URL", "imaps://mail.example.org", "INBOUND_IMAP_URL names no host or no user"),
    ],
)
def test_a_wrong_value_is_one_sentence(name: str, value: str, begins: str) -> None:
    (sentence,) = problems(**{name: value})
    assert sentence.startswith(begins)


def test_an_unknown_kind_of_installation_is_refused() -> None:
    with pytest.raises(BadEnvironment, match="CLINIC_ENV is 'prod'"):
        read({"CLINIC_ENV": "prod"})


def test_a_password_is_in_no_sentence_and_no_repr() -> None:
    sentences = problems(
        DATABASE_URL="mysql://u:hunter2@c/d", REDIS_URL="http://:hunter2@c", EMAIL_URL="smtp://u:hunter2@[::"
    )
    assert "hunter2" not in " ".join(sentences)
    shown = repr(read(PRODUCTION))
    assert [secret for secret in ("p@ss/word", "secret", PRODUCTION["SECRET_KEY"]) if secret in shown] == []


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://127.0.0.1:2525", EmailUrl("127.0.0.1", 2525)),
        ("smtp://mail", EmailUrl("mail", 25)),
        ("smtps://u%40x:p@mail", EmailUrl("mail", 465, "u@x", "p", use_ssl=True)),
        ("smtp+ssl://mail:4650", EmailUrl("mail", 4650, use_ssl=True)),
    ],
)
def test_mail_schemes_set_port_and_encryption(url: str, expected: EmailUrl) -> None:
    assert read(PRODUCTION | {"EMAIL_URL": url}).email == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("imaps://u%40x:p%2Fw@mail", MailboxUrl("mail", 993, "u@x", "p/w", use_ssl=True)),
        ("imap+tls://u:p@mail:1143/Replies", MailboxUrl("mail", 1143, "u", "p", "Replies", use_tls=True)),
        ("", None),
    ],
)
def test_a_mailbox_is_looked_into_only_where_one_is_named(url: str, expected: MailboxUrl | None) -> None:
    assert read(PRODUCTION | {"INBOUND_IMAP_URL": url}).mailbox == expected
    assert "p/w" not in repr(expected)


def test_development_with_nothing_set_and_nothing_running_has_harmless_values(nothing_running: dict[str, str]) -> None:
    environment = read(nothing_running)
    assert not environment.is_production
    assert (environment.database.host, environment.database.port) == ("127.0.0.1", 1)
    assert environment.public_url == "http://127.0.0.1:8000"
    assert environment.allowed_hosts == ("localhost", "127.0.0.1", "[::1]")
    assert len(environment.secret_key) >= 50
    assert environment.secret_key != read(nothing_running).secret_key


def test_development_beside_a_running_clinic_uses_its_services(nothing_running: dict[str, str], tmp_path: Path) -> None:
    told = {
        "DATABASE_URL": "postgresql://clinic_app:x@127.0.0.1:15433/clinic",
        "CLINIC_PORT": "8001",
        "SECRET_KEY": "kept",
    }
    (tmp_path / "services.json").write_text(json.dumps({"environment": told}))
    environment = read(nothing_running)
    assert (environment.database.port, environment.database.user) == (15433, "clinic_app")
    assert environment.public_url == "http://127.0.0.1:8001"
    assert environment.secret_key == "kept"


def test_development_with_its_own_database_does_not_look_at_the_running_clinic(
    nothing_running: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "services.json").write_text(json.dumps({"environment": {"CLINIC_PORT": "8001"}}))
    environment = read({**nothing_running, "DATABASE_URL": "postgresql://a:b@c/d"})
    assert environment.port == 8000


@pytest.mark.parametrize("content", ["", "{", "[]", '{"environment": 3}', '{"environment": []}'])
def test_development_with_a_broken_connection_file_goes_on(
    nothing_running: dict[str, str], tmp_path: Path, content: str
) -> None:
    (tmp_path / "services.json").write_text(content)
    assert read(nothing_running).database.port == 1


@pytest.mark.parametrize(("said", "has_demo"), [("", True), ("yes", True), ("No", False)])
def test_the_demo_is_made_unless_it_is_not_wanted(nothing_running: dict[str, str], said: str, has_demo: bool) -> None:
    assert read({**nothing_running, "CLINIC_DEMO": said}).has_demo is has_demo


def test_a_demo_neither_wanted_nor_not_is_refused() -> None:
    assert problems(CLINIC_DEMO="maybe") == ["CLINIC_DEMO is 'maybe'; it must be yes or no."]


def test_sender_that_ships_names_no_kind_of_treatment(nothing_running: dict[str, str]) -> None:
    base = Path(__file__).resolve().parents[2]
    assert read(nothing_running).from_email == "Hospital appointments <clinic@example.org>"
    for name in (".env.example", "deploy/production.env.example"):
        assert "Hospital appointments <" in (base / name).read_text(), name
