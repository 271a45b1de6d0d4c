"""The use cases of telling people: derive messages from events, send what is due, publish a text."""

from reminders.services.deriving import derive_messages, derive_visit, visits_to_derive
from reminders.services.sending import claim_due, put_back, release, send
from reminders.services.texts import preview_of, problems_with, publish_text

__all__ = [
    "claim_due",
    "derive_messages",
    "derive_visit",
    "preview_of",
    "problems_with",
    "publish_text",
    "put_back",
    "release",
    "send",
    "visits_to_derive",
]
