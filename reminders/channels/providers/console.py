"""Text messages on the process's own output: for trying things out."""

from __future__ import annotations

import sys

from reminders.channels.providers import NoProvider


class ConsoleProvider(NoProvider):
    """Prints, and delivers to nobody. Never in production: output is kept as logs are."""

    def send(self, number: str, words: str, reference: str) -> str:
        sys.stdout.write(f"Text message to {number}: {words}\n")
        return reference
