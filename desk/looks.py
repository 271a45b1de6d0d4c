"""How a state looks: its tone, its icon and its words, said once for badges, cards and lists.

A tone is a colour token of static/css/tokens.css. Cool tones say where a visit is; `warn` and `stop` say that a
person must act, so nothing that is going well may use them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Tone = Literal["plain", "action", "booked", "procedure", "recovery", "ok", "warn", "stop"]
Words = str | Promise


@dataclass(frozen=True)
class Badge:
    """An icon and words on a tint. At most one a row; the reason stands beside it."""

    tone: Tone
    icon: str
    text: Words


# A visit's states carry FHIR's Appointment codes where FHIR has one, the ward's words where it has none.
LOOKS: dict[str, Badge] = {
    # a visit
    "booked": Badge("booked", "calendar", _("Booked")),
    "due": Badge("booked", "clock", _("To come")),
    "late": Badge("warn", "alarm-clock", _("Late")),
    "arrived": Badge("action", "map-pin-check", _("Arrived")),
    "procedure": Badge("procedure", "activity", _("In procedure")),
    "recovery": Badge("recovery", "bed", _("In recovery")),
    "given": Badge("ok", "circle-check", _("Given")),
    "fulfilled": Badge("booked", "check", _("Discharged")),
    "noshow": Badge("warn", "phone-missed", _("Did not attend")),
    "cancelled": Badge("booked", "calendar-x", _("Cancelled")),
    "entered-in-error": Badge("booked", "undo-2", _("Entered in error")),
    # a dose to book
    "overdue": Badge("stop", "circle-alert", _("Overdue")),
    "closing": Badge("warn", "hourglass", _("Window closing")),
    "open": Badge("action", "calendar-check", _("Window open")),
    "opens": Badge("booked", "calendar", _("Opens later")),
    "hold": Badge("stop", "circle-pause", _("On hold")),
    "blocked": Badge("stop", "ban", _("Cannot be booked")),
    "attention": Badge("warn", "triangle-alert", _("Needs a look")),
    "reserved": Badge("action", "timer", _("Reserved")),
    "offered": Badge("action", "send", _("Offered")),
    "none": Badge("booked", "circle-dashed", _("Not booked")),
    # a message
    "waiting": Badge("booked", "timer", _("Leaves soon")),
    "planned": Badge("booked", "clock", _("Planned")),
    "sent": Badge("booked", "send", _("Sent")),
    "delivered": Badge("ok", "mail-check", _("Delivered")),
    "accepted": Badge("ok", "check", _("Accepted")),
    "declined": Badge("warn", "x", _("Declined")),
    "failed": Badge("stop", "mail-x", _("Failed")),
    "withdrawn": Badge("booked", "undo-2", _("Withdrawn")),
    # a consent, an authorisation, a plan
    "valid": Badge("ok", "circle-check", _("Valid")),
    "expired": Badge("warn", "file-clock", _("Out of date")),
    "missing": Badge("warn", "triangle-alert", _("Missing")),
    "omitted": Badge("booked", "ban", _("Left out")),
    "active": Badge("booked", "circle-check", _("Active")),
    "ended": Badge("booked", "check", _("Ended")),
}


def badge_for(state: str, text: Words = "") -> Badge:
    """The state's badge, with `text` in place of its own words when there is more to say.

    >>> badge_for("late", "Late 1 h 12 min").text
    'Late 1 h 12 min'
    >>> badge_for("late").tone
    'warn'
    """
    look = LOOKS[state]
    return Badge(look.tone, look.icon, text) if text else look
