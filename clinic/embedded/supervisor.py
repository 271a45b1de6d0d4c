"""`make run`: everything of a clinic on one machine, started in order, kept running, stopped in order."""

import contextlib
import ctypes
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NoReturn

from clinic import environment
from clinic.embedded import programs, tables
from clinic.embedded.errors import AlreadyRunning, DidNotStart, EmbeddedProblem, PortTaken, last_lines
from clinic.embedded.places import FolderLock, Places, write_private
from clinic.embedded.ports import LOOPBACK, is_free, page_status
from clinic.embedded.processes import PR_SET_PDEATHSIG, Child, Lifeline
from clinic.embedded.services import Services

RESTARTS = 5  # of one service, within
RESTART_WINDOW = 120.0  # seconds; more is a fault that restarting does not cure
WEB_SECONDS = 90
CLEARING_SECONDS = 20
LOOK_EVERY = 0.25
FIRST_ACCOUNT = """Nobody can sign in yet. Make the installer's account, in another terminal:
  {where}.venv/bin/python manage.py createsuperuser

"""


class Stopping(BaseException):
    """A person or the system asked for the end. No Exception: nothing on the way may take it for a failure."""


@dataclass
class Kept:
    """A service that is started again when it ends by itself."""

    name: str
    start: Callable[[], Child | None]
    child: Child
    started: list[float] = field(default_factory=list)


class Supervisor:
    """Runs in the foreground until it is asked to stop."""

    def __init__(self, variables: Mapping[str, str], *, stop_with_parent: bool = False) -> None:
        """Raises: BadEnvironment."""
        given = {name: value for name, value in variables.items() if value.strip()}
        # Read as one without services, so that what an earlier run wrote down does not count as given.
        asked = environment.read({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", **given})
        self._is_production = asked.is_production
        self._has_demo = asked.has_demo
        self._port = asked.port
        self._address = f"http://{LOOPBACK}:{asked.port}/"
        self._places = Places(asked.data_dir)
        self._given = given
        self._parent = os.getppid() if stop_with_parent else None
        self._began = time.monotonic()
        self._kept: list[Kept] = []
        self._services: Services | None = None
        self._lifeline: Lifeline | None = None
        self._locks: list[FolderLock] = []

    def run(self) -> int:
        """Returns the exit code: 0 after a stop that was asked for."""
        self._listen_for_signals()
        try:
            self._take_locks()
            if not is_free(self._port):
                raise PortTaken(self._port)
            self._start()
            self._watch()
        except Stopping:
            self._say("stopping")
            return self._stop(0)
        except EmbeddedProblem as problem:
            self._tell(f"\n{problem.sentence}\n")
            return self._stop(1)
        except PermissionError as error:
            self._tell(
                f"\n{error.filename} may not be written by this account; it was made by another one, perhaps root. "
                f"Give it to yourself with chown -R, or start as that account.\n"
            )
            return self._stop(1)

    # --- start ---------------------------------------------------------------------------------------------------

    def _take_locks(self) -> None:
        """This process owns the clone, and what a killed one left has been cleared.

        Two locks: `run` falls the moment its holder dies; `clearing` is shared with the watcher, which may still be
        ending a killed supervisor's children.
        """
        self._places.make()
        running = FolderLock(self._places.root / "run.lock")
        if not running.take():
            address = self._places.read_connection().get("address")
            raise AlreadyRunning(str(address or "an address it will show in a moment"))
        clearing = FolderLock(self._places.root / "clearing.lock")
        if not clearing.take(seconds=0.2):
            self._say("the last run was killed; its processes are being ended")
            if not clearing.take(seconds=CLEARING_SECONDS):
                raise EmbeddedProblem(
                    "The processes of the last run do not end. Restart the machine, or end them by hand."
                )
        self._locks = [running, clearing]
        self._places.remove_connection()
        self._lifeline = Lifeline(keep_open=[clearing.fileno()])

    def _start(self) -> None:
        assert self._lifeline is not None  # noqa: S101  made with the locks
        services = Services(self._given, places=self._places, lifeline=self._lifeline, web_port=self._port)
        self._services = services
        for name, start in (
            ("PostgreSQL", services.start_database),
            ("Redis", services.start_broker),
            ("the mail catcher", services.start_mail),
        ):
            child = start()
            if child:
                self._say(f"{name} answers")
                self._kept.append(Kept(name, start, child))
        self._prepare(services)
        self._start_clinic(services)

    def _prepare(self, services: Services) -> None:
        """The tables are up to date; an empty database of a development machine holds the demo unit."""
        mark = self._places.postgres / "migrated"
        url = services.variables()["DATABASE_URL"]
        if services.cluster is None or not tables.are_up_to_date(url, mark):
            mark.unlink(missing_ok=True)
            self._finish(
                services.run("migrate", programs.manage("migrate", "--noinput"), as_owner=True), "The migration"
            )
            if services.cluster:
                mark.write_text(tables.fingerprint())
        self._say("the database is up to date")
        if self._is_production:
            arguments = programs.manage("collectstatic", "--noinput")
            self._finish(services.run("collectstatic", arguments), "Collecting the static files")
            self._say("the static files are collected")
        elif self._has_demo and not (tables.hold_a_unit(url) or tables.hold_an_account(url)):
            self._places.accounts.unlink(missing_ok=True)
            self._finish(services.run("demo", programs.manage("demo")), "The demo unit")
            self._say("the demo unit is set up")

    def _start_clinic(self, services: Services) -> None:
        """Pages answer on return. Workers and beat come a few seconds later: at first both cores belong to the web."""
        web = self._run_and_keep(services, "web", "the web server", programs.web(self._port))
        self._wait_for_web(web)
        self._say("the web server answers")
        accounts = "" if self._is_production else self._accounts(services)
        self._run_and_keep(services, "mailer", "the mail worker", programs.mailer())
        self._run_and_keep(services, "worker", "the worker", programs.worker())
        self._run_and_keep(services, "beat", "the beat", programs.beat())
        self._say("workers and beat are started")
        self._places.write_connection(
            services.variables(),
            address=self._address,
            mail_page=services.mail_page,
            supervisor=os.getpid(),
        )
        mail = f"  Mail       {services.mail_page}\n" if services.mail_page else ""
        self._tell(
            f"\nReady after {time.monotonic() - self._began:.1f} s.\n\n"
            f"  Clinic     {self._address}\n{mail}"
            f"  Data, logs {self._places.root}\n\n{accounts}Stop with Ctrl-C.\n"
        )

    def _run_and_keep(self, services: Services, name: str, words: str, arguments: list[str]) -> Child:
        def start() -> Child:
            return services.run(name, arguments)

        child = start()
        self._kept.append(Kept(words, start, child))
        return child

    def _accounts(self, services: Services) -> str:
        """The demo accounts in words, asked once: they are those with which the demo unit was made.

        Where nobody can sign in yet, how to make the first account.
        """
        if not tables.hold_an_account(services.variables()["DATABASE_URL"]):
            folder = self._given.get("CLINIC_DATA_DIR")
            return FIRST_ACCOUNT.format(where=f"CLINIC_DATA_DIR={shlex.quote(folder)} " if folder else "")
        known = self._places.accounts
        if not known.exists():
            (self._places.logs / "accounts.log").unlink(missing_ok=True)
            asked = services.run("accounts", programs.manage("demo", "--accounts"))
            self._finish(asked, "The list of accounts")
            write_private(known, asked.log.read_text(encoding="utf-8"))
        text = known.read_text(encoding="utf-8").strip("\n")
        return f"{text}\n\n" if text else ""

    def _finish(self, child: Child, what: str) -> None:
        while (code := child.returncode()) is None:
            self._pause(0.05)
        if code != 0:
            raise DidNotStart(what, f"it ended with code {code}", child.log)

    def _wait_for_web(self, web: Child) -> None:
        until = time.monotonic() + WEB_SECONDS
        while time.monotonic() < until:
            if web.returncode() is not None:
                raise DidNotStart("The web server", "it ended at once", web.log)
            status = page_status(self._port)
            if status and status < 500:
                return
            if status:
                raise DidNotStart("The web server", f"it answers with the error {status}", web.log)
            self._pause(0.1)
        raise DidNotStart("The web server", f"it did not answer within {WEB_SECONDS} s", web.log)

    # --- keep running ----------------------------------------------------------------------------------------------

    def _watch(self) -> NoReturn:
        while True:
            self._pause(LOOK_EVERY)
            for kept in self._kept:
                code = kept.child.returncode()
                if code is not None:
                    self._start_again(kept, code)

    def _start_again(self, kept: Kept, code: int) -> None:
        now = time.monotonic()
        kept.started = [moment for moment in kept.started if now - moment < RESTART_WINDOW] + [now]
        how = f"signal {-code}" if code < 0 else f"code {code}"
        if len(kept.started) > RESTARTS:
            raise EmbeddedProblem(
                f"{_capital(kept.name)} ended {RESTARTS + 1} times within two minutes, so the clinic stops. "
                f"The end of {kept.child.log}:\n{last_lines(kept.child.log)}"
            )
        self._say(f"{kept.name} ended by itself ({how}); starting it again, {len(kept.started)} of {RESTARTS}")
        before = self._known_addresses()
        kept.child = kept.start() or kept.child
        if self._known_addresses() != before:
            raise EmbeddedProblem(f"The port of {kept.name} was taken meanwhile. Start the clinic again.")

    def _known_addresses(self) -> dict[str, str]:
        return self._services.variables() if self._services else {}

    def _pause(self, seconds: float = 0.1) -> None:
        if self._parent is not None and os.getppid() != self._parent:
            raise Stopping
        time.sleep(seconds)

    # --- stop ------------------------------------------------------------------------------------------------------

    def _listen_for_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _raise_stopping)
        if self._parent is not None and sys.platform == "linux":
            # Whoever kills make with -9 means the clinic as well.
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)

    def _stop(self, code: int) -> int:
        """Every process has ended: the clinic's own first, then what they use."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if self._lifeline is None:
            return code
        own = [kept.child for kept in self._kept if kept.child.name in {"web", "mailer", "worker", "beat"}]
        for child in own:
            child.ask_to_stop()
        for child in own:
            child.stop()
        if self._services:
            self._services.stop()
        self._lifeline.close()  # ends what a signal in the middle of a start left unnamed
        self._places.remove_connection()
        if self._kept:
            self._say("stopped")
        return code

    # --- words -----------------------------------------------------------------------------------------------------

    def _say(self, text: str) -> None:
        self._tell(f"{time.monotonic() - self._began:6.1f} s  {text}")

    def _tell(self, text: str) -> None:
        with contextlib.suppress(OSError):  # a closed terminal must not end the clinic
            sys.stdout.write(text + "\n")
            sys.stdout.flush()


def _raise_stopping(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Stopping


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


def main(arguments: list[str]) -> int:
    """Args: arguments: `--with-parent` to stop when the process that started this one is gone."""
    if not Path(environment.BASE_DIR / "manage.py").exists():
        sys.stderr.write("This does not look like the clinic's folder: manage.py is missing.\n")
        return 1
    return Supervisor(os.environ, stop_with_parent="--with-parent" in arguments).run()
