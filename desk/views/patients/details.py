"""Who a patient is and how they are reached: a new one put on record, and what has changed put right."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from desk.forms.patients import DetailsForm, NewPatientForm
from desk.pages import StaffRequest, form_page, go, stay_in
from desk.presenters.people import banner, name_of, patient_url
from desk.toasts import say
from desk.viewmodels import MenuLink
from desk.viewmodels.papers import DetailsPage
from desk.views.day.acts import PASSED_ON
from patients.models import Patient
from patients.selectors import patient_by_public_id
from patients.services import create_patient, update_patient
from units.errors import ClinicError
from units.http import status_of
from units.policy import Act


@form_page(Act.EDIT_PATIENTS)
def add_patient(request: StaffRequest) -> HttpResponse:
    """One more patient of the unit; what follows is their own page."""
    form = NewPatientForm(request.POST or None, patient=Patient(unit=request.unit))
    page = DetailsPage(
        title=_("Add a patient"),
        back=MenuLink(_("Patients"), reverse("desk:patients")),
        url=reverse("desk:add_patient"),
        submit=_("Add the patient"),
    )
    if request.method == "POST" and form.is_valid():
        try:
            added = create_patient(request.actor, unit=request.unit, **form.written())
        except PASSED_ON:
            raise
        except ClinicError as error:
            form.refuse(error)
            return _show(request, page, form, status_of(error))
        say(request, _("Added: %(name)s.") % {"name": name_of(added)})
        return go(request, patient_url(added))
    return _show(request, page, form, 422 if request.method == "POST" else 200)


@form_page(Act.EDIT_PATIENTS)
def details(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """What is on record about who the patient is, to be put right."""
    patient = patient_by_public_id(request.actor, patient_id)
    stay_in(request, patient.unit)
    request.actor.require(Act.EDIT_PATIENTS, patient.unit_id)
    page = DetailsPage(
        title=_("Details"),
        back=MenuLink(name_of(patient), f"{patient_url(patient)}#contacts"),
        url=reverse("desk:details", args=[patient.public_id]),
        submit=_("Save the details"),
        banner=banner(patient, patient.flags.all()),
    )
    form = DetailsForm(request.POST or None, patient=patient)
    if request.method == "POST" and form.is_valid():
        try:
            saved = update_patient(request.actor, patient_id=patient.public_id, **form.written())
        except PASSED_ON:
            raise
        except ClinicError as error:
            form.refuse(error)
            return _show(request, page, form, status_of(error))
        say(request, _("Saved: %(name)s.") % {"name": name_of(saved)})
        return go(request, page.back.url)
    return _show(request, page, form, 422 if request.method == "POST" else 200)


def _show(request: StaffRequest, page: DetailsPage, form: DetailsForm, status: int) -> HttpResponse:
    return render(request, "desk/patients/details.html", {"page": page, "form": form}, status=status)
