"""Telephone: a task on the worklist, opened by `reminders.services.calls`. Nothing is sent by machine."""

from __future__ import annotations

from collections.abc import Iterable

from reminders.channels import Received, Report
from reminders.channels.planning import PHONE
from reminders.errors import CannotCompose
from reminders.models import Message
from reminders.people import Person
from reminders.transport import NotDelivered


class PhoneAdapter:
    """Somebody rings. It reaches everybody: a number is found."""

    name = PHONE

    def why_not(self, person: Person) -> str:
        return ""

    def render(self, message: Message) -> bytes:
        raise CannotCompose("A call has no text.")

    def send(self, raw: bytes, *, sender: str, recipient: str, reference: str) -> str:
        raise NotDelivered("Somebody has to ring.", is_for_good=True)

    def reports(self, provider_ids: Iterable[str]) -> list[Report]:
        return []

    def received(self) -> list[Received]:
        return []
