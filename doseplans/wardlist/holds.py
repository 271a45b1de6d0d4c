"""Whether treatment is on hold, why, and when that is looked at again, out of one cell."""

import re
from dataclasses import dataclass
from datetime import date

from doseplans.wardlist.cells import is_blank
from doseplans.wardlist.dates import DayUnreadable, read_day
from doseplans.wardlist.rows import ListedHold

_NOT_HELD = frozenset({"no", "n", "not on hold", "not held", "off hold", "active", "false", "0", "no hold"})
_HELD = re.compile(r"^(?:yes|y|true|held|on hold|hold|paused|suspended)\b", re.IGNORECASE)
_REVIEW = re.compile(
    r"[\s,;(-]*(?:for\s+)?(?:review(?:ed)?|r/v|rv)(?:\s+(?:on|by|due))?\s*:?\s*"
    r"(\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}(?:st|nd|rd|th)?\s+[a-z]{3,9}\s+\d{2,4})\)?",
    re.IGNORECASE,
)
NO_REASON = "No reason given in the ward's list"


@dataclass(frozen=True, slots=True)
class ReadHold:
    """The hold, and whether the words left it open that there is one."""

    hold: ListedHold
    is_guess: bool


def read_hold(text: str, *, at: date) -> ReadHold | None:
    """The hold, or None where treatment goes on.

    >>> read_hold("Yes - CSF WCC up, review 04/12/2026", at=date(2026, 11, 20)).hold
    ListedHold(reason='CSF WCC up', review_on=datetime.date(2026, 12, 4))
    >>> read_hold("No", at=date(2026, 11, 20)) is None
    True
    """
    if is_blank(text) or text.casefold().strip(" .") in _NOT_HELD:
        return None
    said_so = _HELD.match(text)
    reason = text[said_so.end() :] if said_so else text
    review_on, reason = _review(reason, at)
    return ReadHold(ListedHold(reason.strip(" -–—:,;.") or NO_REASON, review_on), is_guess=not said_so)


def _review(reason: str, at: date) -> tuple[date | None, str]:
    """The day of review and the reason without it; the words stay whole where the day cannot be read."""
    found = _REVIEW.search(reason)
    if not found:
        return None, reason
    try:
        review_on = read_day(found[1], at=at).day
    except DayUnreadable:
        return None, reason
    return review_on, reason[: found.start()] + reason[found.end() :]
