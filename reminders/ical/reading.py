"""A calendar object read back into plain values: what a client would make of it, or a refusal."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from icalendar import Calendar, Event, vCalAddress

from reminders.ical.cleaning import clean_line
from reminders.ical.visit import from_mailto

R = TypeVar("R")

# An invite of ours is under 3 kB; a client's reply seldom passes 20. More than this is not read at all.
LARGEST_OBJECT = 256 * 1024
LONGEST_COMMENT = 250


class UnreadableCalendar(ValueError):
    """Not one calendar object with one event. The message says what is wrong, never what it contains."""


@dataclass(frozen=True, slots=True)
class ReadAttendee:
    address: str
    name: str
    params: tuple[tuple[str, str], ...]

    @property
    def answer(self) -> str:
        """PARTSTAT; NEEDS-ACTION where none is given (RFC 5545, 3.2.12)."""
        return dict(self.params).get("PARTSTAT", "NEEDS-ACTION")


@dataclass(frozen=True, slots=True)
class ReadInvite:
    """One event of one calendar object. Times are UTC; None means that the object does not say."""

    method: str
    uid: str
    sequence: int
    dtstamp: datetime
    starts_at: datetime | None
    ends_at: datetime | None
    status: str
    title: str
    location: str
    description: str
    organizer: ReadAttendee | None
    attendees: tuple[ReadAttendee, ...]
    has_alarm: bool


@dataclass(frozen=True, slots=True)
class ReadReply:
    """What a client answers to an invite (RFC 5546, 3.2.3). `comment` is what its owner wrote beside it.

    `starts_at` is the time it names, which is another than the invite's in a COUNTER; None where it cannot be read.
    """

    method: str
    uid: str
    sequence: int
    dtstamp: datetime
    attendees: tuple[ReadAttendee, ...]
    comment: str = ""
    starts_at: datetime | None = None


def read_invite(raw: bytes) -> ReadInvite:
    """The one event in the bytes.

    Raises: UnreadableCalendar for anything malformed, too large, or holding other than one event.
    """
    return _read(raw, _read_event)


def read_reply(raw: bytes) -> ReadReply:
    """The answer in the bytes. What a reply need not say, ORGANIZER and times, is not looked at: some leave it out.

    Raises: UnreadableCalendar as `read_invite`.
    """
    return _read(raw, _read_answer)


def _read(raw: bytes, reader: Callable[[Calendar, Event], R]) -> R:
    if len(raw) > LARGEST_OBJECT:
        raise UnreadableCalendar(f"The calendar object is larger than {LARGEST_OBJECT} octets.")
    try:
        return _read_calendar(Calendar.from_ical(raw), reader)
    except UnreadableCalendar:
        raise
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, RecursionError) as error:
        # The parser keeps broken values and complains only when they are asked for.
        raise UnreadableCalendar("The calendar object does not follow RFC 5545.") from error


def _read_calendar(calendar: object, reader: Callable[[Calendar, Event], R]) -> R:
    if not isinstance(calendar, Calendar):
        raise UnreadableCalendar("The outermost component is not a VCALENDAR.")
    events = [component for component in calendar.walk("VEVENT") if isinstance(component, Event)]
    if len(events) != 1:
        raise UnreadableCalendar(f"The calendar object holds {len(events)} events, not one.")
    return reader(calendar, events[0])


def _read_answer(calendar: Calendar, event: Event) -> ReadReply:
    sequence, dtstamp = _stamp(event)
    return ReadReply(
        method=_text(calendar, "METHOD").upper(),
        uid=_text(event, "UID"),
        sequence=sequence,
        dtstamp=dtstamp,
        attendees=_attendees(event),
        comment=clean_line(_first(event, "COMMENT"), longest=LONGEST_COMMENT),
        starts_at=_instant_if_readable(event, "DTSTART"),
    )


def _read_event(calendar: Calendar, event: Event) -> ReadInvite:
    organizer = event.get("ORGANIZER")
    sequence, dtstamp = _stamp(event)
    return ReadInvite(
        method=_text(calendar, "METHOD").upper(),
        uid=_text(event, "UID"),
        sequence=sequence,
        dtstamp=dtstamp,
        starts_at=_instant(event, "DTSTART"),
        ends_at=_instant(event, "DTEND"),
        status=_text(event, "STATUS").upper(),
        title=_text(event, "SUMMARY"),
        location=_text(event, "LOCATION"),
        description=_text(event, "DESCRIPTION"),
        organizer=_person(organizer) if isinstance(organizer, vCalAddress) else None,
        attendees=_attendees(event),
        has_alarm=bool(event.walk("VALARM")),
    )


def _stamp(event: Event) -> tuple[int, datetime]:
    """Which state of the event it is about, and when it was written."""
    dtstamp = _instant(event, "DTSTAMP")
    if dtstamp is None or "UID" not in event:
        raise UnreadableCalendar("The event has no UID or no DTSTAMP.")
    try:
        sequence = int(event.get("SEQUENCE", 0))
    except (TypeError, ValueError):
        raise UnreadableCalendar("SEQUENCE is not one number.") from None
    return sequence, dtstamp


def _attendees(event: Event) -> tuple[ReadAttendee, ...]:
    attendees = event.get("ATTENDEE", [])
    return tuple(
        _person(attendee)
        for attendee in (attendees if isinstance(attendees, list) else [attendees])
        if isinstance(attendee, vCalAddress)
    )


def _first(event: Event, name: str) -> str:
    value = event.get(name, "")
    return str(value[0]) if isinstance(value, list) else str(value)


def _text(component: Calendar | Event, name: str) -> str:
    value = component.get(name, "")
    if isinstance(value, list):
        raise UnreadableCalendar(f"{name} stands more than once.")
    return str(value)


def _instant(event: Event, name: str) -> datetime | None:
    prop = event.get(name)
    if prop is None:
        return None
    value = getattr(prop, "dt", None)
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise UnreadableCalendar(f"{name} is not one instant with a zone.")
    return value.astimezone(UTC)


def _instant_if_readable(event: Event, name: str) -> datetime | None:
    """For what an answer may leave out: nothing is refused for it."""
    try:
        return _instant(event, name)
    except (ValueError, AttributeError, OverflowError):
        return None


def _person(address: vCalAddress) -> ReadAttendee:
    params = tuple(sorted((str(key).upper(), str(value)) for key, value in address.params.items()))
    return ReadAttendee(address=from_mailto(str(address)), name=dict(params).get("CN", ""), params=params)
