"""The calendar: a day or a week of the unit, drawn, as lists, and kept true."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from desk.pages import StaffRequest, page
from desk.presenters.booking.slots import day_of
from desk.presenters.calendar.page import WEEK, calendar_page, calendar_url
from desk.viewmodels.calendar import CalendarPage
from desk.views.visits.showing import reader_of
from scheduling.selectors.calendar import calendar_days, calendar_stamp, procedure_minutes, usual_protocol
from scheduling.selectors.free_places import FreePlace, free_places
from scheduling.selectors.to_book import doses_to_book
from units.http import unless_known
from units.policy import Act


@page(Act.VIEW_SCHEDULE)
def calendar(request: StaffRequest) -> HttpResponse:
    """Today, or the day that was chosen."""
    on = day_of(request.GET.get("on", "")) or request.unit.local_date(request.at)
    return HttpResponseRedirect(calendar_url(on, is_week=request.GET.get("show") == "week"))


@page(Act.VIEW_SCHEDULE)
def day(request: StaffRequest, on: date) -> HttpResponse:
    """One day: a column a room, a place, a person."""
    return show_calendar(request, on)


@page(Act.VIEW_SCHEDULE)
def week(request: StaffRequest, on: date) -> HttpResponse:
    """The week that the day lies in, from its Monday."""
    return show_calendar(request, on, is_week=True)


@page(Act.VIEW_SCHEDULE)
def live(request: StaffRequest, on: date) -> HttpResponse:
    """What refreshes itself of a day, or 304."""
    return _live(request, on, is_week=False)


@page(Act.VIEW_SCHEDULE)
def week_live(request: StaffRequest, on: date) -> HttpResponse:
    """What refreshes itself of a week, or 304."""
    return _live(request, on, is_week=True)


def show_calendar(
    request: StaffRequest, on: date, context: dict[str, Any] | None = None, *, is_week: bool = False, status: int = 200
) -> HttpResponse:
    """The page, with what is open beside it."""
    drawn = _read(request, on, is_week=is_week)
    if drawn.not_set_up and not context:
        return render(request, "desk/calendar/not_set_up.html", {"page": drawn})
    return render(request, "desk/calendar/page.html", {"page": drawn, **(context or {})}, status=status)


def _live(request: StaffRequest, on: date, *, is_week: bool) -> HttpResponse:
    """One query says whether anything has changed; the minute is part of the mark, since reservations count down."""
    first, days = _span(on, is_week=is_week)
    stamp = calendar_stamp(request.actor, unit=request.unit, on=first, days=days, at=request.at)

    def draw() -> HttpResponse:
        return render(request, "desk/calendar/_live.html", {"page": _read(request, on, is_week=is_week)})

    headers = {"X-Clinic-At": f"{request.unit.local(request.at):%H:%M:%S}"}
    return unless_known(request, f"{stamp}-{request.at:%H%M}", draw, headers)


def _span(on: date, *, is_week: bool) -> tuple[date, int]:
    return (on - timedelta(days=on.weekday()), WEEK) if is_week else (on, 1)


def _read(request: StaffRequest, on: date, *, is_week: bool) -> CalendarPage:
    first, days = _span(on, is_week=is_week)
    found = calendar_days(request.actor, unit=request.unit, on=first, days=days, at=request.at)
    rows = None
    if request.actor.may(Act.VIEW_PLANS, request.unit.pk):
        rows = doses_to_book(request.actor, unit=request.unit, at=request.at)
    protocols = [row.dose.plan.protocol for row in rows or ()]
    free: tuple[FreePlace, ...] = ()
    if request.actor.may(Act.BOOK, request.unit.pk):
        free = free_places(found, usual_protocol(found, protocols), at=request.at)
    return calendar_page(found, rows, procedure_minutes(protocols), reader_of(request), free=free)
