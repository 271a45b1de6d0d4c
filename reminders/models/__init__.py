"""Messages with their texts and how they left, the secret addresses in them, and what came back."""

from reminders.models.inbound import DeliveryReport, MailboxState, Reply, StuckMail
from reminders.models.letters import PrintedLetter, PrintRun
from reminders.models.links import FeedToken, GateAddress, PersonalLink
from reminders.models.messages import (
    CALENDAR_PURPOSES,
    LINKED_PURPOSES,
    OFFER_PURPOSES,
    REQUEST_PURPOSES,
    Message,
    MessageText,
    Purpose,
)
from reminders.models.texting import OutgoingText

__all__ = [
    "CALENDAR_PURPOSES",
    "LINKED_PURPOSES",
    "OFFER_PURPOSES",
    "REQUEST_PURPOSES",
    "DeliveryReport",
    "FeedToken",
    "GateAddress",
    "MailboxState",
    "Message",
    "MessageText",
    "OutgoingText",
    "PersonalLink",
    "PrintRun",
    "PrintedLetter",
    "Purpose",
    "Reply",
    "StuckMail",
]
