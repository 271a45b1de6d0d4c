"""The clinic as production runs it: its own commands and environment, the role that owns nothing, behind a proxy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import urlencode

import psycopg
import pytest

from tests.deploy.production import HOST, Production

pytestmark = pytest.mark.deep  # servers, worker and beat of its own: minutes on a busy machine

ADDRESS, PASSWORD = "installer@example.org", "a long Sentence nobody guesses 7"


@pytest.fixture(scope="module")
def production() -> Iterator[Production]:
    """Migrated as the owner, an administrator made; web, worker and beat run."""
    place = Production()
    try:
        place.start()
        place.run("migrate", place.command("migrate"))
        command = ["python", "manage.py", "createsuperuser", "--noinput", f"--email={ADDRESS}", "--name=Ina Installer"]
        place.run("web", command, DJANGO_SUPERUSER_PASSWORD=PASSWORD)
        for name in ("web", "mailer", "worker", "beat"):
            place.up(name)
        place.wait_until_healthy("web")
        yield place
    finally:
        place.stop()


def test_web_is_alive_and_ready(production: Production) -> None:
    assert production.ask("/health/live")[0] == 200
    status, _, content = production.ask("/health/ready")
    assert (status, json.loads(content)) == (200, {"status": "ok", "database": "ok", "broker": "ok"})


def test_plain_http_is_sent_to_https_except_health(production: Production) -> None:
    status, headers, _ = production.ask("/sign-in/", X_Forwarded_Proto="http")
    assert (status, headers["location"]) == (301, f"https://{HOST}/sign-in/")
    assert production.ask("/health/live", X_Forwarded_Proto="http")[0] == 200


def test_it_answers_to_no_other_name(production: Production) -> None:
    assert production.ask("/sign-in/", Host="evil.example.net")[0] == 400


def test_the_sign_in_page_carries_its_protection(production: Production) -> None:
    status, headers, page = production.ask("/sign-in/")
    assert status == 200
    assert headers["strict-transport-security"].startswith("max-age=31536000")
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "Secure" in headers["cookie-rules"]
    assert "demo" not in page.lower()


def test_static_files_have_hashed_names_and_are_kept(production: Production) -> None:
    page = production.ask("/sign-in/")[2]
    files = re.findall(r'(?:href|src)="(/static/[^"#]+)', page)
    assert files
    for name in files:
        assert re.search(r"\.[0-9a-f]{12}\.", name), name
    style = next(name for name in files if name.endswith(".css"))
    status, headers, _ = production.ask(style, Accept_Encoding="br")
    assert status == 200
    assert "immutable" in headers["cache-control"]
    assert headers["content-encoding"] == "br"


def test_the_first_administrator_signs_in(production: Production) -> None:
    _, headers, page = production.ask("/sign-in/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    form = urlencode({"username": ADDRESS, "password": PASSWORD, "csrfmiddlewaretoken": token[1]})
    sent = {
        "Content_Type": "application/x-www-form-urlencoded",
        "Cookie": headers["cookies"],
        "Referer": f"https://{HOST}/sign-in/",
        "Origin": f"https://{HOST}",
    }
    status, headers, _ = production.ask("/sign-in/", "POST", form, **sent)
    assert status == 302
    assert production.ask("/admin/", Cookie=headers["cookies"])[0] == 200
    assert production.ask("/sign-in/", "POST", form, **(sent | {"Origin": "https://evil.example.net"}))[0] == 403


def test_web_and_workers_own_nothing(production: Production) -> None:
    with psycopg.connect(production.app_url, autocommit=True) as connection:
        owned = "SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)"
        assert connection.execute(owned).fetchone() == (0,)
        for forbidden in ("CREATE TABLE t (a int)", "TRUNCATE patients_accessentry", "DROP TABLE units_user"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(forbidden)


def test_worker_and_beat_are_healthy_and_say_when_not(production: Production) -> None:
    production.wait_until_healthy("mailer")
    production.wait_until_healthy("worker")
    production.wait_until_healthy("beat")
    check = ["python", "deploy/health.py"]
    nowhere = production.run("worker", [*check, "worker"], must_work=False, REDIS_URL="redis://127.0.0.1:1/0")
    assert (nowhere.returncode, "does not answer" in nowhere.stderr) == (1, True)
    late = "UPDATE django_celery_beat_periodictask SET last_run_at = now() - interval '1 hour'"
    production.children["beat"].stop()
    production.client("psql", "--command", late, database="clinic")
    silent = production.run("beat", [*check, "beat"], must_work=False)
    assert (silent.returncode, "has sent nothing for 36" in silent.stderr) == (1, True)
    other = production.run("web", [*check, "web"], must_work=False, GRANIAN_PORT="1")
    assert (other.returncode, "does not answer" in other.stderr) == (1, True)
    assert production.run("web", check, must_work=False).returncode == 2


def test_nothing_starts_without_its_secrets(production: Production) -> None:
    done = production.run("web", ["python", "manage.py", "check"], must_work=False, SECRET_KEY="", EMAIL_URL="")
    assert done.returncode != 0
    assert "SECRET_KEY is not set" in done.stderr
    assert "EMAIL_URL is not set" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_back_up_restores_with_its_roles(production: Production) -> None:
    """The commands of docs/operating.md, into a second database."""
    dump = str(production.folder / "clinic.dump")
    production.client("pg_dump", "--format=custom", f"--file={dump}", database="clinic")
    production.client("psql", "--command", "CREATE DATABASE restored OWNER clinic_owner")
    production.client("pg_restore", "--exit-on-error", "--single-transaction", dump, database="restored")
    url = production.app_url.rpartition("/")[0] + "/restored"
    with psycopg.connect(url, autocommit=True) as connection:
        assert connection.execute("SELECT email FROM units_user").fetchall() == [(ADDRESS,)]
        owners = connection.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'").fetchall()
        assert owners == [("clinic_owner",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM patients_accessentry")
    again = production.owner_url.rpartition("/")[0] + "/restored"
    done = production.run("migrate", ["python", "manage.py", "migrate", "--check"], DATABASE_URL=again)
    assert done.returncode == 0
