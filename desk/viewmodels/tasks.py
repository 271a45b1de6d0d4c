"""One thing on the worklist, opened beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desk.looks import Badge, Words
from desk.viewmodels.parts import Action, Banner, Line
from desk.viewmodels.records import Contact


@dataclass(frozen=True)
class ReplyNote:
    """A mail that somebody is to read: who it is from and when, what it says, and why it needs a person."""

    who: Words
    when: Words
    text: str
    why: Words = ""


@dataclass(frozen=True)
class TaskPanel:
    """What is to be done, whom to reach and how, and where what came of it is written."""

    key: str
    banner: Banner | None
    title: Words
    detail: Words
    due: Words
    badge: Badge
    contacts: Sequence[Contact]
    finish_url: str
    close_url: str
    tried: str = ""
    unreached: Action | None = None  # for who rang in vain
    links: Sequence[Action] = ()
    replies: Sequence[ReplyNote] = ()
    is_led: bool = False  # whether what to do is a link: to move, or to send again
    owner: Line | None = None
    owner_actions: Sequence[Action] = ()
    note: Line | None = None  # how it is settled, where that is not plain
