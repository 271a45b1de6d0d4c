"""What our own mail server found out about the sender, from the header it put on top (RFC 8601). No Django."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"\s*dmarc\s*=\s*([a-z]+)(.*)", re.IGNORECASE | re.DOTALL)
_FROM = re.compile(r"\bheader\.from\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
LONGEST = 4000


class Sender(StrEnum):
    """Whether the mail comes from where it says."""

    PROVEN = "proven"
    FORGED = "forged"
    UNKNOWN = "unknown"


def sender_of(headers: Sequence[str], *, our_id: str, domain: str) -> Sender:
    """Whether the From of that domain is proven. `headers` are all Authentication-Results, the topmost first.

    The first that names our server counts, and none other: whatever else is there, somebody on the way wrote it.
    Our server takes out foreign headers with its own name before it adds its own (RFC 8601, 5).

    >>> ours = "mx.clinic.example; spf=fail; dmarc=pass (p=none) header.from=home.example"
    >>> theirs = "mx.home.example; dmarc=pass header.from=home.example"
    >>> sender_of([ours, theirs], our_id="mx.clinic.example", domain="home.example").value
    'proven'
    >>> sender_of([theirs], our_id="mx.clinic.example", domain="home.example").value
    'unknown'
    """
    for header in headers:
        name, _, results = _without_comments(header[:LONGEST]).partition(";")
        if our_id and (name.split() or [""])[0].lower() == our_id.lower():
            return _judged(results, domain)
    return Sender.UNKNOWN


def _judged(results: str, domain: str) -> Sender:
    said = [match for part in results.split(";") if (match := _RESULT.fullmatch(part))]
    if any(match[1].lower() == "fail" for match in said):
        return Sender.FORGED
    for match in said:
        about = _FROM.search(match[2])
        if match[1].lower() == "pass" and (about is None or about[1].lower().rstrip(".") == domain.lower()):
            return Sender.PROVEN
    return Sender.UNKNOWN


def _without_comments(text: str) -> str:
    """Comments nest; each round takes out the innermost."""
    while (shorter := _COMMENT.sub(" ", text)) != text:
        text = shorter
    return text
