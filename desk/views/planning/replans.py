"""When a day breaks: closures, where their visits are to go, and the one press that moves them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.forms.replans import LineForm
from desk.kept_boxes import keep_boxes, kept_boxes
from desk.pages import READING, StaffRequest, action, go, page, stay_in, uuid_or_none
from desk.presenters.listing import address, page_number, place_in
from desk.presenters.planning.accepting import has_new_times
from desk.presenters.planning.closures import closures_page
from desk.presenters.planning.draft_filters import ALL, Picked
from desk.presenters.planning.replans import replan_page
from desk.refusals import refusal_of
from desk.toasts import say
from desk.views.day.acts import PASSED_ON
from desk.views.visits.showing import reader_of
from reminders.people import people_of_each
from scheduling.models import Replan, ReplanLine, Resource
from scheduling.selectors.planning import latest_run
from scheduling.selectors.replans import closure_for, closures_ahead, places_of, replan_for
from scheduling.services.planning.replan_applying import apply_replan
from scheduling.services.planning.replans import Choice, change_line, give_up_replan, plan_closure
from units.errors import ClinicError
from units.http import status_of
from units.models import Unit
from units.policy import Act


def replan_url(replan_id: UUID, **_: Any) -> str:
    """Where the re-plan is shown."""
    return reverse("desk:replan", args=[replan_id])


def line_url(replan_id: UUID, line_id: UUID) -> str:
    """Where the form of one line is open, also for what was typed into it before signing in again."""
    return address(replan_url(replan_id), {}, line=str(line_id))


def closures_url(**_: Any) -> str:
    """Where the closures are listed."""
    return reverse("desk:closures")


@page(Act.VIEW_SCHEDULE)
def closures(request: StaffRequest) -> HttpResponse:
    """What is closed from now on."""
    found = closures_ahead(request.actor, unit=request.unit, at=request.at)
    shown = closures_page(
        found, reader_of(request), number=page_number(request.GET.get("page", "")), near=request.GET.get("near", "")
    )
    return render(request, "desk/planning/closures.html", {"page": shown})


@action(Act.BOOK, page_of_it=closures_url)
def plan(request: StaffRequest, closure_id: UUID) -> HttpResponse:
    """A draft for the closure's visits, or the one there is planned again."""
    stay_in(request, closure_for(request.actor, closure_id).unit)
    draft = plan_closure(request.actor, closure_id=closure_id)
    keep_boxes(request, draft)
    return go(request, place_in(replan_url(draft.public_id), request.GET))


@page(Act.VIEW_SCHEDULE, methods=READING | {"POST"})
def replan(request: StaffRequest, replan_id: UUID) -> HttpResponse:
    """Old, new and effect of each visit; `?line=` opens the form of one. Posted, its boxes are kept before."""
    if request.method == "POST":
        keep_boxes(request, replan_for(request.actor, replan_id))
        return go(request, request.get_full_path())
    return _show(request, replan_id, line_id=uuid_or_none(request.GET.get("line", "")))


@action(Act.BOOK, page_of_it=line_url)
def change(request: StaffRequest, replan_id: UUID, line_id: UUID) -> HttpResponse:
    """One visit as a person chose; the rest is planned again around it."""
    found = replan_for(request.actor, replan_id, act=Act.BOOK)
    stay_in(request, found.unit)
    decision = request.POST.get("decision", "")
    try:
        if decision == "move":
            form = _form(found, str(line_id), places_in(request, found.unit), data=request.POST)
            if not form.is_valid():
                return _show(request, replan_id, changed=(line_id, form), status=422)
            choice = form.choice(found.unit)
        else:
            choice = Choice(None if decision == "plan" else decision)
        change_line(request.actor, line_id=line_id, choice=choice)
    except PASSED_ON:
        raise
    except ClinicError as error:
        form = _form(found, str(line_id), places_in(request, found.unit), data=request.POST)
        return _show(request, replan_id, changed=(line_id, form), refused=error)
    return go(request, place_in(replan_url(replan_id), request.GET, str(line_id)))


@action(Act.BOOK, page_of_it=replan_url)
def apply(request: StaffRequest, replan_id: UUID) -> HttpResponse:
    """The selected moves, or all; nothing of them where one no longer fits, with the line that does not."""
    stay_in(request, replan_for(request.actor, replan_id, act=Act.BOOK).unit)
    only = taken_in(request)
    try:
        applied = apply_replan(request.actor, replan_id=replan_id, seen=seen_in(request), only=only)
    except PASSED_ON:
        raise
    except ClinicError as error:
        return _show(request, replan_id, refused=error)
    moved = [line for line in applied.lines.all() if line.decision == ReplanLine.Decision.MOVE]
    if only is not None and {line.public_id for line in moved} != set(only):
        who = {"name": applied.ended_by_name}
        say(request, _("%(name)s had accepted another choice of it before. Nothing was added.") % who, tone="warn")
    else:
        say(request, _account(moved, applied.unit.undo_seconds))
    return go(request, replan_url(replan_id))


def _account(moved: Sequence[ReplanLine], seconds: int) -> str:
    if not moved:
        return _("Done. Nothing was moved.")
    words = ngettext("%(n)d visit was moved.", "%(n)d visits were moved.", len(moved)) % {"n": len(moved)}
    if not any(map(has_new_times, moved)):
        return words + " " + _("All times stay the same, so nobody is told.")
    told = _("The new invites leave in %(n)d s; whoever gets none is on the worklist, to be rung.") % {"n": seconds}
    return f"{words} {told}"


@action(Act.BOOK, page_of_it=replan_url)
def give_up(request: StaffRequest, replan_id: UUID) -> HttpResponse:
    """The draft is put aside."""
    stay_in(request, replan_for(request.actor, replan_id, act=Act.BOOK).unit)
    try:
        give_up_replan(request.actor, replan_id=replan_id)
    except PASSED_ON:
        raise
    except ClinicError as error:
        return _show(request, replan_id, refused=error)
    return go(request, replan_url(replan_id))


def seen_in(request: StaffRequest) -> datetime | None:
    """When the draft on the page was planned."""
    try:
        return parse_datetime(request.POST.get("seen", ""))
    except ValueError:
        return None


def taken_in(request: StaffRequest) -> list[UUID] | None:
    """The lines whose boxes were ticked; None where all of the draft is accepted."""
    if request.POST.get("accept") == ALL:
        return None
    return [one for one in map(uuid_or_none, request.POST.getlist("take")) if one is not None]


def places_in(request: StaffRequest, unit: Unit) -> dict[str, Any]:
    """The rooms and the people among which a visit's place is chosen by hand."""
    kinds = {"room": Resource.Kind.ROOM, "operator": Resource.Kind.PERSON}
    return {name: places_of(request.actor, unit=unit, kind=kind) for name, kind in kinds.items()}


def _form(found: Replan, key: str, places: dict[str, Any], *, data: Any = None) -> LineForm:
    line = next((one for one in found.lines.all() if str(one.public_id) == key), None)
    initial = {}
    if line is not None:
        local = found.unit.local(line.starts_at or line.was_starts_at)
        initial = {"on": local.date(), "arrives": local.time(), "room": line.room, "operator": line.operator}
    return LineForm(data, initial=initial, auto_id=f"{key}-%s", places=places)


def _show(
    request: StaffRequest,
    replan_id: UUID,
    *,
    line_id: UUID | None = None,
    changed: tuple[UUID, LineForm] | None = None,
    refused: ClinicError | None = None,
    status: int = 200,
) -> HttpResponse:
    reader = reader_of(request)
    found = replan_for(request.actor, replan_id)
    stay_in(request, found.unit)
    is_open = found.state == Replan.State.DRAFT and found.closure is not None and reader.may(Act.BOOK)
    line_id = changed[0] if changed else line_id
    opened = None
    if is_open and line_id in {line.public_id for line in found.lines.all()}:
        opened = changed or (line_id, _form(found, str(line_id), places_in(request, found.unit)))
    patients = [line.appointment.patient for line in found.lines.all()]
    prefetch_related_objects(patients, "carers")
    people = people_of_each(patients)
    sent = request.POST.getlist("take") if "here" in request.POST else None
    near = str(opened[0]) if opened else request.GET.get("near", "")
    picked = Picked(request.GET.get("show", ""), request.GET.get("select", ""), near, kept_boxes(request, found), sent)
    number = page_number(request.GET.get("page", ""))
    shown = replan_page(found, latest_run(found), reader, people, number=number, opened=opened, picked=picked)
    refusal = refusal_of(refused) if refused else None
    context = {"page": shown, "line_refusal" if opened else "refusal": refusal}
    return render(request, "desk/planning/replan.html", context, status=status_of(refused) if refused else status)
