"""A visit without a plan: choose what it is for, then a slot; one press books it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from desk.forms.booking import wish_of
from desk.pages import StaffRequest, form_page, go, is_for_panel, page, stay_in
from desk.presenters.booking.slots import Told, day_of, for_kind, slots_panel
from desk.presenters.people import name_of, patient_url
from desk.presenters.visits.steps import visit_url
from desk.presenters.visits.without_plan import other_visit_page
from desk.toasts import say
from desk.views.day.acts import PASSED_ON
from desk.views.visits.showing import reader_of
from patients.errors import PatientHasDied
from patients.models import Patient
from patients.selectors import patient_by_public_id
from reminders.people import people_of
from scheduling import services
from scheduling.selectors.errands import Errand, errand_for_kind, visit_kinds
from scheduling.selectors.slots import find_slots_without_plan
from units.errors import ClinicError
from units.http import status_of
from units.policy import Act


@page(Act.BOOK)
def choose(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """What the visit is for."""
    patient = _patient(request, patient_id)
    if patient.deceased_at is not None:
        return go(request, patient_url(patient))
    return _show(request, patient)


@form_page(Act.BOOK)
def book(request: StaffRequest, patient_id: UUID, kind_id: UUID) -> HttpResponse:
    """The best slots for a visit of that kind, and the booking of one."""
    patient = _patient(request, patient_id)
    if patient.deceased_at is not None:
        return go(request, patient_url(patient))
    errand = errand_for_kind(request.actor, patient_id, kind_id)
    if request.method != "POST":
        return _show(request, patient, errand)
    try:
        wish = wish_of(request.POST)
        visit = services.book_visit(request.actor, patient_id=patient_id, visit_kind_id=kind_id, wanted=wish.wanted)
    except PASSED_ON:
        raise
    except PatientHasDied as error:
        say(request, error.sentence, tone="stop")
        return go(request, patient_url(patient))
    except ClinicError as error:
        return _show(request, patient, errand, refused=error)
    words = _("Booked: %(name)s, %(when)s. The invite leaves in %(n)d s.")
    if not any(person.address for person in people_of(patient)):
        words = _("Booked: %(name)s, %(when)s. Nobody can be e-mailed: ring, or write.")
    values = {
        "name": name_of(patient),
        "when": reader_of(request).moment(visit.starts_at),
        "n": visit.unit.undo_seconds,
    }
    undo_url = reverse("desk:undo", args=[visit.public_id])
    say(request, words % values, undo_url=undo_url, seconds=visit.unit.undo_seconds)
    return go(request, visit_url(visit))


def _patient(request: StaffRequest, patient_id: UUID) -> Patient:
    found = patient_by_public_id(request.actor, patient_id)
    stay_in(request, found.unit)
    return found


def _show(
    request: StaffRequest, patient: Patient, errand: Errand | None = None, *, refused: ClinicError | None = None
) -> HttpResponse:
    reader = reader_of(request)
    status = status_of(refused) if refused else 200
    panel = None
    if errand is not None and errand.kind is not None:
        looked_from = day_of(request.GET.get("from", ""))
        found = find_slots_without_plan(request.actor, errand=errand, at=request.at, not_before_on=looked_from)
        told = Told(people_of(patient), reader.unit.undo_seconds)
        choosing = for_kind(patient, errand.kind, reverse("desk:choose_visit", args=[patient.public_id]))
        panel = slots_panel(found, choosing, reader, told, refused=refused)
        if is_for_panel(request):
            return render(
                request, "desk/booking/_slots_panel_answer.html", {"panel": panel, "on_record": True}, status=status
            )
    kinds = list(visit_kinds(request.actor, unit=patient.unit))
    shown = other_visit_page(patient, kinds, errand.kind if errand else None)
    return render(request, "desk/visits/without_plan.html", {"page": shown, "panel": panel}, status=status)
