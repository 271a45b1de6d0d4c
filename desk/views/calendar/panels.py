"""Beside the calendar: a visit or a dose, and one start asked for it before anything is taken.

The script of the page asks with `X-Calendar: 1` and is answered with a card where the start is refused, with the panel
where it is free. The form in the panel asks the same address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from desk.forms.booking import StartForm, reason_in, wish_of
from desk.pages import StaffRequest, go, is_for_panel, page
from desk.presenters.booking.slots import Told, mend_of
from desk.presenters.calendar.asked import Beside, Nearest
from desk.presenters.calendar.page import calendar_url
from desk.presenters.calendar.panel import Answer, dose_beside, visit_beside, with_answer
from desk.presenters.visits.steps import visit_url
from desk.refusals import refusal_of
from desk.selectors import live_visit_of
from desk.viewmodels import Line
from desk.viewmodels.calendar import CalendarPanel
from desk.views.calendar.page import show_calendar
from desk.views.visits.showing import dose_read, reader_of, visit_here
from doseplans.models import Dose
from reminders.people import people_of
from scheduling.engine.ticks import floor_tick, instant_at
from scheduling.models import Appointment, Resource
from scheduling.selectors.errands import Errand, errand_of_dose, errand_of_visit
from scheduling.selectors.nearest import Moving, nearest_start
from scheduling.selectors.replans import places_of
from scheduling.services.visits.gates import WHATEVER_THE_DAY, what_stops
from scheduling.services.visits.weighing import Start, Weighed, weigh_booking, weigh_move
from units.errors import ClinicError, InvalidInput
from units.http import status_of
from units.policy import Act

CHANGED = "clinic:changed"


@page(Act.VIEW_SCHEDULE)
def visit(request: StaffRequest, on: date, visit_id: UUID) -> HttpResponse:
    """A visit beside the calendar."""
    return _show(request, on, _visit_panel(request, on, visit_id))


@page(Act.VIEW_SCHEDULE)
def dose(request: StaffRequest, on: date, dose_id: UUID) -> HttpResponse:
    """A dose without a visit beside the calendar."""
    return _show(request, on, _dose_panel(request, on, dose_read(request, dose_id)))


@page(Act.BOOK)
def ask_visit(request: StaffRequest, on: date, visit_id: UUID) -> HttpResponse:
    """Whether the visit could be moved to a start, as moving itself would say. Changes nothing."""
    panel = _visit_panel(request, on, visit_id)
    form = StartForm(request.GET)
    if not form.is_valid():
        return _unreadable(request, on, panel, form)
    start = form.start(request.unit)
    weighed = weigh_move(request.actor, appointment_id=visit_id, start=start, version=form.cleaned_data.get("version"))
    return _answered(request, on, panel, weighed)


@page(Act.BOOK)
def ask_dose(request: StaffRequest, on: date, dose_id: UUID) -> HttpResponse:
    """Whether the dose could be booked for a start, as booking itself would say. Changes nothing."""
    read = dose_read(request, dose_id)
    panel = _dose_panel(request, on, read)
    form = StartForm(request.GET)
    if not form.is_valid():
        return _unreadable(request, on, panel, form)
    weighed = weigh_booking(request.actor, dose_id=dose_id, start=form.start(request.unit))
    return _answered(request, on, panel, weighed)


# --- after the press -------------------------------------------------------------------------------------------------
def is_back(posted: Mapping[str, str]) -> bool:
    """Whether the press came from the calendar, and leads back to it."""
    return posted.get("back", "") in {"calendar", "week"}


def back_query(request: StaffRequest) -> str:
    """What an Undo carries on, so that it leads back there too."""
    return f"?back={request.POST['back']}" if is_back(request.POST) else ""


def back_to_calendar(request: StaffRequest, visit: Appointment) -> HttpResponse:
    """The calendar as it was left, with what has just happened in a toast; without a script, on the visit's new day."""
    asked = request.POST if request.method == "POST" and "back" in request.POST else request.GET
    on = request.unit.local_date(visit.starts_at)
    url = calendar_url(on, is_week=asked.get("back") == "week")
    if not is_for_panel(request):
        return go(request, url)
    response = render(request, "desk/calendar/_answer.html", {"key": visit.public_id})
    response.headers["HX-Trigger"] = CHANGED
    return response


def refused_move(request: StaffRequest, visit_id: UUID, error: ClinicError) -> HttpResponse:
    """The press was refused after all: the start is asked again, so that cause and nearest are those of now."""
    read = visit_here(request, visit_id)
    start = _posted_start(request, errand_of_visit(request.actor, read.visit))
    on = request.unit.local_date(start.procedure_at if start else read.visit.starts_at)
    panel = _visit_panel(request, on, visit_id)
    weighed = weigh_move(request.actor, appointment_id=visit_id, start=start) if start else None
    return _refused(request, on, panel, weighed, error)


def refused_booking(request: StaffRequest, dose_id: UUID, error: ClinicError) -> HttpResponse:
    """As `refused_move`, of a dose."""
    read = dose_read(request, dose_id)
    start = _posted_start(request, errand_of_dose(read))
    on = request.unit.local_date(start.procedure_at if start else request.at)
    panel = _dose_panel(request, on, read)
    stopped = panel.form is None
    weighed = weigh_booking(request.actor, dose_id=dose_id, start=start) if start and not stopped else None
    return _refused(request, on, panel, weighed, error)


def _posted_start(request: StaffRequest, errand: Errand) -> Start | None:
    """The start that the pressed button carried: from the patient's arrival on to the procedure."""
    try:
        wanted = wish_of(request.POST).wanted
    except InvalidInput:
        return None
    return Start(instant_at(floor_tick(wanted.starts_at) + errand.phases.before), wanted.room)


def _refused(
    request: StaffRequest, on: date, panel: CalendarPanel, weighed: Weighed | None, error: ClinicError
) -> HttpResponse:
    if weighed is not None:
        panel = with_answer(panel, _answer(request, weighed), _beside(request, on), reader_of(request))
    if weighed is None or weighed.refusal is None:
        panel = replace(panel, lines=[Line(error.sentence, "stop", "circle-x"), *panel.lines])
    return _show(request, on, panel, status=status_of(error))


# --- the panel -------------------------------------------------------------------------------------------------------
def _beside(request: StaffRequest, on: date) -> Beside:
    asked = request.POST if request.method == "POST" else request.GET
    rooms = places_of(request.actor, unit=request.unit, kind=Resource.Kind.ROOM)
    return Beside(on, list(rooms), is_week="week" in {asked.get("show"), asked.get("back")})


def _visit_panel(request: StaffRequest, on: date, visit_id: UUID) -> CalendarPanel:
    read = visit_here(request, visit_id)
    return visit_beside(read.visit, read.readiness, _beside(request, on), reader_of(request))


def _dose_panel(request: StaffRequest, on: date, read: Dose) -> CalendarPanel:
    stopped = what_stops(request.actor, read, at=request.at)
    booked = live_visit_of(read) if stopped is not None else None
    mend = mend_of(read, stopped, visit_url(booked) if booked else "") if stopped is not None else None
    return dose_beside(
        read,
        errand_of_dose(read),
        _beside(request, on),
        reader_of(request),
        refusal=refusal_of(stopped, nearest=mend) if stopped is not None else None,
    )


def _show(request: StaffRequest, on: date, panel: CalendarPanel, *, status: int = 200) -> HttpResponse:
    """The panel alone for a part of the page, else beside the calendar."""
    if is_for_panel(request) or _is_script(request):
        return render(request, "desk/calendar/_panel_answer.html", {"panel": panel}, status=status)
    is_week = request.GET.get("show") == "week"
    return show_calendar(request, on, {"panel": panel}, is_week=is_week, status=status)


def _is_script(request: StaffRequest) -> bool:
    return request.headers.get("X-Calendar") == "1"


# --- the answer ------------------------------------------------------------------------------------------------------
def _answered(request: StaffRequest, on: date, panel: CalendarPanel, weighed: Weighed) -> HttpResponse:
    """The card of a refusal for the script, else the panel with what was said."""
    answered = with_answer(panel, _answer(request, weighed), _beside(request, on), reader_of(request))
    status = status_of(weighed.refusal) if weighed.refusal is not None else 200
    if _is_script(request) and answered.refused is not None:
        return render(request, "desk/calendar/_refusal.html", {"refused": answered.refused}, status=status)
    return _show(request, on, answered, status=status)


def _answer(request: StaffRequest, weighed: Weighed) -> Answer:
    told = Told(people_of(weighed.errand.patient), request.unit.undo_seconds)
    return Answer(weighed, told, _nearest(request, weighed), reason_in(request.POST))


def _nearest(request: StaffRequest, weighed: Weighed) -> Nearest:
    """The nearest start that works, where another start would help at all."""
    error = weighed.refusal
    if error is None or weighed.room is None or error.code in WHATEVER_THE_DAY | {"stale_page", "not_in_that_state"}:
        return Nearest()
    wanted = floor_tick(weighed.start.procedure_at), weighed.room.pk
    slot = nearest_start(weighed.errand, weighed.need, wanted, at=request.at, moving=_moving(weighed.moving))
    room = Resource.objects.filter(pk=slot.room_id).first() if slot is not None else None
    return Nearest(slot, room)


def _moving(visit: Appointment | None) -> Moving | None:
    """The visit that would be moved, as it stands."""
    if visit is None:
        return None
    room = visit.allocations.filter(resource__kind=Resource.Kind.ROOM).first()
    return Moving(visit.pk, floor_tick(room.starts_at), room.resource_id) if room else Moving(visit.pk, 0, 0)


def _unreadable(request: StaffRequest, on: date, panel: CalendarPanel, form: StartForm) -> HttpResponse:
    """An address that our pages did not write."""
    words = " ".join(str(error) for errors in form.errors.values() for error in errors)
    return _show(request, on, replace(panel, lines=[Line(words, "stop", "circle-x"), *panel.lines]), status=422)
