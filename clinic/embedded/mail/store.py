"""Caught mails on disk: the raw bytes of each, and beside them to whom the envelope was addressed."""

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

KEPT = 500


@dataclass(frozen=True)
class Caught:
    """One mail as it came in."""

    key: str
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    raw: bytes


class MailStore:
    """The newest mails; older ones are deleted when another comes in."""

    def __init__(self, folder: Path, *, kept: int = KEPT) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._kept = kept
        self._lock = threading.Lock()
        self._last = 0

    def add(self, sender: str, recipients: Sequence[str], raw: bytes) -> str:
        """The mail is on disk under the returned key, which sorts by time of arrival."""
        with self._lock:
            self._last = max(self._last + 1, time.time_ns())
            key = f"{self._last:020d}"
            envelope = {"sender": sender, "recipients": list(recipients)}
            self._path(key, "json").write_text(json.dumps(envelope), encoding="utf-8")
            fresh = self._path(key, "part")
            fresh.write_bytes(raw)
            fresh.rename(self._path(key, "eml"))  # from here on it is listed
            for old in self.keys()[self._kept :]:
                self._path(old, "eml").unlink(missing_ok=True)
                self._path(old, "json").unlink(missing_ok=True)
        return key

    def keys(self) -> list[str]:
        """Newest first."""
        return sorted((path.stem for path in self._folder.glob("*.eml")), reverse=True)

    def get(self, key: str) -> Caught | None:
        """Returns None where there is no such mail, or no longer."""
        if not (key.isascii() and key.isdigit()):
            return None
        try:
            raw = self._path(key, "eml").read_bytes()
            envelope = json.loads(self._path(key, "json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return Caught(
            key=key,
            received_at=datetime.fromtimestamp(int(key) / 1e9, UTC),
            sender=envelope["sender"],
            recipients=tuple(envelope["recipients"]),
            raw=raw,
        )

    def _path(self, key: str, kind: str) -> Path:
        return self._folder / f"{key}.{kind}"
