"""The coming weeks planned at once: looked at, changed, booked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.forms.planning import SlotForm, WeeksForm
from desk.kept_boxes import keep_boxes, kept_boxes
from desk.pages import READING, StaffRequest, action, go, page, stay_in, uuid_or_none
from desk.presenters.listing import address, page_number, place_in
from desk.presenters.planning.draft_filters import Picked
from desk.presenters.planning.horizons import ahead_page, horizon_page
from desk.refusals import refusal_of
from desk.toasts import say
from desk.views.day.acts import PASSED_ON
from desk.views.planning.replans import places_in, seen_in, taken_in
from desk.views.visits.showing import reader_of
from scheduling.models import Horizon
from scheduling.selectors.horizons import horizon_for, open_horizon
from scheduling.selectors.planning import latest_run
from scheduling.services.planning.horizon_booking import HorizonBooked, book_horizon
from scheduling.services.planning.horizons import change_horizon_line, give_up_horizon, plan_horizon
from scheduling.services.planning.replans import Choice
from units.errors import ClinicError
from units.http import status_of
from units.policy import Act


def horizon_url(horizon_id: UUID, **_named: Any) -> str:
    """Where the weeks are shown."""
    return reverse("desk:horizon", args=[horizon_id])


def line_url(horizon_id: UUID, line_id: UUID) -> str:
    """Where the form of one line is open, also for what was typed into it before signing in again."""
    return address(horizon_url(horizon_id), {}, line=str(line_id))


def ahead_url(**_named: Any) -> str:
    """Where planning weeks begins."""
    return reverse("desk:ahead")


@page(Act.BOOK)
def ahead(request: StaffRequest) -> HttpResponse:
    """How many weeks are to be planned."""
    return _ask(request, WeeksForm())


@action(Act.BOOK, page_of_it=ahead_url)
def plan(request: StaffRequest) -> HttpResponse:
    """A draft for the unit's weeks, or the one there is planned again."""
    form = WeeksForm(request.POST)
    if not form.is_valid():
        return _ask(request, form, status=422)
    made = plan_horizon(request.actor, unit=request.unit, weeks=form.cleaned_data["weeks"])
    keep_boxes(request, made)
    return go(request, place_in(horizon_url(made.public_id), request.GET))


def _ask(request: StaffRequest, form: WeeksForm, *, status: int = 200) -> HttpResponse:
    draft = open_horizon(request.actor, unit=request.unit)
    return render(request, "desk/planning/ahead.html", {"page": ahead_page(form, draft)}, status=status)


@page(Act.VIEW_SCHEDULE, methods=READING | {"POST"})
def horizon(request: StaffRequest, horizon_id: UUID) -> HttpResponse:
    """Each dose with its slot and why; `?line=` opens the form of one. Posted, its boxes are kept before."""
    if request.method == "POST":
        keep_boxes(request, horizon_for(request.actor, horizon_id))
        return go(request, request.get_full_path())
    return _show(request, horizon_id, line_id=uuid_or_none(request.GET.get("line", "")))


@action(Act.BOOK, page_of_it=line_url)
def change(request: StaffRequest, horizon_id: UUID, line_id: UUID) -> HttpResponse:
    """One dose as a person chose; the others keep their slots where they can."""
    found = horizon_for(request.actor, horizon_id, act=Act.BOOK)
    stay_in(request, found.unit)
    decision = request.POST.get("decision", "")
    form = None
    try:
        if decision == "book":
            form = _form(request, found, line_id, data=request.POST)
            if not form.is_valid():
                return _show(request, horizon_id, line_id=line_id, form=form, status=422)
            choice = form.choice(found.unit)
        else:
            choice = Choice(None if decision == "plan" else decision)
        change_horizon_line(request.actor, line_id=line_id, choice=choice)
    except PASSED_ON:
        raise
    except ClinicError as error:
        return _show(request, horizon_id, line_id=line_id, form=form, refused=error)
    return go(request, place_in(horizon_url(horizon_id), request.GET, str(line_id)))


@action(Act.BOOK, page_of_it=horizon_url)
def book(request: StaffRequest, horizon_id: UUID) -> HttpResponse:
    """Every course of what was selected is booked where it fits; what became of the others stands beside them."""
    stay_in(request, horizon_for(request.actor, horizon_id, act=Act.BOOK).unit)
    try:
        done = book_horizon(request.actor, horizon_id=horizon_id, seen=seen_in(request), only=taken_in(request))
    except PASSED_ON:
        raise
    except ClinicError as error:
        return _show(request, horizon_id, refused=error)
    say(request, _account(done))
    return go(request, place_in(horizon_url(horizon_id), request.GET))


@action(Act.BOOK, page_of_it=horizon_url)
def give_up(request: StaffRequest, horizon_id: UUID) -> HttpResponse:
    """The draft is put aside."""
    stay_in(request, horizon_for(request.actor, horizon_id, act=Act.BOOK).unit)
    try:
        give_up_horizon(request.actor, horizon_id=horizon_id)
    except PASSED_ON:
        raise
    except ClinicError as error:
        return _show(request, horizon_id, refused=error)
    return go(request, horizon_url(horizon_id))


def _account(done: HorizonBooked) -> str:
    words = ngettext("%(n)d dose booked.", "%(n)d doses booked.", done.booked) % {"n": done.booked}
    if done.refused:
        words += " " + ngettext(
            "%(n)d dose no longer fitted and was planned again.",
            "%(n)d doses no longer fitted and were planned again.",
            done.refused,
        ) % {"n": done.refused}
    if done.stopped:
        words += " " + _("It was stopped there: %(why)s") % {"why": done.stopped}
    return words


def _form(request: StaffRequest, found: Horizon, line_id: UUID, *, data: Any = None) -> SlotForm:
    line = next((one for one in found.lines.all() if one.public_id == line_id), None)
    initial: dict[str, Any] = {}
    if line is not None and line.starts_at is not None:
        local = found.unit.local(line.starts_at)
        initial = {"on": local.date(), "arrives": local.time(), "room": line.room, "operator": line.operator}
    elif line is not None:
        initial = {"on": line.target_on}
    return SlotForm(data, initial=initial, auto_id=f"{line_id}-%s", places=places_in(request, found.unit))


def _show(
    request: StaffRequest,
    horizon_id: UUID,
    *,
    line_id: UUID | None = None,
    form: SlotForm | None = None,
    refused: ClinicError | None = None,
    status: int = 200,
) -> HttpResponse:
    reader = reader_of(request)
    found = horizon_for(request.actor, horizon_id)
    stay_in(request, found.unit)
    opened = None
    is_open = found.state == Horizon.State.DRAFT and reader.may(Act.BOOK)
    if line_id is not None and is_open and line_id in {line.public_id for line in found.lines.all()}:
        opened = line_id, form or _form(request, found, line_id)
    number = page_number(request.GET.get("page", ""))
    sent = request.POST.getlist("take") if "here" in request.POST else None
    near = str(line_id) if opened else request.GET.get("near", "")
    picked = Picked(request.GET.get("show", ""), request.GET.get("select", ""), near, kept_boxes(request, found), sent)
    shown = horizon_page(found, latest_run(found), reader, number=number, opened=opened, picked=picked)
    refusal = refusal_of(refused) if refused else None
    context = {"page": shown, "line_refusal" if opened else "refusal": refusal}
    return render(request, "desk/planning/horizon.html", context, status=status_of(refused) if refused else status)
