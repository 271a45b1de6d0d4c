"""Notes, the coming day, what changed since somebody left, and one's own lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from desk.looks import Badge, Words
from desk.viewmodels.parts import Action, Banner, Choice, Empty, FlagLine, Line, MenuLink


@dataclass(frozen=True)
class NoteRow:
    key: str
    text: str
    who: str
    at: datetime
    is_pinned: bool
    about: Words = ""  # the visit it is about, where that is not plain
    end: Action | None = None
    ended: Words = ""  # by whom and when


@dataclass(frozen=True)
class NotesBox:
    """The notes of a page, and where one more is written; `url` is empty for whoever only reads.

    `back` says which page the form leads back to; `key` is the form's own, so that it is one note however often sent.
    """

    rows: Sequence[NoteRow]
    page_url: str
    url: str = ""
    key: str = ""
    back: str = ""


@dataclass(frozen=True)
class NotesPage:
    title: Words
    back: MenuLink
    box: NotesBox
    ended: Sequence[NoteRow] = ()
    banner: Banner | None = None
    about: Words = ""


@dataclass(frozen=True)
class TomorrowRow:
    """A patient of the day, in the order in which they come."""

    name: str
    url: str
    birth_date: date
    hospital_number: str
    arrives_at: datetime
    in_room: str  # from when to when, by the clock
    room: str
    operator: str
    place: str
    dose: Words
    amount: str
    answer: Line
    alerts: Sequence[FlagLine] = ()
    needs: Sequence[FlagLine] = ()
    waiting: Sequence[Line] = ()  # what is not ready, each with the way to mend it
    badge: Badge | None = None
    is_admitted: bool = False


@dataclass(frozen=True)
class ToArrange:
    """A need and who has it: an interpreter, a hoist, transport."""

    what: str
    icon: str
    names: Sequence[str]


@dataclass(frozen=True)
class MedicineRow:
    """Doses of one strength: to have ready, and what came free of visits that will not be."""

    medicine: str
    amount: str
    number: int
    names: Sequence[str]
    unready: Sequence[str] = ()
    gone: Sequence[str] = ()
    order: Words = ""


@dataclass(frozen=True)
class TomorrowPage:
    day: date
    today: date
    previous_url: str
    next_url: str
    day_url: str
    summary: Words
    rows: Sequence[TomorrowRow]
    arrange: Sequence[ToArrange]
    medicines: Sequence[MedicineRow]
    notes: NotesBox
    empty: Empty | None = None


AT_ONCE = 6


@dataclass(frozen=True)
class SinceRow:
    at: datetime
    who: str
    text: Words
    reason: str = ""
    url: str = ""


@dataclass(frozen=True)
class SinceGroup:
    """What changed about one patient; about the unit itself where there is no birthday."""

    title: Words
    rows: Sequence[SinceRow]
    url: str = ""
    birth_date: date | None = None
    hospital_number: str = ""

    @property
    def latest(self) -> Sequence[SinceRow]:
        """What stands on the card at once: more of one patient would push the others off the screen."""
        return self.rows[:AT_ONCE]

    @property
    def earlier(self) -> Sequence[SinceRow]:
        """What is folded away under it."""
        return self.rows[AT_ONCE:]


@dataclass(frozen=True)
class SincePage:
    since: datetime
    fresh_at: datetime
    choices: Sequence[Choice]
    typed: str  # the time as its field wants it
    latest: str
    total: int
    groups: Sequence[SinceGroup]
    mark: Action
    problem: Words = ""
    more: Words = ""
    empty: Empty | None = None


@dataclass(frozen=True)
class MyVisit:
    starts_at: datetime
    name: str
    url: str
    what: Words
    where: str
    badge: Badge


@dataclass(frozen=True)
class MyDay:
    on: date
    lists: Sequence[Words]
    closures: Sequence[Words]
    visits: Sequence[MyVisit]
    url: str


@dataclass(frozen=True)
class MinePage:
    days: Sequence[MyDay]
    until: date
    visits: int
    empty: Empty | None = None
