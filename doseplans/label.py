"""What a medicine's label says of a dose that is late or missed: facts with their source, nothing inferred."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

AS_SOON_AS_POSSIBLE = "Give it as soon as possible"
NO_RELOADING = "The label gives no re-loading rule after a long gap: a clinician decides."

# Source: tofersen label, missed or late dose; the US and EU texts agree. By kind of dose and its number in that kind;
# number 0 is any of the kind.
TOFERSEN: Mapping[tuple[str, int], str] = MappingProxyType(
    {
        ("loading", 2): f"{AS_SOON_AS_POSSIBLE}; loading 3 follows 14 days after it was given.",
        ("loading", 3): f"{AS_SOON_AS_POSSIBLE}; the first maintenance dose follows 28 days after it was given.",
        ("maintenance", 0): f"{AS_SOON_AS_POSSIBLE}; the next dose follows 28 days after it was given.",
    }
)

BY_CODE: Mapping[str, Mapping[tuple[str, int], str]] = MappingProxyType({"tofersen": TOFERSEN})


def label_on_late(code: str, kind: str, number: int) -> tuple[str, ...]:
    """What the label of the protocol's medicine says of that dose when it is late; empty where no text is on record.

    >>> label_on_late("tofersen", "loading", 2)[0]
    'Give it as soon as possible; loading 3 follows 14 days after it was given.'
    >>> label_on_late("tofersen", "maintenance", 7)[0]
    'Give it as soon as possible; the next dose follows 28 days after it was given.'
    >>> label_on_late("tofersen", "loading", 1), label_on_late("natalizumab", "maintenance", 1)
    (('The label gives no re-loading rule after a long gap: a clinician decides.',), ())
    """
    texts = BY_CODE.get(code)
    if texts is None:
        return ()
    said = texts.get((kind, number)) or texts.get((kind, 0))
    return (said, NO_RELOADING) if said else (NO_RELOADING,)
