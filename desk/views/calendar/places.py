"""A free place of the calendar: who could have it."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render

from desk.forms.booking import StartForm
from desk.pages import StaffRequest, go, is_for_panel, page
from desk.presenters.calendar.page import calendar_url
from desk.presenters.calendar.place import Place, place_panel
from desk.views.calendar.page import show_calendar
from desk.views.visits.showing import reader_of
from scheduling.models import Resource
from scheduling.selectors.replans import places_of
from scheduling.services.waiting.takers import takers_of
from units.policy import Act


@page(Act.BOOK)
def place(request: StaffRequest, on: date) -> HttpResponse:
    """The doses and visits that could have the room at a time; choosing one asks for that start. Changes nothing.

    An address that our pages did not write leads to the day.
    """
    form = StartForm({"on": on, "clock": request.GET.get("clock", ""), "room": request.GET.get("room", "")})
    rooms = places_of(request.actor, unit=request.unit, kind=Resource.Kind.ROOM)
    room = rooms.filter(public_id=form.cleaned_data["room"]).first() if form.is_valid() else None
    if room is None:
        return go(request, calendar_url(on))
    start = form.start(request.unit).procedure_at
    takers = takers_of(request.actor, unit=request.unit, room=room, procedure_at=start, at=request.at)
    shown = place_panel(Place(room, start), takers, reader_of(request))
    if is_for_panel(request):
        return render(request, "desk/calendar/_place.html", {"place": shown})
    return show_calendar(request, on, {"place": shown})
