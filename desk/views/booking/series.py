"""A series: the next doses of a plan looked for together, changed where somebody knows better, booked in one go."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import ngettext

from desk.forms.series import count_in, series_wish
from desk.pages import StaffRequest, form_page, go
from desk.presenters.booking.series import series_page
from desk.presenters.booking.slots import Told
from desk.presenters.people import name_of, patient_url
from desk.refusals import refusal_of
from desk.toasts import say
from desk.views.day.acts import PASSED_ON
from desk.views.visits.showing import dose_read, reader_of
from doseplans.models import Dose
from reminders.people import people_of
from scheduling.models import Appointment
from scheduling.services.planning.series import DosePlace, plan_series
from scheduling.services.planning.series_booking import book_series
from units.errors import ClinicError
from units.http import status_of
from units.policy import Act


@form_page(Act.BOOK)
def series(request: StaffRequest, dose_id: UUID) -> HttpResponse:
    """The next doses from that one on, each with its slot; another slot for one of them, or all booked."""
    dose = dose_read(request, dose_id)
    if request.method != "POST":
        return _show(request, dose, count=count_in(request.GET.get("n", "")))
    wish = series_wish(request.POST)
    if not wish.is_to_book:
        return _show(request, dose, count=wish.count, chosen=wish.places, changed=wish.changed)
    try:
        made = book_series(request.actor, places=wish.places)
    except PASSED_ON:
        raise
    except ClinicError as error:
        return _show(request, dose, count=wish.count, chosen=wish.places, refused=error)
    _say_booked(request, made)
    return go(request, patient_url(dose.plan.patient))


def _say_booked(request: StaffRequest, made: Sequence[Appointment]) -> None:
    first = made[0]
    words = ngettext(
        "Booked: %(count)d visit of %(name)s, %(when)s. The invite leaves in %(n)d s.",
        "Booked: %(count)d visits of %(name)s, the first %(when)s. The invites leave in %(n)d s.",
        len(made),
    )
    values = {
        "count": len(made),
        "name": name_of(first.patient),
        "when": reader_of(request).moment(first.arrives_at),
        "n": first.unit.undo_seconds,
    }
    undo_url = reverse("desk:undo", args=[first.public_id])
    say(request, words % values, undo_url=undo_url, seconds=first.unit.undo_seconds)


def _show(
    request: StaffRequest,
    dose: Dose,
    *,
    count: int,
    chosen: Sequence[DosePlace] = (),
    changed: UUID | None = None,
    refused: ClinicError | None = None,
) -> HttpResponse:
    """The series as it can be booked now. What no choice would mend leads back to the patient, with the reason."""
    patient = dose.plan.patient
    try:
        found = plan_series(request.actor, dose_id=dose.public_id, count=count, chosen=chosen, at=request.at)
    except PASSED_ON:
        raise
    except ClinicError as error:
        say(request, (refused or error).sentence, tone="stop")
        return go(request, patient_url(patient))
    reader = reader_of(request)
    told = Told(people_of(patient), reader.unit.undo_seconds)
    context = {
        "page": series_page(found, dose, reader, told, count=count, changed=changed),
        "refusal": refusal_of(refused) if refused else None,
    }
    return render(request, "desk/booking/series.html", context, status=status_of(refused) if refused else 200)
