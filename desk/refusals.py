"""The one place where a refusal becomes a page, or a part of one when htmx asks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.errors import InOtherUnit
from desk.looks import Words
from desk.viewmodels import Action, Line, Refusal
from units.errors import ClinicError
from units.http import status_of

TITLES: Mapping[str, Words] = MappingProxyType(
    {
        "slot_taken": gettext_lazy("That slot is taken"),
        "slot_not_offered": gettext_lazy("That slot is not offered"),
        "patient_elsewhere": gettext_lazy("The patient is booked elsewhere then"),
        "dose_already_booked": gettext_lazy("This dose is booked already"),
        "dose_already_given": gettext_lazy("This dose is on record as given"),
        "dose_reserved_by_other": gettext_lazy("A colleague is choosing a slot"),
        "outside_window": gettext_lazy("Outside the window"),
        "neighbour_too_close": gettext_lazy("Too close to the next visit"),
        "dose_too_early": gettext_lazy("Too early"),
        "plan_on_hold": gettext_lazy("The plan is on hold"),
        "plan_ended": gettext_lazy("The plan has ended"),
        "eligibility_missing": gettext_lazy("Something is missing"),
        "earlier_dose_unbooked": gettext_lazy("An earlier dose comes first"),
        "stale_page": gettext_lazy("This page was out of date"),
        "not_in_that_state": gettext_lazy("That does not fit what has happened"),
        "replan_outdated": gettext_lazy("A visit no longer fits"),
        "nothing_selected": gettext_lazy("Nothing is selected"),
        "dose_before_not_selected": gettext_lazy("A dose before it is left out"),
        "swap_refused": gettext_lazy("One of the visits would not fit"),
        "series_refused": gettext_lazy("One of the doses cannot be booked so"),
        "undo_too_late": gettext_lazy("Too late to undo"),
        "not_allowed": gettext_lazy("Your role does not allow this"),
        "not_found": gettext_lazy("Not found"),
        "in_other_unit": gettext_lazy("In another of your units"),
    }
)


def title_of(error: ClinicError) -> Words:
    """A heading for the refusal; a code without one of its own says only that nothing was changed."""
    return TITLES.get(error.code) or gettext_lazy("Nothing was changed")


def refusal_of(error: ClinicError, *, nearest: Action | None = None, checks: tuple[Line, ...] = ()) -> Refusal:
    """The refusal as it is shown: the cause, what was checked, the nearest thing that works."""
    return Refusal(title=title_of(error), sentence=error.sentence, checks=checks, nearest=nearest)


def answer(request: HttpRequest, error: ClinicError) -> HttpResponse:
    """The refusal with its own status: a part for htmx, else a page."""
    request.is_refused = True  # type: ignore[attr-defined]  # read by desk.context
    part = bool(getattr(request, "htmx", False))
    template = "components/refusal.html" if part else "desk/refused.html"
    return render(
        request, template, {"refusal": refusal_of(error, nearest=_way_out(request, error))}, status=status_of(error)
    )


def _way_out(request: HttpRequest, error: ClinicError) -> Action | None:
    """Where to go from a page that is not shown; a part of one leaves the page around it standing."""
    if isinstance(error, InOtherUnit):
        fields = (("unit", str(error.unit.public_id)), ("next", request.get_full_path()))
        label = _("Go to %(unit)s") % {"unit": error.unit.name}
        return Action(label, reverse("desk:switch_unit"), "post", "primary", fields=fields)
    return None if getattr(request, "htmx", False) else Action(_("Go to the start page"), reverse("desk:home"))
