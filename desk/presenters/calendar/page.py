"""The calendar's page: its heading, what is drawn, the same as lists, and the doses that wait beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.looks import Badge, badge_for
from desk.presenters.booking.doses import badge_of, dose_words, reason_of
from desk.presenters.calendar.bands import closed_words
from desk.presenters.calendar.drawing import Drawing
from desk.presenters.calendar.events import (
    drawn_of,
    load_words,
    operators_words,
    place_url,
    procedure_of,
    reserved_words,
)
from desk.presenters.day.board import Seen, card_of, seen_of
from desk.presenters.people import name_of
from desk.presenters.reader import Reader
from desk.viewmodels import Action, Choice, Empty, Line
from desk.viewmodels.calendar import AgendaEntry, CalendarPage, RoomAgenda, Tray, TrayRow
from scheduling.models import Closure, Resource
from scheduling.selectors.calendar import CalendarDays, Lacking, loads_of, usual_protocol
from scheduling.selectors.free_places import FreePlace
from scheduling.selectors.to_book import DoseToBook, Urgency
from units.policy import Act

CANNOT = frozenset({Urgency.ON_HOLD, Urgency.BLOCKED})
WEEK = 7


def calendar_url(on: date, *, is_week: bool = False) -> str:
    return reverse("desk:calendar_week" if is_week else "desk:calendar_day", args=[on])


def calendar_page(
    days: CalendarDays,
    rows: Sequence[DoseToBook] | None,
    minutes: Mapping[int, int],
    reader: Reader,
    *,
    free: Sequence[FreePlace] = (),
) -> CalendarPage:
    """A day, or a week from its Monday; `rows` are the doses that wait, None for who may not see plans.

    `minutes` says how long the procedure of each of their protocols takes, by its key. `free` is what a usual visit
    could have, for who books.
    """
    board, is_week = days.board, days.days > 1
    protocols = [row.dose.plan.protocol for row in rows or ()]
    seen = [seen_of(visit, board, reader) for visit in board.visits]
    drawing = Drawing(days, seen, loads_of(days, usual_protocol(days, protocols)), reader, free)
    step = timedelta(days=WEEK if is_week else 1)
    today = reader.today
    is_today = board.on <= today < board.on + timedelta(days=days.days)
    live = "desk:calendar_week_live" if is_week else "desk:calendar_live"
    return CalendarPage(
        day=board.on,
        days=days.days,
        title=_week_title(days) if is_week else "",
        relative="" if is_week or board.on == today else reader.relative(board.on),
        is_today=is_today,
        fresh_at=reader.at,
        previous_url=calendar_url(board.on - step, is_week=is_week),
        next_url=calendar_url(board.on + step, is_week=is_week),
        today_url=calendar_url(today, is_week=is_week),
        views=[
            Choice(_("Day"), calendar_url(today if is_week and is_today else board.on), not is_week),
            Choice(_("Week"), calendar_url(board.on, is_week=True), is_week),
        ],
        go_url=reverse("desk:calendar"),
        live_url=reverse(live, args=[board.on]),
        drawn=json.dumps(drawn_of(drawing), separators=(",", ":")),
        agenda=list(_agenda(drawing)),
        tray=None if rows is None else tray_of(rows, minutes, board.on, reader),
        notes=list(_notes(days, reader)),
        tools=_tools(board.on, reader),
        can_move=reader.may(Act.BOOK),
        is_empty=not seen,
        not_set_up=_not_set_up(days.lacking, reader) if days.lacking else None,
    )


def _tools(on: date, reader: Reader) -> list[Action]:
    """One, so that the heading stays one row: whoever closes comes to the list of closures from there."""
    if reader.may(Act.CLOSE):
        return [Action(_("Close a room…"), f"{reverse('desk:close')}?on={max(on, reader.today)}", icon="lock")]
    return [Action(_("Closures"), reverse("desk:closures"), icon="ban")]


def _not_set_up(lacking: Lacking, reader: Reader) -> Empty:
    """Why there is no calendar yet, and where what it lacks is set up; who may not do it reads who does."""
    sentence, label, page = {
        Lacking.ROOMS: (
            _("This unit has no procedure room yet: the calendar has a column for each."),
            _("Add the procedure rooms"),
            "admin:scheduling_resource_changelist",
        ),
        Lacking.LISTS: (
            _("No room of this unit has a list yet: the calendar shows when each is open and who operates."),
            _("Say when each room is open"),
            "admin:scheduling_schedule_changelist",
        ),
    }[lacking]
    if not reader.may(Act.SET_UP_UNIT):
        return Empty(_("%(sentence)s An administrator of the unit sets it up.") % {"sentence": sentence})
    return Empty(sentence, Action(label, reverse(page), icon="settings"))


def _week_title(days: CalendarDays) -> str:
    first, last = days.dates[0], days.dates[-1]
    return _("%(first)s to %(last)s") % {
        "first": date_format(first, "j F" if first.month != last.month else "j"),
        "last": date_format(last, "j F"),
    }


def _notes(days: CalendarDays, reader: Reader) -> list[Line]:
    """What is true of a whole day: a bank holiday, with or without lists."""
    words = _("Bank holiday on %(day)s, %(name)s: no lists are held.")
    if not reader.unit.is_closed_on_bank_holidays:
        words = _("Bank holiday on %(day)s, %(name)s: this unit works through it.")
    return [
        Line(words % {"day": reader.day(on), "name": name}, icon="calendar-x") for on, name in days.holidays.items()
    ]


# --- the same as lists -----------------------------------------------------------------------------------------------
def _agenda(drawing: Drawing) -> list[RoomAgenda]:
    """A list a room and day: in a day all of them, since an empty room is news; in a week those with something in."""
    found = []
    for on in drawing.days.dates:
        for room in drawing.rooms:
            entries = [*_room_visits(drawing, room, on), *_room_others(drawing, room, on)]
            if not entries and drawing.is_week:
                continue
            title = f"{drawing.reader.day(on)}, {room.name}" if drawing.is_week else room.name
            found.append(
                RoomAgenda(
                    title=title,
                    note=operators_words(drawing, room, on),
                    load=load_words(drawing.loads.get((room.pk, on))),
                    entries=sorted(entries, key=lambda entry: entry.starts_at),
                    free=[
                        Choice(drawing.reader.clock(one.starts_at), place_url(one, drawing))
                        for one in drawing.free
                        if one.room == room
                    ],
                )
            )
    roomless = [_entry(one, drawing) for one in drawing.seen if one.taken.room is None]
    return [*found, RoomAgenda(_("No room any more"), roomless)] if roomless else found


def _room_visits(drawing: Drawing, room: Resource, on: date) -> list[AgendaEntry]:
    return [
        _entry(one, drawing)
        for one in drawing.seen
        if one.taken.room is not None
        and one.taken.room.resource_id == room.pk
        and drawing.reader.unit.local_date(one.taken.room.starts_at) == on
    ]


def _entry(one: Seen, drawing: Drawing) -> AgendaEntry:
    reader = drawing.reader
    starts_at, ends_at = procedure_of(one.taken) or (one.visit.starts_at, one.visit.ends_at)
    words = _("%(first)s–%(last)s, arrives %(arrives)s, home %(home)s") % {
        "first": reader.clock(starts_at),
        "last": reader.clock(ends_at),
        "arrives": reader.clock(one.visit.starts_at),
        "home": reader.clock(one.visit.ends_at),
    }
    url = reverse("desk:calendar_visit", args=[reader.unit.local_date(one.visit.starts_at), one.visit.public_id])
    url += "?show=week" if drawing.is_week else ""
    return AgendaEntry(starts_at, ends_at, card_of(one, reader, selected=""), url, words)


def _room_others(drawing: Drawing, room: Resource, on: date) -> list[AgendaEntry]:
    """Reservations of the room and what closes it."""
    reader = drawing.reader
    found = []
    for claim in drawing.days.reservations:
        for row in claim.allocations.all():
            if row.resource_id == room.pk and reader.unit.local_date(row.starts_at) == on:
                words = ", ".join(reserved_words(claim, reader))
                times = f"{reader.clock(row.starts_at)}–{reader.clock(row.ends_at)}"
                found.append(AgendaEntry(row.starts_at, row.ends_at, times=times, line=Line(words, icon="timer")))
    closures = [one for one in drawing.days.board.closures if one.resource_id in {None, room.pk}]
    return [*found, *(_closed_entry(one, on, reader) for one in closures if _touches(one, on, reader))]


def _touches(closure: Closure, on: date, reader: Reader) -> bool:
    ends_on = reader.unit.local_date(closure.ends_at - timedelta(seconds=1))
    return reader.unit.local_date(closure.starts_at) <= on <= ends_on


def _closed_entry(closure: Closure, on: date, reader: Reader) -> AgendaEntry:
    since, until = reader.hours_on(on, closure.starts_at, closure.ends_at)
    words = closed_words(closure, "room")
    return AgendaEntry(closure.starts_at, closure.ends_at, times=f"{since}–{until}", line=Line(words, icon="ban"))


# --- the tray --------------------------------------------------------------------------------------------------------
def tray_of(rows: Sequence[DoseToBook], minutes: Mapping[int, int], on: date, reader: Reader) -> Tray:
    """The doses in the order of the doses page; those whose window has not opened by that day come under a fold."""
    drawn = [(row, _tray_row(row, minutes.get(row.dose.plan.protocol_id, 0), on, reader)) for row in rows]
    horizon = max(on, reader.today) + timedelta(days=WEEK)
    now = [line for row, line in drawn if row.dose.earliest_on <= horizon]
    empty = None
    if not rows:
        empty = Empty(_("Every dose whose window opens within four weeks has a visit."))
    return Tray(
        rows=now,
        later=[line for row, line in drawn if row.dose.earliest_on > horizon],
        total=len(rows),
        list_url=reverse("desk:doses"),
        empty=empty,
    )


def _tray_row(row: DoseToBook, minutes: int, on: date, reader: Reader) -> TrayRow:
    dose = row.dose
    target = _("Target %(day)s") % {"day": reader.day(dose.target_on)}
    if dose.target_on == on:
        target = _("Target %(day)s, on this page") % {"day": reader.day(dose.target_on)}
    is_others = row.reservation is not None and row.reservation.reserved_by_id != reader.actor.user_id
    return TrayRow(
        key=str(dose.public_id),
        url=reverse("desk:calendar_dose", args=[on, dose.public_id]),
        name=name_of(dose.plan.patient),
        dose=dose_words(row.dose),
        badge=tray_badge(row, reader),
        target=target,
        reason=reason_of(row, reader) if row.urgency in CANNOT or row.reservation else "",
        minutes=minutes,
        can_drag=reader.may(Act.BOOK) and row.urgency not in CANNOT and not is_others,
    )


def tray_badge(row: DoseToBook, reader: Reader) -> Badge:
    """As on the doses page; of an overdue dose also for how long."""
    if row.urgency is not Urgency.OVERDUE:
        return badge_of(row, reader)
    late = -row.days_left
    return badge_for("overdue", ngettext("Overdue %(n)d day", "Overdue %(n)d days", late) % {"n": late})
