"""The coming weeks planned at once and booked."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers.horizons import (
    HorizonAnswer,
    HorizonBookedAnswer,
    HorizonBookRequest,
    HorizonChoiceRequest,
    HorizonRequest,
)
from api.views.appointments import ID
from api.views.base import UNIT, ClinicView, uuid_in
from scheduling.selectors.horizons import horizon_for
from scheduling.services.planning.horizon_booking import book_horizon
from scheduling.services.planning.horizons import change_horizon_line, give_up_horizon, plan_horizon
from scheduling.services.planning.replans import Choice
from scheduling.services.visits.wanted import Wanted
from units.policy import Act


class Horizons(ClinicView):
    """A draft of the unit's weeks."""

    act = Act.BOOK

    @extend_schema(
        operation_id="plan_horizon",
        summary="Plan all unbooked doses of the next weeks; an open draft is planned again around what people chose",
        parameters=[UNIT],
        request=HorizonRequest,
        responses=HorizonAnswer,
    )
    def post(self, request: Request) -> Response:
        asked = self.body(HorizonRequest)
        made = plan_horizon(self.actor, unit=self.unit(Act.BOOK), weeks=asked["weeks"])
        return Response(HorizonAnswer(made).data)


class HorizonRecord(ClinicView):
    """Weeks that were planned."""

    act = Act.VIEW_SCHEDULE

    @extend_schema(
        operation_id="horizon",
        summary="Each dose with its slot, why, and the drift; or why it has no place",
        parameters=[ID],
        responses=HorizonAnswer,
    )
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        return Response(HorizonAnswer(horizon_for(self.actor, uuid_in(id))).data)


class HorizonLineChoice(ClinicView):
    """One dose of a draft."""

    act = Act.BOOK

    @extend_schema(
        operation_id="change_horizon_line",
        summary="Choose what becomes of one dose; the others keep their slots where they can",
        parameters=[ID],
        request=HorizonChoiceRequest,
        responses=HorizonAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        asked = self.body(HorizonChoiceRequest)
        choice = Choice(None if asked["choice"] == "plan" else asked["choice"])
        if asked["choice"] == "book":
            choice = Choice("book", Wanted(asked["starts_at"], asked["room"], asked["operator"]))
        return Response(HorizonAnswer(change_horizon_line(self.actor, line_id=uuid_in(id), choice=choice)).data)


class HorizonBook(ClinicView):
    """A draft booked."""

    act = Act.BOOK

    @extend_schema(
        operation_id="book_horizon",
        summary="Book the draft or the lines named, each course whole or not at all, each visit with its own invite",
        parameters=[ID],
        request=HorizonBookRequest,
        responses=HorizonBookedAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        asked = self.body(HorizonBookRequest)
        done = book_horizon(self.actor, horizon_id=uuid_in(id), seen=asked["planned_at"], only=asked["lines"])
        return Response(HorizonBookedAnswer(done).data)


class HorizonGiveUp(ClinicView):
    """A draft put aside."""

    act = Act.BOOK

    @extend_schema(
        operation_id="give_up_horizon",
        summary="Put the draft aside; what was booked of it stays booked",
        parameters=[ID],
        request=None,
        responses=HorizonAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        return Response(HorizonAnswer(give_up_horizon(self.actor, horizon_id=uuid_in(id))).data)
