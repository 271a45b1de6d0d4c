"""When the day breaks: a list runs late, an urgent visit is squeezed in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.forms.broken_day import LateForm, SqueezeForm
from desk.pages import StaffRequest, form_page, go, stay_in
from desk.presenters.day.broken import late_page, squeeze_page
from desk.presenters.people import name_of, patient_url
from desk.presenters.visits.steps import Taken, panel_url, visit_url
from desk.selectors import VisitRead
from desk.toasts import say
from desk.viewmodels import MenuLink
from desk.views.day.acts import PASSED_ON
from desk.views.visits.showing import reader_of, visit_here
from patients.errors import PatientHasDied
from scheduling import services
from scheduling.models import Resource
from scheduling.selectors.errands import Errand, errand_for_dose, errand_for_kind
from scheduling.selectors.list_left import Along
from scheduling.selectors.replans import places_of
from scheduling.services.day.running_late import Lateness, Outcome, look_ahead
from scheduling.services.visits.squeezing import Urgent, weigh_squeeze
from units.errors import ClinicError
from units.http import status_of
from units.policy import Act

USUAL_MINUTES = 30


@form_page(Act.BOOK)
def late(request: StaffRequest, visit_id: UUID) -> HttpResponse:
    """How late, what would move, and the press that moves it: one form, looked at as often as is wanted."""
    read = visit_here(request, visit_id)
    form = _late_form(request, read)
    if request.method != "POST":
        return _show_late(request, read, form, Lateness(USUAL_MINUTES))
    if not form.is_valid():
        return _show_late(request, read, form, None, status=422)
    lateness = form.lateness(request.POST.getlist("stay"))
    if "apply" not in request.POST:
        return _show_late(request, read, form, lateness)
    try:
        done = services.run_late(
            request.actor, appointment_id=visit_id, lateness=lateness, seen=request.POST.get("seen") or None
        )
    except PASSED_ON:
        raise
    except ClinicError as error:
        return _show_late(request, read, form, lateness, refused=error)
    n = len(done.moving)
    words = ngettext("%(n)d visit was moved.", "%(n)d visits were moved.", n) % {"n": n}
    if any(one.is_told for one in done.moving):
        words += " " + _("The new times are sent in %(n)d s.") % {"n": request.unit.undo_seconds}
    undo_url = reverse("desk:undo", args=[done.moving[0].visit.public_id])
    say(request, words, undo_url=undo_url, seconds=request.unit.undo_seconds)
    return go(request, panel_url(done.moving[0].visit, reader_of(request)))


def _late_form(request: StaffRequest, read: VisitRead) -> LateForm:
    taken = Taken.of(read.visit)
    return LateForm(
        request.POST or None,
        initial={"minutes": USUAL_MINUTES, "along": Along.ROOM.value},
        room=taken.room.resource.name if taken.room else "",
        operator=taken.person.resource.name if taken.person else "",
        may_run_over=request.actor.may(Act.SQUEEZE_IN, read.visit.unit_id),
    )


def _show_late(
    request: StaffRequest,
    read: VisitRead,
    form: LateForm,
    lateness: Lateness | None,
    *,
    refused: ClinicError | None = None,
    status: int = 200,
) -> HttpResponse:
    outcome: Outcome | None = None
    if lateness is not None:
        try:
            outcome = look_ahead(request.actor, appointment_id=read.visit.public_id, lateness=lateness)
        except PASSED_ON:
            raise
        except ClinicError as error:
            refused = refused or error
    if refused is not None:
        if form.is_bound:
            form.refuse(refused)
        else:
            say(request, refused.sentence, tone="stop")
        status = status_of(refused) if request.method == "POST" else 200
    page = late_page(read.visit, outcome, reader_of(request))
    return render(request, "desk/day/late.html", {"page": page, "form": form}, status=status)


@form_page(Act.SQUEEZE_IN)
def squeeze_dose(request: StaffRequest, dose_id: UUID) -> HttpResponse:
    """An urgent dose, outside the hours of the lists."""
    errand = errand_for_dose(request.actor, dose_id)
    back = MenuLink(_("Slots"), reverse("desk:slots", args=[dose_id]))
    return _squeeze(request, errand, Urgent(dose_id), back)


@form_page(Act.SQUEEZE_IN)
def squeeze_visit(request: StaffRequest, patient_id: UUID, kind_id: UUID) -> HttpResponse:
    """An urgent visit without a plan."""
    errand = errand_for_kind(request.actor, patient_id, kind_id)
    back = MenuLink(_("Slots"), reverse("desk:other_visit", args=[patient_id, kind_id]))
    return _squeeze(request, errand, Urgent(patient_id=patient_id, visit_kind_id=kind_id), back)


def _squeeze(request: StaffRequest, errand: Errand, urgent: Urgent, back: MenuLink) -> HttpResponse:
    stay_in(request, errand.unit)
    if errand.patient.deceased_at is not None:
        return go(request, patient_url(errand.patient))
    form = _squeeze_form(request, errand)
    leaves: tuple[str, ...] | None = None
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            wanted, reasons = form.wanted(request.unit), form.reasons()
            try:
                if "book" in request.POST:
                    visit = services.squeeze_in(request.actor, urgent=urgent, wanted=wanted, reasons=reasons)
                    return _squeezed(request, visit)
                leaves = weigh_squeeze(request.actor, urgent=urgent, wanted=wanted, override_reason=reasons.override)
                status = 200
            except (*PASSED_ON, PatientHasDied):
                raise
            except ClinicError as error:
                form.refuse(error)
                status = status_of(error)
    page = squeeze_page(errand, reader_of(request), url=request.path, back=back, leaves=leaves)
    return render(request, "desk/day/squeeze.html", {"page": page, "form": form}, status=status)


def _squeeze_form(request: StaffRequest, errand: Errand) -> SqueezeForm:
    kinds = {"room": Resource.Kind.ROOM, "operator": Resource.Kind.PERSON}
    places: dict[str, Any] = {
        name: places_of(request.actor, unit=errand.unit, kind=kind) for name, kind in kinds.items()
    }
    soon = reader_of(request).unit.local(request.at + timedelta(minutes=10))
    soon -= timedelta(minutes=soon.minute % 5)
    return SqueezeForm(
        request.POST or None,
        initial={"on": soon.date(), "arrives": soon.time().replace(second=0, microsecond=0)},
        places=places,
        may_override=errand.dose is not None and request.actor.may(Act.OVERRIDE_DOSE_LIMITS, errand.unit.pk),
    )


def _squeezed(request: StaffRequest, visit: Any) -> HttpResponse:
    words = _("Squeezed in: %(name)s, %(when)s. The invite leaves in %(n)d s.") % {
        "name": name_of(visit.patient),
        "when": reader_of(request).moment(visit.arrives_at),
        "n": visit.unit.undo_seconds,
    }
    undo_url = reverse("desk:undo", args=[visit.public_id])
    say(request, words, undo_url=undo_url, seconds=visit.unit.undo_seconds)
    return go(request, visit_url(visit))
