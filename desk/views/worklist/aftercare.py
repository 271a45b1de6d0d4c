"""The questions after a dose, answered from the worklist; a red flag recorded from the patient's page."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from desk.forms.aftercare import FollowUpForm, RedFlagForm
from desk.pages import StaffRequest, action, form_page, go, stay_in
from desk.presenters.people import name_of, patient_url
from desk.presenters.worklist.aftercare import escalated_words, red_flag_page
from desk.toasts import say
from desk.views.day.acts import PASSED_ON
from desk.views.visits.showing import reader_of
from desk.views.worklist.page import list_url, show_task
from doseplans.models import PlanHold
from patients.errors import PatientHasDied
from patients.selectors import escalations_of, patient_by_public_id, worklist_item
from scheduling.selectors.aftercare import follow_up_of_item, live_plans_of
from scheduling.selectors.courses import booked_of_plan
from scheduling.services.day.aftercare import record_follow_up, record_no_answer
from scheduling.services.day.aftercare import record_red_flag as record_red_flag_of
from units.errors import ClinicError, NotFound
from units.http import status_of
from units.policy import Act


@action(Act.WORK_WORKLIST, page_of_it=lambda item_id: reverse("desk:task", args=[item_id]))
def follow_up(request: StaffRequest, item_id: UUID) -> HttpResponse:
    """The answers, or that nobody was reached. A red flag among them holds the plan and asks a doctor."""
    item = worklist_item(request.actor, item_id)
    stay_in(request, item.unit)
    asked = follow_up_of_item(request.actor, item)
    if asked is None:
        raise NotFound(_("There is nothing to ask here."))
    is_unreached = "unreached" in request.POST
    form = FollowUpForm(request.POST, is_unreached=is_unreached)
    if not form.is_valid():
        return show_task(request, item, follow_up_form=form, status=422)
    note = form.cleaned_data["note"]
    patient = asked.administration.dose.plan.patient
    try:
        if is_unreached:
            record_no_answer(request.actor, follow_up_id=asked.public_id, note=note)
            say(
                request,
                _("Not reached: %(name)s. It comes back later today.") % {"name": name_of(patient)},
                tone="warn",
            )
            return go(request, list_url(request))
        done = record_follow_up(request.actor, follow_up_id=asked.public_id, red_flags=form.red_flags(), note=note)
    except PASSED_ON:
        raise
    except ClinicError as error:  # somebody else has answered, the dose was withdrawn, the patient has died
        say(request, error.sentence, tone="stop")
        return go(request, list_url(request))
    if done.escalated is None:
        say(request, _("No red flag: %(name)s.") % {"name": name_of(patient)})
    else:
        say(request, escalated_words(patient, done.escalated), tone="stop")
    return go(request, list_url(request))


@form_page(Act.WORK_WORKLIST)
def red_flag(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """A red flag heard of at any time: which one, and what follows, said before the button."""
    patient = patient_by_public_id(request.actor, patient_id)
    stay_in(request, patient.unit)
    request.actor.require(Act.WORK_WORKLIST, patient.unit_id)
    if patient.deceased_at is not None:
        return go(request, patient_url(patient))
    form = RedFlagForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                done = record_red_flag_of(request.actor, patient_id=patient_id, **form.cleaned_data)
            except PASSED_ON:
                raise
            except PatientHasDied as error:
                say(request, error.sentence, tone="stop")
                return go(request, patient_url(patient))
            except ClinicError as error:
                form.refuse(error)
                status = status_of(error)
            else:
                say(request, escalated_words(patient, done), tone="stop")
                return go(request, patient_url(patient))
        else:
            status = 422
    reader = reader_of(request)
    plans = list(live_plans_of(request.actor, patient))
    page = red_flag_page(
        patient,
        plans,
        [visit for plan in plans for visit in booked_of_plan(request.actor, plan, since=reader.today)],
        list(escalations_of(request.actor, patient)),
        held=PlanHold.objects.filter(plan__in=plans, lifted_at__isnull=True).count(),
    )
    return render(request, "desk/courses/course.html", {"page": page, "form": form}, status=status)
