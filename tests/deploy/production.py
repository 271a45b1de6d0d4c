"""Production without containers: the commands and the environment of docker-compose.yml, on services of our own.

What a container engine alone does (networks, volumes, users, read-only file systems) is not seen here.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from clinic.embedded.accounts import service_account
from clinic.embedded.broker import Broker
from clinic.embedded.ports import LOOPBACK, free_port
from clinic.embedded.postgres import SUPERUSER, Cluster, bundled_programs
from clinic.embedded.processes import Child, Lifeline
from clinic.environment import BASE_DIR
from scripts import check_compose
from tests.databases import ensure_template, load_migrated
from tests.services import temporary_folder

HOST = "clinic.example.org"
START_SECONDS = 90


def interpolate(value: Any, variables: dict[str, str]) -> Any:
    """What Compose makes of ${NAME:-default} and ${NAME:?message}; a demanded one that is not given stays as it is."""
    if isinstance(value, dict):
        return {key: interpolate(content, variables) for key, content in value.items()}
    if isinstance(value, list):
        return [interpolate(content, variables) for content in value]
    if not isinstance(value, str):
        return value
    return check_compose.VARIABLE.sub(
        lambda match: variables.get(match["name"]) or (match["rest"] if match["kind"] == ":-" else match[0]), value
    )


def dockerfile_command() -> list[str]:
    """The command of the clinic's image."""
    text = (BASE_DIR / "Dockerfile").read_text(encoding="utf-8")
    command: list[str] = json.loads(re.findall(r"^CMD (\[.+\])$", text, flags=re.MULTILINE)[-1])
    return command


class BareCluster(Cluster):
    """A cluster as the official image leaves it before deploy/postgres/roles.sql has run."""

    def _ensure_roles(self) -> None:
        """Nothing: roles and database are what the test makes."""


class Production:
    """Started as docs/operating.md says, in the same order."""

    def __init__(self) -> None:
        self.folder = temporary_folder()
        self.lifeline = Lifeline()
        self.lifeline.remove_afterwards(self.folder)
        self.cluster = BareCluster(
            self.folder / "postgres", lifeline=self.lifeline, log=self.folder / "postgres.log", durable=False
        )
        self.broker = Broker(lifeline=self.lifeline, log=self.folder / "redis.log")
        self.port = free_port()
        self.children: dict[str, Child] = {}
        self._services = check_compose.read(check_compose.COMPOSE.read_text(encoding="utf-8"))["services"]  # type: ignore[index]

    def start(self) -> None:
        self.cluster.start()
        self.broker.start()
        self.variables = {
            "CLINIC_HOST": HOST,
            "CLINIC_TLS": "internal",
            "SECRET_KEY": secrets.token_urlsafe(60),
            "POSTGRES_PASSWORD": "not-used-here",
            "CLINIC_OWNER_PASSWORD": "owner's \"pass-word",  # roles.sql must not care
            "CLINIC_APP_PASSWORD": "app-password_1",
            "REDIS_PASSWORD": urlsplit(self.broker.url).password or "",
            "EMAIL_URL": f"smtp://{LOOPBACK}:1",
            "CLINIC_FROM_EMAIL": "Hospital appointments <clinic@example.org>",
        }
        self.client("psql", "--set", "ON_ERROR_STOP=1", "--file", str(BASE_DIR / "deploy/postgres/roles.sql"))
        self.variables["CLINIC_OWNER_PASSWORD"] = "owner-password_2"
        self.client("psql", "--command", "ALTER ROLE clinic_owner PASSWORD 'owner-password_2'")
        self.owner_url = self.environment("migrate")["DATABASE_URL"]
        self.app_url = self.environment("web")["DATABASE_URL"]
        ensure_template()  # under its lock the migrations run once for all, and are kept
        load_migrated(self.owner_url)
        self.build()

    def build(self) -> None:
        """The image's static files, collected by the image's own command.

        Without those of two packages that no page here asks for: compressing them takes a minute and more.
        """
        text = (BASE_DIR / "Dockerfile").read_text(encoding="utf-8")
        command = json.loads(re.findall(r"^RUN (\[.+collectstatic.+\])$", text, flags=re.MULTILINE)[-1])
        (self.folder / "data" / "staticfiles").mkdir(parents=True)
        left_out = ["--ignore=drf_spectacular_sidecar", "--ignore=rest_framework"]
        self._run([*command, *left_out], {"CLINIC_DATA_DIR": str(self.folder / "data")})

    def environment(self, name: str) -> dict[str, str]:
        """What Compose tells a container, with the services' names replaced by where they are here."""
        told: dict[str, str] = interpolate(self._services[name]["environment"], self.variables)
        here = {"@postgres:5432": f"@{LOOPBACK}:{self.cluster.port}", "@redis:6379": f"@{LOOPBACK}:{self.broker.port}"}
        for key, value in told.items():
            for there, address in here.items():
                told[key] = str(told[key] if there not in value else value.replace(there, address))
        return told | {
            "CLINIC_DATA_DIR": str(self.folder / "data"),
            "DJANGO_SETTINGS_MODULE": "clinic.settings",
            "PYTHONUNBUFFERED": "1",
            "GRANIAN_HOST": LOOPBACK,
            "GRANIAN_PORT": str(self.port),
        }

    def command(self, name: str) -> list[str]:
        words: list[str] = interpolate(self._services[name].get("command") or dockerfile_command(), self.variables)
        return words

    def up(self, name: str) -> Child:
        self.children[name] = Child(
            name,
            self._found(self.command(name)),
            lifeline=self.lifeline,
            log=self.folder / f"{name}.log",
            folder=BASE_DIR,
            environment=self._bare() | self.environment(name),
        )
        return self.children[name]

    def wait_until_healthy(self, name: str) -> None:
        """By the container's own health check. Raises: AssertionError with the log."""
        check = self._services[name]["healthcheck"]["test"][1:]
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and not self.children[name].has_ended():
            done = self.run(name, check, must_work=False)
            if done.returncode == 0:
                return
            time.sleep(0.5)
        raise AssertionError(done.stderr + self.log(name)[-4000:])

    def run(
        self, name: str, command: list[str], *, must_work: bool = True, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """`docker compose run` or `exec`: a command beside a service."""
        return self._run(command, self.environment(name) | more, must_work=must_work)

    def client(self, program: str, *arguments: str, database: str = "postgres") -> str:
        """psql, pg_dump or their like, as PostgreSQL's administrator. Raises: AssertionError."""
        done = subprocess.run(
            [
                bundled_programs(service_account()) / program,
                *("--dbname", self.cluster.url(SUPERUSER, database)),
                *arguments,
            ],
            env=self._bare()
            | {name: self.variables[name] for name in ("CLINIC_OWNER_PASSWORD", "CLINIC_APP_PASSWORD")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ask(
        self, path: str, method: str = "GET", body: str | None = None, **headers: str
    ) -> tuple[int, dict[str, str], str]:
        """What the web answers to a request as the proxy passes it on: status, headers in lower case, content."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=30)
        passed_on = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
        try:
            connection.request(method, path, body, passed_on | {k.replace("_", "-"): v for k, v in headers.items()})
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders() if name.lower() != "set-cookie"}
            cookies = [value.partition(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
            found["cookies"] = "; ".join(cookies)
            found["cookie-rules"] = "\n".join(v for k, v in answer.getheaders() if k.lower() == "set-cookie")
            return answer.status, found, answer.read().decode("utf-8", errors="replace")
        finally:
            connection.close()

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        for child in self.children.values():
            child.ask_to_stop()
        for child in self.children.values():
            child.stop()
        self.broker.stop()
        self.cluster.stop()
        self.lifeline.close()

    def _run(
        self, command: list[str], environment: dict[str, str], *, must_work: bool = True
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            self._found(command),
            env=self._bare() | environment,
            cwd=BASE_DIR,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0 or not must_work, done.stdout + done.stderr
        return done

    def _found(self, command: list[str]) -> list[str]:
        """The program beside this Python, where an image has it on its path."""
        beside = Path(sys.executable).with_name(command[0])
        return [str(beside) if beside.exists() else command[0], *command[1:]]

    def _bare(self) -> dict[str, str]:
        """Nothing of this run's own environment: a container has none of it either."""
        return {"PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}", "LC_ALL": "C.UTF-8"}
