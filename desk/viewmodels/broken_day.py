"""A list that runs late, and an urgent visit squeezed in: a form, and what would follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desk.looks import Badge, Words
from desk.viewmodels.parts import Banner, Line, MenuLink


@dataclass(frozen=True)
class LateRow:
    """One visit of the list, as it would go on. `stay_key` is sent to leave it where it is; empty where it moves."""

    name: str
    purpose: Words
    old: Words
    new: Words
    place: Words
    badge: Badge
    lines: Sequence[Line] = ()
    stay_key: str = ""
    stays: bool = False
    move_url: str = ""


@dataclass(frozen=True)
class LatePage:
    """`apply` is the button's words, empty while nothing can be applied. `mark` names what is shown."""

    banner: Banner
    title: Words
    summary: Words
    back: MenuLink
    url: str
    rows: Sequence[LateRow] = ()
    apply: Words = ""
    mark: str = ""
    notes: Sequence[Line] = ()


@dataclass(frozen=True)
class SqueezePage:
    """`leaves` says what the visit would leave, once that was looked at; None before."""

    banner: Banner
    title: Words
    summary: Words
    back: MenuLink
    url: str
    effects: Sequence[Line]
    leaves: Sequence[Line] | None = None
