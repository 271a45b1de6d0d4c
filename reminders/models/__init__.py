"""Messages with their texts, and the secret addresses that lead from them to a person's own page and calendar."""

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

__all__ = [
    "CALENDAR_PURPOSES",
    "LINKED_PURPOSES",
    "OFFER_PURPOSES",
    "REQUEST_PURPOSES",
    "FeedToken",
    "GateAddress",
    "Message",
    "MessageText",
    "PersonalLink",
    "Purpose",
]
