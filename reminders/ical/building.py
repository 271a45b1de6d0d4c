"""Invites, updates and cancellations as calendar bytes (RFC 5545, RFC 5546).

Times are UTC: generated VTIMEZONEs are misread by some clients. There is never a VALARM: it would ring after
a cancellation, a hold or a death. Nothing here asks the clock or draws a number, so the same revision always
gives the same bytes.
"""

from icalendar import Calendar, Event, vCalAddress, vDatetime, vInt, vText

from reminders.ical.cleaning import clean_line, clean_text, one_line
from reminders.ical.visit import Organizer, Recipient, VisitSnapshot, VisitStatus, to_mailto

# What stands in a calendar is seen over a shoulder: nothing but that there is an appointment.
NEUTRAL_TITLE = "Hospital appointment"
PRODID = "-//Hospital appointments//Calendar 1//EN"


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
    event = Event()
    event["UID"] = vText(visit.uid)
    event["DTSTAMP"] = vDatetime(visit.dtstamp)
    event["SEQUENCE"] = vInt(visit.sequence)
    event["CREATED"] = vDatetime(visit.created)
    event["LAST-MODIFIED"] = vDatetime(visit.last_modified)
    event["DTSTART"] = vDatetime(visit.arrive_at)
    event["DTEND"] = vDatetime(visit.leave_at)
    event["SUMMARY"] = vText(clean_line(title))
    event["LOCATION"] = vText(_location(visit))
    event["DESCRIPTION"] = vText(clean_text(description))
    event["STATUS"] = vText(visit.status.value)
    event["CLASS"] = vText("PRIVATE")
    # A cancelled visit no longer takes up the reader's time.
    event["TRANSP"] = vText("OPAQUE" if visit.status is VisitStatus.CONFIRMED else "TRANSPARENT")
    event["ORGANIZER"] = _address(organizer.address, {"CN": _shown_name(organizer.name, organizer.address)})
    event["ATTENDEE"] = _attendee(recipient)
    calendar = Calendar()
    calendar["PRODID"] = vText(PRODID)
    calendar["VERSION"] = vText("2.0")
    calendar["CALSCALE"] = vText("GREGORIAN")
    calendar["METHOD"] = vText(method)
    calendar.add_component(event)
    raw: bytes = calendar.to_ical(sorted=False)
    return raw


def _location(visit: VisitSnapshot) -> str:
    return ", ".join(part for part in (one_line(visit.site_name), one_line(visit.address)) if part)


def _shown_name(name: str, address: str) -> str:
    return clean_line(name) or address


def _attendee(recipient: Recipient) -> vCalAddress:
    return _address(
        recipient.address,
        {
            "CN": _shown_name(recipient.name, recipient.address),
            "CUTYPE": "INDIVIDUAL",
            "ROLE": "REQ-PARTICIPANT",
            "PARTSTAT": "NEEDS-ACTION",
            "RSVP": "TRUE",
        },
    )


def _address(address: str, params: dict[str, str]) -> vCalAddress:
    return vCalAddress(to_mailto(address), params=params)
