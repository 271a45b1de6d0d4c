"""Real Celery processes for the tests that kill, starve or cut them off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from tests.databases import url_of
from tests.reminders.mailserver import MailServer

PATIENCE_S = 60


class Celery:
    """One worker or beat as a process group of its own, on the tests' database, as the role that owns no table."""

    def __init__(self, smtp: MailServer, log: Path, *what: str, broker: str = "", database: str = "") -> None:
        self.log = log
        self.what = what
        self.environment = {
            **os.environ,
            "DATABASE_URL": database
            or url_of(str(settings.DATABASES["default"]["NAME"]), os.environ["CLINIC_TEST_APP_URL"]),
            "EMAIL_URL": f"smtp://127.0.0.1:{smtp.port}",
            "REDIS_URL": broker or os.environ["REDIS_URL"],
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "clinic", "--skip-checks", *self.what, "-l", "INFO"],
                env=self.environment,
                cwd=settings.BASE_DIR,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Parent and children at once, with no chance to say anything."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=10)


WORKER = ("worker", "-Q", "mail", "-c", "1", "--without-gossip", "--without-mingle")


def wait_until(is_so: Callable[[], bool], log: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < until, log.read_text()[-3000:]
        time.sleep(0.1)
