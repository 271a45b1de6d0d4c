"""A mail as it came, taken apart within limits: who sent it, what calendars say in it, what it says. No Django.

Whatever is wrong with a mail ends in one refusal, `UnreadableMail`, whose words name the fault and nothing of the mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from html.parser import HTMLParser
from typing import Any

from reminders.ical import ReadReply, UnreadableCalendar, read_reply
from reminders.inbound.bounces import Report, report_of

MOST_PARTS = 60
DEEPEST = 12
LONGEST_HEADER = 4000
LONGEST_TEXT = 2000
"""Characters of what somebody wrote that staff can read; the mail itself stays in the mailbox."""

CALENDAR_TYPES = frozenset({"text/calendar", "application/ics", "application/calendar"})
# Sent by us and come back with an answer in words: nothing that anybody asks of us.
OURS = frozenset({"REQUEST", "CANCEL", "PUBLISH"})
_MESSAGE_ID = re.compile(r"<[^<>\s]{3,250}>")
_QUOTED = re.compile(r"^\s*(?:>|-{2,}\s*(?:Original|Forwarded) Message|From: .+|On .{5,200} wrote:\s*$)", re.IGNORECASE)
_OUT_OF_OFFICE = re.compile(
    r"^\s*(?:automatic reply|auto(?:matic)?[- ]?reply|out of (?:the )?office|abwesen|r[eé]ponse automatique)",
    re.IGNORECASE,
)


class UnreadableMail(ValueError):
    """The mail is quarantined. The words say why, never what it contains."""


@dataclass(frozen=True, slots=True)
class ReadMail:
    """What is in a mail. `answers_to` are the Message-IDs it refers to, the nearest first."""

    message_id: str
    from_address: str
    authentication: tuple[str, ...]
    answers_to: tuple[str, ...]
    is_automatic: bool
    calendar: ReadReply | None = None
    report: Report | None = None
    text: str = ""

    @property
    def domain(self) -> str:
        """Of the sender's address."""
        return self.from_address.rpartition("@")[2]


def read_mail(raw: bytes) -> ReadMail:
    """The mail in the octets. Raises UnreadableMail for what is broken, too deep, or has too many parts."""
    try:
        return _read(raw)
    except UnreadableMail:
        raise
    except UnreadableCalendar as error:
        raise UnreadableMail(str(error)) from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, MemoryError, AssertionError) as error:
        # The standard library's parser meets broken headers with any of these.
        raise UnreadableMail("The mail does not follow RFC 5322.") from error


def read_head(raw: bytes) -> ReadMail:
    """Who sent it, from the header alone: of a mail that is too large to fetch. Raises UnreadableMail."""
    return read_mail(raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")


def _read(raw: bytes) -> ReadMail:
    if raw.lower().count(b"boundary=") > 2 * MOST_PARTS:
        raise UnreadableMail("The mail has too many parts.")
    mail = message_from_bytes(raw, policy=policy.compat32)
    parts = list(_parts(mail))
    senders = getaddresses([_header(mail, "From")])
    addresses = [address for _name, address in senders if "@" in address]
    if len(addresses) > 1 or len(mail.get_all("From", [])) > 1:
        raise UnreadableMail("The mail names several senders.")
    head = ReadMail(
        message_id=_storable(next(iter(_ids(mail, "Message-ID")), "")),
        from_address=_storable(addresses[0].strip().lower()) if addresses else "",
        authentication=tuple(" ".join(str(one).split()) for one in mail.get_all("Authentication-Results", [])[:20]),
        answers_to=tuple(dict.fromkeys([*_ids(mail, "In-Reply-To"), *reversed(_ids(mail, "References"))])),
        is_automatic=_is_automatic(mail),
    )
    if report := _report(mail, parts):
        return replace(head, report=report)
    if calendar := _calendar(parts):
        return replace(head, calendar=calendar)
    return replace(head, text=_text(parts))


def _parts(mail: Message, depth: int = 0) -> Iterator[Message]:
    """Every part that holds something, within limits. What is attached as a mail of its own is not looked into."""
    waiting: list[tuple[Any, int]] = [(mail, depth)]
    seen = 0
    while waiting:
        part, depth = waiting.pop(0)
        seen += 1
        if seen > MOST_PARTS:
            raise UnreadableMail("The mail has too many parts.")
        if depth > DEEPEST:
            raise UnreadableMail("The mail is nested too deeply.")
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting = [(inner, depth + 1) for inner in part.get_payload()] + waiting
        else:
            yield part


def _header(mail: Message, name: str) -> str:
    value = str(mail.get(name, ""))[:LONGEST_HEADER]
    try:
        return str(make_header(decode_header(value)))
    except (ValueError, LookupError):
        return value


def _storable(text: str) -> str:
    """Without what no database column takes."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _ids(mail: Message, name: str) -> list[str]:
    return _MESSAGE_ID.findall(str(mail.get(name, ""))[:LONGEST_HEADER])


def _is_automatic(mail: Message) -> bool:
    """Whether a program answered (RFC 3834, and what older programs say instead)."""
    submitted = str(mail.get("Auto-Submitted", "no")).split(";")[0].strip().lower()
    precedence = str(mail.get("Precedence", "")).strip().lower()
    return (
        submitted not in {"", "no"}
        or precedence in {"bulk", "junk", "list", "auto_reply"}
        or any(name in mail for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "List-Id"))
        or bool(_OUT_OF_OFFICE.match(_header(mail, "Subject")))
    )


def _octets(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _words(part: Message) -> str:
    """The part's text by its charset; where that is unknown or wrong, as UTF-8, else Latin-1: nothing is lost."""
    octets = _octets(part)
    for charset in (part.get_content_charset(), "utf-8"):
        try:
            return octets.decode(charset or "utf-8")
        except (LookupError, UnicodeError, ValueError):
            continue
    return octets.decode("latin-1")


def _calendar(parts: list[Message]) -> ReadReply | None:
    """What the mail's calendar objects ask. An answer comes as a part, an attachment, or both, and says the same."""
    objects = list(dict.fromkeys(_words(part) for part in parts if _is_calendar(part)))
    found = list(dict.fromkeys(read_reply(one.encode("utf-8", "replace")) for one in objects if one.strip()))
    asking = [one for one in found if one.method not in OURS]
    if len(asking) > 1:
        raise UnreadableMail("The mail holds calendar objects that differ.")
    return asking[0] if asking else None


def _is_calendar(part: Message) -> bool:
    name = str(part.get_filename() or "").lower()
    return part.get_content_type() in CALENDAR_TYPES or name.endswith(".ics")


def _report(mail: Message, parts: list[Message]) -> Report | None:
    if mail.get_content_type() != "multipart/report":
        return None
    status = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    if status is None:
        return None
    payload = status.get_payload()
    blocks = [
        {name.lower(): str(value)[:LONGEST_HEADER] for name, value in block.items()}
        for block in (payload if isinstance(payload, list) else [])[:MOST_PARTS]
        if isinstance(block, Message)
    ]
    return report_of(blocks, _returned_id(parts))


def _returned_id(parts: list[Message]) -> str:
    """The Message-ID of the mail that came back: it or its header is attached."""
    for part in parts:
        if part.get_content_type() in {"message/rfc822", "message/global"} and part.is_multipart():
            inner = part.get_payload(0)
            return next(iter(_ids(inner, "Message-ID")), "") if isinstance(inner, Message) else ""
        if part.get_content_type() in {"text/rfc822-headers", "message/rfc822-headers", "message/rfc822"}:
            header = message_from_bytes(_octets(part).lstrip(), policy=policy.compat32)
            return next(iter(_ids(header, "Message-ID")), "")
    return ""


def _text(parts: list[Message]) -> str:
    """What somebody wrote, without the mail of ours below it."""
    bodies = [part for part in parts if not part.get_filename()]
    plain = next((part for part in bodies if part.get_content_type() == "text/plain"), None)
    if plain is not None:
        text = _words(plain)
    else:
        html = next((part for part in bodies if part.get_content_type() == "text/html"), None)
        text = _without_tags(_words(html)) if html is not None else ""
    lines = []
    for line in text.replace("\x00", "").splitlines():
        if _QUOTED.match(line):
            break
        lines.append(line.rstrip())
    return _storable(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:LONGEST_TEXT])


class _Reader(HTMLParser):
    """Collects the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in {"style", "script", "head"}
        if tag in {"br", "p", "div", "li", "tr"}:
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in {"style", "script", "head"} and self.hidden > 0

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.said.append(data)


def _without_tags(html: str) -> str:
    reader = _Reader()
    reader.feed(html[: 40 * LONGEST_TEXT])
    return "".join(reader.said)
