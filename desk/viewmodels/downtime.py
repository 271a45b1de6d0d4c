"""Lists for downtime."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ListLink:
    day: str
    when: str
    url: str


@dataclass(frozen=True)
class DowntimePage:
    lists: Sequence[ListLink]
    kept: str
    today_url: str
    entering: Sequence[ListLink] = ()  # days to be entered from paper, where the reader may
