"""The day board."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from desk.pages import StaffRequest, page
from desk.presenters.day.board import today_page
from desk.presenters.visits.steps import panel_url
from desk.views.visits.showing import reader_of, show_day, show_panel, visit_here
from scheduling.selectors.day_board import board_stamp, day_board
from units.http import unless_known
from units.policy import Act


@page(Act.VIEW_SCHEDULE)
def today(request: StaffRequest) -> HttpResponse:
    """The unit's day of today."""
    return show_day(request, request.unit.local_date(request.at))


@page(Act.VIEW_SCHEDULE)
def day(request: StaffRequest, on: date) -> HttpResponse:
    """Any other day."""
    return show_day(request, on)


@page(Act.VIEW_SCHEDULE)
def live(request: StaffRequest, on: date) -> HttpResponse:
    """What refreshes itself, or 304: one query says whether anything has changed.

    The minute is part of the mark, since lateness and countdowns change without anybody doing anything.
    """
    stamp = board_stamp(request.actor, unit=request.unit, on=on)

    def draw() -> HttpResponse:
        board = day_board(request.actor, unit=request.unit, on=on, at=request.at)
        return render(request, "desk/day/_live.html", {"page": today_page(board, reader_of(request))})

    headers = {"X-Clinic-At": f"{request.unit.local(request.at):%H:%M:%S}"}
    return unless_known(request, f"{stamp}-{request.at:%d%H%M}", draw, headers)


@page(Act.VIEW_SCHEDULE)
def day_visit(request: StaffRequest, on: date, visit_id: UUID) -> HttpResponse:
    """A visit beside the board of its day; one that was moved meanwhile opens on its new day."""
    read = visit_here(request, visit_id)
    if request.unit.local_date(read.visit.starts_at) != on:
        return HttpResponseRedirect(panel_url(read.visit, reader_of(request)))
    return show_panel(request, read)
