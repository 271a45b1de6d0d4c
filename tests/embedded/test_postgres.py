"""The cluster: what it lets in, and that neither kill -9 nor a meddled-with folder keeps it from starting again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from clinic.embedded import accounts, postgres
from clinic.embedded.errors import FolderNotUsable
from clinic.embedded.ports import LOOPBACK, free_port, is_listening
from clinic.embedded.postgres import APP, OWNER, SUPERUSER, Cluster
from clinic.embedded.processes import Lifeline
from clinic.environment import BASE_DIR
from tests.embedded.looking import family, still_running, wait_for
from tests.services import temporary_folder

Make = Callable[[], Cluster]

RUN_A_CLUSTER = """
import sys, time
from pathlib import Path
from clinic.embedded.postgres import Cluster, OWNER
from clinic.embedded.processes import Lifeline
folder = Path(sys.argv[1])
cluster = Cluster(folder / "postgres", lifeline=Lifeline(), log=folder / "log")
cluster.start()
print(cluster.url(OWNER), flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def initialised() -> Iterator[Path]:
    """A cluster's folder after its first start: initdb costs more than all that most tests here do with it."""
    folder = temporary_folder()
    lifeline = Lifeline()
    lifeline.remove_afterwards(folder)
    cluster = Cluster(folder / "postgres", lifeline=lifeline, log=folder / "log", durable=False)
    cluster.start()
    cluster.stop()
    yield folder / "postgres"
    lifeline.close()


@pytest.fixture
def first(place: Path, lifeline: Lifeline) -> Iterator[Make]:
    """Another cluster object on the same folder, as the next `make run` would have; at first there is nothing."""
    made: list[Cluster] = []

    def again() -> Cluster:
        made.append(Cluster(place / "postgres", lifeline=lifeline, log=place / "log", durable=False))
        return made[-1]

    yield again
    for cluster in made:
        cluster.stop()


@pytest.fixture
def make(place: Path, initialised: Path, first: Make) -> Make:
    """The same on a folder that an earlier run left."""
    shutil.copytree(initialised, place / "postgres")
    return first


def write(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url(OWNER)) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('still here')")


def read(cluster: Cluster) -> str:
    with psycopg.connect(cluster.url(OWNER)) as connection:
        row = connection.execute("SELECT word FROM kept").fetchone()
    assert row is not None
    return str(row[0])


def test_started_it_is_postgresql_18_for_its_two_roles(first: Make) -> None:
    cluster = first()
    cluster.start()
    with psycopg.connect(cluster.url(OWNER)) as connection:
        assert connection.info.server_version // 10000 == 18
        rows = connection.execute(
            "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname LIKE 'clinic%' ORDER BY 1"
        ).fetchall()
        locale = connection.execute(
            "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'clinic'"
        ).fetchone()
    assert rows == [("clinic_app", False, False, False), ("clinic_owner", False, True, False)]
    assert locale == ("b", "C.UTF-8")
    with psycopg.connect(cluster.url(APP)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE mine ()")


def test_it_lets_nobody_in_without_the_password_and_listens_on_loopback_only(make: Make) -> None:
    cluster = make()
    cluster.start()
    for password in ("", "wrong"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host=LOOPBACK, port=cluster.port, user=SUPERUSER, password=password, dbname="postgres")
    listening = psutil.Process(cluster.server.pid).net_connections(kind="all")
    assert [one.laddr.ip for one in listening if one.status == psutil.CONN_LISTEN] == [LOOPBACK]


def test_its_log_quotes_no_row(make: Make, place: Path) -> None:
    cluster = make()
    cluster.start()
    with psycopg.connect(cluster.url(OWNER), autocommit=True) as connection:
        connection.execute("CREATE TABLE person (name text UNIQUE)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO person VALUES ('Lovelace'), ('Lovelace')")
    log = (place / "log").read_text()
    assert "person_name_key" in log
    assert "Lovelace" not in log


def test_it_runs_as_an_ordinary_account_also_when_started_as_root(make: Make) -> None:
    cluster = make()
    cluster.start()
    assert psutil.Process(cluster.server.pid).uids().effective != 0


def test_a_restart_keeps_the_data(make: Make) -> None:
    first = make()
    first.start()
    write(first)
    first.stop()
    assert not is_listening(first.port)
    second = make()
    second.start(first.port)
    assert read(second) == "still here"
    assert second.port == first.port


def test_after_kill_9_of_the_server_it_starts_with_its_data(make: Make) -> None:
    first = make()
    first.start()
    write(first)
    backends = family(first.server.pid)
    os.kill(first.server.pid, signal.SIGKILL)
    second = make()
    second.start()
    assert read(second) == "still here"
    assert still_running(backends) == []


def test_after_kill_9_of_its_owner_nothing_is_left_and_it_starts_with_its_data(make: Make, place: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", RUN_A_CLUSTER, str(place)], cwd=BASE_DIR, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    url = owner.stdout.readline().strip()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('still here')")
    processes = family(owner.pid)
    owner.kill()
    owner.wait()
    owner.stdout.close()
    assert still_running(processes) == []
    cluster = make()
    cluster.start()
    assert read(cluster) == "still here"


def test_a_server_that_survived_its_supervisor_is_ended_first(make: Make) -> None:
    survivor = make()
    survivor.start()
    write(survivor)
    cluster = make()
    cluster.start()
    assert read(cluster) == "still here"
    assert survivor.server.has_ended()


def test_a_number_left_behind_that_is_another_process_now_is_not_killed(make: Make, place: Path) -> None:
    first = make()
    first.start()
    write(first)
    os.kill(first.server.pid, signal.SIGKILL)
    wait_for(first.server.has_ended)
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    file = place / "postgres" / "data" / "postmaster.pid"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
    second = make()
    second.start()
    assert read(second) == "still here"
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_another_port_is_taken_when_the_usual_one_is_in_use(make: Make) -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        usual = taken.getsockname()[1]
        cluster = make()
        cluster.start(usual)
        assert cluster.port != usual


def test_a_port_taken_between_the_look_and_the_start_is_not_the_end(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        usual = taken.getsockname()[1]
        monkeypatch.setattr(postgres, "free_port", lambda usual_ports=(): usual if usual_ports else free_port())
        cluster = make()
        cluster.start(usual)
        assert cluster.port != usual


def test_a_folder_opened_to_others_is_closed_again(make: Make, place: Path) -> None:
    first = make()
    first.start()
    first.stop()
    for folder in (place / "postgres", place / "postgres" / "data"):
        folder.chmod(0o777)
    second = make()
    second.start()
    assert [folder.stat().st_mode & 0o777 for folder in (place / "postgres", place / "postgres" / "data")] == [
        0o700
    ] * 2


def test_a_folder_of_another_account_is_said_in_a_sentence(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = place / "postgres"
    folder.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    with pytest.raises(FolderNotUsable, match=r"belongs to the account .* chown"):
        accounts.give(folder, None)


def test_a_lost_password_file_is_made_again(make: Make, place: Path) -> None:
    first = make()
    first.start()
    write(first)
    first.stop()
    (place / "postgres" / "passwords.json").unlink()
    second = make()
    second.start()
    assert read(second) == "still here"


def test_an_interrupted_first_start_is_begun_again(first: Make, place: Path) -> None:
    half = place / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    cluster = first()
    cluster.start()
    write(cluster)
    assert not half.exists()


@pytest.mark.parametrize("name", ["with a space", "kliník é", 'it\'s "quoted"'])
def test_a_path_may_hold_spaces_quotes_and_letters_beyond_ascii(place: Path, lifeline: Lifeline, name: str) -> None:
    cluster = Cluster(place / name / ".local" / "postgres", lifeline=lifeline, log=place / "log", durable=False)
    (place / name).mkdir()
    (place / name / ".local").mkdir()
    cluster.start()
    write(cluster)
    assert read(cluster) == "still here"
    cluster.stop()


def test_a_clone_in_a_closed_home_keeps_the_home_closed(
    place: Path, lifeline: Lifeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started as root there, the data lie outside behind a link; an ordinary account keeps them where they are."""
    home = place / "home"
    (home / "clone" / ".local").mkdir(parents=True)
    home.chmod(0o700)
    outside = place / "outside"
    outside.mkdir(mode=0o711)
    outside.chmod(0o711)
    monkeypatch.setattr(postgres, "shared_place", lambda _: outside)
    folder = home / "clone" / ".local" / "postgres"
    for _ in range(2):
        cluster = Cluster(folder, lifeline=lifeline, log=place / "log", durable=False)
        cluster.start()
        cluster.stop()
    assert folder.is_symlink() == (os.geteuid() == 0)
    assert (folder / "data" / "PG_VERSION").exists()
    assert len(list(outside.iterdir())) == (1 if os.geteuid() == 0 else 0)
    assert home.stat().st_mode & 0o777 == 0o700


def test_programs_in_a_closed_folder_are_copied_where_the_account_can_run_them(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = place / "closed"
    (closed / "bin").mkdir(parents=True)
    shutil.copy("/bin/sh", closed / "bin" / "sh")
    closed.chmod(0o700)
    shared = place / "shared"
    shared.mkdir(mode=0o755)
    monkeypatch.setattr(accounts, "shared_place", lambda _: shared)
    account = accounts.service_account()
    found = accounts.reachable_copy(closed / "bin", account, version="1")
    assert accounts.can_enter(found, account)
    assert (found / "sh").exists()
    assert found == accounts.reachable_copy(closed / "bin", account, version="1")
