"""A patient's needs, times that do not suit, and carers: what is on record, and a short form for one more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from desk.forms.courses import RefusableForm
from desk.forms.needs import CarerForm, NeedForm, NoGoForm
from desk.pages import StaffRequest, form_page, go, stay_in
from desk.presenters.patients.needs import carer_rows, need_rows, no_go_rows
from desk.presenters.people import banner, name_of, patient_url
from desk.toasts import say
from desk.viewmodels import MenuLink
from desk.viewmodels.papers import PaperPage, PaperRow
from desk.views.day.acts import PASSED_ON
from patients.models import Patient
from patients.selectors import carers_of, flags_of, no_go_times_of, patient_by_public_id
from patients.services import add_carer, add_flag, add_no_go, remove_carer, remove_flag, remove_no_go
from scheduling.selectors.errands import unit_allowances
from units.errors import ClinicError
from units.http import status_of
from units.policy import Act


@form_page(Act.EDIT_PATIENTS)
def needs(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Needs and alerts, each with what it adds to a visit here, and one more."""
    patient, actor = _patient(request, patient_id), request.actor

    def remove(key: int) -> None:
        flag = flags_of(actor, patient).select_related("patient").filter(pk=key).first()
        if flag is not None:
            remove_flag(actor, flag=flag)

    return _record(
        request,
        patient,
        name="needs",
        title=_("Needs and alerts"),
        submit=_("Put it on record"),
        form=NeedForm(request.POST or None),
        save=lambda data: add_flag(actor, patient=patient, **data),
        rows=lambda: need_rows(patient, flags_of(actor, patient), unit_allowances(actor, unit=patient.unit)),
        remove=remove,
    )


@form_page(Act.EDIT_PATIENTS)
def no_go(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """When the patient had better not be in the unit, and one more such time: slots then come after all others."""
    patient, actor = _patient(request, patient_id), request.actor

    def remove(key: int) -> None:
        found = no_go_times_of(actor, patient).select_related("patient").filter(pk=key).first()
        if found is not None:
            remove_no_go(actor, no_go=found)

    return _record(
        request,
        patient,
        name="no_go",
        title=_("Times that do not suit"),
        submit=_("Put it on record"),
        form=NoGoForm(request.POST or None),
        save=lambda data: add_no_go(actor, patient=patient, **data),
        rows=lambda: no_go_rows(patient, no_go_times_of(actor, patient)),
        remove=remove,
    )


@form_page(Act.EDIT_PATIENTS)
def carers(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Who looks after the patient, whether they are told, and one more."""
    patient, actor = _patient(request, patient_id), request.actor

    def remove(key: int) -> None:
        carer = carers_of(actor, patient).select_related("patient").filter(pk=key).first()
        if carer is not None:
            remove_carer(actor, carer=carer)

    return _record(
        request,
        patient,
        name="carers",
        title=_("Carers"),
        submit=_("Add the carer"),
        form=CarerForm(request.POST or None),
        save=lambda data: add_carer(actor, patient=patient, **data),
        rows=lambda: carer_rows(patient, carers_of(actor, patient)),
        remove=remove,
    )


def _patient(request: StaffRequest, patient_id: UUID) -> Patient:
    found = patient_by_public_id(request.actor, patient_id)
    stay_in(request, found.unit)
    request.actor.require(Act.EDIT_PATIENTS, found.unit_id)
    return found


def _record(
    request: StaffRequest,
    patient: Patient,
    *,
    name: str,
    title: str,
    submit: str,
    form: RefusableForm,
    save: Callable[[dict[str, Any]], object],
    rows: Callable[[], Sequence[PaperRow]],
    remove: Callable[[int], None],
) -> HttpResponse:
    url = reverse(f"desk:{name}", args=[patient.public_id])
    key = request.POST.get("row", "")
    if request.method == "POST" and key.isascii() and key.isdigit() and len(key) < 18:
        remove(int(key))
        say(request, _("Taken off: %(name)s.") % {"name": name_of(patient)})
        return go(request, url)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                save(form.cleaned_data)
            except PASSED_ON:
                raise
            except ClinicError as error:
                form.refuse(error)
                status = status_of(error)
            else:
                say(request, _("On record: %(name)s.") % {"name": name_of(patient)})
                return go(request, url)
    page = PaperPage(
        banner=banner(patient, patient.flags.all()),
        title=title,
        back=MenuLink(name_of(patient), f"{patient_url(patient)}#contacts"),
        url=url,
        submit=submit,
        rows=rows(),
    )
    return render(request, "desk/patients/paper.html", {"page": page, "form": form}, status=status)
