"""Who pays for a treatment and until when, out of the words in one cell."""

import re
from dataclasses import dataclass
from datetime import date

from doseplans.wardlist.dates import DayUnreadable, read_day
from doseplans.wardlist.rows import Funding

_DAY = re.compile(
    r"\d{1,2}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{2,4}|\d{4}-\d{2}-\d{2}|\d{1,2}(?:st|nd|rd|th)?\s+[a-z]{3,9}\s+\d{4}",
    re.IGNORECASE,
)
_SOURCES = (
    (
        r"\beap\b|free of charge|\bfoc\b|\bmap\b|managed access|early access|expanded access|compassionate|biogen",
        "maker",
    ),
    (r"\bprivate|self[\s-]?pay|self[\s-]?fund", "private"),
    (r"\bifr\b|\btrust\b|individual funding|\bhospital\b", "trust"),
    (r"\binsur|\bpayer\b|\bnhse\b|nhs england|\bicb\b|blueteq|\bcommission|\bbupa\b|\baxa\b", "payer"),
)
_STATES = (
    (r"\b(denied|refused|declined|rejected|not approved|turned down)\b", "denied"),
    (r"\bappeal", "appealed"),
    (r"\b(requested|pending|awaited|awaiting|applied|submitted|sent|in progress|tbc)\b", "requested"),
    (r"\b(approved|agreed|granted|authorised|ok|yes)\b", "approved"),
)


@dataclass(frozen=True, slots=True)
class ReadFunding:
    """The funding, whether part of it had to be guessed, and what is wrong with its day (empty: nothing)."""

    funding: Funding
    is_guess: bool
    problem: str


def read_funding(text: str, *, at: date) -> ReadFunding:
    """Source and state of a funding. The maker's free supply and private payment need no approval of ours.

    >>> at = date(2026, 11, 20)
    >>> read_funding("IFR approved to 31/03/2027", at=at).funding
    Funding(source='trust', status='approved', valid_to=datetime.date(2027, 3, 31), text='IFR approved to 31/03/2027')
    >>> [read_funding(each, at=at).funding.status for each in ("EAP free of charge", "private", "IFR requested")]
    ['not_required', 'not_required', 'requested']
    """
    lowered = text.casefold()
    source = next((code for pattern, code in _SOURCES if re.search(pattern, lowered)), "")
    state = next((code for pattern, code in _STATES if re.search(pattern, lowered)), "")
    if not state and source in {"maker", "private"}:
        state = "not_required"
    valid_to, problem = _valid_to(text, at)
    funding = Funding(source or "trust", state or "requested", valid_to, text)
    return ReadFunding(funding, is_guess=not (source and state), problem=problem)


def _valid_to(text: str, at: date) -> tuple[date | None, str]:
    found = _DAY.search(text)
    if not found:
        return None, ""
    try:
        return read_day(found[0], at=at).day, ""
    except DayUnreadable as unreadable:
        return None, unreadable.sentence
