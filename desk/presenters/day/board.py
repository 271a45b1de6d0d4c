"""The day board: lanes, cards, counts, and the same visits as a list for a phone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.board import ClosureMark, Hours, PlaceBar, hours_of, rows_of, seats
from desk.looks import Badge, Tone, badge_for
from desk.presenters.booking.doses import dose_words
from desk.presenters.notes import notes_box
from desk.presenters.people import flag_lines, name_of
from desk.presenters.reader import Reader
from desk.presenters.visits.readiness import hold_of, ready_line
from desk.presenters.visits.steps import (
    Doing,
    Taken,
    answer_line,
    badge_of,
    left_words,
    may_run_late,
    next_actions,
    panel_url,
    recovery_of,
)
from desk.rules import ACTIVE, Progress, progress_of
from desk.viewmodels import (
    Action,
    AgendaSection,
    Count,
    Empty,
    FlagLine,
    Line,
    RecoveryLane,
    RoomLane,
    TodayPage,
    VisitCard,
)
from doseplans.readiness import GateState
from patients.models import Flag
from scheduling.engine.hours import OpenHours
from scheduling.engine.ticks import instant_at
from scheduling.models import Appointment, Closure, Resource
from scheduling.selectors.day_board import DayBoard
from units.policy import Act

CARD_STATES: Mapping[Progress, str] = MappingProxyType({Progress.UNCLOSED: "late"})
USUAL_HOURS = (time(8), time(18))
"""What an empty board shows."""

CALLS = frozenset({Progress.LATE, Progress.UNCLOSED, Progress.PROCEDURE})
"""Somebody must act on these whatever the clock says."""

BEFORE = frozenset({Progress.DUE, Progress.LATE, Progress.ARRIVED})
"""The procedure is still to come: what must be known before it is said."""


@dataclass(frozen=True)
class Seen:
    """A visit with what was worked out about it once."""

    visit: Appointment
    taken: Taken
    progress: Progress
    hold: str
    readiness: Sequence[GateState] = ()

    @property
    def is_held(self) -> bool:
        """The plan went on hold after the visit was booked: keep or release it."""
        return bool(self.hold) and self.progress in {Progress.DUE, Progress.LATE}


def today_page(board: DayBoard, reader: Reader, *, selected: str = "") -> TodayPage:
    """The board of one day. `selected` is the key of the visit whose panel is open."""
    seen = [seen_of(visit, board, reader) for visit in board.visits]
    hours = _hours(board, seen)
    is_today = board.on == reader.today
    cards = {one.visit.pk: card_of(one, reader, selected=selected) for one in seen}
    now = reader.unit.local(reader.at)
    is_within = is_today and hours.first <= now.hour < hours.last
    return TodayPage(
        day=board.on,
        is_today=is_today,
        fresh_at=reader.at,
        previous_url=_day_url(board.on - timedelta(days=1)),
        next_url=_day_url(board.on + timedelta(days=1)),
        today_url=reverse("desk:today"),
        live_url=reverse("desk:day_live", args=[board.on]),
        counts=counts_of(seen, board, reader),
        hours=hours.marks(),
        hour_lines=hours.lines(),
        rooms=[
            *(_room_lane(room, board, seen, cards, hours, reader) for room in _rooms(board, seen)),
            *_roomless_lane(board, seen, cards, hours),
        ],
        recovery=[_recovery_lane(place, board, seen, hours, reader) for place in _places(board, seen)],
        agenda=_agenda(seen, cards, reader),
        now_percent=hours.percent(now) if is_within else "",
        now_at=reader.at if is_within else None,
        closing=_closing(board, hours, reader),
        empty=None if seen else _empty(reader),
        notes=notes_box(board.notes, reader, url=reverse("desk:day_notes", args=[board.on])),
        tools=_tools(reader, board.on),
    )


def seen_of(visit: Appointment, board: DayBoard, reader: Reader) -> Seen:
    """The visit with where it is, its hold and its gates."""
    gates = board.readiness.get(visit.pk, ())
    return Seen(visit, Taken.of(visit), progress_of(visit, at=reader.at), hold_of(visit), gates)


def _tools(reader: Reader, on: date) -> list[Action]:
    """What somebody looks for who comes to work or goes home, or has a day on paper before them."""
    paper = []
    if on <= reader.today and reader.may(Act.RECORD_ADMINISTRATION):
        url = reverse("desk:paper_day", args=[on])
        paper.append(Action(_("Enter from paper"), url, icon="clipboard-list"))
    if on != reader.today:
        return paper
    tools = [
        Action(_("Since I left"), reverse("desk:since"), icon="history"),
        Action(_("Tomorrow"), reverse("desk:tomorrow"), icon="arrow-right"),
    ]
    if reader.may(Act.PRINT_DOWNTIME_LIST):
        tools.append(Action(_("Downtime list"), reverse("desk:downtime"), icon="printer"))
    return [*tools, *paper]


def _day_url(on: date) -> str:
    return reverse("desk:day", args=[on])


def _hours(board: DayBoard, seen: Sequence[Seen]) -> Hours:
    local = board.unit.local
    times = [
        local(at) for one in seen for at in (one.visit.starts_at, one.visit.ends_at) if local(at).date() == board.on
    ]
    opens = min((local(instant_at(held.opens)).time() for held in board.lists), default=USUAL_HOURS[0])
    closes = max((local(instant_at(held.last_out)).time() for held in board.lists), default=USUAL_HOURS[1])
    return hours_of(opens, closes, times)


def _empty(reader: Reader) -> Empty:
    action = None
    if reader.may(Act.BOOK):
        action = Action(_("See the doses to book"), reverse("desk:doses"), icon="calendar-plus")
    return Empty(_("Nobody is booked on this day."), action)


# --- lanes -----------------------------------------------------------------------------------------------------------
def _rooms(board: DayBoard, seen: Sequence[Seen]) -> list[Resource]:
    """The unit's rooms, and any other in which a visit of the day still stands."""
    rooms = {room.pk: room for room in board.rooms}
    rooms |= {one.taken.room.resource_id: one.taken.room.resource for one in seen if one.taken.room}
    return sorted(rooms.values(), key=lambda room: (room.ordinal, room.name))


def _places(board: DayBoard, seen: Sequence[Seen]) -> list[Resource]:
    places = {place.pk: place for place in board.places}
    places |= {one.taken.place.resource_id: one.taken.place.resource for one in seen if one.taken.place}
    return sorted(places.values(), key=lambda place: (place.ordinal, place.name))


def _room_lane(
    room: Resource,
    board: DayBoard,
    seen: Sequence[Seen],
    cards: Mapping[int, VisitCard],
    hours: Hours,
    reader: Reader,
) -> RoomLane:
    local = board.unit.local
    mine = [(one, one.taken.room) for one in seen if one.taken.room and one.taken.room.resource_id == room.pk]
    placed = seats(hours, [(local(one.visit.starts_at), local(row.starts_at), local(row.ends_at)) for one, row in mine])
    held = [open_hours for open_hours in board.lists if open_hours.room_id == room.pk]
    return RoomLane(
        name=room.name,
        people=_people(held, board),
        visits=[replace(cards[one.visit.pk], seat=seat) for (one, _row), seat in zip(mine, placed, strict=True)],
        rows=rows_of(placed),
        closures=[*_closures(room, board, hours), *_breaks(held, board, hours)],
        note=None if held else Line(_("No list"), "booked"),
        late=_late([one for one, _row in mine], room, reader),
        close=_close(room, board.on, reader),
    )


def _close(room: Resource, on: date, reader: Reader) -> Action | None:
    """Where the room is closed for a time, today from now on or on a day to come; not a room of another unit."""
    if on < reader.today or room.unit_id != reader.unit.pk or not reader.may(Act.CLOSE):
        return None
    query = urlencode({"what": room.public_id, "on": on})
    return Action(_("Close…"), f"{reverse('desk:close')}?{query}", icon="lock", about=room.name)


def _late(mine: Sequence[Seen], room: Resource, reader: Reader) -> Action | None:
    """Where it is said that the room's list runs late, from the first visit that has not begun."""
    waiting = [one for one in mine if one.taken.room is not None and may_run_late(one.visit, reader)]
    first = min(waiting, key=lambda one: one.taken.room.starts_at, default=None)  # type: ignore[union-attr]
    if first is None:
        return None
    url = reverse("desk:late", args=[first.visit.public_id])
    return Action(_("Running late…"), url, about=room.name)


def _roomless_lane(
    board: DayBoard, seen: Sequence[Seen], cards: Mapping[int, VisitCard], hours: Hours
) -> list[RoomLane]:
    """Visits whose room is free again, since the patient did not come or went home early: still part of the day."""
    mine = [one.visit for one in seen if one.taken.room is None]
    if not mine:
        return []
    local = board.unit.local
    placed = seats(hours, [(local(visit.starts_at), local(visit.starts_at), local(visit.starts_at)) for visit in mine])
    visits = [replace(cards[visit.pk], seat=seat) for visit, seat in zip(mine, placed, strict=True)]
    return [RoomLane(name=_("No room"), people=(), visits=visits, rows=rows_of(placed))]


def _people(held: Sequence[OpenHours], board: DayBoard) -> list[str]:
    keys = dict.fromkeys(key for open_hours in held for key in open_hours.operator_ids)
    return [board.people[key].name for key in keys if key in board.people]


def _closures(resource: Resource, board: DayBoard, hours: Hours) -> list[ClosureMark]:
    marks = []
    for closure in board.closures:
        if closure.resource_id not in {None, resource.pk}:
            continue
        column, span = hours.stretch(*_within_day(closure, board))
        marks.append(ClosureMark(column, span, closure.reason))
    return marks


def _breaks(held: Sequence[OpenHours], board: DayBoard, hours: Hours) -> list[ClosureMark]:
    local = board.unit.local
    return [
        ClosureMark(*hours.stretch(local(instant_at(first)), local(instant_at(last))), _("Break"))
        for open_hours in held
        for first, last in open_hours.pauses
    ]


def _within_day(closure: Closure, board: DayBoard) -> tuple[datetime, datetime]:
    """The closure's part on this day, by the unit's clock."""
    local = board.unit.local
    starts, ends = local(closure.starts_at), local(closure.ends_at)
    first = starts if starts.date() == board.on else starts.replace(hour=0, minute=0)
    last = ends if ends.date() == board.on else ends.replace(hour=23, minute=59)
    return first, last


def _closing(board: DayBoard, hours: Hours, reader: Reader) -> ClosureMark | None:
    if not board.lists:
        return None
    out = instant_at(max(held.last_out for held in board.lists))
    local = board.unit.local(out)
    column, span = hours.stretch(local, local.replace(hour=23, minute=59))
    if local.date() != board.on or hours.minutes_to(local) >= hours.columns * 5:
        return None
    return ClosureMark(column, span, _("Last patient out by %(clock)s") % {"clock": reader.clock(out)})


def _recovery_lane(
    place: Resource, board: DayBoard, seen: Sequence[Seen], hours: Hours, reader: Reader
) -> RecoveryLane:
    mine = [one for one in seen if one.taken.place and one.taken.place.resource_id == place.pk]
    return RecoveryLane(
        name=place.name,
        kind="",
        bars=[_bar(one, hours, reader) for one in mine],
        closures=_closures(place, board, hours),
    )


def _bar(one: Seen, hours: Hours, reader: Reader) -> PlaceBar:
    visit, row = one.visit, one.taken.place
    if row is None:
        raise ValueError("only a visit with a place has a bar")
    running = recovery_of(visit, one.taken, reader)
    starts_at, ends_at = row.starts_at, row.ends_at
    text, state, done, badge = _("from %(clock)s") % {"clock": reader.clock(starts_at)}, "planned", 0, None
    if running is not None and visit.recovery_started_at is not None:
        starts_at = visit.recovery_started_at
        ends_at = max(starts_at + one.taken.stay(), reader.at)
        text, done = left_words(running), running.done_percent
        state = "over" if running.is_over else "recovery"
        badge = Badge("warn", "triangle-alert", "") if running.is_over else Badge("recovery", "timer", "")
    elif one.progress is Progress.DISCHARGED and visit.discharged_at is not None:
        starts_at = visit.recovery_started_at or starts_at
        ends_at = max(visit.discharged_at, starts_at)
        text, state = _("left %(clock)s") % {"clock": reader.clock(visit.discharged_at)}, "done"
        badge = Badge("booked", "check", "")
    local = reader.unit.local
    column, span = hours.stretch(local(starts_at), local(ends_at))
    return PlaceBar(
        column=column,
        span=span,
        name=visit.patient.family_name,
        text=text,
        state=state,
        url=panel_url(visit, reader),
        done_percent=done,
        badge=badge,
        alert="" if state == "done" else ", ".join(flag.text for flag in _alerts(one)),
    )


# --- cards -----------------------------------------------------------------------------------------------------------
def card_of(one: Seen, reader: Reader, *, selected: str) -> VisitCard:
    """The visit as boards, lists and the calendar show it."""
    visit, taken = one.visit, one.taken
    running = recovery_of(visit, taken, reader)
    key = str(visit.public_id)
    return VisitCard(
        key=key,
        url=panel_url(visit, reader),
        name=name_of(visit.patient),
        birth_date=visit.patient.birth_date,
        hospital_number=visit.patient.hospital_number,
        starts_at=visit.starts_at,
        dose=dose_words(visit.dose) if visit.dose else visit.purpose,
        state="hold" if one.is_held else CARD_STATES.get(one.progress, one.progress.value),
        badge=badge_for("hold") if one.is_held else badge_of(visit, taken, reader),
        is_squeezed_in=bool(visit.squeezed_in_reason) and visit.is_live,
        place=_place(one),
        note=_note(one, reader),
        needs=_needs(one),
        ready=ready_line(one.readiness),
        alerts=_alerts(one),
        actions=_card_actions(one, reader),
        done_percent=running.done_percent if running else None,
        is_selected=key == selected,
    )


def _alerts(one: Seen) -> tuple[FlagLine, ...]:
    return flag_lines(one.visit.patient.flags.all(), Flag.Kind.ALERT)


def _place(one: Seen) -> str:
    row = one.taken.place if one.progress is Progress.RECOVERY else one.taken.room
    return row.resource.name if row else ""


def _note(one: Seen, reader: Reader) -> Line | None:
    """What is missing or must be known before, in one line."""
    if one.is_held:
        return Line(_("Keep or release the visit"), "stop", "circle-question-mark")
    running = recovery_of(one.visit, one.taken, reader)
    if running is not None:
        tone: Tone = "warn" if running.is_over else "plain"
        return Line(
            _("Can go home") if running.is_over else left_words(running), tone, "house" if running.is_over else "timer"
        )
    return _before(one) if one.progress in BEFORE else None


def _before(one: Seen) -> Line | None:
    """Whether the patient will come, as they said; admission."""
    said = answer_line(one.visit.participant_status) if one.progress is not Progress.ARRIVED else None
    if one.visit.admitted_at is None:
        return said
    if said is None:
        return Line(_("Admitted the day before"), icon="calendar-days")
    return replace(said, text=_("%(answer)s, admitted the day before") % {"answer": said.text})


def _needs(one: Seen) -> Line | None:
    """What the patient needs, in a line of its own: nobody reads it as part of their answer."""
    if one.is_held or one.progress not in BEFORE:
        return None
    needs = flag_lines(one.visit.patient.flags.all(), Flag.Kind.NEED)[:2]
    words = ", ".join(str(need.text) for need in needs)
    return Line(words, icon=needs[0].icon or "accessibility") if needs else None


def _card_actions(one: Seen, reader: Reader) -> tuple[Action, ...]:
    """The phone's buttons: at most two, and the dose is recorded in the panel."""
    if one.progress is Progress.PROCEDURE and reader.may(Act.RECORD_ADMINISTRATION):
        label = _("Record given…")
        return (Action(label, panel_url(one.visit, reader), kind="primary", about=name_of(one.visit.patient)),)
    actions = next_actions(one.visit, reader, Doing("day"))[:2]
    if one.progress in ACTIVE:
        return tuple(actions)
    # Of twenty patients still to come none is the one to press: a filled button on each would say so of all.
    return tuple(replace(button, kind="secondary") for button in actions)


def _agenda(seen: Sequence[Seen], cards: Mapping[int, VisitCard], reader: Reader) -> list[AgendaSection]:
    """The same visits as a list, what needs somebody first."""
    sections: dict[str, list[VisitCard]] = {}
    titles = {
        "now": _("Needs you now"),
        "here": _("In the unit"),
        "come": _("To come"),
        "done": _("Finished"),
    }
    for one in seen:
        sections.setdefault(_section(one, reader), []).append(cards[one.visit.pk])
    return [AgendaSection(title, sections[key]) for key, title in titles.items() if key in sections]


def _section(one: Seen, reader: Reader) -> str:
    running = recovery_of(one.visit, one.taken, reader)
    if one.is_held or one.progress in CALLS or (running is not None and running.is_over):
        return "now"
    if one.progress in ACTIVE:
        return "here"
    return "come" if one.progress is Progress.DUE else "done"


# --- counts ----------------------------------------------------------------------------------------------------------
def counts_of(seen: Sequence[Seen], board: DayBoard, reader: Reader) -> list[Count]:
    """The day in numbers; a note in a warm colour only where somebody must act."""
    by_progress: dict[Progress, list[Seen]] = {}
    for one in seen:
        by_progress.setdefault(one.progress, []).append(one)

    def of(*states: Progress) -> list[Seen]:
        return [one for state in states for one in by_progress.get(state, ())]

    expected = [one for one in seen if one.progress is not Progress.NOSHOW]
    rooms = len({held.room_id for held in board.lists})
    counts = [
        Count(
            len(expected), _("Booked"), "calendar-check", ngettext("%(n)d room", "%(n)d rooms", rooms) % {"n": rooms}
        ),
        _to_come(of(Progress.DUE, Progress.LATE, Progress.UNCLOSED)),
        Count(len(of(Progress.ARRIVED)), _("Arrived"), "map-pin-check", tone="action"),
        Count(len(of(Progress.PROCEDURE)), _("In procedure"), "activity", tone="procedure", short=_("In room")),
        _in_recovery(of(Progress.RECOVERY), reader),
        Count(
            len(of(Progress.DISCHARGED)),
            _("Discharged"),
            "check",
            _("of %(n)d") % {"n": len(expected)},
            short=_("Home"),
        ),
    ]
    missed = len(of(Progress.NOSHOW))
    if missed:
        counts.append(Count(missed, _("Did not attend"), "phone-missed", tone="warn"))
    return counts


def _to_come(seen: Sequence[Seen]) -> Count:
    late = sum(1 for one in seen if one.progress is not Progress.DUE)
    held = sum(1 for one in seen if one.is_held)
    notes: Iterable[str] = (
        _("%(n)d late") % {"n": late} if late else "",
        _("%(n)d on hold") % {"n": held} if held else "",
    )
    note = ", ".join(part for part in notes if part)
    tone: Tone = "stop" if held else "warn" if late else "plain"
    return Count(len(seen), _("To come"), "clock", note, note_tone=tone)


def _in_recovery(seen: Sequence[Seen], reader: Reader) -> Count:
    running = [recovery_of(one.visit, one.taken, reader) for one in seen]
    over = sum(1 for one in running if one is not None and one.is_over)
    note = ngettext("%(n)d can go home", "%(n)d can go home", over) % {"n": over} if over else ""
    tone: Tone = "warn" if over else "plain"
    return Count(len(seen), _("In recovery"), "bed", note, short=_("Recovery"), tone="recovery", note_tone=tone)
