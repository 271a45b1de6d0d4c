"""Whether a mail of ours arrived, from the report of a mail server (RFC 3464). No Django."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_STATUS = re.compile(r"\b([245])\.\d{1,3}\.\d{1,3}\b")


class Fate(StrEnum):
    """What became of a mail."""

    BOUNCED = "bounced"  # the address does not take mail
    GIVEN_UP = "given_up"  # tried for days; the address may be right
    DELAYED = "delayed"
    ARRIVED = "arrived"


@dataclass(frozen=True, slots=True)
class Report:
    """About the mail with that Message-ID, to the addresses with their fate. `status` is RFC 3463's, such as 5.1.1."""

    message_id: str
    recipients: tuple[tuple[str, Fate, str], ...]


Fields = dict[str, str]


def report_of(blocks: Sequence[Fields], message_id: str) -> Report:
    """The report in the blocks of message/delivery-status: one about the mail, then one for each recipient.

    >>> gone = {"final-recipient": "rfc822; Ann@home.example", "action": "failed", "status": "5.1.1 (no such user)"}
    >>> report_of([{"reporting-mta": "dns; mx"}, gone], "<1@clinic.example>").recipients
    (('ann@home.example', <Fate.BOUNCED: 'bounced'>, '5.1.1'),)
    """
    found = []
    for block in blocks:
        fate, status = _fate(block)
        if fate is None:
            continue
        # Where a mail was forwarded, the final recipient is somebody else's address.
        addresses = dict.fromkeys(
            address
            for name in ("original-recipient", "final-recipient")
            if (address := block.get(name, "").partition(";")[2].strip().strip("<>").lower())
        )
        found += [(address, fate, status) for address in addresses]
    return Report(message_id, tuple(found))


def _fate(block: Fields) -> tuple[Fate | None, str]:
    match = _STATUS.search(block.get("status", ""))
    status = match.group(0) if match else ""
    match block.get("action", "").split("(")[0].strip().lower():
        case "failed":
            return (Fate.BOUNCED if status.startswith("5") else Fate.GIVEN_UP), status
        case "delayed":
            return Fate.DELAYED, status
        case "delivered" | "relayed" | "expanded":
            return Fate.ARRIVED, status
    return None, status
