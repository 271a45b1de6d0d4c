"""*Doses to book*: the list, and the slots beside it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from desk.axis import axis_around, ticks
from desk.forms.booking import reason_in, wish_of
from desk.pages import StaffRequest, action, go, is_for_panel, page
from desk.presenters.booking.doses import Filters, csv_rows, dose_row, doses_page, list_url
from desk.presenters.booking.slots import Told, blocked_panel, day_of, for_dose, mend_of, slots_panel
from desk.presenters.listing import address, neighbours, place_in
from desk.presenters.people import name_of
from desk.presenters.visits.steps import visit_url
from desk.selectors import live_visit_of
from desk.toasts import say
from desk.viewmodels import SlotsPanel
from desk.views.calendar.panels import back_query, back_to_calendar, is_back, refused_booking
from desk.views.visits.showing import dose_read, reader_of, what_else_moves
from doseplans.models import Dose
from patients.selectors import patients_of
from reminders.people import people_of
from scheduling import services
from scheduling.models import Appointment
from scheduling.selectors.slots import find_slots
from scheduling.selectors.to_book import DoseToBook, doses_to_book
from scheduling.services.visits.gates import what_stops
from units.errors import ClinicError
from units.http import status_of
from units.policy import Act


@page(Act.VIEW_PLANS)
def doses(request: StaffRequest) -> HttpResponse:
    """Every dose without a visit whose window is open or coming."""
    return _show(request, {})


@page(Act.VIEW_PLANS)
def doses_csv(request: StaffRequest) -> HttpResponse:
    """The list as filtered, all its pages, for a spreadsheet."""
    reader = reader_of(request)
    rows = Filters.of(request.GET).select(_rows(request))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="doses-to-book-{reader.today}.csv"'
    response.write("\N{BYTE ORDER MARK}")  # without it a spreadsheet reads names as another encoding
    csv.writer(response).writerows(csv_rows(rows, reader))
    return response


@page(Act.VIEW_SCHEDULE)
def slots(request: StaffRequest, dose_id: UUID) -> HttpResponse:
    """The best slots for a dose, each with its reasons."""
    return _panel(request, dose_read(request, dose_id))


@action(Act.BOOK, page_of_it=lambda dose_id: reverse("desk:slots", args=[dose_id]))
def reserve(request: StaffRequest, dose_id: UUID) -> HttpResponse:
    """The slot is kept for ten minutes."""
    dose = dose_read(request, dose_id)
    try:
        wish = wish_of(request.POST)
        services.reserve_slot(request.actor, dose_id=dose_id, wanted=wish.wanted, override_reason=wish.reason)
    except ClinicError as error:
        return _panel(request, dose, refused=error)
    return _panel(request, dose) if is_for_panel(request) else HttpResponseRedirect(_slots_url(request, dose))


@action(Act.BOOK, page_of_it=lambda dose_id: reverse("desk:slots", args=[dose_id]))
def release(request: StaffRequest, dose_id: UUID) -> HttpResponse:
    """The actor's reservation is let go; doing it twice changes nothing."""
    dose = dose_read(request, dose_id)
    services.release_reservation(request.actor, dose_id=dose_id)
    return _panel(request, dose) if is_for_panel(request) else HttpResponseRedirect(_slots_url(request, dose))


@action(Act.BOOK, page_of_it=lambda dose_id: reverse("desk:slots", args=[dose_id]))
def book(request: StaffRequest, dose_id: UUID) -> HttpResponse:
    """The dose has a visit; the toast says so and can take it back. In the list one stands on the dose after it."""
    dose = dose_read(request, dose_id)
    follows = "" if is_back(request.POST) else _row_after(request, dose)
    try:
        wish = wish_of(request.POST)
        visit = services.book_appointment(
            request.actor, dose_id=dose_id, wanted=wish.wanted, override_reason=wish.reason
        )
    except ClinicError as error:
        return (
            refused_booking(request, dose_id, error) if is_back(request.POST) else _panel(request, dose, refused=error)
        )
    reader = reader_of(request)
    words = _("Booked: %(name)s, %(when)s. The invite leaves in %(n)d s.")
    if not any(person.address for person in people_of(dose.plan.patient)):
        words = _("Booked: %(name)s, %(when)s. Nobody can be e-mailed: ring, or write.")
    say(
        request,
        words
        % {"name": name_of(dose.plan.patient), "when": reader.moment(visit.arrives_at), "n": visit.unit.undo_seconds}
        + what_else_moves(request, visit),
        undo_url=_undo_url(request, visit),
        seconds=visit.unit.undo_seconds,
    )
    if is_back(request.POST):
        return back_to_calendar(request, visit)
    return go(request, place_in(reverse("desk:doses"), request.GET, follows))


def _row_after(request: StaffRequest, dose: Dose) -> str:
    """The dose that takes this one's place in the list, as it is filtered, once it is booked."""
    listed = Filters.of(request.GET).select(_rows(request))
    return neighbours([str(row.dose.public_id) for row in listed]).get(str(dose.public_id), "")


def _undo_url(request: StaffRequest, visit: Appointment) -> str:
    """It leads back to where the booking was made: the calendar, or the list as it was filtered."""
    url = reverse("desk:undo", args=[visit.public_id])
    return url + back_query(request) if is_back(request.POST) else address(url, Filters.of(request.GET).kept)


def _rows(request: StaffRequest) -> Sequence[DoseToBook]:
    return doses_to_book(request.actor, unit=request.unit, at=request.at)


def _show(request: StaffRequest, context: dict[str, Any], *, selected: str = "", status: int = 200) -> HttpResponse:
    rows, filters, reader = _rows(request), Filters.of(request.GET), reader_of(request)
    has_patients = bool(rows) or patients_of(request.actor, unit=request.unit).exists()
    near = request.GET.get("near", "")
    listed = doses_page(rows, filters, reader, selected=selected, near=near, has_patients=has_patients)
    return render(request, "desk/booking/doses.html", {"page": listed, **context}, status=status)


def _query(request: StaffRequest) -> str:
    """The list's filters and the day to look from, as the panel's addresses carry them on."""
    looked_from = day_of(request.GET.get("from", ""))
    kept = dict(Filters.of(request.GET).kept)
    return urlencode({**kept, "from": looked_from.isoformat()} if looked_from else kept)


def _slots_url(request: StaffRequest, dose: Dose) -> str:
    query = _query(request)
    return reverse("desk:slots", args=[dose.public_id]) + (f"?{query}" if query else "")


def _panel(request: StaffRequest, dose: Dose, *, refused: ClinicError | None = None) -> HttpResponse:
    """The panel, alone with its row for htmx, else beside the list."""
    panel, status = _slots_panel(request, dose, refused)
    if not is_for_panel(request):
        return _show(request, {"panel": panel}, selected=panel.key, status=status)
    context: dict[str, Any] = {"panel": panel}
    if request.method == "POST":
        context |= _row(request, dose)
    return render(request, "desk/booking/_slots_panel_answer.html", context, status=status)


def _slots_panel(request: StaffRequest, dose: Dose, refused: ClinicError | None) -> tuple[SlotsPanel, int]:
    reader = reader_of(request)
    choosing = for_dose(dose, _query(request), list_url(Filters.of(request.GET)))
    stopped = what_stops(request.actor, dose, at=request.at)
    status = status_of(refused) if refused else 200
    if stopped is not None:
        visit = live_visit_of(dose)
        mend = mend_of(dose, stopped, visit_url(visit) if visit else "")
        return blocked_panel(dose, refused or stopped, choosing, reader, mend=mend), status
    looked_from: date | None = day_of(request.GET.get("from", ""))
    proposals = find_slots(request.actor, dose=dose, at=request.at, not_before_on=looked_from)
    told = Told(people_of(dose.plan.patient), reader.unit.undo_seconds)
    return slots_panel(proposals, choosing, reader, told, refused=refused, reason=reason_in(request.POST)), status


def _row(request: StaffRequest, dose: Dose) -> dict[str, Any]:
    """The dose's row as it stands now; nothing where it is not on the list any more."""
    reader = reader_of(request)
    axis = axis_around(reader.today)
    for row in _rows(request):
        if row.dose.pk == dose.pk:
            drawn = dose_row(row, Filters.of(request.GET), reader, axis=axis, selected=str(dose.public_id))
            return {"row": drawn, "ticks": ticks(axis, reader.today)}
    return {}
