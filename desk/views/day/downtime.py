"""The list of a day on paper, fetched before or while the screens are dark elsewhere."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render

from desk.downtime import downtime_list, pdf_of_list
from desk.pages import StaffRequest, page
from desk.presenters.day.downtime import downtime_page
from desk.views.visits.showing import reader_of
from patients.services import record_access
from scheduling.selectors.handover import next_day_with_visits
from units.policy import Act


@page(Act.PRINT_DOWNTIME_LIST)
def downtime(request: StaffRequest) -> HttpResponse:
    """Today's list, the next ones, and that of any day."""
    reader = reader_of(request)
    coming = next_day_with_visits(request.actor, unit=request.unit, after=reader.today)
    return render(request, "desk/day/downtime.html", {"page": downtime_page(reader, coming)})


@page(Act.PRINT_DOWNTIME_LIST)
def pdf(request: StaffRequest, on: date) -> HttpResponse:
    """The list as it stands now. On the record of each patient named in it."""
    made = downtime_list(request.actor, unit=request.unit, on=on, at=request.at)
    raw = pdf_of_list(made)
    for patient in made.patients:
        record_access(request.actor, patient=patient, page="downtime")
    headers = {"Content-Disposition": f'inline; filename="downtime-{on:%Y-%m-%d}.pdf"'}
    return HttpResponse(raw, content_type="application/pdf", headers=headers)
