"""What is done to a visit on its day: one use case each, then the page it was asked from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.forms.booking import reason_in
from desk.forms.day import GivenForm
from desk.looks import Words
from desk.pages import StaffRequest, StaffView, action, is_for_panel
from desk.presenters.people import name_of
from desk.presenters.reader import Reader
from desk.presenters.visits.records import last_change
from desk.presenters.visits.steps import panel_url, visit_url
from desk.toasts import say
from desk.viewmodels import Line
from desk.views.visits.showing import given_form, reader_of, show_panel, show_visit, visit_here
from scheduling import services
from scheduling.errors import StalePage
from scheduling.models import Appointment
from scheduling.services.day.steps import Given
from units.actors import Actor
from units.errors import ClinicError, InvalidInput, NotAllowed, NotFound
from units.http import status_of
from units.policy import Act

CHANGED = "clinic:changed"
"""The event after which an open board asks at once instead of in a few seconds."""

PASSED_ON = (NotFound, NotAllowed)
"""Refusals that no page about the visit could show: there is no visit to show, or not to this actor."""


class OneStep(Protocol):
    """A use case that moves a visit one step on its day."""

    def __call__(self, actor: Actor, *, appointment_id: UUID, version: int | None) -> Appointment: ...


def page_of_visit(visit_id: UUID) -> str:
    """Where the address of an act leads when it is merely opened."""
    return reverse("desk:visit", args=[visit_id])


def step(act: Act, use_case: OneStep, words: Words) -> StaffView:
    """The view for a use case that needs nothing but the visit and the version the page showed."""

    @action(act, page_of_it=page_of_visit)
    def view(request: StaffRequest, visit_id: UUID) -> HttpResponse:
        back = request.POST.get("back", "")
        try:
            visit = use_case(request.actor, appointment_id=visit_id, version=version_in(request.POST))
        except PASSED_ON:
            raise
        except ClinicError as error:
            return refused(request, visit_id, error, back=back)
        say(request, f"{words}: {name_of(visit.patient)}.")
        return after(request, visit, back=back)

    return view


arrive = step(Act.RECORD_ARRIVAL, services.record_arrival, gettext_lazy("Arrived"))
put_back = step(Act.RECORD_ARRIVAL, services.correct_arrival, gettext_lazy("Put back to booked"))
finish = step(Act.RECORD_ADMINISTRATION, services.finish_visit, gettext_lazy("Procedure done"))
discharge = step(Act.RECORD_ARRIVAL, services.discharge, gettext_lazy("Discharged"))
noshow = step(Act.RECORD_ARRIVAL, services.record_noshow, gettext_lazy("Did not attend; a call is on the worklist"))


came = step(Act.RECORD_ARRIVAL, services.correct_noshow, gettext_lazy("Booked again"))


@action(Act.RECORD_ADMINISTRATION, page_of_it=page_of_visit)
def start(request: StaffRequest, visit_id: UUID) -> HttpResponse:
    """Into the procedure room; past a red gate only with a doctor's reason, which is kept where it does not do."""
    back = request.POST.get("back", "")
    try:
        visit = services.start_procedure(
            request.actor,
            appointment_id=visit_id,
            version=version_in(request.POST),
            override_reason=reason_in(request.POST),
        )
    except PASSED_ON:
        raise
    except ClinicError as error:
        return refused(request, visit_id, error, back=back)
    say(request, _("In the procedure room: %(name)s.") % {"name": name_of(visit.patient)})
    return after(request, visit, back=back)


@action(Act.RECORD_ADMINISTRATION, page_of_it=page_of_visit)
def given(request: StaffRequest, visit_id: UUID) -> HttpResponse:
    """The dose is recorded; the plan counts on from the day it was given."""
    back = request.POST.get("back", "")
    reader = reader_of(request)
    form = given_form(visit_here(request, visit_id), reader, request.POST, back=back)
    if form is None:
        raise InvalidInput(_("This visit has no dose to give."))
    if not form.is_valid():
        error = InvalidInput(_("Nothing was saved yet: some values are missing or cannot be used."))
        return refused(request, visit_id, error, back=back, form=form)
    try:
        done = services.record_administration(
            request.actor, appointment_id=visit_id, record=form.record(reader), version=form.cleaned_data["version"]
        )
    except PASSED_ON:
        raise
    except ClinicError as error:
        if isinstance(error, InvalidInput):
            form.refuse(error)
        return refused(request, visit_id, error, back=back, form=form)
    say(request, given_words(done, reader), tone="warn" if done.unfitting else "ok")
    return after(request, done.appointment, back=back)


def given_words(done: Given, reader: Reader) -> str:
    """What followed from the dose given."""
    who = {"name": name_of(done.appointment.patient), "dose": done.appointment.dose}
    words = [_("Given: %(name)s, %(dose)s.") % who]
    if done.next_dose is not None:
        words.append(_("Next dose %(day)s.") % {"day": reader.day(done.next_dose.target_on)})
    if done.unfitting:
        words.append(_("A booked visit no longer fits its window: it is on the worklist."))
    return " ".join(words)


def after(request: StaffRequest, visit: Appointment, *, back: str) -> HttpResponse:
    """The page the act was asked from, with the visit as it stands now."""
    if is_for_panel(request):
        response = show_panel(request, visit_here(request, visit.public_id))
        response.headers["HX-Trigger"] = CHANGED
        return response
    return HttpResponseRedirect(visit_url(visit) if back == "visit" else panel_url(visit, reader_of(request)))


def refused(
    request: StaffRequest, visit_id: UUID, error: ClinicError, *, back: str, form: GivenForm | None = None
) -> HttpResponse:
    """The fresh visit with the refusal on top; what was typed is still in the form, to be sent again knowingly."""
    read = visit_here(request, visit_id)
    is_said_in_form = form is not None and isinstance(error, InvalidInput)
    notices = [] if is_said_in_form else [Line(error.sentence, "stop", "circle-x")]
    if isinstance(error, StalePage):
        notices.append(Line(last_change(read.events, reader_of(request)), "warn", "history"))
    if form is not None:
        form.data = with_version(form.data, read.visit.version)
    show = show_visit if back == "visit" and not is_for_panel(request) else show_panel
    return show(request, read, notices=notices, form=form, status=status_of(error))


def version_in(posted: QueryDict) -> int | None:
    """The version of the visit that the page showed; None where a page did not say."""
    text = posted.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def with_version(posted: Mapping[str, Any], version: int) -> dict[str, Any]:
    """What was typed, carrying the visit's version of now."""
    return {**{name: posted.get(name) for name in posted}, "version": str(version)}
