"""Text messages (SMS), by whichever provider `SMS_URL` names."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from reminders.channels import Received, Report
from reminders.channels.planning import TEXT
from reminders.channels.providers import provider_for
from reminders.models import Message
from reminders.people import Person


class TextAdapter:
    """One text message; its words are plain before they are stored, so that what is sent is what staff read."""

    name = TEXT

    def why_not(self, person: Person) -> str:
        return person.why_not_by(self.name)

    def render(self, message: Message) -> bytes:
        return message.body_text.encode()

    def send(self, raw: bytes, *, sender: str, recipient: str, reference: str) -> str:
        return provider_for(settings.SMS).send(recipient, raw.decode(), reference)

    def reports(self, provider_ids: Iterable[str]) -> list[Report]:
        return provider_for(settings.SMS).reports(provider_ids)

    def received(self) -> list[Received]:
        return provider_for(settings.SMS).received()
