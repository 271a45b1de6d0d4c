"""What an invite says of a visit, and who it is from and for."""

import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

_ADDRESS = re.compile(r"[!-?A-~]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_SYNTAX = re.compile(r'[\s"(),:;<>\[\]\\]')
# RFC 6068: what may stand in a mailto URI's local part as it is.
_MAILTO_SAFE = "!$&'*+-./=_`{|}~@"


class NaiveInstant(ValueError):
    """A time without a zone: the calendar would show it at a different instant to each reader."""


class UnusableAddress(ValueError):
    """Not an address that mail can be sent to. Carries no part of the address: it may be logged."""


class VisitStatus(StrEnum):
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


class RecipientKind(StrEnum):
    PATIENT = "patient"
    CARER = "carer"


@dataclass(frozen=True, slots=True)
class VisitSnapshot:
    """One revision of a visit, as written with the booking. The same snapshot always gives the same bytes.

    `arrive_at` and `leave_at` become DTSTART and DTEND. Instants are aware, kept in UTC to the second.

    Raises: NaiveInstant; ValueError for an end before the start, a negative sequence, an unknown zone.
    """

    uid: str
    sequence: int
    dtstamp: datetime
    last_modified: datetime
    created: datetime
    arrive_at: datetime
    leave_at: datetime
    site_name: str
    address: str
    phone: str
    zone: str
    status: VisitStatus = VisitStatus.CONFIRMED

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, datetime):
                if value.utcoffset() is None:
                    raise NaiveInstant(f"{field.name} has no time zone.")
                object.__setattr__(self, field.name, value.astimezone(UTC).replace(microsecond=0))
        if self.leave_at <= self.arrive_at:
            raise ValueError("A visit ends after it starts.")
        if self.sequence < 0:
            raise ValueError("SEQUENCE counts from 0.")
        if not re.fullmatch(r"[\w.@-]{8,200}", self.uid, re.ASCII):
            raise ValueError("A UID is 8 to 200 letters, digits, dots, dashes or @.")
        ZoneInfo(self.zone)


@dataclass(frozen=True, slots=True)
class Organizer:
    """Whose calendar the visit comes from: the unit, at the address the mail is sent from."""

    name: str
    address: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "address", usable_address(self.address))


@dataclass(frozen=True, slots=True)
class Recipient:
    """The one person a message is for."""

    name: str
    address: str
    kind: RecipientKind = RecipientKind.PATIENT

    def __post_init__(self) -> None:
        object.__setattr__(self, "address", usable_address(self.address))


def usable_address(address: str) -> str:
    """The address as it goes into envelope, header and mailto URI alike: ASCII, an IDN domain in punycode.

    >>> usable_address(" ann@bücher.example ")
    'ann@xn--bcher-kva.example'

    Raises: UnusableAddress, for anything with white space, quotes or a line break inside it.
    """
    local, at, domain = address.strip().rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise UnusableAddress("The part after the @ is not a domain.") from None
    usable = f"{local}{at}{domain}"
    if not _ADDRESS.fullmatch(usable) or _SYNTAX.search(usable) or ".." in usable or local[-1:] == ".":
        raise UnusableAddress("This is not an e-mail address that mail can be sent to.")
    return usable


def to_mailto(address: str) -> str:
    """The address as a mailto URI (RFC 6068).

    >>> to_mailto("a%b+c@x.example")
    'mailto:a%25b+c@x.example'
    """
    return "mailto:" + quote(address, safe=_MAILTO_SAFE)


def from_mailto(uri: str) -> str:
    """The address in a mailto URI, or the text itself where there is no scheme.

    >>> from_mailto("MAILTO:a%25b@x.example")
    'a%b@x.example'
    """
    return unquote(uri[7:]) if uri[:7].lower() == "mailto:" else uri
