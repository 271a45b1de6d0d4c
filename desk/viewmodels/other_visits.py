"""Booking a visit without a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desk.looks import Words
from desk.viewmodels.parts import Banner, Choice, Empty, MenuLink


@dataclass(frozen=True)
class OtherVisitPage:
    """What there is to choose from; the slots of the one chosen stand beside it."""

    banner: Banner
    title: Words
    back: MenuLink
    kinds: Sequence[Choice]
    empty: Empty | None = None
