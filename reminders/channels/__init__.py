"""The ways to reach a reader, behind one small protocol; `Message.channel` says which one carries a message."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from reminders.models import Message
    from reminders.people import Person


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a message, as its provider tells later."""

    provider_id: str
    is_delivered: bool
    words: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """A text message that somebody sent us. `received_id` is the provider's name for it."""

    received_id: str
    number: str
    words: str


class Adapter(Protocol):
    """What a channel can do. Reports and answers of channels that have none are empty."""

    name: str

    def why_not(self, person: Person) -> str:
        """Why this channel does not reach somebody, in words; empty where it does."""

    def render(self, message: Message) -> bytes:
        """The message's octets: the same at every call. Raises: CannotCompose."""

    def send(self, raw: bytes, *, sender: str, recipient: str, reference: str) -> str:
        """The octets are with whoever carries them on. Returns their name for it, empty where they give none.

        Raises: NotDelivered. `reference` is the same at every try, so that a careful provider takes it once.
        """

    def reports(self, provider_ids: Iterable[str]) -> list[Report]:
        """What the provider knows by now of messages sent earlier."""

    def received(self) -> list[Received]:
        """What people have sent us by this channel lately; may repeat what it said before."""


@cache
def adapter_of(channel: str) -> Adapter:
    """The channel's adapter. Imported when first asked for: they render with what imports this module."""
    from reminders.channels.letter import LetterAdapter
    from reminders.channels.mail import MailAdapter
    from reminders.channels.phone import PhoneAdapter
    from reminders.channels.text import TextAdapter

    adapters: tuple[Adapter, ...] = (MailAdapter(), TextAdapter(), LetterAdapter(), PhoneAdapter())
    return {adapter.name: adapter for adapter in adapters}[channel]
