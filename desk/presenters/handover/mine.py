"""One's own lists, visits and leave, day by day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from desk.presenters.people import name_of
from desk.presenters.reader import Reader
from desk.presenters.visits.records import visit_badge
from desk.presenters.visits.steps import Taken, panel_url, phase_words
from desk.viewmodels import Empty
from desk.viewmodels.handover import MinePage, MyDay, MyVisit
from scheduling.engine.ticks import instant_at
from scheduling.models import Appointment, Closure
from scheduling.selectors.mine import MyWork


def mine_page(work: MyWork, reader: Reader) -> MinePage:
    """The days on which there is anything to do, or leave."""
    lists: dict[date, list[str]] = defaultdict(list)
    for held in sorted(work.lists, key=lambda held: held.opens):
        opens, closes, out = (reader.clock(instant_at(tick)) for tick in (held.opens, held.closes, held.last_out))
        room = work.rooms.get(held.room_id, "")
        lists[held.on].append(
            _("%(room)s, %(opens)s–%(closes)s, last patient out by %(out)s")
            % {"room": room, "opens": opens, "closes": closes, "out": out}
        )
    visits: dict[date, list[MyVisit]] = defaultdict(list)
    for visit in work.visits:
        visits[reader.unit.local_date(visit.starts_at)].append(_visit(visit, work, reader))
    closures = _closures(work, reader)
    days = [
        MyDay(on, lists[on], closures[on], visits[on], reverse("desk:day", args=[on]))
        for on in sorted({*lists, *visits, *closures})
    ]
    return MinePage(days, work.until - timedelta(days=1), len(work.visits), _empty(work, days))


def _empty(work: MyWork, days: list[MyDay]) -> Empty | None:
    if not work.me:
        return Empty(
            _(
                "No person of this unit's lists signs in as you yet. An administrator names your account beside your "
                "name under People."
            )
        )
    return None if days else Empty(_("You are on no list and no visit in the coming four weeks."))


def _visit(visit: Appointment, work: MyWork, reader: Reader) -> MyVisit:
    taken = Taken.of(visit)
    rows = [row for row in visit.allocations.all() if row.resource_id in work.me]
    starts_at = rows[0].starts_at if rows else visit.starts_at
    where = [taken.room.resource.name] if taken.room else []
    where += [phase_words(row) for row in rows]
    return MyVisit(
        starts_at=starts_at,
        name=name_of(visit.patient),
        url=panel_url(visit, reader),
        what=visit.purpose,
        where=", ".join(dict.fromkeys(where)),
        badge=visit_badge(visit, reader),
    )


def _closures(work: MyWork, reader: Reader) -> dict[date, list[str]]:
    """Each closure on every day it touches, with the hours it takes of that day."""
    found: dict[date, list[str]] = defaultdict(list)
    for closure in work.closures:
        local = reader.unit.local
        starts, ends = local(closure.starts_at), local(closure.ends_at)
        last = (ends - timedelta(microseconds=1)).date()
        on = max(starts.date(), work.since)
        while on <= last and on < work.until:
            found[on].append(_closure_words(closure, on, reader))
            on += timedelta(days=1)
    return found


def _closure_words(closure: Closure, on: date, reader: Reader) -> str:
    is_mine = closure.resource_id is not None
    since, until = reader.hours_on(on, closure.starts_at, closure.ends_at)
    times = _("all day") if (since, until) == ("00:00", "24:00") else f"{since}–{until}"
    words = _("Away: %(why)s, %(times)s") if is_mine else _("Unit closed: %(why)s, %(times)s")
    return words % {"why": closure.reason, "times": times}
