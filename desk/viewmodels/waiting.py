"""The waiting list: offers and their answers, slots that came free, wishes to come earlier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desk.looks import Badge, Words
from desk.viewmodels.parts import Action, Empty, Line, Pager


@dataclass(frozen=True)
class AnswerRow:
    """One patient of an offer, and their answer."""

    name: str
    url: str
    detail: Words
    badge: Badge
    acts: Sequence[Action] = ()


@dataclass(frozen=True)
class OfferBox:
    """A slot on offer, or what became of it."""

    key: str
    title: Words
    detail: Words
    badge: Badge
    answers: Sequence[AnswerRow]
    withdraw: Action | None = None


@dataclass(frozen=True)
class CandidateRow:
    """Somebody who may have the slot; ticked where the offer would go to them unless somebody says otherwise."""

    dose_id: str
    name: str
    url: str
    detail: Words
    reasons: Words
    is_ticked: bool = False


@dataclass(frozen=True)
class LeftOut:
    """Somebody who waits and cannot have the slot."""

    name: str
    url: str
    why: Words


@dataclass(frozen=True)
class FreedBox:
    """A slot that came free. `fields` name it in the form that offers it."""

    key: str
    title: Words
    detail: Words
    fields: Sequence[tuple[str, str]]
    candidates: Sequence[CandidateRow]
    left_out: Sequence[LeftOut]


@dataclass(frozen=True)
class WishRow:
    """A patient who would come earlier, and on what terms."""

    key: str
    name: str
    url: str
    dose: Words
    terms: Words
    note: Words
    acts: Sequence[Action] = ()


@dataclass(frozen=True)
class WaitingPage:
    """Everything about earlier times. `stands` are the choices of how long an offer stands, in minutes."""

    summary: Words
    offers: Sequence[OfferBox]
    freed: Sequence[FreedBox]
    wishes: Sequence[WishRow]
    pager: Pager
    no_freed: Empty
    no_wishes: Empty
    offer_url: str = ""
    stands: Sequence[tuple[int, Words]] = ()
    notices: Sequence[Line] = ()
