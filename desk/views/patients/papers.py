"""What is written down about a patient before a dose: consents, checks, who pays, medicines, a plan and its facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from desk.forms.papers import AuthorisationForm, CheckForm, ConsentForm, FactsForm, MedicineForm, StartForm
from desk.pages import StaffRequest, form_page, go, stay_in, uuid_or_none
from desk.presenters.booking.slots import day_of
from desk.presenters.patients.papers import (
    authorisation_rows,
    check_rows,
    consent_rows,
    effects_of_start,
    medicine_rows,
    year_view,
)
from desk.presenters.people import banner, name_of, patient_url
from desk.presenters.reader import Reader
from desk.toasts import say
from desk.viewmodels import Line, MenuLink
from desk.viewmodels.courses import CoursePage
from desk.viewmodels.papers import PaperPage, PaperRow
from desk.views.day.acts import PASSED_ON
from desk.views.visits.showing import reader_of
from doseplans.models import DosePlan, Protocol
from doseplans.rules import eligibility_problems
from doseplans.selectors import protocols_in_use
from doseplans.services import edit_plan_facts, start_plan
from patients.models import Patient
from patients.selectors import (
    antithrombotics_of,
    authorisations_of,
    checks_of,
    consents_of,
    medicines_of_table,
    patient_by_public_id,
)
from scheduling.selectors.courses import plan_for
from scheduling.services import readiness as papers
from units.errors import ClinicError
from units.http import status_of
from units.policy import Act


def _patient(request: StaffRequest, patient_id: UUID) -> Patient:
    found = patient_by_public_id(request.actor, patient_id)
    stay_in(request, found.unit)
    return found


def _opened(request: StaffRequest, patient_id: UUID, act: Act) -> tuple[Patient, Reader, bool]:
    """The patient, the reader, and whether they may write here; who sends something must. Raises NotAllowed."""
    patient = _patient(request, patient_id)
    if request.method == "POST":
        request.actor.require(act, patient.unit_id)
    return patient, reader_of(request), request.actor.may(act, patient.unit_id)


def _key_in(text: str) -> int | None:
    """The key of a row, as a page sends it back; None where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _back(patient: Patient, section: str) -> str:
    return f"{patient_url(patient)}#{section}"


Save = Callable[[dict[str, Any]], object]
Rows = Callable[[], Sequence[PaperRow]]


def _paper(
    request: StaffRequest,
    patient: Patient,
    *,
    name: str,
    title: str,
    submit: str,
    form: forms.Form,
    save: Save,
    rows: Rows,
    acts: Mapping[str, Callable[[int], None]],
) -> HttpResponse:
    """What is on record of one kind, each row with what can be done to it, and the form for one more."""
    section = "antithrombotics" if name == "medicines" else "papers"

    def show(notice: str = "", status: int = 200) -> HttpResponse:
        page = PaperPage(
            banner=banner(patient, patient.flags.all()),
            title=title,
            back=MenuLink(name_of(patient), _back(patient, section)),
            url=reverse(f"desk:{name}", args=[patient.public_id]),
            submit=submit,
            rows=rows(),
            notices=[Line(notice, "stop", "circle-x")] if notice else [],
        )
        return render(request, "desk/patients/paper.html", {"page": page, "form": form}, status=status)

    if request.method != "POST":
        return show()
    act, key = request.POST.get("act", ""), _key_in(request.POST.get("row", ""))
    try:
        if act in acts and key is not None:
            acts[act](key)
        elif not form.is_valid():
            return show(status=422)
        else:
            save(form.cleaned_data)
    except PASSED_ON:
        raise
    except ClinicError as error:
        if form.is_bound and form.is_valid() and act not in acts:
            form.refuse(error)  # type: ignore[attr-defined]  # every form here is a RefusableForm
            return show(status=status_of(error))
        return show(error.sentence, status=status_of(error))
    say(request, _("On record: %(name)s.") % {"name": name_of(patient)})
    return go(request, reverse(f"desk:{name}", args=[patient.public_id]))


@form_page(Act.VIEW_PATIENTS)
def consents(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """The consents on record, and one more."""
    actor = request.actor
    patient, reader, may = _opened(request, patient_id, Act.RECORD_CONSENT)

    def withdraw(key: int) -> None:
        papers.withdraw_consent(actor, patient_id=patient_id, consent_id=key, withdrawn_on=reader.today)

    return _paper(
        request,
        patient,
        name="consents",
        title=_("Consents"),
        submit=_("Record the consent") if may else "",
        form=ConsentForm(request.POST or None, initial={"given_on": reader.today}),
        save=lambda data: papers.record_consent(actor, patient_id=patient_id, **data),
        rows=lambda: consent_rows(consents_of(actor, patient), reader, may=may),
        acts={"withdraw": withdraw},
    )


@form_page(Act.VIEW_PATIENTS)
def checks(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """The checks on record, and one more."""
    actor = request.actor
    patient, reader, may = _opened(request, patient_id, Act.RECORD_CHECK)

    def strike(key: int) -> None:
        papers.strike_check(actor, patient_id=patient_id, check_id=key, reason=request.POST.get("reason", ""))

    return _paper(
        request,
        patient,
        name="checks",
        title=_("Checks before the procedure"),
        submit=_("Record the check") if may else "",
        form=CheckForm(request.POST or None, initial={"done_on": reader.today}),
        save=lambda data: papers.record_check(actor, patient_id=patient_id, **data),
        rows=lambda: check_rows(checks_of(actor, patient), reader, may=may),
        acts={"strike": strike},
    )


@form_page(Act.VIEW_PATIENTS)
def authorisations(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Who pays, and another authorisation, or one of them with new values."""
    actor = request.actor
    patient, reader, may = _opened(request, patient_id, Act.RECORD_AUTHORISATION)
    on_record = {row.pk: row for row in authorisations_of(actor, patient)}
    key = _key_in(request.GET.get("row", ""))
    chosen = on_record.get(key) if key is not None else None
    initial = {name: getattr(chosen, name) for name in AuthorisationForm.base_fields} if chosen else {}

    def save(data: dict[str, Any]) -> None:
        changed = _key_in(data.pop("authorisation"))
        papers.record_authorisation(
            actor,
            patient_id=patient_id,
            authorisation_id=changed,
            values=data,  # type: ignore[arg-type]  # the form has just these fields
        )

    form = AuthorisationForm(request.POST or None, initial=initial)
    form.fields["authorisation"] = forms.CharField(
        required=False, widget=forms.HiddenInput, initial=str(chosen.pk) if chosen else ""
    )

    return _paper(
        request,
        patient,
        name="authorisations",
        title=_("Authorisations"),
        submit=(_("Change the authorisation") if chosen else _("Record the authorisation")) if may else "",
        form=form,
        save=save,
        rows=lambda: authorisation_rows(authorisations_of(actor, patient), patient, reader, may=may),
        acts={},
    )


@form_page(Act.VIEW_PATIENTS)
def medicines(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """What the patient takes against clotting: a pause agreed, a medicine stopped, one more."""
    actor = request.actor
    patient, reader, may = _opened(request, patient_id, Act.RECORD_MEDICINES)

    def agree(key: int) -> None:
        papers.agree_pause(actor, patient_id=patient_id, use_id=key, agreed_on=reader.today)

    def stop(key: int) -> None:
        papers.stop_antithrombotic(actor, patient_id=patient_id, use_id=key, stopped_on=reader.today)

    return _paper(
        request,
        patient,
        name="medicines",
        title=_("Medicines against clotting"),
        submit=_("Record the medicine") if may else "",
        form=MedicineForm(request.POST or None, known=medicines_of_table(actor, patient)),
        save=lambda data: papers.record_antithrombotic(actor, patient_id=patient_id, **data),
        rows=lambda: medicine_rows(antithrombotics_of(actor, patient), reader, may=may),
        acts={"agree": agree, "stop": stop},
    )


@form_page(Act.EDIT_PLANS)
def facts(request: StaffRequest, plan_id: UUID) -> HttpResponse:
    """The prescriber, the review, the discussion, the access route: as a doctor writes them down."""
    plan = plan_for(request.actor, plan_id)
    stay_in(request, plan.patient.unit)
    request.actor.require(Act.EDIT_PLANS, plan.patient.unit_id)
    form = FactsForm.of(plan, request.POST or None)
    page = CoursePage(
        banner=banner(plan.patient, plan.patient.flags.all()),
        title=_("Facts of the plan"),
        summary=str(plan.protocol),
        back=MenuLink(name_of(plan.patient), _back(plan.patient, "plan")),
        url=reverse("desk:plan_facts", args=[plan.public_id]),
        submit=_("Save the facts"),
        effects=[Line(_("What is missing stops booking, with words; it changes no date."), icon="clipboard-list")],
    )
    if request.method != "POST":
        return _course(request, page, form)
    if not form.is_valid():
        return _course(request, page, form, status=422)
    today = request.unit.local_date(request.at)
    try:
        edit_plan_facts(request.actor, plan_id=plan.public_id, on=today, **form.cleaned_data)
    except PASSED_ON:
        raise
    except ClinicError as error:
        form.refuse(error)
        return _course(request, page, form, status=status_of(error))
    say(request, _("On record: %(name)s.") % {"name": name_of(plan.patient)})
    return go(request, _back(plan.patient, "plan"))


@form_page(Act.EDIT_PLANS)
def start(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """A plan begins: its year of dates is shown before it is saved."""
    patient = _patient(request, patient_id)
    request.actor.require(Act.EDIT_PLANS, patient.unit_id)
    protocols = list(protocols_in_use(request.actor))
    reader = reader_of(request)
    asked = request.POST or request.GET
    chosen = _chosen(asked.get("protocol", ""), protocols)
    starts_on = day_of(asked.get("starts_on", ""))
    initial = {"consultant_name": patient.consultant_name, "starts_on": starts_on, "access_route": "unguided"}
    if len(protocols) == 1:
        initial["protocol"] = str(protocols[0].public_id)
    form = StartForm(protocols, request.POST or None, chosen=chosen, initial=initial)
    page = CoursePage(
        banner=banner(patient, patient.flags.all()),
        title=_("Start a plan"),
        summary=str(chosen) if chosen and starts_on else "",
        back=MenuLink(name_of(patient), _back(patient, "plan")),
        url=reverse("desk:start_plan", args=[patient.public_id]),
        submit=_("Start the plan") if chosen and starts_on else _("Show the year of dates"),
        effects=effects_of_start(chosen if starts_on else None, _missing_at_start(patient, form, chosen, reader.today)),
        dates=[year_view(chosen, starts_on, reader)] if chosen and starts_on else [],
    )
    if request.method != "POST":
        return _course(request, page, form)
    # Nothing is saved before the dates of just this choice have been seen.
    seen = f"{chosen.public_id if chosen else ''} {starts_on.isoformat() if starts_on else ''}"
    if not form.is_valid() or chosen is None or starts_on is None:
        return _course(request, page, form, status=422, seen="")
    if request.POST.get("seen") != seen:
        return _course(request, page, form, seen=seen)
    data = {name: value for name, value in form.cleaned_data.items() if name not in {"protocol", "starts_on"}}
    try:
        start_plan(request.actor, patient=patient, protocol=chosen, starts_on=starts_on, on=reader.today, **data)
    except PASSED_ON:
        raise
    except ClinicError as error:
        form.refuse(error)
        return _course(request, page, form, status=status_of(error), seen=seen)
    say(request, _("Plan started: %(name)s, %(protocol)s.") % {"name": name_of(patient), "protocol": chosen.name})
    return go(request, _back(patient, "plan"))


def _missing_at_start(patient: Patient, form: StartForm, chosen: Protocol | None, today: date) -> list[str]:
    """What would stop booking the first dose, were the plan begun as written; nothing before all can be read."""
    if chosen is None or not form.is_bound or not form.is_valid():
        return []
    written = {name: value for name, value in form.cleaned_data.items() if name != "protocol"}
    plan = DosePlan(patient=patient, protocol=chosen, **written)
    return eligibility_problems(plan, on=plan.starts_on, today=today)


def _chosen(text: str, protocols: Sequence[Protocol]) -> Protocol | None:
    key = uuid_or_none(text)
    return next((one for one in protocols if one.public_id == key), None)


def _course(
    request: StaffRequest, page: CoursePage, form: forms.Form, *, status: int = 200, seen: str | None = None
) -> HttpResponse:
    return render(request, "desk/courses/course.html", {"page": page, "form": form, "seen": seen}, status=status)
