"""Weeks planned ahead, booked in part: what is selected, what becomes of the rest, and the press."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.looks import Words
from desk.presenters.listing import address
from desk.presenters.planning.accepting import in_any_number
from desk.presenters.planning.draft_filters import ALL, LOOK, NONE, Filter, Picked
from desk.presenters.planning.runs import draft_url
from desk.presenters.reader import Reader
from desk.viewmodels import Choice
from desk.viewmodels.planning import Accepting, Box
from scheduling.models import Horizon, HorizonLine

Decision = HorizonLine.Decision

OPEN, FIRST, BY_HAND, NOWHERE = "open", "first", "hand", "nowhere"
FIRST_WEEKS = 4
"""What is most often booked at once. Local policy."""


def day_of(line: HorizonLine, reader: Reader) -> date:
    """The day on which the dose would be given; without a place, on which it is due."""
    return reader.unit.local_date(line.starts_at) if line.starts_at else line.target_on


def is_to_book(line: HorizonLine) -> bool:
    return line.decision == Decision.BOOK and line.appointment_id is None


def looks(line: HorizonLine, reader: Reader) -> list[Words]:
    """Why somebody had better look at a dose that is not booked; its reasons say the rest."""
    if line.appointment_id is not None:
        return []
    found: list[Words] = []
    if line.refusal:
        found.append(_("Not booked: %(why)s") % {"why": line.refusal})
    days = (day_of(line, reader) - line.target_on).days
    if days > 0:
        found.append(
            ngettext("%(n)d day after the day it is due", "%(n)d days after the day it is due", days) % {"n": days}
        )
    return found


def filters_of(horizon: Horizon, reader: Reader) -> list[Filter[HorizonLine]]:
    """What a coordinator looks for among the doses of some weeks."""
    until = reader.unit.local_date(horizon.planned_at) + timedelta(weeks=FIRST_WEEKS)
    words = _("First %(n)d weeks") % {"n": FIRST_WEEKS}
    first = Filter[HorizonLine](FIRST, words, lambda line: day_of(line, reader) < until)
    return [
        Filter("", _("All")),
        Filter(OPEN, _("To book"), is_to_book, "calendar-plus", "action"),
        *([first] if horizon.weeks > FIRST_WEEKS else []),
        Filter(LOOK, _("Needs a look"), lambda line: bool(looks(line, reader)), "triangle-alert", "warn"),
        Filter(BY_HAND, _("Changed by hand"), lambda line: line.is_pinned, "pencil"),
        Filter(NOWHERE, _("Without a place"), lambda line: line.decision == Decision.CLINICIAN, "circle-alert", "stop"),
    ]


def dose_box(line: HorizonLine, picked: Picked) -> Box:
    """Ticked as it comes: the plan leaves no window. Each visit has one invite."""
    key = str(line.public_id)
    return Box(key, picked.has(key, is_inside=True), is_inside=True, patients=1)


def accepting_weeks(
    horizon: Horizon, boxes: Sequence[Box], picked: Picked, *, total: int, kept: Mapping[str, str]
) -> Accepting:
    """The foot of the page; `boxes` are those of the page that is shown, of `total` in the draft.

    `kept` are the filter and the page as addresses carry them.
    """
    n, elsewhere = sum(box.is_ticked for box in boxes), total - len(boxes)
    url = draft_url(horizon)
    return Accepting(
        url=address(reverse("desk:book_horizon", args=[horizon.public_id]), kept),
        key=str(horizon.public_id),
        seen=horizon.planned_at.isoformat(),
        here=",".join(box.key for box in boxes),
        total=total,
        heading=_heading(n, total),
        left=_left(total - n),
        told=_told(n),
        told_note="",
        accept=_press(n),
        accept_all="" if picked.show else _("Book all %(n)d") % {"n": total},
        words={
            "heading": _heading("{n}", total),
            "note": "",
            **in_any_number(left=_left, told=_told, accept=_press),
        },
        selects=[
            (ALL, Choice(_("all %(n)d") % {"n": len(boxes)}, address(url, kept, select=ALL))),
            (NONE, Choice(_("none"), address(url, kept, select=NONE))),
        ]
        if boxes
        else (),
        hidden=_hidden(elsewhere, picked) if elsewhere else "",
    )


def _hidden(n: int, picked: Picked) -> str:
    if picked.show:
        words = ngettext(
            "%(n)d dose is not shown here: only what is shown can be booked.",
            "%(n)d doses are not shown here: only what is shown can be booked.",
            n,
        )
    else:
        words = ngettext(
            "%(n)d dose is on another page: only this page's are selected.",
            "%(n)d doses are on other pages: only this page's are selected.",
            n,
        )
    return words % {"n": n}


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
