"""Weeks planned ahead, booked in part: what is selected, what becomes of the rest, and the press."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.presenters.accepting import ALL, NONE, Picked, in_any_number
from desk.presenters.listing import address
from desk.viewmodels import Choice
from desk.viewmodels.planning import Accepting, Box
from scheduling.models import Horizon, HorizonLine


def dose_box(line: HorizonLine, picked: Picked) -> Box:
    """Ticked as it comes: the plan leaves no window. Each visit has one invite."""
    is_ticked = picked.select != NONE if picked.ticked is None else str(line.public_id) in picked.ticked
    return Box(is_ticked, is_inside=True, patients=1)


def accepting_weeks(horizon: Horizon, boxes: Sequence[Box], *, total: int, url: str) -> Accepting:
    """The foot of the page; `boxes` are those of the page that is shown, of `total` in the draft."""
    n, elsewhere = sum(box.is_ticked for box in boxes), total - len(boxes)
    return Accepting(
        url=reverse("desk:book_horizon", args=[horizon.public_id]),
        key=str(horizon.public_id),
        seen=horizon.planned_at.isoformat(),
        total=total,
        heading=_heading(n, total),
        left=_left(total - n),
        told=_told(n),
        told_note="",
        accept=_press(n),
        accept_all=_("Book all %(n)d") % {"n": total},
        words={
            "heading": _heading("{n}", total),
            "note": "",
            **in_any_number(left=_left, told=_told, accept=_press),
        },
        selects=[
            (ALL, Choice(_("all %(n)d") % {"n": len(boxes)}, address(url, {}, select=ALL))),
            (NONE, Choice(_("none"), address(url, {}, select=NONE))),
        ],
        hidden=ngettext(
            "%(n)d dose is on another page: only this page's are selected.",
            "%(n)d doses are on other pages: only this page's are selected.",
            elsewhere,
        )
        % {"n": elsewhere}
        if elsewhere
        else "",
    )


def _heading(n: int | str, total: int) -> str:
    words = ngettext("%(n)s of %(total)d dose selected", "%(n)s of %(total)d doses selected", total)
    return words % {"n": n, "total": total}


def _left(n: int, shown_as: str = "") -> str:
    if not n:
        return _("Nothing is left out")
    words = ngettext(
        "%(n)s left out stays unbooked in this draft, and among the doses to book",
        "%(n)s left out stay unbooked in this draft, and among the doses to book",
        n,
    )
    return words % {"n": shown_as or n}


def _told(n: int, shown_as: str = "") -> str:
    if not n:
        return _("No invite is sent")
    return ngettext("%(n)s visit gets its invite", "%(n)s visits get their invites", n) % {"n": shown_as or n}


def _press(n: int, shown_as: str = "") -> str:
    if not n:
        return _("Nothing is selected")
    return ngettext("Book the %(n)s selected", "Book the %(n)s selected", n) % {"n": shown_as or n}
