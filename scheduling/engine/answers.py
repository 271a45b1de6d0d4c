"""Whether a patient will come, where the patient and their carers may each have said something. No Django."""

from __future__ import annotations

from collections.abc import Iterable

PATIENT = "patient"
"""How answers, messages and links name the patient; a carer is "carer:12"."""

WEIGHTIEST_FIRST = ("declined", "accepted", "tentative", "needs-action")


def carer_key(carer_id: int) -> str:
    """How answers, messages and links name a carer, also after the carer's row is gone.

    >>> carer_key(12)
    'carer:12'
    """
    return f"carer:{carer_id}"


def standing_answer(statuses: Iterable[str]) -> str:
    """What the visit stands at. Whoever cannot come outweighs whoever can: a person then asks them.

    >>> standing_answer(["accepted", "declined"]), standing_answer(["tentative", "accepted"]), standing_answer([])
    ('declined', 'accepted', 'needs-action')
    """
    return min(statuses, key=WEIGHTIEST_FIRST.index, default="needs-action")


def differ(statuses: Iterable[str]) -> bool:
    """Whether those who answered did not say the same.

    >>> differ(["accepted", "declined"]), differ(["accepted", "needs-action"]), differ(["accepted", "accepted"])
    (True, False, False)
    """
    return len(set(statuses) - {"needs-action"}) > 1
