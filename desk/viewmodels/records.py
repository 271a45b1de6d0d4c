"""A visit and a patient, each on a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from desk.looks import Badge, Words
from desk.viewmodels.aftercare import Asked
from desk.viewmodels.day import VisitPanel
from desk.viewmodels.handover import NotesBox
from desk.viewmodels.messages import LinksBox
from desk.viewmodels.parts import Action, Banner, Fact, Line, MenuLink
from desk.viewmodels.plan_line import PlanLineView


@dataclass(frozen=True)
class MessageRow:
    title: Words
    recipient: Words
    badge: Badge
    about: Words = ""  # of which visit, where it stands beside those of others
    icon: str = "mail"
    url: str = ""
    details: Sequence[Words] = ()  # by which channel, and what was heard of it since
    why: Words = ""  # why it was not sent
    action: Action | None = None


@dataclass(frozen=True)
class HistoryRow:
    at: datetime
    who: str
    text: Words
    reason: str = ""


@dataclass(frozen=True)
class ReadyBox:
    """Whether the patient is ready for one visit, and what is missing, each with the way to mend it."""

    title: Words
    badge: Badge
    lines: Sequence[Line]


@dataclass(frozen=True)
class VisitPage:
    key: str
    banner: Banner
    title: Words
    arrives_at: datetime
    leaves_at: datetime
    badge: Badge
    reason: Words
    facts: Sequence[Fact]
    messages: Sequence[MessageRow]
    history: Sequence[HistoryRow]
    actions: Sequence[Action] = ()
    menu: Sequence[Action] = ()
    steps: VisitPanel | None = None
    cancel_url: str = ""
    answer_url: str = ""
    untold: Sequence[MessageRow] = ()
    send_again: Action | None = None
    cancel_effects: Sequence[Line] = ()
    back: MenuLink | None = None
    notes: NotesBox | None = None
    ready: ReadyBox | None = None
    to_decide: Line | None = None


@dataclass(frozen=True)
class PlanDose:
    label: Words
    ideal_on: date | None
    target_on: date
    earliest_on: date | None
    latest_on: date | None
    badge: Badge
    booked_at: datetime | None = None
    booked_url: str = ""
    given_at: datetime | None = None
    late_days: int | None = None
    drift_days: int | None = None
    action: Action | None = None
    notes: Sequence[Line] = ()  # what was decided about it, and when it was not given
    acts: Sequence[Action] = ()


@dataclass(frozen=True)
class PlanView:
    title: Words
    note: Words
    doses: Sequence[PlanDose]
    badge: Badge
    drift: Words = ""
    hold: Line | None = None
    earlier_url: str = ""
    line: PlanLineView | None = None
    actions: Sequence[Action] = ()
    menu: Sequence[Action] = ()
    facts: Sequence[Fact] = ()  # who may have the medicine
    facts_url: str = ""
    missing: Sequence[Line] = ()  # what stops booking


@dataclass(frozen=True)
class VisitRow:
    starts_at: datetime
    what: Words
    where: Words
    badge: Badge
    url: str
    detail: Words = ""


@dataclass(frozen=True)
class Contact:
    name: str
    relation: Words
    phone: str = ""
    email: str = ""
    address: str = ""
    notes: Sequence[Line] = ()


@dataclass(frozen=True)
class Paper:
    """A consent, a check or an authorisation."""

    title: Words
    detail: Words
    badge: Badge


@dataclass(frozen=True)
class PaperGroup:
    """The papers of one kind, and the page on which they are written down. `anchor` names its place."""

    title: Words
    papers: Sequence[Paper]
    action: Action
    anchor: str = ""


@dataclass(frozen=True)
class PatientPage:
    key: str
    banner: Banner
    plans: Sequence[PlanView]
    visits: Sequence[VisitRow]  # from today on, the next one first
    earlier_visits: Sequence[VisitRow]  # the latest first
    messages: Sequence[MessageRow]
    contacts: Sequence[Contact]
    papers: Sequence[PaperGroup]
    history: Sequence[HistoryRow]
    looked: Sequence[HistoryRow] = ()
    facts: Sequence[Fact] = ()
    actions: Sequence[Action] = ()
    menu: Sequence[MenuLink] = ()
    comments: str = ""
    asked: Sequence[Asked] = ()
    contact_actions: Sequence[Action] = ()
    older_messages: Sequence[MessageRow] = ()
    links: LinksBox | None = None
    notes: NotesBox | None = None
    older_notes: int = 0
    ready: ReadyBox | None = None  # for the next visit

    @property
    def visit_count(self) -> int:
        """All of them, those folded away too."""
        return len(self.visits) + len(self.earlier_visits)

    @property
    def message_count(self) -> int:
        """All of them, those folded away too."""
        return len(self.messages) + len(self.older_messages)
