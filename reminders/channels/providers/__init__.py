"""Who takes our text messages."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Protocol

from reminders.channels import Received, Report
from reminders.transport import NotDelivered


class Setting(Protocol):
    """What the setting says: which provider, where it is, and how it knows us."""

    provider: str
    address: str
    key: str
    template: str


class Provider(Protocol):
    """Sends a text message and tells later what became of it."""

    def send(self, number: str, words: str, reference: str) -> str:
        """Returns the provider's name for it. Raises NotDelivered."""

    def reports(self, provider_ids: Iterable[str]) -> list[Report]:
        """What is known of these by now."""

    def received(self) -> list[Received]:
        """What people have answered lately."""


class NoProvider:
    """None is set up. Messages queued while one was are told another way."""

    def send(self, number: str, words: str, reference: str) -> str:
        raise NotDelivered("No text messages are set up.", is_for_good=True)

    def reports(self, provider_ids: Iterable[str]) -> list[Report]:
        return []

    def received(self) -> list[Received]:
        return []


@lru_cache(maxsize=4)
def provider_for(setting: Setting) -> Provider:
    """The provider that the setting names, kept for the process with its connection."""
    match setting.provider:
        case "console":
            from reminders.channels.providers.console import ConsoleProvider

            return ConsoleProvider()
        case "database":
            from reminders.channels.providers.database import DatabaseProvider

            return DatabaseProvider()
        case "notify":
            from reminders.channels.providers.notify import NotifyProvider  # an optional extra

            return NotifyProvider(setting)
    return NoProvider()
