"""What staff see of messages: one opened, one sent again, what leads to a person's own page, and how it all stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desk.looks import Badge, Words
from desk.viewmodels.parts import Action, Banner, Fact, Line, MenuLink


@dataclass(frozen=True)
class OpenedMessage:
    """One message as it went. `page_url` is the mail as a page; `calendar` its calendar object."""

    banner: Banner
    title: Words
    badge: Badge
    facts: Sequence[Fact]
    subject: str
    text: str
    page_url: str = ""
    calendar: str = ""
    back: MenuLink | None = None
    actions: Sequence[Action] = ()
    notice: Line | None = None


@dataclass(frozen=True)
class AgainPanel:
    """A visit's invite about to be sent once more, in which words; the form beside it says to whom."""

    title: Words
    url: str
    not_reached: Sequence[Line]
    subject: str
    body: str


@dataclass(frozen=True)
class LinkRow:
    """One personal link or calendar address that works."""

    title: Words
    detail: Words


@dataclass(frozen=True)
class LinksBox:
    """Every address that works for a patient and their carers, and the one press that ends them."""

    rows: Sequence[LinkRow]
    revoke: Action | None = None
