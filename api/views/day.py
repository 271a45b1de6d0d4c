"""One day of a unit."""

from __future__ import annotations

from django.db.models import prefetch_related_objects
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers.visits import DayBoardAnswer
from api.views.base import DAY_IN_PATH, UNIT, ClinicView, day_in
from scheduling.selectors.day_board import day_board
from units.policy import Act


class DayBoard(ClinicView):
    """The visits of one day and what they take."""

    act = Act.VIEW_SCHEDULE
    problems = {"GET": (422,)}

    @extend_schema(
        operation_id="day_board",
        summary="The visits of one day, with rooms, their lists, recovery places and closures",
        parameters=[DAY_IN_PATH, UNIT],
        responses=DayBoardAnswer,
    )
    def get(self, request: Request, on: str) -> Response:
        day = day_in(on)
        board = day_board(self.actor, unit=self.unit(Act.VIEW_SCHEDULE), on=day, at=timezone.now())
        prefetch_related_objects(board.visits, "patient__carers")
        for visit in board.visits:
            visit.unit = board.unit  # known, so that no visit asks for it
        return Response(DayBoardAnswer(board).data)
