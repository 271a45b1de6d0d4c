"""What a caught mail holds, taken apart for showing. Nothing a stranger put into a mail may break the page."""

from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage, Message

from icalendar import Calendar

# In the order a person asks: what, when, where, who; then what a calendar program compares.
CALENDAR_ROWS = (
    "SUMMARY", "DTSTART", "DTEND", "LOCATION", "DESCRIPTION", "STATUS", "ORGANIZER", "ATTENDEE",
    "UID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "RECURRENCE-ID", "CLASS", "TRANSP",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A part that is not the first text, HTML or calendar."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """The readable content of a mail; None where it has no such part."""

    subject: str
    sender: str
    to: str
    text: str | None
    html: str | None
    calendar: str | None
    headers: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...] = field(default=())


@dataclass(frozen=True)
class Invite:
    """The calendar part, parsed. `problem` says in words why it could not be."""

    method: str = ""
    uid: str = ""
    sequence: int = 0
    rows: tuple[tuple[str, str], ...] = ()
    problem: str = ""


def read_mail(raw: bytes) -> Mail:
    message = message_from_bytes(raw, policy=policy.default)
    found: dict[str, str] = {}
    others: list[Part] = []
    for part in message.walk():
        if part.is_multipart():
            continue
        kind = part.get_content_type()
        is_file = part.get_content_disposition() == "attachment" or bool(part.get_filename())
        slot = {"text/plain": "text", "text/html": "html", "text/calendar": "calendar"}.get(kind)
        if slot and slot not in found and (slot == "calendar" or not is_file):
            found[slot] = _text_of(part)
            continue
        others.append(Part(part.get_filename() or "unnamed", kind, _bytes_of(part)))
    return Mail(
        subject=_header(message, "Subject"),
        sender=_header(message, "From"),
        to=_header(message, "To"),
        text=found.get("text"),
        html=found.get("html"),
        calendar=found.get("calendar"),
        headers=tuple((name, _header(message, name)) for name in dict.fromkeys(message.keys())),
        parts=tuple(others),
    )


def read_invite(text: str) -> Invite:
    """Returns an Invite with a `problem` where the text is no calendar; never raises."""
    try:
        calendar = Calendar.from_ical(text)
        event = next(iter(calendar.walk("VEVENT")), None)
        method = str(calendar.get("METHOD", ""))
        if event is None:
            return Invite(method=method, problem="The calendar holds no event.")
        rows = [("METHOD", method)]
        for name in CALENDAR_ROWS:
            values = event.get(name, [])
            for value in values if isinstance(values, list) else [values]:
                rows.append((name, _property(name, value)))  # noqa: PERF401  a nested comprehension reads worse
        return Invite(method, str(event.get("UID", "")), int(event.get("SEQUENCE", 0)), tuple(rows))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        return Invite(problem=f"The calendar cannot be read: {error}")


def _property(name: str, value: object) -> str:
    if hasattr(value, "dt"):
        moment = value.dt
        zone = getattr(moment, "tzinfo", None)
        return f"{moment.isoformat(sep=' ') if zone else moment} {zone or ''}".strip()
    parameters = getattr(value, "params", {})
    shown = ", ".join(f"{key}={parameter}" for key, parameter in parameters.items()) if name == "ATTENDEE" else ""
    return f"{value} ({shown})" if shown else str(value)


def _header(message: Message, name: str) -> str:
    return " ".join(str(message.get(name, "")).split())


def _text_of(part: Message) -> str:
    content = _bytes_of(part)
    try:
        return content.decode(part.get_content_charset() or "utf-8", errors="replace")
    except LookupError:  # a character set nobody knows
        return content.decode("utf-8", errors="replace")


def _bytes_of(part: Message) -> bytes:
    if isinstance(part, EmailMessage) and part.get_content_maintype() == "message":
        return bytes(part)
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
