"""When the day breaks: a list that runs late, an urgent visit squeezed in, a patient who came after all."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers.broken_day import LateAnswer, LateQuery, LateRequest, SqueezeAnswer, SqueezeInRequest
from api.serializers.visits import AppointmentAnswer
from api.views.appointments import ID, StepView, answered, described
from api.views.base import ClinicView, uuid_in
from api.views.doses import wanted_in
from scheduling import services
from scheduling.selectors.list_left import Along
from scheduling.services.day.running_late import Lateness, look_ahead
from scheduling.services.visits.squeezing import Reasons, Urgent, weigh_squeeze
from units.policy import Act


class AppointmentLate(ClinicView):
    """The list from one visit on."""

    act = Act.BOOK
    problems: ClassVar = {"GET": (409, 422)}

    @extend_schema(
        operation_id="look_ahead",
        summary="What would move if the list ran so late from this visit on; nothing is changed",
        parameters=[ID, LateQuery],
        responses=LateAnswer,
    )
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        lateness = lateness_in(self.query(LateQuery))
        return Response(LateAnswer(look_ahead(self.actor, appointment_id=uuid_in(id), lateness=lateness)).data)

    @extend_schema(
        operation_id="run_late",
        summary="Move the rest of the list, all or nothing; patients are told whose time to arrive changes",
        parameters=[ID],
        request=LateRequest,
        responses=LateAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        asked = self.body(LateRequest)
        done = services.run_late(
            self.actor, appointment_id=uuid_in(id), lateness=lateness_in(asked), seen=asked["mark"] or None
        )
        return Response(LateAnswer(done).data)


def lateness_in(asked: dict[str, Any]) -> Lateness:
    """How late, as it was asked."""
    stay = frozenset(asked["stay"])
    return Lateness(asked["minutes"], Along(asked["along"]), asked.get("over_reason", ""), stay)


class SqueezeIns(ClinicView):
    """Urgent visits."""

    act = Act.SQUEEZE_IN

    @extend_schema(
        operation_id="squeeze_in",
        summary="Book an urgent visit outside the hours of the lists, with a reason; never over somebody else",
        request=SqueezeInRequest,
        responses={201: AppointmentAnswer},
    )
    def post(self, request: Request) -> Response:
        asked = self.body(SqueezeInRequest)
        reasons = Reasons(asked["reason"], asked["override_reason"])
        visit = services.squeeze_in(self.actor, urgent=urgent_in(asked), wanted=wanted_in(asked), reasons=reasons)
        where = reverse("api:appointment", args=[visit.public_id])
        return Response(answered(visit), status=201, headers={"Location": where})


class SqueezeInLook(ClinicView):
    """An urgent visit before it is booked."""

    act = Act.SQUEEZE_IN

    @extend_schema(
        operation_id="weigh_squeeze",
        summary="What the urgent visit would leave, or the refusal it would meet; nothing is changed",
        request=SqueezeInRequest,
        responses=SqueezeAnswer,
    )
    def post(self, request: Request) -> Response:
        asked = self.body(SqueezeInRequest)
        leaves = weigh_squeeze(
            self.actor,
            urgent=urgent_in(asked),
            wanted=wanted_in(asked),
            override_reason=asked["override_reason"],
        )
        return Response(SqueezeAnswer({"leaves": leaves}).data)


def urgent_in(asked: dict[str, Any]) -> Urgent:
    """What it is for."""
    return Urgent(asked.get("dose"), asked.get("patient"), asked.get("visit_kind"))


@described("correct_noshow", "The patient came after all: the visit is booked again where its time is still free")
class AppointmentUndoNoshow(StepView):
    act = Act.RECORD_ARRIVAL
    use_case = services.correct_noshow
