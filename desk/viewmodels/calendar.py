"""The calendar: its days, the doses that wait beside it, and the panel in which a start is asked for and taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from desk.looks import Badge, Words
from desk.viewmodels.day import VisitCard
from desk.viewmodels.parts import Action, Banner, Choice, Empty, Fact, Line, Refusal


@dataclass(frozen=True)
class AgendaEntry:
    """A line of a room's day in words: a visit with its card, or a reservation, closure or break with its line."""

    starts_at: datetime
    ends_at: datetime
    visit: VisitCard | None = None
    url: str = ""  # of the visit beside the calendar
    times: Words = ""  # of the procedure; with a visit also when the patient arrives
    line: Line | None = None


@dataclass(frozen=True)
class RoomAgenda:
    """A room's day as a list. `note` says who operates, `load` how full it is, `free` when one more could begin."""

    title: Words
    entries: Sequence[AgendaEntry]
    note: Words = ""
    load: Words = ""
    free: Sequence[Choice] = ()


@dataclass(frozen=True)
class TrayRow:
    """A dose without a visit. `minutes` is how long its procedure takes; without `can_drag` it is opened only."""

    key: str
    url: str
    name: str
    dose: Words
    badge: Badge
    target: Words
    reason: Words = ""
    minutes: int = 0
    can_drag: bool = False


@dataclass(frozen=True)
class Tray:
    """Doses waiting, most urgent first; `later` are those whose window is not open yet."""

    rows: Sequence[TrayRow]
    later: Sequence[TrayRow]
    total: int
    list_url: str
    empty: Empty | None = None


@dataclass(frozen=True)
class CalendarPage:
    """A day or a week. `drawn` is what static/js/calendar/ draws, as JSON; the agenda says the same in words."""

    day: date
    days: int
    title: Words
    relative: Words
    is_today: bool
    fresh_at: datetime
    previous_url: str
    next_url: str
    today_url: str
    views: Sequence[Choice]
    go_url: str
    live_url: str
    drawn: str
    agenda: Sequence[RoomAgenda]
    tray: Tray | None
    notes: Sequence[Line] = ()  # bank holidays, what closes the whole unit
    tools: Sequence[Action] = ()
    can_move: bool = False
    is_empty: bool = False
    not_set_up: Empty | None = None  # nothing can be drawn before that is done


@dataclass(frozen=True)
class AskedStart:
    """A start that is free, with what it costs, and the one press that takes it."""

    title: Words
    where: Words
    confirm: Action
    checks: Sequence[Line]
    told: Sequence[Line]
    cost: Words = ""
    cost_detail: Words = ""
    reason_label: Words = ""  # set where only a written reason allows it
    reason: str = ""
    starts: str = ""  # by the unit's clock, as the calendar writes it
    ends: str = ""
    room: str = ""


@dataclass(frozen=True)
class RefusedStart:
    """A start that is refused: the card beside it. `full_from` to `full_until` no recovery place is left."""

    refusal: Refusal
    nearest_start: str = ""
    nearest_room: str = ""
    full_from: str = ""
    full_until: str = ""


@dataclass(frozen=True)
class StartForm:
    """The same question by a form: day, time and room of the procedure."""

    url: str
    on: date
    clock: str
    rooms: Sequence[tuple[str, str]]
    room: str
    version: int | None = None


@dataclass(frozen=True)
class CalendarPanel:
    """A visit or a dose opened beside the calendar."""

    key: str
    banner: Banner
    title: Words
    detail: Words
    close_url: str
    badge: Badge | None = None
    facts: Sequence[Fact] = ()
    lines: Sequence[Line] = ()
    asked: AskedStart | None = None
    refused: RefusedStart | None = None
    form: StartForm | None = None
    foot: Sequence[Action] = ()


@dataclass(frozen=True)
class Taker:
    """Somebody who could have a free place: a dose without a visit, or a visit that would come earlier.

    `fit` says whether it is free for them, as far as is seen from here; `url` asks for it, and what it costs.
    """

    key: str
    name: str
    dose: Words
    url: str
    fit: Line
    detail: Words = ""
    badge: Badge | None = None


@dataclass(frozen=True)
class PlacePanel:
    """A free place beside the calendar: who could have it, those that fit first, the most urgent before others."""

    key: str
    title: Words
    detail: Words
    close_url: str
    doses: Sequence[Taker]
    earlier: Sequence[Taker]
    doses_fit: Words = ""
    earlier_fit: Words = ""
    more: Sequence[Taker] = ()
    foot: Sequence[Action] = ()
