"""What is closed from now on, as the desk lists it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.presenters.listing import address, bounds, neighbours, page_with, pager
from desk.presenters.reader import Reader
from desk.viewmodels import Action, Empty
from desk.viewmodels.closures import ClosureCard, ClosureRow, ClosuresPage
from scheduling.models import Closure
from units.policy import Act


def closures_page(closures: QuerySet[Closure], reader: Reader, *, number: int, near: str = "") -> ClosuresPage:
    """A card each for who or what is closed, the soonest first, with the way to plan the visits for who may.

    It is the page on which `near` stands, else the one with that number.
    """
    keys = [str(key) for key in closures.values_list("public_id", flat=True)]
    total, number, after = len(keys), page_with(keys, near, number), neighbours(keys)
    here = {"page": str(number) if number > 1 else ""}
    rows: dict[int | None, list[ClosureRow]] = {}
    names: dict[int | None, str] = {None: _("The whole unit")}
    for closure in closures[slice(*bounds(total, number))]:
        if closure.resource is not None:
            names[closure.resource_id] = closure.resource.name
        when = _when(closure, reader)
        key, about = str(closure.public_id), f"{names[closure.resource_id]}, {when}"
        hits: int = closure.hit_count  # type: ignore[attr-defined]  # counted by the selector
        actions = list(_actions(closure, hits, about, reader, address("", here, near=after[key])))
        words = ngettext("%(n)d booked visit", "%(n)d booked visits", hits) % {"n": hits} if hits else _("No visit")
        row = ClosureRow(key, when, closure.reason, words, actions, is_hit=hits > 0)
        rows.setdefault(closure.resource_id, []).append(row)
    may_close = reader.may(Act.CLOSE)
    words = _("Nothing is closed from now on. A room, a place, a person or the unit can be closed for a time.")
    return ClosuresPage(
        summary=ngettext("%(n)d closure from now on", "%(n)d closures from now on", total) % {"n": total},
        cards=[ClosureCard(names[key], theirs) for key, theirs in rows.items()],
        pager=pager(total, number, reverse("desk:closures"), {}),
        close=Action(_("Close for a time…"), reverse("desk:close"), kind="primary", icon="ban") if may_close else None,
        empty=None if total else Empty(words),
    )


_END_OF_A_DAY = (time(0), time(23, 59))
"""The second as the form has it, whose clock knows no 24:00."""


def _when(closure: Closure, reader: Reader) -> str:
    """The day once, where it is one; no clock for whole days."""
    starts, ends = reader.unit.local(closure.starts_at), reader.unit.local(closure.ends_at)
    last = (ends - timedelta(microseconds=1)).date()
    days = reader.day(starts.date())
    if starts.time() == time.min and ends.time() in _END_OF_A_DAY:
        days = days if last == starts.date() else f"{days} – {reader.day(last)}"
        return _("%(days)s, all day") % {"days": days}
    if last == starts.date():
        return _("%(days)s, %(since)s–%(until)s") % {
            "days": days,
            "since": reader.clock(closure.starts_at),
            "until": reader.clock(closure.ends_at),
        }
    return f"{reader.moment(closure.starts_at)} – {reader.moment(closure.ends_at)}"


def _actions(closure: Closure, hits: int, about: str, reader: Reader, back: str) -> Iterator[Action]:
    """`back` says where the list is come back to once it is no longer closed."""
    if hits and reader.may(Act.BOOK):
        yield Action(
            _("Plan its visits"), reverse("desk:plan_closure", args=[closure.public_id]), method="post", about=about
        )
    if reader.may(Act.CLOSE):
        url = reverse("desk:open_again", args=[closure.public_id]) + back
        yield Action(_("Open again"), url, method="post", about=about)
