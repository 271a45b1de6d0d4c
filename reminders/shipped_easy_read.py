"""The texts that ship in easy read: short sentences, one thought each, everyday words. Variables as in `texts`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from reminders.shipped import ShippedText

_WHEN = """\
Day: {arrive_day}
Come at: {arrive_time}
You can go home at: {leave_time}
It takes {length}."""

_PLACE = """\
Where: {site}
Address: {address}
How to find us: {directions}"""

_BRING = "What to bring: {bring}"

_ANSWER = "{answer_link}"

_HELP = """\
You can ask somebody to help you read this.
You can ask us questions.
Telephone: {phone}
E-mail: {email}"""

_CANNOT = """\
Can you not come on this day?
Please tell us soon.
We will find a new day with you."""


def _text(*paragraphs: str) -> str:
    return "\n\n".join(("Dear {name}", *paragraphs))


EASY_READ: Mapping[str, ShippedText] = MappingProxyType(
    {
        "invite": ShippedText(
            "Your hospital appointment on {arrive_day}",
            _text("You have an appointment at the hospital.", _WHEN, _PLACE, _BRING, _CANNOT, _ANSWER, _HELP),
        ),
        "update": ShippedText(
            "New time: your hospital appointment is now on {arrive_day}",
            _text(
                "Your hospital appointment has a new time.\nPlease forget the old time.\nThis is the new time.",
                _WHEN,
                _PLACE,
                _BRING,
                _CANNOT,
                _ANSWER,
                _HELP,
            ),
        ),
        "cancel": ShippedText(
            "Cancelled: your hospital appointment on {arrive_day}",
            _text(
                "Your hospital appointment is cancelled.\nIt was on {arrive_day} at {arrive_time}.",
                "Cancelled means: it will not happen.\nPlease do not come to the hospital on this day.",
                _HELP,
            ),
        ),
        "reminder_7d": ShippedText(
            "Reminder: your hospital appointment on {arrive_day}",
            _text("Your hospital appointment is next week.", _WHEN, _PLACE, _BRING, _CANNOT, _ANSWER, _HELP),
        ),
        "reminder_48h": ShippedText(
            "Can you come? Your hospital appointment on {arrive_day}",
            _text(
                "Your hospital appointment is soon.\nCan you come?\nPlease tell us: yes or no.",
                _ANSWER,
                _HELP,
                _WHEN,
                _PLACE,
                _BRING,
            ),
        ),
        "reminder_24h": ShippedText(
            "Reminder: your hospital appointment on {arrive_day}",
            _text(
                "Your hospital appointment is very soon.\nThis is the last reminder.",
                _WHEN,
                _PLACE,
                _BRING,
                "Can you not come?\nPlease tell us now.",
                _ANSWER,
                _HELP,
            ),
        ),
        "offer": ShippedText(
            "An earlier time for your hospital appointment",
            _text(
                "You asked us for an earlier day.\nNow there is one.\nThis is the earlier day.",
                _WHEN,
                _PLACE,
                "Do you want this day?\nThen please ring us.\nPlease ring before: {answer_by}",
                "We ask other people too.\nThe first to say yes has it.",
                "Do you not want it?\nThen do nothing.\nYour day stays: {booked_day} at {booked_time}.",
                _HELP,
            ),
        ),
        "offer_over": ShippedText(
            "The earlier time for your hospital appointment is gone",
            _text(
                "We wrote to you about an earlier day.\nIt was {arrive_day} at {arrive_time}.",
                "This day is gone.\nWe are sorry.",
                "Your day stays: {booked_day} at {booked_time}.",
                "Perhaps another day becomes free.\nThen we ask you again.",
                _HELP,
            ),
        ),
        "ask_back": ShippedText(
            "Was it you? An answer about your hospital appointment",
            _text(
                "Somebody answered us about your appointment.\nWas it you?\nWe are not sure.\nWe have changed nothing.",
                "Day: {arrive_day}\nCome at: {arrive_time}",
                "Can you come?\nPlease tell us.",
                _ANSWER,
                _HELP,
            ),
        ),
    }
)
