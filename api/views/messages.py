"""Messages about a visit: what became of each, and its invite once more."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import Pages
from api.serializers.messages import MessageAnswer, SendAgainRequest
from api.serializers.visits import AppointmentAnswer
from api.views.appointments import ID, answered, respondent_of
from api.views.base import ClinicView, uuid_in
from patients.selectors import carers_of
from reminders.people import PATIENT
from reminders.selectors import messages_of_appointment
from reminders.services.resending import send_again
from scheduling.engine.answers import carer_key
from scheduling.selectors.appointments import appointment_for
from units.policy import Act


class AppointmentMessages(ClinicView):
    act = Act.VIEW_MESSAGES
    problems: ClassVar = {"GET": (422,)}
    pagination_class = Pages

    @extend_schema(
        operation_id="appointment_messages",
        summary="What was or will be sent about a visit, oldest first: to whom, how, and whether it arrived",
        parameters=[ID],
        responses=MessageAnswer(many=True),
    )
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        visit = appointment_for(self.actor, uuid_in(id), act=Act.VIEW_MESSAGES)
        carers = {carer_key(carer.pk): carer.public_id for carer in carers_of(self.actor, visit.patient)}
        paginator = Pages()
        page = paginator.paginate_queryset(
            messages_of_appointment(self.actor, visit.public_id),
            request,
            view=self,
        )
        return paginator.get_paginated_response(MessageAnswer(page, many=True, context={"carers": carers}).data)


class AppointmentSendAgain(ClinicView):
    act = Act.BOOK

    @extend_schema(
        operation_id="send_again",
        summary="Send a visit's invite again: its sequence stays, so that calendars take it for the visit they know",
        parameters=[ID],
        request=SendAgainRequest,
        responses=AppointmentAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        asked, key = self.body(SendAgainRequest), uuid_in(id)
        visit = appointment_for(self.actor, key, act=Act.BOOK)
        to = PATIENT if asked["is_to_patient"] else ""
        if asked["carer"] is not None:
            to = respondent_of(self.actor, key, asked["carer"])
        send_again(self.actor, appointment_id=key, to=to, version=asked["version"])
        return Response(answered(visit))
