"""`make run` itself: up, told, found by commands, restarted piece by piece, and gone without a trace by any signal."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psutil
import psycopg
import pytest

from clinic.embedded import programs
from clinic.embedded.places import FolderLock, Places
from clinic.embedded.ports import LOOPBACK, free_port, is_listening, page_status
from clinic.embedded.postgres import APP, OWNER, Cluster
from clinic.embedded.processes import Lifeline
from clinic.embedded.tables import fingerprint
from clinic.environment import BASE_DIR
from tests.databases import create_migrated, load_with_demo, url_of
from tests.embedded.looking import family, still_running, wait_for
from tests.services import temporary_folder

SERVICES = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "CLINIC_APP_ROLE", "CLINIC_TEST_APP_URL", "SECRET_KEY")
UP_SECONDS = 180  # on a machine that does much else


class Run:
    """One run of the supervisor on a data folder."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        through_parent: bool = False,
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.folder = folder
        self.port = port or free_port()
        environment = {key: value for key, value in os.environ.items() if key not in SERVICES}
        own = {"CLINIC_DATA_DIR": str(folder), "CLINIC_PORT": str(self.port)}
        self.environment = {**environment, **own, **variables}
        command = [sys.executable, "-m", "clinic.embedded"]
        if through_parent:  # as make does it
            command = ["/bin/sh", "-c", f"'{sys.executable}' -m clinic.embedded --with-parent; true"]
        self.output = folder / f"output-{self.port}-{time.monotonic_ns()}"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                command, cwd=BASE_DIR, env=self.environment, stdout=output, stderr=output, start_new_session=True
            )

    def said(self) -> str:
        return self.output.read_text()

    def wait_until_up(self) -> None:
        wait_for(lambda: "Stop with Ctrl-C." in self.said() or self.process.poll() is not None, seconds=UP_SECONDS)
        assert self.process.poll() is None, self.said()

    def family(self) -> list[psutil.Process]:
        """With the pools of the workers, which come a moment after the pages."""
        wait_for(lambda: self.child("celery", "mailer@%h").children(), seconds=UP_SECONDS)
        wait_for(lambda: len(self.child("celery", "worker@%h").children()) >= 2, seconds=UP_SECONDS)
        return family(self.process.pid)

    def child(self, *words: str) -> psutil.Process:
        """A direct child of the supervisor, by words of its command line."""

        def look() -> psutil.Process | None:
            for process in psutil.Process(self.process.pid).children():
                line = " ".join(process.cmdline())
                if all(word in line for word in words):
                    return process
            return None

        return wait_for(look)

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)

    def connection(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "services.json").read_text())
        return found

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """As a person runs it beside `make run`: nothing but the clone's folder is known."""
        bare = {key: value for key, value in self.environment.items() if key != "CLINIC_PORT"}
        return subprocess.run(
            programs.manage(*arguments), cwd=BASE_DIR, env=bare, capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A clone's data folder of which an earlier run made the tables and the demo unit.

    A run that makes the demo unit itself is that of the services named in the environment.
    """
    folder = temporary_folder()
    places = Places(folder)
    places.make()
    lifeline = Lifeline()
    lifeline.remove_afterwards(folder)
    cluster = Cluster(places.postgres, lifeline=lifeline, log=places.log("postgres"))
    cluster.start()
    load_with_demo(cluster.url(OWNER))
    cluster.stop()
    (places.postgres / "migrated").write_text(fingerprint())
    yield folder
    lifeline.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def start(data: Path) -> Iterator[Callable[[], Run]]:
    """Starts a run on the folder; it is ended with the test."""
    started: list[Run] = []

    def begin() -> Run:
        started.append(Run(data))
        return started[-1]

    yield begin
    for run in started:
        if run.process.poll() is None:
            run.end(signal.SIGTERM)


def units(run: Run) -> int:
    with psycopg.connect(run.connection()["environment"]["DATABASE_URL"]) as connection:
        row = connection.execute("SELECT count(*) FROM units_unit").fetchone()
    return int(row[0]) if row else 0


def test_up_it_tells_where_survives_its_services_and_itself_and_ctrl_c_ends_all_in_order(
    start: Callable[[], Run], data: Path
) -> None:
    run = start()
    run.wait_until_up()
    assert_tells_where(run, data)
    assert_refuses_a_second(run, data)

    mail = run.connection()["mail_page"]
    kill_each_service(run)
    wait_for(lambda: page_status(run.port) == 200, seconds=UP_SECONDS)
    assert units(run) == 1
    assert is_listening(int(mail.rstrip("/").rsplit(":", 1)[1]))

    processes = run.family()
    run.end(signal.SIGKILL)
    again = start()  # at once, while the watcher still clears up
    assert still_running(processes) == []
    again.wait_until_up()
    assert units(again) == 1

    processes = again.family()
    began = time.monotonic()
    assert again.end(signal.SIGINT) == 0
    assert time.monotonic() - began < 20
    assert still_running(processes) == []
    assert not (data / "services.json").exists()

    without = again.manage("shell", "-c", "from units.models import Unit; Unit.objects.count()")
    assert without.returncode == 1
    assert without.stderr == (
        "The clinic's database does not answer. Start the clinic with make run, then run this command again.\n"
    )


def assert_tells_where(run: Run, data: Path) -> None:
    said = run.said()
    assert re.search(r"Ready after \d+\.\d s\.", said)
    assert f"http://127.0.0.1:{run.port}/" in said
    assert [role for role in ("coordinator", "nurse", "administrator") if role not in said] == []
    mail = run.connection()["mail_page"]
    assert mail in said
    with urllib.request.urlopen(mail, timeout=10) as page:  # noqa: S310  the catcher's own address
        assert page.status == 200
    assert page_status(run.port) == 200
    assert (data / "services.json").stat().st_mode & 0o777 == 0o600
    beside = run.manage("shell", "--verbosity", "0", "-c", "from units.models import Unit; print(Unit.objects.count())")
    assert beside.stdout.strip() == "1", beside.stderr


def assert_refuses_a_second(run: Run, data: Path) -> None:
    second = Run(data, port=free_port())
    assert second.process.wait(60) == 1
    assert f"running already, at http://127.0.0.1:{run.port}/" in second.said()


def kill_each_service(run: Run) -> None:
    """Each ends by a signal, and the supervisor says so."""
    run.family()
    for name, words in (
        ("PostgreSQL", ("bin/postgres",)),
        ("Redis", ("redis-server",)),
        ("the mail catcher", ("mail.server",)),
        ("the mail worker", ("celery", "mailer@%h")),
        ("the worker", ("celery", "worker@%h")),
        ("the web server", ("granian",)),
    ):
        kill(run, name, words)


def kill(run: Run, name: str, words: Sequence[str]) -> None:
    said = f"{name} ended by itself (signal 9)"
    for _ in range(3):  # it may just be ending for want of what was killed before it, and be started anew
        with suppress(ProcessLookupError, psutil.NoSuchProcess):
            os.kill(run.child(*words).pid, signal.SIGKILL)
        with suppress(AssertionError):
            wait_for(lambda: said in run.said(), seconds=10)
            return
    raise AssertionError(run.said())


def test_when_make_is_killed_the_clinic_stops(data: Path) -> None:
    run = Run(data, through_parent=True)
    run.wait_until_up()
    processes = family(run.process.pid)
    run.end(signal.SIGKILL)
    assert still_running(processes, seconds=30) == []


def test_a_taken_port_is_said_and_nothing_is_left_running(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = Run(data, port=port)
        assert run.process.wait(60) == 1
        assert f"Port {port} is taken by another program." in run.said()
        assert f"CLINIC_PORT={port + 1} make run" in run.said()


def test_a_wrong_setting_is_said_before_anything_starts(data: Path) -> None:
    run = Run(data, variables={"CLINIC_ENV": "production"})
    assert run.process.wait(60) == 1
    assert "- SECRET_KEY is not set." in run.said()
    assert "Traceback" not in run.said()


def test_services_named_in_the_environment_are_used_and_not_started(tmp_path: Path, worker_id: str) -> None:
    name = f"named_{worker_id}"
    create_migrated(name)
    given = {
        "DATABASE_URL": url_of(name, os.environ["CLINIC_TEST_APP_URL"]),
        "CLINIC_OWNER_DATABASE_URL": url_of(name),
        "CLINIC_APP_ROLE": APP,
        "REDIS_URL": os.environ["REDIS_URL"].rpartition("/")[0] + "/9",
        "EMAIL_URL": os.environ["EMAIL_URL"],
    }
    run = Run(tmp_path, variables=given)
    run.wait_until_up()
    names = [" ".join(process.cmdline()) for process in psutil.Process(run.process.pid).children()]
    assert [name for name in names if "bin/postgres" in name or "redis-server" in name or "mail.server" in name] == []
    assert units(run) == 1
    assert run.end(signal.SIGTERM) == 0
    with psycopg.connect(given["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_without_the_demo_the_clinic_is_empty_and_says_how_to_sign_in(tmp_path: Path, worker_id: str) -> None:
    name = f"empty_{worker_id}"
    create_migrated(name)
    given = {
        "DATABASE_URL": url_of(name, os.environ["CLINIC_TEST_APP_URL"]),
        "CLINIC_OWNER_DATABASE_URL": url_of(name),
        "CLINIC_APP_ROLE": APP,
        "REDIS_URL": os.environ["REDIS_URL"].rpartition("/")[0] + "/9",
        "EMAIL_URL": os.environ["EMAIL_URL"],
        "CLINIC_DEMO": "no",
    }
    run = Run(tmp_path, variables=given)
    run.wait_until_up()
    assert units(run) == 0
    assert "Nobody can sign in yet." in run.said()
    assert f"CLINIC_DATA_DIR={tmp_path} .venv/bin/python manage.py createsuperuser" in run.said()
    assert "demo.example" not in run.said()
    assert run.end(signal.SIGTERM) == 0


def test_folder_lock_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path / "lock"), FolderLock(tmp_path / "lock")
    assert first.take()
    assert not second.take(seconds=0.1)
