"""A calendar that is read again and again: all of somebody's visits as one PUBLISH (RFC 5545, RFC 7986).

No ATTENDEE, because nobody is asked anything here; ORGANIZER, because METHOD:PUBLISH wants one (RFC 5546, 3.2.1); no
VALARM. Lines of fixed shape are written as they are: built property by property a year of a busy operator would take
a third of a second. Everything that a person typed goes through icalendar.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from icalendar import Calendar, vCalAddress, vText
from icalendar.parser import Contentline

from reminders.ical.building import PRODID, _shown_name
from reminders.ical.cleaning import clean_line, clean_text
from reminders.ical.visit import NaiveInstant, Organizer, to_mailto

REFRESH = "PT30M"
END = b"END:VCALENDAR\r\n"
_UID = re.compile(r"[\w.@-]{8,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One visit in a feed. Instants are aware; `uid` is the same for as long as the visit lives."""

    uid: str
    sequence: int
    dtstamp: datetime
    starts_at: datetime
    ends_at: datetime
    title: str
    location: str
    description: str


def build_feed(entries: Iterable[FeedEntry], *, name: str, organizer: Organizer) -> bytes:
    """The calendar's octets: the same entries give the same octets.

    Raises: NaiveInstant; ValueError for a UID or a SEQUENCE that cannot stand in one.
    """
    calendar = Calendar()
    calendar["PRODID"] = vText(PRODID)
    calendar["VERSION"] = vText("2.0")
    calendar["CALSCALE"] = vText("GREGORIAN")
    calendar["METHOD"] = vText("PUBLISH")
    calendar["NAME"] = calendar["X-WR-CALNAME"] = vText(clean_line(name))
    head: bytes = calendar.to_ical(sorted=False).removesuffix(END)
    # icalendar forgets VALUE=DURATION here, and writes the other's duration as a date.
    refresh = f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}\r\nX-PUBLISHED-TTL:{REFRESH}\r\n".encode("ascii")
    told_by = _line("ORGANIZER", _shown_name(organizer.name, organizer.address), organizer.address)
    events = [_event(entry, told_by) for entry in entries]
    return b"".join([head, refresh, *events, END])


def _event(entry: FeedEntry, organizer: bytes) -> bytes:
    if not _UID.fullmatch(entry.uid) or entry.sequence < 0:
        raise ValueError("A UID is 8 to 64 letters, digits, dots, dashes or @; SEQUENCE counts from 0.")
    dtstamp = _instant(entry.dtstamp)
    fixed = (
        f"BEGIN:VEVENT\r\nUID:{entry.uid}\r\nDTSTAMP:{dtstamp}\r\nLAST-MODIFIED:{dtstamp}\r\n"
        f"SEQUENCE:{entry.sequence}\r\nDTSTART:{_instant(entry.starts_at)}\r\nDTEND:{_instant(entry.ends_at)}\r\n"
    )
    return fixed.encode("ascii") + _words(entry.title, entry.location, entry.description, organizer)


def _instant(at: datetime) -> str:
    """As in DTSTART: 20261201T093000Z."""
    if at.tzinfo is not UTC:
        if at.utcoffset() is None:
            raise NaiveInstant("A visit in a feed has no time zone.")
        at = at.astimezone(UTC)
    return at.replace(tzinfo=None).isoformat(timespec="seconds").replace("-", "").replace(":", "") + "Z"


@lru_cache(maxsize=512)
def _words(title: str, location: str, description: str, organizer: bytes) -> bytes:
    """The rest of an event. The same few stand in every event of a feed."""
    return b"".join(
        [
            b"STATUS:CONFIRMED\r\nCLASS:PRIVATE\r\nTRANSP:OPAQUE\r\n",
            _line("SUMMARY", title),
            _line("LOCATION", location) if location else b"",
            _line("DESCRIPTION", description) if description else b"",
            organizer,
            b"END:VEVENT\r\n",
        ]
    )


def _line(name: str, text: str, address: str = "") -> bytes:
    """One property, escaped and folded."""
    value: Any
    if address:
        value = vCalAddress(to_mailto(address), params={"CN": text})
    else:
        value = vText(clean_text(text) if name == "DESCRIPTION" else clean_line(text))
    line: bytes = Contentline.from_parts(name, value.params, value, sorted=False).to_ical()
    return line + b"\r\n"
