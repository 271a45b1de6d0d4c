"""Invites, updates and cancellations as calendar bytes (RFC 5545, RFC 5546).

Times are UTC: generated VTIMEZONEs are misread by some clients. There is never a VALARM: it would ring after
a cancellation, a hold or a death. Nothing here asks the clock or draws a number, so the same revision always
gives the same bytes. The lines are of fixed shape and written as they are, which costs a tenth of building them
property by property; `checking` looks at each object once more, and the tests hold it against icalendar's own.
"""

from reminders.ical.cleaning import clean_line, clean_text, whereabouts
from reminders.ical.visit import Organizer, Recipient, VisitSnapshot, VisitStatus, to_mailto

# What stands in a calendar is seen over a shoulder: nothing but that there is an appointment.
NEUTRAL_TITLE = "Hospital appointment"
PRODID = "-//Hospital appointments//Calendar 1//EN"
UTC_FORM = "%Y%m%dT%H%M%SZ"
LONGEST = 75
"""Octets a line (RFC 5545, 3.1)."""

_ASKED = "CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE"


def build_request(
    visit: VisitSnapshot,
    recipient: Recipient,
    organizer: Organizer,
    *,
    description: str,
    title: str = NEUTRAL_TITLE,
) -> bytes:
    """The reader's calendar shows this revision of the visit. An invite and an update are both a REQUEST.

    Raises: ValueError for a cancelled visit: a REQUEST that says CANCELLED would stay on the calendar.
    """
    if visit.status is not VisitStatus.CONFIRMED:
        raise ValueError("A cancelled visit is told by CANCEL, not by REQUEST.")
    return _render("REQUEST", visit, recipient, organizer, description=description, title=title)


def build_cancel(
    visit: VisitSnapshot,
    recipient: Recipient,
    organizer: Organizer,
    *,
    description: str,
    title: str = NEUTRAL_TITLE,
) -> bytes:
    """The visit vanishes from the reader's calendar.

    Raises: ValueError for a visit that still stands.
    """
    if visit.status is not VisitStatus.CANCELLED:
        raise ValueError("Only a cancelled visit is told by CANCEL.")
    return _render("CANCEL", visit, recipient, organizer, description=description, title=title)


def _render(
    method: str,
    visit: VisitSnapshot,
    recipient: Recipient,
    organizer: Organizer,
    *,
    description: str,
    title: str,
) -> bytes:
    is_standing = visit.status is VisitStatus.CONFIRMED
    lines = [
        "BEGIN:VCALENDAR",
        f"PRODID:{PRODID}",
        "VERSION:2.0",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        f"UID:{visit.uid}",
        f"DTSTAMP:{visit.dtstamp:{UTC_FORM}}",
        f"SEQUENCE:{visit.sequence}",
        f"CREATED:{visit.created:{UTC_FORM}}",
        f"LAST-MODIFIED:{visit.last_modified:{UTC_FORM}}",
        f"DTSTART:{visit.arrive_at:{UTC_FORM}}",
        f"DTEND:{visit.leave_at:{UTC_FORM}}",
        f"SUMMARY:{_escaped(clean_line(title))}",
        f"LOCATION:{_escaped(whereabouts(visit.site_name, visit.address))}",
        f"DESCRIPTION:{_escaped(clean_text(description))}",
        f"STATUS:{visit.status.value}",
        "CLASS:PRIVATE",
        # A cancelled visit no longer takes up the reader's time.
        f"TRANSP:{'OPAQUE' if is_standing else 'TRANSPARENT'}",
        f"ORGANIZER;CN={_quoted(organizer.name, organizer.address)}:{to_mailto(organizer.address)}",
        f"ATTENDEE;CN={_quoted(recipient.name, recipient.address)};{_ASKED}:{to_mailto(recipient.address)}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(map(_folded, lines))


def _shown_name(name: str, address: str) -> str:
    return clean_line(name) or address


def _quoted(name: str, address: str) -> str:
    """A parameter's value. The cleaning leaves no quote that could end it."""
    return f'"{_shown_name(name, address)}"'


def _escaped(text: str) -> str:
    """RFC 5545, 3.3.11.

    >>> _escaped("Ward 4, Level 2; left\\nthen right")
    'Ward 4\\\\, Level 2\\\\; left\\\\nthen right'
    """
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """The content line with its end; 75 octets at most on each of its own lines, and no character cut in two."""
    raw = line.encode("utf-8")
    pieces, start = [], 0
    while len(raw) - start > LONGEST - bool(start):
        end = start + LONGEST - bool(start)
        while raw[end] & 0xC0 == 0x80:  # inside a character
            end -= 1
        pieces.append(raw[start:end])
        start = end
    return b"\r\n ".join([*pieces, raw[start:]]) + b"\r\n"
