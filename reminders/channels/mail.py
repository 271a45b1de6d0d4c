"""E-mail by SMTP. What comes back comes by the inbound mailbox, not from here."""

from __future__ import annotations

from collections.abc import Iterable

from reminders.channels import Received, Report
from reminders.channels.planning import EMAIL
from reminders.models import Message
from reminders.people import Person
from reminders.services.composing import mail_of
from reminders.transport import deliver


class MailAdapter:
    """Mails, with a calendar object where the message has one."""

    name = EMAIL

    def why_not(self, person: Person) -> str:
        return person.why_not_by(self.name)

    def render(self, message: Message) -> bytes:
        return mail_of(message)

    def send(self, raw: bytes, *, sender: str, recipient: str, reference: str) -> str:
        deliver(raw, sender=sender, recipient=recipient)
        return ""

    def reports(self, provider_ids: Iterable[str]) -> list[Report]:
        return []

    def received(self) -> list[Received]:
        return []
