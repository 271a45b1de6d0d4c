"""Where a clone keeps what it makes: everything under its data folder, `.local`."""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clinic.environment import CONNECTION_FILE

LOG_LIMIT = 10 * 1024 * 1024


@dataclass(frozen=True)
class Places:
    """The files and folders below one data folder."""

    root: Path

    def make(self) -> None:
        """The folder exists. Others may pass through it (the database's account must), not list it."""
        self.root.mkdir(mode=0o711, parents=True, exist_ok=True)
        if self.root.stat().st_mode & 0o777 != 0o711 and self.root.stat().st_uid == os.geteuid():
            self.root.chmod(0o711)
        self.logs.mkdir(mode=0o700, exist_ok=True)

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def mail(self) -> Path:
        return self.root / "mail"

    @property
    def accounts(self) -> Path:
        """The demo accounts in words, as they were when the demo unit was made."""
        return self.root / "accounts.txt"

    @property
    def logs(self) -> Path:
        return self.root / "log"

    def log(self, name: str) -> Path:
        """The log file of a service, shortened by half where it had grown long."""
        path = self.logs / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
        return path

    def secret_key(self) -> str:
        """The same at every start, so that a restart signs nobody out."""
        path = self.root / "secret-key"
        if not path.exists() or len(path.read_text().strip()) < 50:
            write_private(path, secrets.token_urlsafe(60))
        return path.read_text().strip()

    def write_connection(self, environment: Mapping[str, str], **more: str | int) -> None:
        """Commands a person starts beside the running clinic find the services here (`clinic.environment`)."""
        write_private(self.root / CONNECTION_FILE, json.dumps({**more, "environment": dict(environment)}, indent=1))

    def read_connection(self) -> dict[str, object]:
        try:
            found = json.loads((self.root / CONNECTION_FILE).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def remove_connection(self) -> None:
        (self.root / CONNECTION_FILE).unlink(missing_ok=True)


def write_private(path: Path, text: str) -> None:
    """The file holds the text as a whole, readable by its owner only."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)


class FolderLock:
    """A lock file that the kernel lets go of when its holders have died, by whatever signal."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a")

    def take(self, *, seconds: float = 0) -> bool:
        """Returns False where another process still holds it after `seconds`."""
        until = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until:
                    return False
                time.sleep(0.05)
            else:
                return True

    def fileno(self) -> int:
        return self._file.fileno()
