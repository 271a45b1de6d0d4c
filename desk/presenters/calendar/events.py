"""What the calendar draws: columns, visits, reservations, and the bands of what is closed. By the unit's wall clock.

Times are written without a zone: the calendar shows them as they stand, whatever clock the reader's machine keeps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _

from desk.looks import Badge
from desk.presenters.calendar.bands import band, bands_of
from desk.presenters.calendar.drawing import Drawing, Drawn, hours_of_days
from desk.presenters.day.board import Seen, card_of
from desk.presenters.people import name_of
from desk.presenters.reader import Reader
from desk.presenters.visits.steps import Taken
from desk.rules import Progress
from desk.viewmodels import Line, VisitCard
from scheduling.engine.hours import OpenHours
from scheduling.engine.ticks import instant_at
from scheduling.models import Allocation, Appointment, Closure, Reservation, Resource
from scheduling.selectors.calendar import Load, open_lists
from scheduling.selectors.free_places import FreePlace
from units.policy import Act


def drawn_of(drawing: Drawing) -> Drawn:
    """Everything static/js/calendar/ draws."""
    first, last = hours_of_days(drawing)
    reader = drawing.reader
    return {
        "on": drawing.days.board.on.isoformat(),
        "days": drawing.days.days,
        "hidden": _hidden_days(drawing),
        "first": f"{first:02}:00",
        "last": f"{last:02}:00",
        "now": drawing.wall(reader.at),
        "sprite": static("vendor/lucide/sprite.svg"),
        "mayMove": reader.may(Act.BOOK),
        "resources": [
            *(_column(room, "room", drawing) for room in drawing.rooms),
            *(_column(place, "place", drawing) for place in drawing.places),
            *(_column(person, "person", drawing) for person in drawing.people),
        ],
        "events": [
            *_visits(drawing),
            *_reservations(drawing),
            *_elsewhere(drawing),
            *bands_of(drawing, first, last),
            *_free_places(drawing),
        ],
    }


def _hidden_days(drawing: Drawing) -> list[int]:
    """Days of the week without a list and without a visit, Sunday 0; a week hides them, unless it hides them all."""
    if not drawing.is_week:
        return []
    local_date = drawing.reader.unit.local_date
    used = {hours.on for hours in drawing.days.board.lists} | {local_date(one.visit.starts_at) for one in drawing.seen}
    hidden = [on.isoweekday() % 7 for on in drawing.days.dates if on not in used and on.isoweekday() > 5]
    return hidden if len(hidden) < drawing.days.days else []


# --- columns ---------------------------------------------------------------------------------------------------------
def _column(resource: Resource, kind: str, drawing: Drawing) -> Drawn:
    on = drawing.days.board.on
    column: Drawn = {"id": str(resource.public_id), "kind": kind, "title": resource.name, "note": "", "load": ""}
    if kind == "room" and not drawing.is_week:
        column |= {
            "note": operators_words(drawing, resource, on),
            "load": load_words(drawing.loads.get((resource.pk, on))),
        }
    if kind == "room" and drawing.is_week:
        column["loads"] = {
            day.isoformat(): load_words(drawing.loads.get((resource.pk, day))) for day in drawing.days.dates
        }
    return column


def load_words(load: Load | None) -> str:
    """5 of 7: visits of those that would fit."""
    if load is None:
        return ""
    return _("%(n)d of %(all)d") % {"n": load.taken, "all": load.taken + load.more}


def operators_words(drawing: Drawing, room: Resource, on: date) -> str:
    """Who operates in the room that day, and who of them is away when."""
    board, reader = drawing.days.board, drawing.reader
    lists = open_lists(drawing.days, room.pk, on)
    words = []
    for key in dict.fromkeys(key for hours in lists for key in hours.operator_ids):
        if key not in board.people:
            continue
        away = [closure for closure in board.closures if closure.resource_id == key]
        words.append(board.people[key].name + "".join(_away(closure, lists, reader) for closure in away))
    return ", ".join(words)


def _away(closure: Closure, lists: Sequence[OpenHours], reader: Reader) -> str:
    opens = min((instant_at(hours.opens) for hours in lists), default=closure.starts_at)
    closes = max((instant_at(hours.closes) for hours in lists), default=closure.ends_at)
    if closure.ends_at <= opens or closure.starts_at >= closes:
        return ""
    if closure.starts_at <= opens and closure.ends_at >= closes:
        return _(" (away)")
    if closure.starts_at <= opens:
        return _(" (away until %(clock)s)") % {"clock": reader.clock(closure.ends_at)}
    return _(" (away from %(clock)s)") % {"clock": reader.clock(closure.starts_at)}


# --- visits and reservations -----------------------------------------------------------------------------------------
def _visits(drawing: Drawing) -> Iterator[Drawn]:
    for one in drawing.seen:
        card = card_of(one, drawing.reader, selected="")
        yield from _visit(one, card, drawing)


def _visit(one: Seen, card: VisitCard, drawing: Drawing) -> Iterator[Drawn]:
    visit, taken, reader = one.visit, one.taken, drawing.reader
    on = reader.unit.local_date(visit.starts_at)
    key = str(visit.public_id)
    can_move = reader.may(Act.BOOK) and visit.status == Appointment.Status.BOOKED
    can_move = can_move and (visit.dose is not None or visit.visit_kind is not None)
    base: Drawn = {
        "key": key,
        "url": reverse("desk:calendar_visit", args=[on, visit.public_id]),
        "name": card.name,
        "state": card.state,
    }
    procedure = procedure_of(taken)
    if taken.room is not None and procedure is not None:
        starts_at, ends_at = procedure
        lines = [_line(line) for line in card_lines(one, card)]
        times = f"{reader.clock(starts_at)}–{reader.clock(ends_at)}"
        what = _("%(dose)s, arrives %(clock)s") % {"dose": card.dose, "clock": reader.clock(visit.starts_at)}
        yield base | {
            "id": f"v-{key}",
            "in": str(taken.room.resource.public_id),
            "start": drawing.wall(starts_at),
            "end": drawing.wall(ends_at),
            "times": times,
            "what": what,
            "dose": str(card.dose),
            "lines": lines,
            "ask": reverse("desk:calendar_ask_visit", args=[on, visit.public_id]) if can_move else "",
            "version": visit.version,
            "label": ", ".join([card.name, times, taken.room.resource.name, what, *(line["text"] for line in lines)]),
        }
    if taken.place is not None:
        minutes = round((taken.place.ends_at - taken.place.starts_at) / timedelta(minutes=1))
        yield base | _part(f"r-{key}", taken.place, drawing, what=_("%(n)d min") % {"n": minutes})
    for row in (taken.person, taken.assistant):
        if row is not None:
            room = taken.room.resource.name if taken.room else ""
            yield base | _part(f"p-{key}-{row.pk}", row, drawing, what=room)


def _part(key: str, row: Allocation, drawing: Drawing, *, what: str) -> Drawn:
    """Where else the visit stands: a recovery place, a person's column."""
    times = f"{drawing.reader.clock(row.starts_at)}–{drawing.reader.clock(row.ends_at)}"
    return {
        "id": key,
        "in": str(row.resource.public_id),
        "start": drawing.wall(row.starts_at),
        "end": drawing.wall(row.ends_at),
        "times": times,
        "what": what,
        "lines": [],
        "isPart": True,
        "place": row.resource.name,
    }


def procedure_of(taken: Taken) -> tuple[datetime, datetime] | None:
    """When the procedure runs, without the room's cleaning; None where the visit has no room any more."""
    if taken.room is None:
        return None
    return taken.room.starts_at, (taken.person or taken.room).ends_at


def card_lines(one: Seen, card: VisitCard) -> list[Line]:
    """Where the visit is, and what is missing, the gravest first; nothing for one that is merely to come."""
    lines = []
    if one.is_held or one.progress is not Progress.DUE:
        lines.append(_said(card.badge))
    if card.ready is not None:
        lines.append(card.ready)
    if card.note is not None and (card.note.tone in {"warn", "stop"} or one.progress is Progress.DUE):
        lines.append(card.note)
    if card.needs is not None and one.progress is Progress.DUE:
        lines.append(card.needs)
    if card.is_squeezed_in:
        lines.append(Line(_("Squeezed in"), icon="timer"))
    return lines


def _said(badge: Badge) -> Line:
    return Line(badge.text, badge.tone, badge.icon)


def _line(line: Line) -> dict[str, str]:
    return {"text": str(line.text), "tone": line.tone, "icon": line.icon}


def _reservations(drawing: Drawing) -> Iterator[Drawn]:
    for claim in drawing.days.reservations:
        who, words = reserved_words(claim, drawing.reader)
        is_own = claim.reserved_by_id == drawing.reader.actor.user_id
        on = drawing.reader.unit.local_date(claim.starts_at)
        for number, row in enumerate(claim.allocations.all()):
            part = _part(f"h-{claim.public_id}-{number}", row, drawing, what=words)
            url = reverse("desk:calendar_dose", args=[on, claim.dose.public_id]) if claim.dose and is_own else ""
            line = {"text": words, "tone": "action" if is_own else "booked", "icon": "timer"}
            is_room = row.resource.kind == Resource.Kind.ROOM
            yield part | {
                "key": str(claim.dose.public_id) if claim.dose and is_own else "",
                "url": url,
                "name": who,
                "state": "own" if is_own else "reserved",
                "isPart": not is_room,
                "what": "" if is_room else words,
                "lines": [line] if is_room else [],
                "label": f"{who}, {part['times']}, {row.resource.name}, {words}",
            }


def reserved_words(claim: Reservation, reader: Reader) -> tuple[str, str]:
    """For whom the slot is kept, as far as the reader may know, and by whom for how long."""
    left = reader.minutes_to(claim.expires_at)
    if claim.dose is None:
        return _("Kept for an offer"), _("until %(clock)s") % {"clock": reader.moment(claim.expires_at)}
    who = name_of(claim.dose.plan.patient) if reader.may(Act.VIEW_PATIENTS) else _("Reserved")
    if claim.reserved_by_id == reader.actor.user_id:
        return who, _("Reserved by you, %(n)d min left") % {"n": left}
    return who, _("Reserved by %(name)s, %(n)d min left") % {"name": claim.reserved_by_name, "n": left}


def _elsewhere(drawing: Drawing) -> Iterator[Drawn]:
    people = {person.pk: person for person in drawing.people}
    for number, one in enumerate(drawing.days.elsewhere):
        if one.person_id in people:
            yield band(
                f"e-{number}", people[one.person_id], (one.starts_at, one.ends_at), _("In another unit"), drawing
            )


# --- what is free ----------------------------------------------------------------------------------------------------
def place_url(one: FreePlace, drawing: Drawing) -> str:
    """Where it is seen who could have the place."""
    asked = urlencode({"room": one.room.public_id, "clock": f"{drawing.reader.unit.local(one.starts_at):%H:%M}"})
    return f"{reverse('desk:calendar_place', args=[drawing.days.board.on])}?{asked}"


FEW = 3
"""Of more free places in a room each says only its time: a day that is empty stays quiet."""


def _free_places(drawing: Drawing) -> Iterator[Drawn]:
    """Drawn as a band, so that a visit that is dragged there covers it; its words are a link."""
    reader = drawing.reader
    many = Counter(one.room.pk for one in drawing.free)
    for one in drawing.free:
        times = f"{reader.clock(one.starts_at)}–{reader.clock(one.ends_at)}"
        room, start = str(one.room.public_id), drawing.wall(one.starts_at)
        yield {
            "id": f"o-{room}-{start}",
            "in": room,
            "start": start,
            "end": drawing.wall(one.ends_at),
            "band": "place",
            "key": place_key(room, start),
            "url": place_url(one, drawing),
            "text": _("Free"),
            "times": times,
            "what": _("Book or offer this place") if many[one.room.pk] <= FEW else "",
            "label": _("Free, %(times)s, %(room)s: book or offer this place") % {"times": times, "room": one.room.name},
        }


def place_key(room: str, start: str) -> str:
    """Names the place on its page: the panel beside gives the focus back to it."""
    return f"{room[:8]}-{start}"
