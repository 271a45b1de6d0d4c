"""Calendar objects for one visit and one reader: built deterministically, read back defensively."""

from reminders.ical.building import NEUTRAL_TITLE, build_cancel, build_request
from reminders.ical.feed import FeedEntry, build_feed
from reminders.ical.reading import ReadAttendee, ReadInvite, ReadReply, UnreadableCalendar, read_invite, read_reply
from reminders.ical.visit import (
    NaiveInstant,
    Organizer,
    Recipient,
    RecipientKind,
    UnusableAddress,
    VisitSnapshot,
    VisitStatus,
)

__all__ = [
    "NEUTRAL_TITLE",
    "FeedEntry",
    "NaiveInstant",
    "Organizer",
    "ReadAttendee",
    "ReadInvite",
    "ReadReply",
    "Recipient",
    "RecipientKind",
    "UnreadableCalendar",
    "UnusableAddress",
    "VisitSnapshot",
    "VisitStatus",
    "build_cancel",
    "build_feed",
    "build_request",
    "read_invite",
    "read_reply",
]
