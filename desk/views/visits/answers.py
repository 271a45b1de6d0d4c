"""Whether a patient will come: taken down by whoever spoke to them."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _

from desk.forms.booking import AnswerForm
from desk.pages import StaffRequest, form_page, go
from desk.presenters.people import name_of
from desk.presenters.visits.records import last_change
from desk.presenters.visits.steps import visit_url
from desk.toasts import say
from desk.views.day.acts import PASSED_ON, with_version
from desk.views.visits.showing import reader_of, show_visit, visit_here
from patients.selectors import carers_of
from scheduling.errors import StalePage
from scheduling.models import Appointment
from scheduling.services.answers.responses import Answer, record_answer
from units.errors import ClinicError
from units.http import status_of
from units.policy import Act


@form_page(Act.RECORD_ANSWER)
def answer(request: StaffRequest, visit_id: UUID) -> HttpResponse:
    """What the patient said, and how, beside the visit; the answer counts for the visit as it stands."""
    read = visit_here(request, visit_id)
    carers = carers_of(request.actor, read.visit.patient)
    if request.method != "POST":
        if read.visit.status != Appointment.Status.BOOKED:
            return go(request, visit_url(read.visit))
        form = AnswerForm(carers=carers, initial={"version": read.visit.version, "channel": "phone"})
        return show_visit(request, read, answer_form=form)
    form = AnswerForm(request.POST, carers=carers)
    if not form.is_valid():
        return show_visit(request, read, answer_form=form, status=422)
    said = Answer(
        form.cleaned_data["answer"],
        form.cleaned_data["channel"],
        form.cleaned_data["note"],
        respondent=form.cleaned_data["respondent"],
    )
    try:
        response = record_answer(
            request.actor, appointment_id=visit_id, answer=said, version=form.cleaned_data["version"]
        )
    except PASSED_ON:
        raise
    except ClinicError as error:
        return _not_recorded(request, visit_id, form, error)
    say(
        request,
        _("On record: %(name)s, %(answer)s.") % {"name": name_of(read.visit.patient), "answer": str(response).lower()},
    )
    return go(request, visit_url(read.visit))


def _not_recorded(request: StaffRequest, visit_id: UUID, form: AnswerForm, error: ClinicError) -> HttpResponse:
    """The refusal beside what was typed, with the visit's version of now."""
    fresh = visit_here(request, visit_id)
    if fresh.visit.status != Appointment.Status.BOOKED:
        say(request, error.sentence, tone="stop")
        return go(request, visit_url(fresh.visit))
    form.data = with_version(form.data, fresh.visit.version)
    form.add_error(None, error.sentence)
    if isinstance(error, StalePage):
        form.add_error(None, last_change(fresh.events, reader_of(request)))
    return show_visit(request, fresh, answer_form=form, status=status_of(error))
