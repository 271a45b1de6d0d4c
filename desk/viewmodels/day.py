"""The day board, its phone list, and the steps of one visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from desk.board import ClosureMark, HourMark, PlaceBar, Seat
from desk.looks import Badge, Tone, Words
from desk.viewmodels.handover import NotesBox
from desk.viewmodels.parts import Action, Banner, Empty, FlagLine, Line


@dataclass(frozen=True)
class Count:
    number: int
    label: Words
    icon: str
    note: Words = ""
    short: Words = ""  # on a phone, beside four others
    tone: Tone = "plain"
    note_tone: Tone = "plain"


@dataclass(frozen=True)
class VisitCard:
    """A visit on the board and in the phone's list. `seat` says where on the board; None keeps it to the list."""

    key: str
    url: str
    name: str
    birth_date: date
    hospital_number: str
    starts_at: datetime
    dose: Words
    state: str
    badge: Badge
    place: Words = ""
    note: Line | None = None
    needs: Line | None = None  # what the patient needs
    ready: Line | None = None  # what is missing before the procedure
    alerts: Sequence[FlagLine] = ()
    actions: Sequence[Action] = ()
    seat: Seat | None = None
    done_percent: int | None = None  # of a recovery countdown: how much is over
    is_selected: bool = False
    is_squeezed_in: bool = False


@dataclass(frozen=True)
class RoomLane:
    name: str
    people: Sequence[str]
    visits: Sequence[VisitCard]
    rows: int
    closures: Sequence[ClosureMark] = ()
    note: Line | None = None
    late: Action | None = None  # today, where a visit has not begun
    close: Action | None = None


@dataclass(frozen=True)
class RecoveryLane:
    name: str
    kind: Words
    bars: Sequence[PlaceBar]
    closures: Sequence[ClosureMark] = ()


@dataclass(frozen=True)
class AgendaSection:
    title: Words
    visits: Sequence[VisitCard]


@dataclass(frozen=True)
class TodayPage:
    day: date
    is_today: bool
    fresh_at: datetime
    previous_url: str
    next_url: str
    today_url: str
    live_url: str  # answers the board alone, with an ETag
    counts: Sequence[Count]
    hours: Sequence[HourMark]
    hour_lines: Sequence[str]
    rooms: Sequence[RoomLane]
    recovery: Sequence[RecoveryLane]
    agenda: Sequence[AgendaSection]
    now_percent: str = ""
    now_at: datetime | None = None
    closing: ClosureMark | None = None
    empty: Empty | None = None
    can_print: bool = True
    notes: NotesBox | None = None
    tools: Sequence[Action] = ()  # to the pages of a handover


@dataclass(frozen=True)
class Step:
    """A step of the visit: `state` is done, current or future; `form` names what the current step asks for."""

    key: str
    label: Words
    state: str
    note: Words = ""
    form: str = ""  # "given" draws the administration form
    actions: Sequence[Action] = ()


@dataclass(frozen=True)
class VisitPanel:
    key: str
    banner: Banner
    title: Words
    detail: Words
    where: Words
    badge: Badge
    steps: Sequence[Step]
    close_url: str
    foot: Sequence[Action] = ()
    notices: Sequence[Line] = ()
    gates: Sequence[Line] = ()  # readiness, until the procedure starts
    override: Action | None = None  # a doctor's way past a red gate, with a reason
    reason: str = ""
    given_url: str = ""
    notes: NotesBox | None = None
