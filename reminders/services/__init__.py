"""The use cases of telling people: derive messages from events, send what is due, publish a text."""

from reminders.services.claiming import claim_due, release
from reminders.services.deriving import derive_messages, derive_visit, visits_to_derive
from reminders.services.preparing import prepare_many
from reminders.services.sending import put_back, send
from reminders.services.texts import problems_with, publish_text

__all__ = [
    "claim_due",
    "derive_messages",
    "derive_visit",
    "prepare_many",
    "problems_with",
    "publish_text",
    "put_back",
    "release",
    "send",
    "visits_to_derive",
]
