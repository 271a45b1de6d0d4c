"""*Tomorrow*, *Since I left* and *My lists*."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from desk.pages import StaffRequest, action, go, page
from desk.presenters.handover.mine import mine_page
from desk.presenters.handover.since import since_asked, since_page
from desk.presenters.handover.tomorrow import DayRead, tomorrow_page
from desk.toasts import say
from desk.views.visits.showing import reader_of
from scheduling.selectors.day_board import day_board
from scheduling.selectors.handover import amounts_of, changes_since, gone_from, next_day_with_visits, read_until
from scheduling.selectors.mine import my_work
from scheduling.services.notes import mark_read
from units.policy import Act

LONGEST_TIME = 40


@page(Act.VIEW_SCHEDULE)
def tomorrow(request: StaffRequest) -> HttpResponse:
    """The next day on which somebody is booked; tomorrow itself where nobody is."""
    today = request.unit.local_date(request.at)
    on = next_day_with_visits(request.actor, unit=request.unit, after=today) or today + timedelta(days=1)
    return HttpResponseRedirect(reverse("desk:tomorrow_day", args=[on]))


@page(Act.VIEW_SCHEDULE)
def tomorrow_day(request: StaffRequest, on: date) -> HttpResponse:
    """Any day, as whoever gets it ready needs it."""
    actor, unit = request.actor, request.unit
    board = day_board(actor, unit=unit, on=on, at=request.at)
    gone = gone_from(actor, unit=unit, on=on)
    amounts = amounts_of(actor, [*board.visits, *(one.visit for one in gone)])
    read = DayRead(board, amounts, gone)
    return render(request, "desk/handover/tomorrow.html", {"page": tomorrow_page(read, reader_of(request))})


@page(Act.VIEW_SCHEDULE)
def since(request: StaffRequest) -> HttpResponse:
    """What changed in the unit since a time."""
    reader = reader_of(request)
    mark = read_until(request.actor, unit=request.unit)
    asked = since_asked(request.GET.get("since", "")[:LONGEST_TIME], reader, mark)
    changes = changes_since(request.actor, unit=request.unit, since=asked.at)
    return render(request, "desk/handover/since.html", {"page": since_page(changes, asked, reader, read_until=mark)})


def _since_url(**_named: Any) -> str:
    """Where what changed is read."""
    return reverse("desk:since")


@action(Act.VIEW_SCHEDULE, page_of_it=_since_url)
def since_read(request: StaffRequest) -> HttpResponse:
    """Next time it begins where the page that was read ended."""
    until = _instant(request.POST.get("until", ""))
    mark_read(request.actor, unit=request.unit, until=until or request.at, at=request.at)
    say(request, _("Marked as read. Next time this page begins here."))
    return go(request, reverse("desk:today"))


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


@page(Act.VIEW_SCHEDULE)
def mine(request: StaffRequest) -> HttpResponse:
    """The actor's own lists, visits and leave."""
    work = my_work(request.actor, unit=request.unit, at=request.at)
    return render(request, "desk/handover/mine.html", {"page": mine_page(work, reader_of(request))})
