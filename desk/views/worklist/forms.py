"""The one thing to do about an item of the worklist: the form beside it, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from desk.forms.worklist import AddressForm, TaskAnswerForm
from desk.pages import StaffRequest, go
from desk.presenters.listing import address
from desk.presenters.messages.page import again_url
from desk.presenters.people import name_of
from desk.toasts import say
from desk.views.visits.showing import reader_of
from patients.models import Carer, WorklistItem
from patients.services.reaching import correct_address
from patients.services.worklist import finish_item
from reminders.about_tasks import first_untold, recipient_of_item, visit_of_item, visits_to_come
from reminders.people import PATIENT
from scheduling.models import Appointment
from scheduling.services.answers.responses import Answer, record_answer
from units.policy import Act

Kind = WorklistItem.Kind
ANSWERED = frozenset({Kind.UNANSWERED, Kind.TENTATIVE, Kind.DECLINED, Kind.UNMATCHED_REPLY})
ADDRESSED = frozenset({Kind.BOUNCED, Kind.NO_ADDRESS})


@dataclass(frozen=True)
class TaskForms:
    """What stands in the panel besides the people to reach; each with where it is sent."""

    visit: Appointment | None = None
    answer: TaskAnswerForm | None = None
    address: AddressForm | None = None

    def context(self, item: WorklistItem, kept: Mapping[str, str]) -> dict[str, Any]:
        """For the panel's template; `kept` is what the list was asked for."""
        return {
            "task_answer_form": self.answer,
            "task_answer_url": address(reverse("desk:answer_task", args=[item.public_id]), kept),
            "address_form": self.address,
            "address_url": address(reverse("desk:address_task", args=[item.public_id]), kept),
        }


def forms_for(
    request: StaffRequest, item: WorklistItem, carers: Sequence[Carer], posted: Mapping[str, Any] | None = None
) -> TaskForms:
    """The forms that fit the item, for what the actor may do; `posted` is taken into the one it was typed into."""
    reader, patient = reader_of(request), item.patient
    if patient is None or patient.deceased_at is not None:
        return TaskForms()
    visit = visit_of_item(request.actor, item)
    answer = email = None
    if item.kind in ANSWERED and reader.may(Act.RECORD_ANSWER):
        visits = [visit] if visit else visits_to_come(request.actor, patient, at=request.at)
        booked = [one for one in visits if one.status == Appointment.Status.BOOKED and one.arrives_at > request.at]
        if booked:
            named = [(str(one.public_id), reader.moment(one.arrives_at)) for one in booked]
            is_mail = item.kind == Kind.UNMATCHED_REPLY
            answer = TaskAnswerForm(
                posted if posted is not None and "answer_task" in posted else None,
                visits=named,
                carers=carers,
                is_answered=any(one.answers for one in booked),
                initial={"channel": "email" if is_mail else "phone", "respondent": PATIENT},
            )
    if item.kind in ADDRESSED and reader.may(Act.EDIT_PATIENTS) and _is_mail_wanted(item):
        typed = posted if posted is not None and "address_task" in posted else None
        email = AddressForm(typed, initial={"email": _address_now(item, carers)})
    return TaskForms(visit, answer, email)


def _is_mail_wanted(item: WorklistItem) -> bool:
    return item.patient is not None and (recipient_of_item(item) != PATIENT or item.patient.accepts_email)


def _address_now(item: WorklistItem, carers: Sequence[Carer]) -> str:
    recipient = recipient_of_item(item)
    if recipient == PATIENT:
        return item.patient.email if item.patient else ""
    return next((carer.email for carer in carers if f"carer:{carer.pk}" == recipient), "")


def take_down(request: StaffRequest, item: WorklistItem, form: TaskAnswerForm) -> None:
    """The answer is on record, and what asked for it is finished. Raises what `record_answer` does."""
    said = form.cleaned_data
    response = record_answer(
        request.actor,
        appointment_id=UUID(said["visit"]),
        answer=Answer(said["answer"], said["channel"], said["note"], respondent=said["respondent"]),
    )
    words = _("On record: %(name)s, %(answer)s.") % {
        "name": name_of(response.appointment.patient),
        "answer": str(response).lower(),
    }
    # A reply is dealt with once its answer is down; the others close themselves, or stay for the next step.
    if item.kind == Kind.UNMATCHED_REPLY:
        finish_item(request.actor, item_id=item.public_id, outcome=str(response))
    say(request, words)


def put_right(request: StaffRequest, item: WorklistItem, form: AddressForm, *, back: str) -> HttpResponse:
    """Mail goes to the address from now on; next comes the visit whose invite they do not have, where there is one."""
    patient, recipient = item.patient, recipient_of_item(item)
    assert patient is not None  # noqa: S101  an item without a patient has no such form
    correct_address(request.actor, patient_id=patient.public_id, recipient=recipient, email=form.cleaned_data["email"])
    untold = first_untold(request.actor, patient, recipient, at=request.at)
    if untold is not None and reader_of(request).may(Act.BOOK):
        say(request, _("The address is on record. They do not have this visit's invite yet."))
        return go(request, again_url(untold.public_id, to=recipient))
    say(request, _("The address is on record. What is due from now on goes there."))
    return go(request, back)
