"""Letters. They leave by the printer: `reminders.services.printing` claims them in runs, and a person posts them."""

from __future__ import annotations

from collections.abc import Iterable

from reminders.channels import Received, Report
from reminders.channels.planning import LETTER
from reminders.letters import render_letters
from reminders.models import Message
from reminders.people import Person
from reminders.services.lettering import paper_of
from reminders.transport import NotDelivered


class LetterAdapter:
    """One letter as a PDF."""

    name = LETTER

    def why_not(self, person: Person) -> str:
        return person.why_not_by(self.name)

    def render(self, message: Message) -> bytes:
        return render_letters([paper_of(message)], title=message.facts["heading"])

    def send(self, raw: bytes, *, sender: str, recipient: str, reference: str) -> str:
        raise NotDelivered("Letters are printed, not sent.", is_for_good=True)

    def reports(self, provider_ids: Iterable[str]) -> list[Report]:
        return []

    def received(self) -> list[Received]:
        return []
