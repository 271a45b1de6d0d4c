"""A dose not given, left out, set for a day, put right, withdrawn, entered from paper; a visit kept where it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from desk.forms.courses import RefusableForm, TakeBackForm
from desk.forms.doses import CorrectForm, NotGivenForm, OmitForm, PaperForm, ReasonForm, SetDateForm
from desk.pages import StaffRequest, form_page, go, page
from desk.presenters.booking.slots import day_of
from desk.presenters.courses.doses import (
    correct_page,
    keep_page,
    not_given_page,
    omit_page,
    paper_page,
    set_date_page,
    take_back_page,
    withdraw_not_given_page,
    withdraw_page,
)
from desk.presenters.people import name_of, patient_url
from desk.presenters.visits.steps import panel_url, visit_url
from desk.selectors import checkers_in, live_visit_of
from desk.toasts import say
from desk.viewmodels.courses import CoursePage
from desk.viewmodels.doses import Follows
from desk.views.day.acts import PASSED_ON
from desk.views.visits.showing import dose_read, follows_for, reader_of, visit_here
from doseplans.errors import DoseNotGiven
from doseplans.models import Administration, Dose
from scheduling.errors import NotInThatState
from scheduling.selectors.appointments import open_proposal_of
from scheduling.services.courses.doses import (
    Changed,
    correct_administration,
    counts_from,
    decide_dose_date,
    omit_dose_and_free,
    record_not_given,
    take_back_decision,
    withdraw_administration,
)
from scheduling.services.courses.not_given import not_given_of
from scheduling.services.courses.not_given import withdraw_not_given as take_back_not_given
from scheduling.services.courses.previews import What
from scheduling.services.day.paper import PaperTimes, record_from_paper
from scheduling.services.visits.keeping import keep_visit as keep_visit_there
from units.errors import ClinicError
from units.http import status_of
from units.policy import Act


@form_page(Act.RECORD_ADMINISTRATION)
def not_given(request: StaffRequest, visit_id: UUID) -> HttpResponse:
    """Why; what follows is said before the button."""
    visit = visit_here(request, visit_id).visit
    if visit.dose is None:
        raise NotInThatState(_("This visit has no dose."))
    dose = dose_read(request, visit.dose.public_id)
    form = NotGivenForm(request.POST if request.method == "POST" else None, initial={"version": visit.version})

    def do() -> HttpResponse:
        attempt = record_not_given(request.actor, appointment_id=visit_id, **form.cleaned_data)
        words = _("Not given: %(name)s, %(dose)s (%(why)s). It is to be booked again.")
        who = {"name": name_of(visit.patient), "dose": dose, "why": str(attempt.get_reason_display()).lower()}
        say(request, words % who, tone="warn")
        return go(request, panel_url(visit, reader_of(request)))

    follows = _follows(request, dose, What.NOT_GIVEN)
    return _ask(request, form, not_given_page(visit), do, follows)


@form_page(Act.OVERRIDE_DOSE_LIMITS)
def omit(request: StaffRequest, dose_id: UUID) -> HttpResponse:
    """Why, and the day later doses count from."""
    dose = dose_read(request, dose_id)
    visit = live_visit_of(dose)
    usual = counts_from(dose, today=reader_of(request).today)
    form = OmitForm(
        request.POST if request.method == "POST" else None,
        preview_url=_preview_url(dose, What.OMITTED),
        initial={"on": usual, "version": visit.version if visit else None},
    )

    def do() -> HttpResponse:
        return _changed(
            request, omit_dose_and_free(request.actor, dose_id=dose_id, **form.cleaned_data), _("Left out: %(what)s.")
        )

    follows = _follows(request, dose, What.OMITTED, str(form["on"].value() or ""))
    return _ask(request, form, omit_page(dose, visit, reader_of(request)), do, follows)


@form_page(Act.OVERRIDE_DOSE_LIMITS)
def set_date(request: StaffRequest, dose_id: UUID) -> HttpResponse:
    """A day of the clinician's own."""
    dose = dose_read(request, dose_id)
    form = SetDateForm(request.POST if request.method == "POST" else None, preview_url=_preview_url(dose, What.SET))

    def do() -> HttpResponse:
        return _changed(
            request, decide_dose_date(request.actor, dose_id=dose_id, **form.cleaned_data), _("Day set: %(what)s.")
        )

    follows = _follows(request, dose, What.SET, request.POST.get("on", ""))
    return _ask(request, form, set_date_page(dose, reader_of(request)), do, follows)


@form_page(Act.OVERRIDE_DOSE_LIMITS)
def take_back(request: StaffRequest, dose_id: UUID) -> HttpResponse:
    """What was decided about the dose no longer holds."""
    dose = dose_read(request, dose_id)
    form = ReasonForm(request.POST if request.method == "POST" else None)

    def do() -> HttpResponse:
        reason = form.cleaned_data["reason"]
        return _changed(
            request, take_back_decision(request.actor, dose_id=dose_id, reason=reason), _("Taken back: %(what)s.")
        )

    return _ask(request, form, take_back_page(dose), do, _follows(request, dose, What.TAKEN_BACK))


@form_page(Act.RECORD_ADMINISTRATION)
def correct(request: StaffRequest, dose_id: UUID) -> HttpResponse:
    """What stands on record, to be put right."""
    dose = dose_read(request, dose_id)
    record = _record_of(dose)
    form = CorrectForm(
        request.POST if request.method == "POST" else None,
        protocol=dose.plan.protocol,
        unit=request.unit,
        checkers=checkers_in(request.unit),
        preview_url=_preview_url(dose, What.GIVEN),
        initial=CorrectForm.initial_of(record, request.unit),
    )

    def do() -> HttpResponse:
        reason = form.cleaned_data["reason"]
        right = form.record(source=record.source, note=record.note)
        done = correct_administration(
            request.actor, dose_id=dose_id, record=right, reason=reason, replaces=form.cleaned_data["replaces"]
        )
        return _changed(request, done, _("Put right: %(what)s."))

    follows = _follows(request, dose, What.GIVEN, str(form["given_on"].value() or ""))
    return _ask(request, form, correct_page(dose, record, reader_of(request)), do, follows)


@form_page(Act.RECORD_ADMINISTRATION)
def withdraw(request: StaffRequest, dose_id: UUID) -> HttpResponse:
    """The dose was not given after all."""
    dose = dose_read(request, dose_id)
    _record_of(dose)
    form = ReasonForm(request.POST if request.method == "POST" else None)

    def do() -> HttpResponse:
        reason = form.cleaned_data["reason"]
        done = withdraw_administration(request.actor, dose_id=dose_id, reason=reason)
        return _changed(request, done, _("Withdrawn: %(what)s. The dose is to be given again."))

    return _ask(request, form, withdraw_page(dose), do, _follows(request, dose, What.WITHDRAWN))


@form_page(Act.RECORD_ADMINISTRATION)
def withdraw_not_given(request: StaffRequest, dose_id: UUID) -> HttpResponse:
    """That the dose was not given was recorded in error."""
    dose = dose_read(request, dose_id)
    reader = reader_of(request)
    seen = not_given_of(request.actor, dose=dose, at=reader.at)
    form = TakeBackForm(request.POST if request.method == "POST" else None)

    def do() -> HttpResponse:
        reason = form.cleaned_data["reason"]
        done = take_back_not_given(request.actor, dose_id=dose_id, reason=reason)
        if done.visit is None or not done.visit.is_live:
            return _changed(request, done, _("Taken back: %(what)s."))
        who = {"name": name_of(dose.plan.patient), "dose": dose}
        say(request, _("Taken back: %(name)s is here for %(dose)s. Record it once it is given.") % who)
        return go(request, panel_url(done.visit, reader))

    return _ask(request, form, withdraw_not_given_page(dose, seen, reader), do)


@form_page(Act.RECORD_ADMINISTRATION)
def paper(request: StaffRequest, dose_id: UUID) -> HttpResponse:
    """A day written on paper, with its true times."""
    dose = dose_read(request, dose_id)
    reader, visit = reader_of(request), live_visit_of(dose)
    on = reader.unit.local_date(visit.starts_at) if visit else min(dose.target_on, reader.today)
    form = PaperForm(
        request.POST if request.method == "POST" else None,
        protocol=dose.plan.protocol,
        unit=request.unit,
        checkers=checkers_in(request.unit),
        preview_url=_preview_url(dose, What.GIVEN),
        initial={**PaperForm.initial_of(dose.plan.protocol, on), "version": visit.version if visit else None},
    )

    def do() -> HttpResponse:
        done = record_from_paper(
            request.actor,
            dose_id=dose_id,
            record=form.record(source=Administration.Source.PAPER.value, note=form.cleaned_data["reason"]),
            times=PaperTimes(*(form.instant(name) for name in ("arrived_at", "started_at", "discharged_at"))),
            version=form.cleaned_data["version"],
        )
        return _changed(request, done, _("Given: %(what)s."))

    follows = _follows(request, dose, What.GIVEN, str(form["given_on"].value() or ""))
    return _ask(request, form, paper_page(dose, visit), do, follows)


@form_page(Act.OVERRIDE_DOSE_LIMITS)
def keep(request: StaffRequest, visit_id: UUID) -> HttpResponse:
    """The visit stays outside its window, with a reason."""
    visit = visit_here(request, visit_id).visit
    proposal = open_proposal_of(request.actor, visit)
    if proposal is None or visit.dose is None:
        say(request, _("Nobody proposes to move this visit any more."), tone="plain")
        return go(request, visit_url(visit))
    dose_read(request, visit.dose.public_id)
    form = ReasonForm(request.POST if request.method == "POST" else None, initial={"version": visit.version})

    def do() -> HttpResponse:
        keep_visit_there(request.actor, appointment_id=visit_id, **form.cleaned_data)
        say(
            request,
            _("Kept: %(name)s, %(when)s.")
            % {"name": name_of(visit.patient), "when": reader_of(request).moment(visit.starts_at)},
        )
        return go(request, visit_url(visit))

    return _ask(request, form, keep_page(visit, proposal), do)


@page(Act.VIEW_PLANS)
def what_follows(request: StaffRequest, dose_id: UUID, what: str) -> HttpResponse:
    """What would follow from a day, for the form it is chosen in. Asked with one of `on` and `given_on`."""
    dose = dose_read(request, dose_id)
    day = request.GET.get("on", "") or request.GET.get("given_on", "")
    follows = _follows(request, dose, what, day) if what in set(What) else None
    template = "desk/courses/_what_follows.html" if follows else "desk/courses/_nothing_follows.html"
    return render(request, template, {"follows": follows, "is_titled": True})


# --- shown and done --------------------------------------------------------------------------------------------------
def _preview_url(dose: Dose, what: What) -> str:
    return reverse("desk:what_follows", args=[dose.public_id, what.value])


def _follows(request: StaffRequest, dose: Dose, what: str, day: str | None = None) -> Follows | None:
    """What would follow; None where a day is asked for and none has been chosen yet."""
    return follows_for(request, dose, what, reader_of(request).today if day is None else day_of(day))


def _record_of(dose: Dose) -> Administration:
    record = Administration.objects.filter(dose=dose, is_entered_in_error=False).select_related("recorded_by").first()
    if record is None:
        raise DoseNotGiven(_("%(dose)s is not on record as given.") % {"dose": dose})
    return record


def _ask(
    request: StaffRequest,
    form: RefusableForm,
    asked: CoursePage,
    do: Callable[[], HttpResponse],
    follows: Follows | None = None,
) -> HttpResponse:
    """The page with its form; once that is sent and good, what `do` does. A refusal keeps what was typed."""
    context: dict[str, Any] = {"page": asked, "form": form, "follows": follows}
    if request.method != "POST":
        return render(request, "desk/courses/dose_act.html", context)
    if not form.is_valid():
        return render(request, "desk/courses/dose_act.html", context, status=422)
    try:
        return do()
    except PASSED_ON:
        raise
    except ClinicError as error:
        form.refuse(error)
        return render(request, "desk/courses/dose_act.html", context, status=status_of(error))


def _changed(request: StaffRequest, done: Changed, words: str) -> HttpResponse:
    """What was done, and how many visits it asks to move; back on the patient's page."""
    patient = done.dose.plan.patient
    said = [words % {"what": f"{name_of(patient)}, {done.dose}"}]
    if done.proposals:
        said.append(_("A booked visit no longer fits its window: it is on the worklist."))
    say(request, " ".join(said), tone="warn" if done.proposals else "ok")
    return go(request, patient_url(patient))
