"""Messages: one opened as it went, one sent again, personal links ended, and how sending stands."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from csp.constants import NONE, SELF
from django.http import HttpResponse, HttpResponseNotFound
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin

from desk.forms.messages import ALL, AgainForm
from desk.pages import StaffRequest, action, form_page, go, page, stay_in
from desk.presenters.booking.slots import in_words
from desk.presenters.messages.page import again_choices, again_panel, health_facts, health_lines, opened_message
from desk.presenters.visits.steps import visit_url
from desk.selectors import VisitRead
from desk.toasts import say
from desk.views.day.acts import PASSED_ON
from desk.views.visits.showing import reader_of, show_visit, visit_here
from patients.selectors import patient_by_public_id
from patients.services import record_access
from reminders.health import messaging_health
from reminders.selectors import line_of, message_for
from reminders.services.links import revoke_links
from reminders.services.opening import is_written, page_of
from reminders.services.resending import preview_again
from reminders.services.resending import send_again as send_it_again
from scheduling.errors import StalePage
from scheduling.models import AppointmentEvent
from units.errors import ClinicError
from units.http import status_of
from units.policy import Act

FRAMED: dict[str, Any] = {
    "default-src": [NONE],
    "style-src": ["'unsafe-inline'"],
    "frame-ancestors": [SELF],
    "sandbox": [True],
}
"""A mail carries its styles inline; nothing else of it may run or load."""

NO_VERSION = 0
"""No visit's: a form without one is taken for an old page."""


@page(Act.VIEW_MESSAGES)
def message(request: StaffRequest, message_id: UUID) -> HttpResponse:
    """One message as it went; that it was opened is on record."""
    found = message_for(request.actor, message_id)
    stay_in(request, found.patient.unit)
    record_access(request.actor, patient=found.patient, page="message")
    line = line_of(found, at=request.at)
    shown = opened_message(found, line, list(found.patient.flags.all()), reader_of(request))
    answer = render(request, "desk/messages/message.html", {"page": shown})
    answer._csp_update = {"frame-src": [SELF]}  # type: ignore[attr-defined]
    return answer


@page(Act.VIEW_MESSAGES)
@xframe_options_sameorigin
def message_page(request: StaffRequest, message_id: UUID) -> HttpResponse:
    """The mail as a page, for the frame on the message's own; its personal link is left out."""
    found = message_for(request.actor, message_id)
    stay_in(request, found.patient.unit)
    answer = HttpResponse(page_of(found)) if is_written(found) else HttpResponseNotFound()
    answer._csp_replace = FRAMED  # type: ignore[attr-defined]
    return answer


@form_page(Act.BOOK)
def send_again(request: StaffRequest, visit_id: UUID) -> HttpResponse:
    """Who gets the invite once more and in which words; then it goes."""
    read = visit_here(request, visit_id)
    if request.method != "POST":
        return _ask(request, read, to=request.GET.get("to", ""))
    version, chosen = request.POST.get("version", ""), request.POST.get("to", "")
    to = "" if chosen == ALL else chosen
    try:
        names = send_it_again(
            request.actor, appointment_id=visit_id, to=to, version=int(version) if version.isdecimal() else NO_VERSION
        )
    except PASSED_ON:
        raise
    except ClinicError as error:
        fresh = visit_here(request, visit_id)
        if isinstance(error, StalePage) and _has_just_gone(fresh):
            say(request, _("It is on its way already."), tone="plain")
            return go(request, visit_url(fresh.visit))
        return _ask(request, fresh, to=to, refused=error)
    say(request, _("Goes again to %(names)s.") % {"names": in_words(names)})
    return go(request, visit_url(read.visit))


def _ask(request: StaffRequest, read: VisitRead, *, to: str, refused: ClinicError | None = None) -> HttpResponse:
    preview = preview_again(request.actor, appointment_id=read.visit.public_id, to=to)
    choices = again_choices(preview)
    chosen = to if to in dict(choices) else next((key for key, _label in choices), "")
    asked = {"to": chosen, "version": str(preview.version)}
    form = AgainForm(asked if refused else None, initial=asked, choices=choices)
    if refused:
        form.add_error(None, refused.sentence)
    return show_visit(request, read, again=(again_panel(preview), form), status=status_of(refused) if refused else 200)


def _has_just_gone(read: VisitRead) -> bool:
    """Whether the last that happened to the visit is that it was sent again: the second press of two."""
    return bool(read.events) and read.events[-1].kind == AppointmentEvent.Kind.TOLD_AGAIN


@action(Act.EDIT_PATIENTS, page_of_it=lambda patient_id: reverse("desk:patient", args=[patient_id]))
def revoke(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Every personal link and calendar address of the patient and their carers works no more."""
    found = patient_by_public_id(request.actor, patient_id)
    stay_in(request, found.unit)
    n = revoke_links(request.actor, patient_id=patient_id)
    words = ngettext("%(n)d address works no more.", "%(n)d addresses work no more.", n)
    say(request, words % {"n": n})
    return go(request, f"{reverse('desk:patient', args=[patient_id])}#messages")


@page(Act.VIEW_MESSAGES)
def messaging(request: StaffRequest) -> HttpResponse:
    """What waits, what failed, when the mailbox was last read."""
    health, reader = messaging_health(request.actor, unit=request.unit, at=request.at), reader_of(request)
    return render(
        request,
        "desk/messages/messaging.html",
        {"lines": health_lines(health, reader), "facts": health_facts(health, reader)},
    )
