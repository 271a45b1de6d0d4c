"""Xandikos, a calendar server of others with a mail entrance: a reader's calendar, fed by raw mails alone.

Run as a program of its own: it is under the GPL, and nothing of ours links to it.
"""

from __future__ import annotations

import re
import smtplib
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from clinic.embedded.ports import LOOPBACK, free_port

SECONDS = 60  # to start, on a busy machine
CALENDAR = "user/calendars/calendar/"


class Xandikos:
    """One reader's calendar. `deliver` is the last hop of a mail; `events` is what stands in the calendar."""

    def __init__(self, folder: Path) -> None:
        self.page, self.lmtp = free_port(), free_port()
        self.log = folder / "xandikos.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(
                        sys.executable,
                        "-m",
                        "xandikos",
                        "serve",
                        "--directory",
                        str(folder / "calendars"),
                        "--defaults",
                    ),
                    *("--listen-address", LOOPBACK, "--port", str(self.page), "--no-detect-systemd"),
                    *("--state-dir", str(folder), "--imip-listen", f"{LOOPBACK}:{self.lmtp}"),
                ],
                stdout=log,
                stderr=log,
            )
        self._wait()

    def deliver(self, raw: bytes, *, sender: str, recipient: str) -> None:
        """Raises: smtplib.SMTPException where it is not taken."""
        with smtplib.LMTP(LOOPBACK, self.lmtp, timeout=10) as line:
            line.sendmail(sender, [recipient], raw)

    def events(self) -> list[bytes]:
        """The calendar's objects as the reader's program would fetch them."""
        request = urllib.request.Request(
            f"http://{LOOPBACK}:{self.page}/{CALENDAR}", method="PROPFIND", headers={"Depth": "1"}
        )
        listing = self._fetch(request).decode()
        hrefs = sorted(set(re.findall(r">(/user/calendars/calendar/[^<]+\.ics)<", listing)))
        return [self._fetch(f"http://{LOOPBACK}:{self.page}{href}") for href in hrefs]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)

    def _fetch(self, request: str | urllib.request.Request) -> bytes:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            content: bytes = answer.read()
            return content

    def _wait(self) -> None:
        until = time.monotonic() + SECONDS
        while self.process.poll() is None and time.monotonic() < until:
            try:
                with smtplib.LMTP(LOOPBACK, self.lmtp, timeout=10):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(self.log.read_text(errors="replace")[-3000:])
