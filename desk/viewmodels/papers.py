"""What is on record of one kind, and the form for one more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desk.looks import Badge, Words
from desk.viewmodels.parts import Action, Banner, Line, MenuLink


@dataclass(frozen=True)
class PaperRow:
    """A consent, check, authorisation or medicine. `reason_label`: the act of `act` asks for a reason."""

    title: Words
    detail: Words
    badge: Badge
    acts: Sequence[Action] = ()
    strike: Action | None = None  # asks for a reason beside it


@dataclass(frozen=True)
class PaperPage:
    """`submit` is empty where this reader may look but not write."""

    banner: Banner
    title: Words
    back: MenuLink
    url: str
    submit: Words
    rows: Sequence[PaperRow]
    notices: Sequence[Line] = ()


@dataclass(frozen=True)
class DetailsPage:
    """Who a patient is and how they are reached; without a banner while they are not on record yet."""

    title: Words
    back: MenuLink
    url: str
    submit: Words
    banner: Banner | None = None
    summary: Words = ""
