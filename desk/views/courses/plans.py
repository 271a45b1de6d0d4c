"""A plan held, resumed, ended, opened again; a death recorded and taken back. One small page each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.forms.courses import (
    DeathForm,
    EndForm,
    HoldForm,
    RefusableForm,
    ResumeForm,
    ReviewForm,
    TakeBackForm,
    seen_in,
    seen_words,
)
from desk.pages import StaffRequest, form_page, go, stay_in
from desk.presenters.booking.slots import day_of
from desk.presenters.courses.plans import (
    CourseRead,
    dates_view,
    death_page,
    end_page,
    hold_page,
    reopen_page,
    resume_page,
    review_page,
    undo_death_page,
    visit_label,
)
from desk.presenters.people import name_of, patient_url
from desk.toasts import say
from desk.viewmodels import Line
from desk.viewmodels.courses import CoursePage, DatesView
from desk.views.day.acts import PASSED_ON
from desk.views.visits.showing import reader_of
from doseplans.errors import PlanEnded, PlanNotEnded, PlanNotOnHold, PlanOnHold
from doseplans.selectors import plans_for_patient
from patients.errors import PatientHasDied, PatientNotDeceased
from patients.models import Patient
from patients.selectors import patient_by_public_id, worklist_of
from reminders.people import people_of
from scheduling.errors import StalePage
from scheduling.models import Appointment
from scheduling.selectors.courses import (
    booked_of_patient,
    booked_of_plan,
    coming_dates,
    freed_by_death,
    next_dose_of,
    plan_for,
)
from scheduling.services.courses.deaths import record_death as record_death_of
from scheduling.services.courses.deaths import undo_death as undo_death_of
from scheduling.services.courses.holding import (
    end_plan_and_visits,
    hold_plan,
    reopen_ended_plan,
    resume_plan,
    review_hold,
)
from units.errors import ClinicError
from units.http import status_of
from units.policy import Act

MOOT = (PlanOnHold, PlanNotOnHold, PlanEnded, PlanNotEnded, PatientHasDied, PatientNotDeceased)
"""Refusals after which the page has nothing left to ask: the patient's page shows how things stand."""


@form_page(Act.HOLD_PLAN)
def hold(request: StaffRequest, plan_id: UUID) -> HttpResponse:
    """Why, until when, and visit by visit: keep or release."""
    read = _read(request, plan_id, act=Act.HOLD_PLAN)
    if read.plan.ended_on is not None or read.hold is not None:
        return _home(request, read.patient)
    visits = _listed(read, request)
    if request.method != "POST":
        return _show_hold(request, read, HoldForm(visits, initial={"seen": seen_words(_versions(read.visits))}))
    return _place_hold(request, read, HoldForm(visits, request.POST))


def _place_hold(request: StaffRequest, read: CourseRead, form: HoldForm) -> HttpResponse:
    now = _versions(read.visits)
    if "seen" in request.POST and seen_in(request.POST["seen"]) != now:
        return _stale_hold(request, read, form)
    if not form.is_valid():
        return _show_hold(request, read, form, status=422)
    try:
        done = hold_plan(
            request.actor,
            plan_id=read.plan.public_id,
            reason=form.cleaned_data["reason"],
            review_on=form.cleaned_data["review_on"],
            visits=form.answers(),
            seen=now,
        )
    except PASSED_ON:
        raise
    except StalePage:
        read = _read(request, read.plan.public_id, act=Act.HOLD_PLAN)
        return _stale_hold(request, read, HoldForm(_listed(read, request), request.POST))
    except ClinicError as error:
        return _refused(request, read.patient, hold_page(read, reader_of(request)), form, error)
    words = [_("On hold: %(name)s.") % {"name": name_of(read.patient)}]
    if done.released:
        words.append(_cancelled_words(len(done.released)))
    if done.kept:
        n = len(done.kept)
        kept = ngettext("%(n)d visit stays, with a call", "%(n)d visits stay, with a call each", n)
        words.append(_("%(kept)s on the worklist.") % {"kept": kept % {"n": n}})
    say(request, " ".join(words))
    return go(request, patient_url(read.patient))


@form_page(Act.HOLD_PLAN)
def review(request: StaffRequest, plan_id: UUID) -> HttpResponse:
    """The hold stays; it is looked at again on another day."""
    read = _read(request, plan_id, act=Act.HOLD_PLAN)
    if read.hold is None:
        return _home(request, read.patient)
    page = review_page(read, reader_of(request))
    if request.method != "POST":
        return _show(request, page, ReviewForm())
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _show(request, page, form, status=422)
    try:
        done = review_hold(request.actor, plan_id=plan_id, **form.cleaned_data)
    except PASSED_ON:
        raise
    except ClinicError as error:
        return _refused(request, read.patient, page, form, error)
    day = reader_of(request).day(done.review_on or form.cleaned_data["review_on"])
    say(request, _("Still on hold: %(name)s. Review on %(day)s.") % {"name": name_of(read.patient), "day": day})
    return go(request, patient_url(read.patient))


@form_page(Act.HOLD_PLAN)
def resume(request: StaffRequest, plan_id: UUID) -> HttpResponse:
    """What would follow from either way of going on, and the choice between them."""
    read = _read(request, plan_id, act=Act.HOLD_PLAN)
    if read.hold is None:
        return _home(request, read.patient)
    if request.method != "POST":
        chosen = day_of(request.GET.get("on", ""))
        if request.htmx and request.htmx.target == "dates":
            return render(request, "desk/courses/_coming_dates.html", {"dates": _dates(request, read, chosen)})
        form = ResumeForm(preview_url=request.path, initial={"on": chosen})
        return _show_resume(request, read, form, chosen)
    return _go_on(request, read, ResumeForm(request.POST, preview_url=request.path))


def _go_on(request: StaffRequest, read: CourseRead, form: ResumeForm) -> HttpResponse:
    chosen = day_of(request.POST.get("on", ""))
    if not form.is_valid():
        return _show_resume(request, read, form, chosen, status=422)
    try:
        resume_plan(
            request.actor,
            plan_id=read.plan.public_id,
            how=form.cleaned_data["how"],
            reason=form.cleaned_data["reason"],
            on=form.day(),
        )
    except PASSED_ON:
        raise
    except ClinicError as error:
        if isinstance(error, MOOT):
            return _moot(request, read.patient, error)
        form.refuse(error)
        return _show_resume(request, read, form, chosen, status=status_of(error))
    following = next_dose_of(request.actor, read.plan)
    words = _("Resumed: %(name)s.") % {"name": name_of(read.patient)}
    if following is not None:
        day = reader_of(request).day(following.target_on)
        words += " " + _("%(dose)s is due %(day)s.") % {"dose": following, "day": day}
    say(request, words)
    return go(request, patient_url(read.patient))


@form_page(Act.EDIT_PLANS)
def end(request: StaffRequest, plan_id: UUID) -> HttpResponse:
    """How the plan ends; the visits it frees are named before the button."""
    read = _read(request, plan_id, act=Act.EDIT_PLANS)
    if read.plan.ended_on is not None:
        return _home(request, read.patient)
    if request.method != "POST":
        today = reader_of(request).today
        form = EndForm(initial={"on": today, "seen": seen_words(_versions(read.visits))})
        return _show(request, end_page(read, reader_of(request)), form)
    return _end(request, read, EndForm(request.POST))


def _end(request: StaffRequest, read: CourseRead, form: EndForm) -> HttpResponse:
    if not form.is_valid():
        return _show(request, end_page(read, reader_of(request)), form, status=422)
    data = form.cleaned_data
    try:
        done = end_plan_and_visits(
            request.actor,
            plan_id=read.plan.public_id,
            reason=data["reason"],
            on=data["on"],
            note=data["note"],
            seen=form.seen_versions(),
        )
    except PASSED_ON:
        raise
    except StalePage as error:
        fresh = _read(request, read.plan.public_id, act=Act.EDIT_PLANS)
        form.data = _with_seen(form.data, fresh)
        notices = [Line(error.sentence, "stop", "circle-x")]
        return _show(request, end_page(fresh, reader_of(request), notices=notices), form, status=status_of(error))
    except ClinicError as error:
        return _refused(request, read.patient, end_page(read, reader_of(request)), form, error)
    words = [_("The plan has ended: %(name)s.") % {"name": name_of(read.patient)}]
    if done.freed:
        words.append(_cancelled_words(len(done.freed)))
    say(request, " ".join(words))
    return go(request, patient_url(read.patient))


@form_page(Act.EDIT_PLANS)
def reopen(request: StaffRequest, plan_id: UUID) -> HttpResponse:
    """An end recorded in error is taken back."""
    read = _read(request, plan_id, act=Act.EDIT_PLANS)
    if read.plan.ended_on is None:
        return _home(request, read.patient)
    page = reopen_page(read, reader_of(request))
    form = TakeBackForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _show(request, page, form)
    if not form.is_valid():
        return _show(request, page, form, status=422)
    try:
        reopen_ended_plan(request.actor, plan_id=plan_id, reason=form.cleaned_data["reason"])
    except PASSED_ON:
        raise
    except ClinicError as error:
        form.refuse(error)  # also where another plan runs by now: it is said beside what was typed
        return _show(request, page, form, status=status_of(error))
    say(request, _("The plan is live again: %(name)s. Its doses are to be booked.") % {"name": name_of(read.patient)})
    return go(request, patient_url(read.patient))


@form_page(Act.RECORD_DEATH)
def record_death(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """The day; what ends with it is said before the button."""
    found = _patient(request, patient_id, act=Act.RECORD_DEATH)
    if found.deceased_at is not None:
        return _home(request, found)
    reader = reader_of(request)
    visits = list(booked_of_patient(request.actor, found, since=reader.today))
    plans = [plan for plan in plans_for_patient(request.actor, patient_id=patient_id) if plan.ended_on is None]
    tasks = worklist_of(request.actor).filter(patient=found).count()
    page = death_page(found, visits, plans, tasks, reader)
    form = DeathForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _show(request, page, form)
    if not form.is_valid():
        return _show(request, page, form, status=422)
    try:
        done = record_death_of(request.actor, patient_id=patient_id, **form.cleaned_data)
    except PASSED_ON:
        raise
    except ClinicError as error:
        return _refused(request, found, page, form, error)
    words = [_("The death is on record: %(name)s. Nothing is sent any more.") % {"name": name_of(found)}]
    if done.freed:
        n = len(done.freed)
        freed = ngettext("%(n)d visit is cancelled; nobody is told.", "%(n)d visits are cancelled; nobody is told.", n)
        words.append(freed % {"n": n})
    say(request, " ".join(words), tone="plain")
    return go(request, patient_url(found))


@form_page(Act.UNDO_DEATH)
def undo_death(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """A death recorded in error is taken back."""
    found = _patient(request, patient_id, act=Act.UNDO_DEATH)
    if found.deceased_at is None:
        return _home(request, found)
    to_come = [visit for visit in freed_by_death(request.actor, found) if visit.starts_at > request.at]
    plans = [plan for plan in plans_for_patient(request.actor, patient_id=patient_id) if plan.end_reason == "died"]
    page = undo_death_page(found, to_come, plans, reader_of(request))
    form = TakeBackForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _show(request, page, form)
    if not form.is_valid():
        return _show(request, page, form, status=422)
    try:
        done = undo_death_of(request.actor, patient_id=patient_id, reason=form.cleaned_data["reason"])
    except PASSED_ON:
        raise
    except ClinicError as error:
        return _refused(request, found, page, form, error)
    words = [_("Taken back: no death is on record for %(name)s.") % {"name": name_of(found)}]
    if done.freed:
        words.append(_("What was cancelled is on the worklist, to book again and to tell."))
    say(request, " ".join(words), tone="warn" if done.freed else "ok")
    return go(request, patient_url(found))


# --- read and shown --------------------------------------------------------------------------------------------------
def _read(request: StaffRequest, plan_id: UUID, *, act: Act) -> CourseRead:
    plan = plan_for(request.actor, plan_id, act=act)
    stay_in(request, plan.patient.unit)
    return CourseRead(
        plan=plan,
        hold=plan.holds.filter(lifted_at__isnull=True).first(),
        visits=list(booked_of_plan(request.actor, plan, since=reader_of(request).today)),
        people=people_of(plan.patient),
    )


def _patient(request: StaffRequest, patient_id: UUID, *, act: Act) -> Patient:
    found = patient_by_public_id(request.actor, patient_id)
    stay_in(request, found.unit)
    request.actor.require(act, found.unit_id)
    return found


def _listed(read: CourseRead, request: StaffRequest) -> list[tuple[UUID, str]]:
    reader = reader_of(request)
    return [(visit.public_id, visit_label(visit, reader)) for visit in read.visits]


def _versions(visits: Sequence[Appointment]) -> dict[UUID, int]:
    return {visit.public_id: visit.version for visit in visits}


def _with_seen(posted: Mapping[str, Any], read: CourseRead) -> dict[str, Any]:
    """What was typed, knowing the visits of now."""
    return {**{name: posted.get(name) for name in posted}, "seen": seen_words(_versions(read.visits))}


def _show_hold(request: StaffRequest, read: CourseRead, form: HoldForm, **more: Any) -> HttpResponse:
    notices = more.pop("notices", ())
    return _show(request, hold_page(read, reader_of(request), notices=notices), form, **more)


def _stale_hold(request: StaffRequest, read: CourseRead, form: HoldForm) -> HttpResponse:
    """The visits of now, with what was typed."""
    form.data = _with_seen(form.data, read)
    words = _("The booked visits have changed since this page was loaded. Nothing was saved: look at each again.")
    return _show_hold(request, read, form, notices=[Line(words, "stop", "circle-x")], status=409)


def _dates(request: StaffRequest, read: CourseRead, chosen: date | None) -> list[DatesView]:
    reader, plan = reader_of(request), read.plan
    by_rule = coming_dates(request.actor, plan, on=reader.today)
    by_hand = coming_dates(request.actor, plan, on=reader.today, decided=chosen) if chosen else ()
    ask = _("Choose a day to see what follows from it.")
    return [
        dates_view(_("By the rule for the gap"), by_rule, read.visits, reader, empty=_("No dose is left.")),
        dates_view(_("On a day that you set"), by_hand, read.visits, reader, empty=ask),
    ]


def _show_resume(
    request: StaffRequest, read: CourseRead, form: ResumeForm, chosen: date | None, *, status: int = 200
) -> HttpResponse:
    following = next_dose_of(request.actor, read.plan)
    page = resume_page(read, reader_of(request), following=following, dates=_dates(request, read, chosen))
    return _show(request, page, form, status=status)


def _show(request: StaffRequest, page: CoursePage, form: forms.Form, *, status: int = 200) -> HttpResponse:
    return render(request, "desk/courses/course.html", {"page": page, "form": form}, status=status)


def _home(request: StaffRequest, patient: Patient) -> HttpResponse:
    return HttpResponseRedirect(patient_url(patient))


def _moot(request: StaffRequest, patient: Patient, error: ClinicError) -> HttpResponse:
    say(request, error.sentence, tone="stop")
    return go(request, patient_url(patient))


def _refused(
    request: StaffRequest, patient: Patient, page: CoursePage, form: RefusableForm, error: ClinicError
) -> HttpResponse:
    """The refusal beside what was typed, or on the patient's page where nothing is left to ask."""
    if isinstance(error, MOOT):
        return _moot(request, patient, error)
    form.refuse(error)
    return _show(request, page, form, status=status_of(error))


def _cancelled_words(n: int) -> str:
    words = ngettext(
        "%(n)d visit is cancelled and the patient is told.", "%(n)d visits are cancelled and the patient is told.", n
    )
    return words % {"n": n}
