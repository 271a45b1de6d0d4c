"""The worklist: look at one thing, and say what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from desk.forms.aftercare import FollowUpForm
from desk.forms.worklist import OutcomeForm
from desk.pages import StaffRequest, action, go, is_for_panel, page, stay_in, uuid_or_none
from desk.presenters.listing import address
from desk.presenters.people import name_of
from desk.presenters.worklist.page import Listing, worklist_page
from desk.presenters.worklist.panel import task_panel
from desk.toasts import say
from desk.viewmodels import WorklistPage
from desk.views.day.acts import PASSED_ON
from desk.views.visits.showing import reader_of
from desk.views.worklist.forms import TaskForms, forms_for, put_right, take_down
from doseplans.selectors import plan_under_review
from patients.errors import ItemAlreadyDone, ItemIsNoCall, ItemTaken
from patients.models import Flag, WorklistItem
from patients.selectors import (
    carers_of,
    escalations_of,
    worklist_done,
    worklist_item,
    worklist_of,
    worklist_stamp,
)
from patients.services import give_back_item, not_reached, take_item
from reminders.about_tasks import visits_asked_about
from reminders.selectors import replies_to_read
from scheduling.services.readiness import finish_worklist_item
from units.errors import ClinicError
from units.http import status_of, unless_known
from units.policy import Act


@page(Act.WORK_WORKLIST)
def worklist(request: StaffRequest) -> HttpResponse:
    """What is open, soonest due first."""
    return _show(request, {})


@page(Act.WORK_WORKLIST)
def task(request: StaffRequest, item_id: UUID) -> HttpResponse:
    """One thing to do, with the people to reach."""
    item = worklist_item(request.actor, item_id)
    stay_in(request, item.unit)
    return _gone(request) if item.done_at else show_task(request, item)


@action(Act.WORK_WORKLIST, page_of_it=lambda item_id: reverse("desk:task", args=[item_id]))
def finish(request: StaffRequest, item_id: UUID) -> HttpResponse:
    """It is done, with what came of it; a second click is told who did it."""
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        item = worklist_item(request.actor, item_id)
        return _gone(request) if item.done_at else show_task(request, item, outcome_form=form, status=422)
    try:
        done = finish_worklist_item(request.actor, item_id=item_id, outcome=form.cleaned_data["outcome"])
    except ItemAlreadyDone as error:
        say(request, error.sentence, tone="warn")
    else:
        say(request, _("Finished: %(title)s.") % {"title": done.title})
    return go(request, list_url(request))


@action(Act.RECORD_ANSWER, page_of_it=lambda item_id: reverse("desk:task", args=[item_id]))
def answer_task(request: StaffRequest, item_id: UUID) -> HttpResponse:
    """What somebody said on the telephone, or wrote, is on record; with it the item is dealt with."""
    return _dealt_with(request, item_id, "answer")


@action(Act.EDIT_PATIENTS, page_of_it=lambda item_id: reverse("desk:task", args=[item_id]))
def address_task(request: StaffRequest, item_id: UUID) -> HttpResponse:
    """The right address is on record; with it the item is dealt with, and messages resume."""
    return _dealt_with(request, item_id, "address")


def _dealt_with(request: StaffRequest, item_id: UUID, what: str) -> HttpResponse:
    item = worklist_item(request.actor, item_id)
    stay_in(request, item.unit)
    if item.done_at:
        return _gone(request)
    carers = list(carers_of(request.actor, item.patient)) if item.patient else []
    forms = forms_for(request, item, carers, posted={**request.POST.dict(), f"{what}_task": "1"})
    form = forms.answer if what == "answer" else forms.address
    if form is None:
        return show_task(request, item, status=409)
    if not form.is_valid():
        return show_task(request, item, forms=forms, status=422)
    try:
        if forms.address is form:
            return put_right(request, item, form, back=list_url(request))
        if forms.answer is not None:
            take_down(request, item, forms.answer)
    except PASSED_ON:
        raise
    except ClinicError as error:
        form.add_error(None, error.sentence)
        return show_task(request, item, forms=forms, status=status_of(error))
    return go(request, list_url(request))


@action(Act.WORK_WORKLIST, page_of_it=lambda item_id: reverse("desk:task", args=[item_id]))
def take(request: StaffRequest, item_id: UUID) -> HttpResponse:
    """The reader sees to it; whoever it was taken over from is named on the page they pressed."""
    taken_from = uuid_or_none(request.POST.get("taken_from", ""))
    try:
        take_item(request.actor, item_id=item_id, taken_from=taken_from)
    except (ItemAlreadyDone, ItemTaken) as error:
        say(request, error.sentence, tone="warn")
    return go(request, _task_url(request, item_id))


@action(Act.WORK_WORKLIST, page_of_it=lambda item_id: reverse("desk:task", args=[item_id]))
def give_back(request: StaffRequest, item_id: UUID) -> HttpResponse:
    """It is nobody's again."""
    try:
        give_back_item(request.actor, item_id=item_id)
    except ItemAlreadyDone as error:
        say(request, error.sentence, tone="warn")
    return go(request, _task_url(request, item_id))


@action(Act.WORK_WORKLIST, page_of_it=lambda item_id: reverse("desk:task", args=[item_id]))
def unreached(request: StaffRequest, item_id: UUID) -> HttpResponse:
    """Somebody was rung and not reached: it comes back."""
    try:
        item = not_reached(request.actor, item_id=item_id)
    except (ItemAlreadyDone, ItemIsNoCall) as error:
        say(request, error.sentence, tone="warn")
    else:
        words = _("Not reached: %(whom)s. It comes back at %(clock)s.")
        whom = name_of(item.patient) if item.patient else item.title
        say(request, words % {"whom": whom, "clock": reader_of(request).clock(item.due_at)}, tone="warn")
    return go(request, list_url(request))


def _task_url(request: StaffRequest, item_id: UUID) -> str:
    return address(reverse("desk:task", args=[item_id]), listing_of(request).kept)


@page(Act.WORK_WORKLIST)
def live(request: StaffRequest) -> HttpResponse:
    """What refreshes itself, or 304: one query says whether anything has changed; the minute makes things due."""
    stamp = worklist_stamp(request.actor, unit=request.unit, since=_day_began(request))
    listing = listing_of(request)

    def draw() -> HttpResponse:
        return render(request, "desk/worklist/_live.html", {"page": _page(request, listing)})

    mark = f"{stamp}-{request.at:%d%H%M}-{listing.whose}-{listing.kind}"
    return unless_known(request, mark, draw, {"X-Clinic-At": f"{request.unit.local(request.at):%H:%M:%S}"})


def listing_of(request: StaffRequest) -> Listing:
    """The list that was chosen, as the address says."""
    return Listing.asked(request.GET.get("whose", ""), request.GET.get("kind", ""))


def list_url(request: StaffRequest) -> str:
    """The list that was chosen."""
    return address(reverse("desk:worklist"), listing_of(request).kept)


def _gone(request: StaffRequest) -> HttpResponse:
    say(request, _("That is not open any more: somebody has finished it."), tone="plain")
    return go(request, list_url(request)) if request.htmx else HttpResponseRedirect(list_url(request))


def _day_began(request: StaffRequest) -> datetime:
    return request.unit.local(request.at).replace(hour=0, minute=0, second=0, microsecond=0)


def _page(request: StaffRequest, listing: Listing) -> WorklistPage:
    items = list(worklist_of(request.actor, unit=request.unit, at=request.at))
    done = list(worklist_done(request.actor, unit=request.unit, since=_day_began(request)))
    visits = visits_asked_about(request.actor, items)
    return worklist_page(items, done, reader_of(request), listing, visits=visits)


def _show(request: StaffRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    listed = _page(request, listing_of(request))
    return render(request, "desk/worklist/page.html", {"page": listed, **context}, status=status)


def show_task(
    request: StaffRequest,
    item: WorklistItem,
    *,
    outcome_form: OutcomeForm | None = None,
    follow_up_form: FollowUpForm | None = None,
    forms: TaskForms | None = None,
    status: int = 200,
) -> HttpResponse:
    """The item with the people to reach, and what ends it: an answer, an address, questions, or a sentence."""
    carers, alerts = [], []
    if item.patient is not None:
        prefetch_related_objects([item.patient], Prefetch("flags", queryset=Flag.objects.order_by("kind", "pk")))
        carers = list(carers_of(request.actor, item.patient))
        alerts = list(escalations_of(request.actor, item.patient))
    replies = replies_to_read(request.actor, item) if item.kind == WorklistItem.Kind.UNMATCHED_REPLY else ()
    forms = forms or forms_for(request, item, carers)
    panel = task_panel(
        item,
        reader_of(request),
        carers=carers,
        escalations=alerts,
        replies=replies,
        listing=listing_of(request),
        visit=forms.visit,
        held=plan_under_review(request.actor, item),
    )
    context: dict[str, Any] = {
        "panel": panel,
        "outcome_form": outcome_form or OutcomeForm(),
        **forms.context(item, listing_of(request).kept),
    }
    if item.kind == WorklistItem.Kind.FOLLOW_UP:
        context["follow_up_form"] = follow_up_form or FollowUpForm()
        context["answer_url"] = address(reverse("desk:follow_up", args=[item.public_id]), listing_of(request).kept)
    if is_for_panel(request):
        return render(request, "desk/worklist/_task_panel.html", context, status=status)
    return _show(request, context, status=status)
