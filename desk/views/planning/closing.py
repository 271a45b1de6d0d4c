"""A room, a place, a person or the unit is closed for a time, whom that hits seen first; and opened again."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.forms.closing import ClosingForm
from desk.pages import StaffRequest, action, form_page, go, stay_in
from desk.presenters.listing import place_in
from desk.presenters.planning.closing import closing_page
from desk.toasts import say
from desk.views.day.acts import PASSED_ON
from desk.views.planning.replans import closures_url
from desk.views.visits.showing import reader_of
from scheduling.selectors.replans import closable, closure_for
from scheduling.selectors.standing import Stranded
from scheduling.services.opening.closures import Closed, close, reopen
from scheduling.services.opening.hours import WouldStrand
from scheduling.services.planning.replans import plan_closure
from units.errors import ClinicError
from units.http import status_of
from units.policy import Act

ROUND_TO_MINUTES = 5


@form_page(Act.CLOSE)
def close_for_a_time(request: StaffRequest) -> HttpResponse:
    """The form; sent once, it shows whom it hits and changes nothing, and confirmed it closes.

    The address may carry `what` (a public identifier, or "unit") and `on` (a day).
    """
    form = ClosingForm(
        request.POST or None,
        initial=_initial(request),
        unit=request.unit,
        resources=closable(request.actor, unit=request.unit),
    )
    if request.method != "POST":
        return _show(request, form)
    if not form.is_valid():
        return _show(request, form, status=422)
    try:
        closed = close(request.actor, unit=request.unit, seen=request.POST.get("seen", ""), **form.asked())
    except WouldStrand as would:
        return _show(request, form, stranded=would.stranded)
    except PASSED_ON:
        raise
    except ClinicError as error:
        form.refuse(error)
        return _show(request, form, status=status_of(error))
    return go(request, _after(request, closed))


@action(Act.CLOSE, page_of_it=closures_url)
def open_again(request: StaffRequest, closure_id: UUID) -> HttpResponse:
    """The closure is gone; visits it had stranded stand again."""
    closure = closure_for(request.actor, closure_id)
    stay_in(request, closure.unit)
    what = closure.resource.name if closure.resource else _("The whole unit")
    reopen(request.actor, closure=closure)
    say(request, _("Open again: %(what)s.") % {"what": what})
    return go(request, place_in(closures_url(), request.GET))


def _initial(request: StaffRequest) -> dict[str, Any]:
    """Today from now, or the whole of another day; what the address names is chosen."""
    now = request.unit.local(request.at)
    on = _day_in(request) or now.date()
    is_today = on == now.date()
    minute = now.minute - now.minute % ROUND_TO_MINUTES
    return {
        "what": request.GET.get("what", ""),
        "since_on": on,
        "since_at": f"{now.hour:02}:{minute:02}" if is_today else "00:00",
        "until_on": on,
        "until_at": "23:59",
    }


def _day_in(request: StaffRequest) -> date | None:
    try:
        return parse_date(request.GET.get("on", ""))
    except ValueError:
        return None


def _after(request: StaffRequest, closed: Closed) -> str:
    """Where the work goes on: the draft for the visits that are hit, for whoever may book."""
    what = closed.closure.resource.name if closed.closure.resource else _("The whole unit")
    n = len(closed.stranded)
    words = _("Closed: %(what)s.") % {"what": what}
    if n:
        hit = ngettext("%(n)d visit is to be moved.", "%(n)d visits are to be moved.", n) % {"n": n}
        words = f"{words} {hit}"
    say(request, words)
    if n and request.actor.may(Act.BOOK, request.unit.pk):
        draft = plan_closure(request.actor, closure_id=closed.closure.public_id)
        return reverse("desk:replan", args=[draft.public_id])
    return place_in(closures_url(), {}, str(closed.closure.public_id))


def _show(
    request: StaffRequest, form: ClosingForm, *, stranded: tuple[Stranded, ...] = (), status: int = 200
) -> HttpResponse:
    page = closing_page(stranded, reader_of(request))
    return render(request, "desk/planning/closing.html", {"page": page, "form": form}, status=status)
