"""By which channels somebody is told, in which order. Plain functions: what is known of the reader is an argument.

An invite goes by e-mail as well wherever that reaches the reader: nothing else puts a visit into a calendar. A letter
is too slow for what is near, and a call is made for news, never for a reminder: what nobody answers is called about
anyway.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from doseplans.readiness import working_days_before
from reminders.rules import Kind

EMAIL, TEXT, LETTER, PHONE = "email", "text", "letter", "phone"
FALLING_BACK = (EMAIL, TEXT, LETTER, PHONE)


@dataclass(frozen=True, slots=True)
class Reach:
    """How somebody can be reached: what they asked for, and for each channel why it does not reach them, in words.

    A channel that is not named in `why_not` reaches them. A call always does: somebody finds a number. `refused` are
    the channels they do not want.
    """

    preferred: str = EMAIL
    why_not: Mapping[str, str] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()

    def reaches(self, channel: str) -> bool:
        """Whether this channel can be used for the reader."""
        return channel == PHONE or not self.why_not.get(channel)


@dataclass(frozen=True, slots=True)
class Plan:
    """The channels to try one after another, and those that carry the message besides, whatever becomes of the first.

    Empty `order`: nothing is sent.
    """

    order: tuple[str, ...]
    as_well: tuple[str, ...] = ()

    @property
    def at_once(self) -> tuple[str, ...]:
        """What the message goes by now."""
        return (*self.order[:1], *self.as_well)


def plan_channels(kind: Kind, reach: Reach, *, is_post_in_time: bool = True, already_tried: Sequence[str] = ()) -> Plan:
    """The channels for a message of this kind to this reader, best first.

    Who asked for something that cannot be used, for want of a number or an address, or because a letter would come too
    late (`is_post_in_time`), is rung: what they did not ask for they may not read. Who refused what they had once asked
    for is told by the next. `already_tried`: channels that have failed for good for this very message.

    >>> plan_channels(Kind.REQUEST, Reach(LETTER)).at_once
    ('letter', 'email')
    >>> plan_channels(Kind.REQUEST, Reach(LETTER), is_post_in_time=False).at_once
    ('phone', 'email')
    >>> plan_channels(Kind.REMINDER, Reach(PHONE, {"email": "No e-mail address on record"})).order
    ('text', 'letter')
    """
    wished = reach.preferred
    can_post = is_post_in_time and kind is not Kind.OFFER  # an offer may be gone before a letter is even printed
    is_served = reach.reaches(wished) and (wished != LETTER or can_post)
    if wished != EMAIL and not is_served and wished not in reach.refused:
        wished = PHONE
    if reach.preferred in already_tried:
        wished = EMAIL
    order = [
        channel
        for channel in dict.fromkeys((wished, *FALLING_BACK))
        if channel not in already_tried
        and reach.reaches(channel)
        and (channel != LETTER or can_post)
        and (channel != PHONE or kind is not Kind.REMINDER)
    ]
    if PHONE in order:
        # Once somebody rings, the matter is settled.
        order = order[: order.index(PHONE) + 1]
    is_mailed_besides = kind is not Kind.REMINDER and order[:1] != [EMAIL] and EMAIL not in already_tried
    as_well = (EMAIL,) if is_mailed_besides and reach.reaches(EMAIL) else ()
    return Plan(tuple(channel for channel in order if channel not in as_well), as_well)


def last_posting_day(arrive_on: date, working_days: int, holidays: Container[date]) -> date:
    """The last day on which a letter may be posted so that it comes before the day of the visit.

    Three working days before Wednesday, and one for the visit's own day not to count:

    >>> last_posting_day(date(2026, 12, 2), 3, ()).isoformat()
    '2026-11-26'
    """
    return working_days_before(arrive_on, working_days + 1, holidays)
