"""What becomes of a calendar's answer (RFC 5546, REPLY). Plain functions over values: no clock, no database.

An answer is applied only where everything fits: the visit is known, the one attendee is somebody we told, the mail is
from their address and proven to be, and it is newer than what they said before and not older than the last move.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from reminders.inbound.authentication import Sender

ANSWERS: Mapping[str, str] = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative"}
"""PARTSTAT of RFC 5545 that answer an invite, as FHIR participant status."""

CLOCKS_DIFFER = timedelta(days=1)
"""A DTSTAMP so far ahead of its mail's arrival would keep every later answer out."""

Stamp = tuple[int, datetime]


@dataclass(frozen=True, slots=True)
class Asked:
    """One answer as it came. `attendees` are (address, PARTSTAT)."""

    method: str
    sequence: int
    dtstamp: datetime
    attendees: tuple[tuple[str, str], ...]
    from_address: str
    sender: Sender
    received_at: datetime


@dataclass(frozen=True, slots=True)
class OnRecord:
    """The visit that the answer's UID names. `sequence_since` is that of its last move, `sequence` the one of now.

    `recipients` maps each address that is told of it to its person; `last` a person to (SEQUENCE, DTSTAMP) of the
    answer of theirs that counted last.
    """

    sequence_since: int
    sequence: int
    recipients: Mapping[str, str]
    last: Mapping[str, Stamp] = field(default_factory=dict)
    is_open: bool = True


class Reason(StrEnum):
    """Why an answer changes nothing."""

    UNKNOWN_VISIT = "It answers no visit of ours."
    OVER = "The visit needs no answer any more."
    MANY_ATTENDEES = "It does not answer for one person."
    STRANGER = "Whoever it answers for is not told of this visit."
    OTHER_SENDER = "It was not sent from the address of the one it answers for."
    FORGED = "The mail server says that it was not sent from where it claims."
    BEFORE_MOVE = "It answers a time that was changed since."
    AHEAD = "It answers an invite that was never sent."
    NOT_NEWER = "A newer answer of the same person, or this one, was there already."
    STAMP_AHEAD = "It is dated in the future."
    NO_ANSWER = "It neither accepts nor declines."
    OTHER_METHOD = "It asks for something that a calendar cannot have here."
    OTHER_TIME = "They ask for another time."


@dataclass(frozen=True, slots=True)
class Apply:
    """The answer counts."""

    respondent: str
    status: str


@dataclass(frozen=True, slots=True)
class Hold:
    """The answer fits, but nobody vouches for its sender: the person is asked at the address on record."""

    respondent: str
    status: str


@dataclass(frozen=True, slots=True)
class Reject:
    """The answer changes nothing. `is_to_read`: a person looks, because somebody may have meant it."""

    reason: Reason
    is_to_read: bool = False


Verdict = Apply | Hold | Reject


def judge(asked: Asked, on_record: OnRecord | None) -> Verdict:
    """What becomes of it.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    >>> told = OnRecord(1, 2, {"ann@home.example": "patient"})
    >>> asked = Asked("REPLY", 2, noon, (("Ann@home.example", "ACCEPTED"),), "ann@home.example", Sender.PROVEN, noon)
    >>> judge(asked, told)
    Apply(respondent='patient', status='accepted')
    >>> from dataclasses import replace
    >>> judge(replace(asked, sender=Sender.UNKNOWN), told)
    Hold(respondent='patient', status='accepted')
    >>> judge(replace(asked, sequence=0), told).reason.name
    'BEFORE_MOVE'
    """
    if on_record is None:
        return Reject(Reason.UNKNOWN_VISIT)
    address, partstat = asked.attendees[0] if len(asked.attendees) == 1 else ("", "")
    respondent = on_record.recipients.get(address.lower(), "")
    status = ANSWERS.get(partstat.upper(), "")
    out_of_turn = _out_of_turn(asked, on_record, on_record.last.get(respondent))
    # In this order: who may not speak is told apart from what was said out of turn.
    against = (
        (asked.sender is Sender.FORGED, Reject(Reason.FORGED)),
        (asked.method == "COUNTER", Reject(Reason.OTHER_TIME, is_to_read=True)),
        (asked.method != "REPLY", Reject(Reason.OTHER_METHOD, is_to_read=True)),
        (len(asked.attendees) != 1, Reject(Reason.MANY_ATTENDEES, is_to_read=True)),
        (not respondent, Reject(Reason.STRANGER, is_to_read=True)),
        (asked.from_address.lower() != address.lower(), Reject(Reason.OTHER_SENDER, is_to_read=True)),
        (not on_record.is_open, Reject(Reason.OVER)),
        (out_of_turn is not None, Reject(out_of_turn or Reason.NOT_NEWER)),
        (not status, Reject(Reason.NO_ANSWER, is_to_read=partstat.upper() not in {"NEEDS-ACTION", ""})),
    )
    for applies, rejected in against:
        if applies:
            return rejected
    return (Apply if asked.sender is Sender.PROVEN else Hold)(respondent, status)


def _out_of_turn(asked: Asked, on_record: OnRecord, last: Stamp | None) -> Reason | None:
    if asked.sequence < on_record.sequence_since:
        return Reason.BEFORE_MOVE
    if asked.sequence > on_record.sequence:
        return Reason.AHEAD
    if asked.dtstamp > asked.received_at + CLOCKS_DIFFER:
        return Reason.STAMP_AHEAD
    if last is not None and (asked.sequence, asked.dtstamp) <= last:
        return Reason.NOT_NEWER
    return None
