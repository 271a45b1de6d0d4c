"""Migrated databases in a moment: the migrations run once a cluster, and once in all while they do not change.

Running them costs thirty seconds of a busy machine, copying a database a quarter of one. What the run left is kept
as SQL in `.local/test/`, under a fingerprint of all it depends on.
"""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from clinic.embedded import programs
from clinic.embedded.accounts import service_account
from clinic.embedded.postgres import bundled_programs
from clinic.embedded.tables import fingerprint
from clinic.environment import BASE_DIR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TEMPLATE = "migrated"
WITH_DEMO = "with_demo"
KEPT = BASE_DIR / ".local" / "test"
AUTOVACUUM_S = 60.0
LOCK = 7_402_118  # of this cluster: its xdist workers all ask for the template at the start


def url_of(database: str, base: str | None = None) -> str:
    """The address of another database of the cluster. Args: base: as which role; the owner by default."""
    return urlsplit(base or os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl()


def create_migrated(database: str) -> None:
    """The database is there, migrated, with what the migrations put in and nothing else."""
    ensure_template()
    with _cluster() as connection:
        _copy(connection, TEMPLATE, database)


def create_with_demo(database: str) -> None:
    """The database is there with the demo unit of today, which is made once a run."""
    ensure_template()
    _ensure(WITH_DEMO, _load_demo, of=TEMPLATE)
    with _cluster() as connection:
        _copy(connection, WITH_DEMO, database)


def load_with_demo(url: str) -> None:
    """The empty database there, of whatever cluster, is migrated and holds the demo unit."""
    read = f"{WITH_DEMO}_read_{os.getpid()}"  # nobody may be connected to the one that is copied
    create_with_demo(read)
    dump = _client("pg_dump", to=url_of(read))
    loaded = _client("psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--single-transaction", to=url, text=dump.stdout)
    with _cluster() as connection:
        _drop(connection, read)
    if dump.returncode or loaded.returncode:
        raise RuntimeError(f"The demo unit was not copied:\n{(dump.stderr + loaded.stderr)[-4000:]}")


def _copy(connection: psycopg.Connection, template: str, database: str) -> None:
    _drop(connection, database)
    names = sql.Identifier(database), sql.Identifier(template)
    connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))


def _drop(connection: psycopg.Connection, database: str) -> None:
    """The database is gone, whoever is connected to it.

    Autovacuum belongs to the cluster's owner, whom we may not turn out: it is gone in a moment by itself.
    """
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
    until = time.monotonic() + AUTOVACUUM_S
    while True:
        try:
            connection.execute(statement)
        except psycopg.errors.InsufficientPrivilege:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return


def ensure_template() -> None:
    """A migrated database to copy is there."""
    _ensure(TEMPLATE, load_migrated)


def _ensure(name: str, load: Callable[[str], None], *, of: str = "template1") -> None:
    """A database to copy is there under that name, made as a copy of another and loaded; nobody is connected to it."""
    with _cluster() as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount:
            return
        fresh = f"{name}_fresh"
        _copy(connection, of, fresh)
        load(url_of(fresh))
        connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(fresh), sql.Identifier(name))
        )


def load_migrated(url: str) -> None:
    """The empty database there is migrated: from what was kept, else by running the migrations."""
    kept = KEPT / f"migrated-{fingerprint()[:16]}.sql"
    if not (kept.exists() and _restore(url, kept)):
        _migrate(url)
        _keep(url, kept)


@contextmanager
def _cluster() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(url_of("postgres"), autocommit=True) as connection:
        yield connection


def _migrate(url: str) -> None:
    _manage(url, "migrate", "--noinput", "--verbosity", "0")


def _load_demo(url: str) -> None:
    _manage(url, "demo")


def _manage(url: str, *arguments: str) -> None:
    done = subprocess.run(
        programs.manage(*arguments),
        env=os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "clinic.settings"},
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"manage.py {arguments[0]} failed:\n{done.stderr[-4000:]}")


def _restore(url: str, kept: Path) -> bool:
    """Returns False where the file does not fit, perhaps from another server release; the database is empty then."""
    done = _client("psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--single-transaction", "--file", kept, to=url)
    return done.returncode == 0


def _keep(url: str, kept: Path) -> None:
    """Kept for the next run where it can be; a full disk or a closed folder costs time, not the tests."""
    try:
        KEPT.mkdir(parents=True, exist_ok=True)
        fresh = kept.with_suffix(f".{os.getpid()}")
        if _client("pg_dump", "--file", fresh, to=url).returncode == 0:
            fresh.replace(kept)
        for old in sorted(KEPT.glob("migrated-*.sql"), key=lambda path: path.stat().st_mtime)[:-3]:
            old.unlink(missing_ok=True)
    except OSError:
        return


def _client(program: str, *arguments: str | Path, to: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """What the program said. Args: text: what it reads."""
    return subprocess.run(
        [bundled_programs(service_account()) / program, *arguments, "--dbname", to],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
