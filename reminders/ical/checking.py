"""The last look at a calendar object before it leaves: is it what mail clients need, and nothing besides?

Written apart from the builder and from its library, so that a fault of either is not repeated here. What is not
expected is objected to: a property, a parameter or a component that nobody asked for is a leak or a forgery. Objections
name properties and never quote a value: they are logged.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

LONGEST_LINE = 75
"""Octets without the line end. Source: RFC 5545, 3.1."""

_NAME = re.compile(r"[A-Z][A-Z0-9-]*")
_PARAM = re.compile(r';([A-Z][A-Z0-9-]*)=("[^"\x00-\x1f\x7f]*"|[^";:,\x00-\x1f\x7f]*)')
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_UTC = re.compile(r"\d{8}T\d{6}Z")
_UID = re.compile(r"[A-Za-z0-9._@-]{8,200}")
_SEQUENCE = re.compile(r"0|[1-9]\d{0,8}")
# A backslash stands before what it may escape, and what must be escaped stands after one. Source: RFC 5545, 3.3.11.
_TEXT = re.compile(r"(?:[^\\;,]|\\[\\;,nN])*")

_FRAME = ("BEGIN:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "END:VCALENDAR")
_STATUS = {"REQUEST": ("CONFIRMED", "OPAQUE"), "CANCEL": ("CANCELLED", "TRANSPARENT")}
_INSTANTS = ("DTSTAMP", "CREATED", "LAST-MODIFIED", "DTSTART", "DTEND")
_TEXTS = ("SUMMARY", "LOCATION", "DESCRIPTION")
_OF_CALENDAR = frozenset({"PRODID", "VERSION", "CALSCALE", "METHOD"})
_OF_EVENT = frozenset(
    {"UID", "SEQUENCE", "STATUS", "CLASS", "TRANSP", "ORGANIZER", "ATTENDEE", *_INSTANTS, *_TEXTS}
)  # fmt: skip
# CN may say anything.
_OF_ATTENDEE = {"CUTYPE": "INDIVIDUAL", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"}


class BrokenCalendar(ValueError):
    """A calendar object that must not leave. Says what is wrong, and nothing of what it contains."""


@dataclass(frozen=True, slots=True)
class Line:
    """One content line, unfolded and taken apart."""

    name: str
    params: Mapping[str, str]
    value: str


def check_invite(raw: bytes, *, method: str, organizer: str, attendee: str) -> None:
    """The object is a request or a cancellation fit to be sent. Raises: BrokenCalendar with all that is wrong."""
    if wrong := list(objections(raw, method=method, organizer=organizer, attendee=attendee)):
        raise BrokenCalendar("; ".join(wrong))


def objections(raw: bytes, *, method: str, organizer: str, attendee: str) -> Iterator[str]:
    """What is wrong with the object, in words; nothing where it may leave.

    `method` is what the mail around it says, `organizer` the address it comes from, `attendee` the one it goes to.
    """
    yield from _objections_to_form(raw)
    lines = []
    for text in raw.decode("utf-8", "replace").replace("\r\n ", "").split("\r\n")[:-1]:
        line = read_line(text)
        if line is None:
            yield "a line is not of the form name:value"
        else:
            lines.append(line)
    frame = [f"{line.name}:{line.value}" for line in lines if line.name in {"BEGIN", "END"}]
    places = [index for index, line in enumerate(lines) if line.name in {"BEGIN", "END"}]
    if tuple(frame) != _FRAME or places[0] != 0 or places[3] != len(lines) - 1 or places[2] != places[3] - 1:
        yield "it is not one calendar with one event and nothing else"
        return
    calendar, event = lines[1 : places[1]], lines[places[1] + 1 : places[2]]
    yield from _objections_to_names("the calendar", calendar, _OF_CALENDAR)
    yield from _objections_to_names("the event", event, _OF_EVENT)
    yield from _objections_to_calendar({line.name: line for line in calendar}, method)
    found = {line.name: line for line in event}
    yield from _objections_to_event(found, method)
    yield from _objections_to_people(found, organizer, attendee)


def read_line(text: str) -> Line | None:
    """The content line taken apart; None where it is not one.

    >>> read_line('ORGANIZER;CN="Ward; 4":mailto:a@x.example').params
    {'CN': 'Ward; 4'}
    >>> read_line("no line at all") is None
    True
    """
    name = _NAME.match(text)
    if name is None:
        return None
    at, params = name.end(), {}
    while param := _PARAM.match(text, at):
        if param[1] in params:
            return None
        params[param[1]], at = param[2].strip('"'), param.end()
    return Line(name[0], params, text[at + 1 :]) if text[at : at + 1] == ":" else None


def _objections_to_form(raw: bytes) -> Iterator[str]:
    if not raw.endswith(b"\r\n"):
        yield "the last line has no end"
    bare = raw.replace(b"\r\n", b"")
    if b"\r" in bare or b"\n" in bare:
        yield "a line ends in something else than CR LF"
    lines = raw.split(b"\r\n")
    if any(len(line) > LONGEST_LINE for line in lines):
        yield "a line is longer than 75 octets"
    if not all(lines[:-1]) or lines[0].startswith(b" "):
        yield "a line is empty"
    for line in lines:
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            yield "a line is not UTF-8 by itself"
            continue
        if _CONTROL.search(text.strip("\r\n")):
            yield "a line has a control character"


def _objections_to_names(what: str, lines: list[Line], wanted: frozenset[str]) -> Iterator[str]:
    counted = Counter(line.name for line in lines)
    for name in sorted(wanted - counted.keys()):
        yield f"{what} has no {name}"
    if counted.keys() - wanted:  # not named: it may be anything
        yield f"{what} has a property that is not ours"
    for name in sorted(name for name in wanted if counted[name] > 1):
        yield f"{what} has more than one {name}"
    if any(line.params for line in lines if line.name not in {"ORGANIZER", "ATTENDEE"}):
        yield f"{what} has a property with a parameter"


def _objections_to_calendar(found: Mapping[str, Line], method: str) -> Iterator[str]:
    if method not in _STATUS:
        yield "the mail's method is neither REQUEST nor CANCEL"
    for name, wanted in (("VERSION", "2.0"), ("CALSCALE", "GREGORIAN"), ("METHOD", method)):
        if name in found and found[name].value != wanted:
            yield f"{name} is not what it should be"


def _objections_to_event(found: Mapping[str, Line], method: str) -> Iterator[str]:
    values = {name: line.value for name, line in found.items()}
    status, transparency = _STATUS.get(method, ("", ""))
    for name, wanted in (("STATUS", status), ("TRANSP", transparency), ("CLASS", "PRIVATE")):
        if values.get(name, wanted) != wanted:
            yield f"{name} is not what it should be"
    for name in _INSTANTS:
        if name in values and not _is_utc(values[name]):
            yield f"{name} is not an instant in UTC"
    # In this form instants are in order when their texts are.
    if values.get("DTEND", "9") <= values.get("DTSTART", ""):
        yield "it ends before it starts"
    for name, form in (("UID", _UID), ("SEQUENCE", _SEQUENCE), *((name, _TEXT) for name in _TEXTS)):
        if name in values and not form.fullmatch(values[name]):
            yield f"{name} is not well formed"
    if not values.get("SUMMARY", "x"):
        yield "SUMMARY is empty"


def _objections_to_people(found: Mapping[str, Line], organizer: str, attendee: str) -> Iterator[str]:
    for name, address, wanted in (("ORGANIZER", organizer, {}), ("ATTENDEE", attendee, _OF_ATTENDEE)):
        if name not in found:
            continue
        line = found[name]
        if not line.value.startswith("mailto:") or unquote(line.value[7:]) != address:
            yield f"{name} is somebody else than the mail says"
        if not line.params.get("CN") or {key: value for key, value in line.params.items() if key != "CN"} != wanted:
            yield f"{name} has other parameters than it should"


def _is_utc(text: str) -> bool:
    if not _UTC.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
