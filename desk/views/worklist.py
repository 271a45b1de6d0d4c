"""The worklist: look at one thing, and say what came of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from desk.forms.worklist import OutcomeForm
from desk.pages import StaffRequest, action, go, is_for_panel, page, stay_in
from desk.presenters.listing import address
from desk.presenters.worklist import task_panel, worklist_page
from desk.toasts import say
from desk.views.showing import reader_of
from patients.errors import ItemAlreadyDone
from patients.models import Flag, WorklistItem
from patients.selectors import carers_of, worklist_item, worklist_of
from patients.services import finish_item
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
    return _gone(request) if item.done_at else _panel(request, item, OutcomeForm())


@action(Act.WORK_WORKLIST, page_of_it=lambda item_id: reverse("desk:task", args=[item_id]))
def finish(request: StaffRequest, item_id: UUID) -> HttpResponse:
    """It is done, with what came of it; a second click is told who did it."""
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        item = worklist_item(request.actor, item_id)
        return _gone(request) if item.done_at else _panel(request, item, form, status=422)
    try:
        done = finish_item(request.actor, item_id=item_id, outcome=form.cleaned_data["outcome"])
    except ItemAlreadyDone as error:
        say(request, error.sentence, tone="warn")
    else:
        say(request, _("Finished: %(title)s.") % {"title": done.title})
    return go(request, _list_url(request))


def _kind(request: StaffRequest) -> str:
    kind = request.GET.get("kind", "")
    return kind if kind in WorklistItem.Kind.values else ""


def _list_url(request: StaffRequest) -> str:
    return address(reverse("desk:worklist"), {}, kind=_kind(request))


def _gone(request: StaffRequest) -> HttpResponse:
    say(request, _("That is not open any more: somebody has finished it."), tone="plain")
    return go(request, _list_url(request)) if request.htmx else HttpResponseRedirect(_list_url(request))


def _show(request: StaffRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    items = list(worklist_of(request.actor, unit=request.unit))
    listed = worklist_page(items, reader_of(request), kind=_kind(request))
    return render(request, "desk/worklist.html", {"page": listed, **context}, status=status)


def _panel(request: StaffRequest, item: WorklistItem, form: OutcomeForm, *, status: int = 200) -> HttpResponse:
    carers = []
    if item.patient is not None:
        prefetch_related_objects([item.patient], Prefetch("flags", queryset=Flag.objects.order_by("kind", "pk")))
        carers = list(carers_of(request.actor, item.patient))
    panel = task_panel(item, reader_of(request), carers=carers, kind=_kind(request))
    context = {"panel": panel, "outcome_form": form}
    if is_for_panel(request):
        return render(request, "desk/_task_panel.html", context, status=status)
    return _show(request, context, status=status)
