"""Real services for the tests, and the real clinic on top of them.

`TestServices` is the cluster and the broker of one pytest run. Two fixtures of `tests/conftest.py` build on it:

`web_processes(name, n)`: granian with n processes against a database of this run, as the role that owns nothing. For
races over HTTP: rows committed with the ORM are seen by the processes, and DDL of a control (dropping a constraint) is
done in the test itself, which is the owner.

`live_stack`: everything, as `make run` starts it: web, worker, beat, a broker and a mail catcher of its own, on a
database of its own. For the browser, and for what happens between processes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psycopg

from clinic.embedded import programs
from clinic.embedded.broker import Broker
from clinic.embedded.places import Places
from clinic.embedded.ports import LOOPBACK, free_port, page_status
from clinic.embedded.postgres import APP, OWNER, Cluster
from clinic.embedded.processes import Child, Lifeline
from clinic.embedded.services import Services
from clinic.environment import BASE_DIR
from tests.databases import create_with_demo, url_of

if TYPE_CHECKING:
    from collections.abc import Callable

WEB_SECONDS = 90  # on a busy machine with two cores


class TestServices:
    """One cluster and one broker in a temporary folder of their own.

    Every pytest process has its own, so any number of runs in one clone do not meet; the workers of xdist share
    that of their controller through the environment. A killed run leaves nothing: see `Lifeline`.
    """

    __test__ = False

    def __init__(self) -> None:
        self.folder = temporary_folder()
        self.lifeline = Lifeline()
        self.lifeline.remove_afterwards(self.folder)
        self.cluster = Cluster(
            self.folder / "postgres",
            lifeline=self.lifeline,
            log=self.folder / "log" / "postgres.log",
            durable=False,
        )
        self.broker = Broker(lifeline=self.lifeline, log=self.folder / "log" / "redis.log")

    def start(self) -> None:
        """PostgreSQL and Redis answer and the environment names them."""
        self.cluster.start()
        self.broker.start()
        os.environ.update(
            DATABASE_URL=self.cluster.url(OWNER),
            CLINIC_TEST_APP_URL=self.cluster.url(APP),
            REDIS_URL=self.broker.url,
            EMAIL_URL="smtp://127.0.0.1:1",  # nothing listens: a test that sends for real says where to
            CLINIC_APP_ROLE=APP,
            CLINIC_DATA_DIR=str(self.folder),
            SECRET_KEY="known to every test run, and used nowhere else at all",
        )

    def stop(self) -> None:
        self.broker.stop()
        self.cluster.stop()
        self.lifeline.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def temporary_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="clinic-tests-"))
    folder.chmod(0o711)  # the database's account must pass when the tests run as root
    return folder


class CaughtMail:
    """What the mail catcher of a stack holds, newest first."""

    def __init__(self, page: str) -> None:
        self.page = page

    def messages(self, to: str = "") -> list[dict[str, Any]]:
        """Summaries: id, received_at, from, to, subject, method, uid, sequence."""
        found: list[dict[str, Any]] = self._get(f"api/messages?to={quote(to)}")["messages"]
        return found

    def message(self, key: str) -> dict[str, Any]:
        """The summary and: headers, text, html, calendar, files."""
        return self._get(f"api/messages/{key}")

    def wait_for(
        self, accept: Callable[[dict[str, Any]], bool] = lambda _: True, *, to: str = "", seconds: float = 60
    ) -> dict[str, Any]:
        """The newest message that is accepted, with its content. Raises: AssertionError when none came in time."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for summary in self.messages(to):
                if accept(summary):
                    return self.message(summary["id"])
            time.sleep(0.2)
        raise AssertionError(f"no such mail to {to or 'anybody'} within {seconds} s; there are {self.messages()}")

    def _get(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.page}{path}", timeout=10) as answer:  # noqa: S310  the page's own address
            content: dict[str, Any] = json.load(answer)
        return content


class WebServer:
    """granian with some processes; `address` ends with a slash."""

    def __init__(self, database: str, *, processes: int, lifeline: Lifeline) -> None:
        """Answering on return. Args: database: the name of one in this run's cluster."""
        port = free_port()
        self.address = f"http://{LOOPBACK}:{port}/"
        self.log = Path(os.environ["CLINIC_DATA_DIR"]) / "log" / f"web-{port}.log"
        told = {
            "DATABASE_URL": url_of(database, os.environ["CLINIC_TEST_APP_URL"]),
            "CLINIC_PORT": str(port),
            "CLINIC_PROCESS": "web",
            "PYTHONUNBUFFERED": "1",
        }
        self.child = Child(
            "web",
            programs.web(port, workers=processes),
            lifeline=lifeline,
            log=self.log,
            folder=BASE_DIR,
            environment=os.environ | told,
        )
        wait_for_web(port, self.child)

    def stop(self) -> None:
        self.child.stop()


class LiveStack:
    """The clinic as `make run` starts it, on an own database of this run's cluster, with the demo unit.

    `address`, `mail`, `services.broker` (stop and start it to see what a lost broker does), `manage`, `sql`.
    """

    def __init__(self, name: str, *, web: int = 2) -> None:
        self._name = name
        self._processes = web
        self._lifeline = Lifeline()
        self.folder = temporary_folder()
        self._lifeline.remove_afterwards(self.folder)
        self._port = free_port()
        self._places = Places(self.folder)
        given = {
            key: value
            for key, value in os.environ.items()
            if key not in {"REDIS_URL", "EMAIL_URL", "CLINIC_DATA_DIR", "CLINIC_PORT"}
        }
        given["DATABASE_URL"] = url_of(name, os.environ["CLINIC_TEST_APP_URL"])
        self.address = f"http://{LOOPBACK}:{self._port}/"
        self.services = Services(given, places=self._places, lifeline=self._lifeline, web_port=self._port)
        self.children: dict[str, Child] = {}

    def start(self) -> None:
        """Pages answer; worker and beat are started."""
        self._places.make()
        create_with_demo(self._name)
        self.services.start_broker()
        self.services.start_mail()
        self.mail = CaughtMail(self.services.mail_page)
        for name, arguments in (
            ("web", programs.web(self._port, workers=self._processes)),
            ("mailer", programs.mailer()),
            ("worker", programs.worker()),
            ("beat", programs.beat()),
        ):
            self.children[name] = self.services.run(name, arguments)
        wait_for_web(self._port, self.children["web"])

    def manage(self, *arguments: str) -> str:
        """What a person's `manage.py ...` printed. Raises: AssertionError with its words where it failed."""
        done = subprocess.run(
            programs.manage(*arguments),
            env=os.environ | self.services.variables(),
            cwd=BASE_DIR,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows a statement returned, as the owner; none for one that returns none."""
        with psycopg.connect(url_of(self._name)) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def log(self, name: str) -> str:
        """What web, worker, beat or mail has said."""
        return self._places.log(name).read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        for child in self.children.values():
            child.ask_to_stop()
        for child in self.children.values():
            child.stop()
        self.services.stop()
        self._lifeline.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def wait_for_web(port: int, child: Child) -> None:
    """Raises: AssertionError with the log where pages do not answer."""
    until = time.monotonic() + WEB_SECONDS
    status = None
    while time.monotonic() < until and not child.has_ended():
        status = page_status(port)
        if status is not None:
            break
        time.sleep(0.05)
    assert (status or 500) < 500, child.log.read_text(encoding="utf-8", errors="replace")[-4000:]
