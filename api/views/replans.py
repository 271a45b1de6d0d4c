"""When a day breaks: closures, where their visits are to go, and moving them all at once."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import Pages
from api.serializers.replans import ReplanAnswer, ReplanApplyRequest, ReplanChoiceRequest
from api.serializers.visits import ClosureAnswer
from api.views.appointments import ID
from api.views.base import UNIT, ClinicView, uuid_in
from scheduling.selectors.replans import closures_ahead, replan_for
from scheduling.services.planning.replan_applying import apply_replan
from scheduling.services.planning.replans import Choice, change_line, give_up_replan, plan_closure
from scheduling.services.visits.wanted import Wanted
from units.policy import Act


class Closures(ClinicView):
    """What is closed from now on."""

    act = Act.VIEW_SCHEDULE
    problems: ClassVar = {"GET": (422,)}
    pagination_class = Pages

    @extend_schema(
        operation_id="closures",
        summary="Closures that are not over, soonest first",
        parameters=[UNIT],
        responses=ClosureAnswer(many=True),
    )
    def get(self, request: Request) -> Response:
        return self.paged(closures_ahead(self.actor, unit=self.unit(Act.VIEW_SCHEDULE), at=self.at), ClosureAnswer)


class ClosureReplan(ClinicView):
    """A draft for one closure."""

    act = Act.BOOK

    @extend_schema(
        operation_id="plan_closure",
        summary="Plan where the closure's visits go; an open draft is planned again around what people chose",
        parameters=[ID],
        request=None,
        responses=ReplanAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        return Response(ReplanAnswer(plan_closure(self.actor, closure_id=uuid_in(id))).data)


class ReplanRecord(ClinicView):
    """One re-plan."""

    act = Act.VIEW_SCHEDULE

    @extend_schema(
        operation_id="replan",
        summary="Old, new and effect of each visit",
        parameters=[ID],
        responses=ReplanAnswer,
    )
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        return Response(ReplanAnswer(replan_for(self.actor, uuid_in(id))).data)


class ReplanLineChoice(ClinicView):
    """One visit of a draft."""

    act = Act.BOOK

    @extend_schema(
        operation_id="change_replan_line",
        summary="Choose what becomes of one visit; the rest is planned again around it",
        parameters=[ID],
        request=ReplanChoiceRequest,
        responses=ReplanAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        asked = self.body(ReplanChoiceRequest)
        choice = Choice(None if asked["choice"] == "plan" else asked["choice"])
        if asked["choice"] == "move":
            choice = Choice("move", Wanted(asked["starts_at"], asked["room"], asked["operator"]))
        return Response(ReplanAnswer(change_line(self.actor, line_id=uuid_in(id), choice=choice)).data)


class ReplanApply(ClinicView):
    """A draft applied."""

    act = Act.BOOK

    @extend_schema(
        operation_id="apply_replan",
        summary="Move the draft's visits at once, all or those named; or none, and name the line that fails",
        parameters=[ID],
        request=ReplanApplyRequest,
        responses=ReplanAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        asked = self.body(ReplanApplyRequest)
        applied = apply_replan(self.actor, replan_id=uuid_in(id), seen=asked["planned_at"], only=asked["lines"])
        return Response(ReplanAnswer(applied).data)


class ReplanGiveUp(ClinicView):
    """A draft put aside."""

    act = Act.BOOK

    @extend_schema(
        operation_id="give_up_replan",
        summary="Put the draft aside; its visits stay where they are, on the worklist",
        parameters=[ID],
        request=None,
        responses=ReplanAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        return Response(ReplanAnswer(give_up_replan(self.actor, replan_id=uuid_in(id))).data)
