"""What takes nobody, as bands of the calendar: outside the hours, breaks, closures, leave, bank holidays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext as _

from desk.presenters.calendar.drawing import Drawing, Drawn
from scheduling.engine.ticks import instant_at
from scheduling.models import Closure, Resource
from scheduling.selectors.calendar import open_lists


def band(
    key: str, resource: Resource, between: tuple[datetime, datetime], text: str, drawing: Drawing, *, soft: bool = False
) -> Drawn:
    return {
        "id": f"b-{key}",
        "in": str(resource.public_id),
        "start": drawing.wall(between[0]),
        "end": drawing.wall(between[1]),
        "band": "soft" if soft else "shut",
        "text": text,
    }


def bands_of(drawing: Drawing, first: int, last: int) -> Iterator[Drawn]:
    """Everything that takes nobody: hatched where it is out of the ordinary, plain grey outside the hours."""
    for on in drawing.days.dates:
        edges = _edge(drawing, on, first), _edge(drawing, on, last)
        for room in drawing.rooms:
            yield from _outside_hours(drawing, room, on, edges)
        yield from _closed(drawing, on, edges)


def _edge(drawing: Drawing, on: date, hour: int) -> datetime:
    midnight = datetime.combine(on, time(0), drawing.reader.unit.zone)
    return midnight.replace(hour=hour) if hour < 24 else midnight + timedelta(days=1)


def _outside_hours(drawing: Drawing, room: Resource, on: date, edges: tuple[datetime, datetime]) -> Iterator[Drawn]:
    reader, key = drawing.reader, f"{room.pk}-{on}"
    lists = open_lists(drawing.days, room.pk, on)
    if not lists:
        holiday = drawing.days.holidays.get(on) if reader.unit.is_closed_on_bank_holidays else None
        words = _("Bank holiday: %(name)s") % {"name": holiday} if holiday else _("No list")
        yield band(f"none-{key}", room, edges, words, drawing)
        return
    ready, last_out = edges[0], max(instant_at(hours.last_out) for hours in lists)
    for number, hours in enumerate(lists):
        opens, closes = instant_at(hours.opens), instant_at(hours.closes)
        if opens > ready:
            yield band(f"before-{key}-{number}", room, (ready, opens), "", drawing, soft=True)
        ready = max(ready, closes)
        for pause, (begins, ends) in enumerate(hours.pauses):
            yield band(
                f"break-{key}-{number}-{pause}", room, (instant_at(begins), instant_at(ends)), _("Break"), drawing
            )
    words = _("Procedures end %(clock)s") % {"clock": reader.clock(ready)}
    if last_out > ready:
        yield band(f"after-{key}", room, (ready, min(last_out, edges[1])), words, drawing, soft=True)
    if last_out < edges[1]:
        words = _("Last patient out %(clock)s") % {"clock": reader.clock(last_out)}
        yield band(f"out-{key}", room, (max(last_out, ready), edges[1]), words, drawing, soft=True)


def _closed(drawing: Drawing, on: date, edges: tuple[datetime, datetime]) -> Iterator[Drawn]:
    kinds = {"room": drawing.rooms, "place": drawing.places, "person": [] if drawing.is_week else drawing.people}
    for closure in drawing.days.board.closures:
        starts_at, ends_at = max(closure.starts_at, edges[0]), min(closure.ends_at, edges[1])
        if starts_at >= ends_at:
            continue
        for kind, resources in kinds.items():
            for resource in resources:
                if closure.resource_id in {None, resource.pk}:
                    yield band(
                        f"shut-{closure.pk}-{resource.pk}-{on}",
                        resource,
                        (starts_at, ends_at),
                        closed_words(closure, kind),
                        drawing,
                    )


def closed_words(closure: Closure, kind: str) -> str:
    """What a band says: closed, out of use or away, and why. What closes the whole unit is explained in its rooms."""
    if closure.resource_id is None and kind != "room":
        return _("Closed")
    said = {"room": _("Closed: %(why)s"), "place": _("Out of use: %(why)s"), "person": _("Away: %(why)s")}
    return said[kind] % {"why": closure.reason}
