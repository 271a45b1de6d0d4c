"""What became different when a draft was planned again, as its page tells it."""

from __future__ import annotations

from collections.abc import Sequence

MOST_TOLD = 20
LONGEST = 300


def told(changes: Sequence[str]) -> list[str]:
    """As many of the changes as somebody reads, and how many more there are.

    >>> told(["a", "b"])
    ['a', 'b']
    >>> told(["a"] * 22)[-2:]
    ['a', 'and 2 more']
    """
    more = len(changes) - MOST_TOLD
    first = [words[:LONGEST] for words in changes[:MOST_TOLD]]
    return [*first, f"and {more} more"] if more > 0 else first
