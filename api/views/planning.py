"""The search for a better plan than a draft, in a worker: how it stands, and giving it up."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers.horizons import PlanningRunAnswer
from api.views.appointments import ID
from api.views.base import ClinicView, uuid_in
from scheduling.models import PlanningRun
from scheduling.selectors.horizons import horizon_for
from scheduling.selectors.planning import latest_run, run_for
from scheduling.selectors.replans import replan_for
from scheduling.services.planning.runs import cancel_run
from units.errors import NotFound
from units.policy import Act
from units.runs import standing_of


class _RunView(ClinicView):
    """The last search for a better plan than a draft."""

    act = Act.VIEW_SCHEDULE
    problems: ClassVar = {"GET": (404,)}

    def told(self, run: PlanningRun | None) -> Response:
        """The run as it stands now. Raises NotFound where there was none."""
        if run is None:
            raise NotFound("No better plan has been looked for: the optimiser is not installed, or nothing is better.")
        return Response(PlanningRunAnswer(as_told(run, self.at)).data)


class ReplanRun(_RunView):
    """The search for a better re-plan."""

    @extend_schema(
        operation_id="replan_run",
        summary="How the last search for a better plan than this draft stands",
        parameters=[ID],
        responses=PlanningRunAnswer,
    )
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        return self.told(latest_run(replan_for(self.actor, uuid_in(id))))


class HorizonRun(_RunView):
    """The search for better weeks."""

    @extend_schema(
        operation_id="horizon_run",
        summary="How the last search for a better plan than this draft stands",
        parameters=[ID],
        responses=PlanningRunAnswer,
    )
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        return self.told(latest_run(horizon_for(self.actor, uuid_in(id))))


class PlanningRunRecord(_RunView):
    """One search for a better plan."""

    @extend_schema(
        operation_id="planning_run",
        summary="How the search for a better plan stands",
        parameters=[ID],
        responses=PlanningRunAnswer,
    )
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        return self.told(run_for(self.actor, uuid_in(id)))


class PlanningRunCancel(ClinicView):
    """A search given up."""

    act = Act.BOOK

    @extend_schema(
        operation_id="cancel_planning_run",
        summary="Stop looking for a better plan; the draft stands as it is. One that is over stays as it ended",
        parameters=[ID],
        request=None,
        responses=PlanningRunAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        return Response(PlanningRunAnswer(as_told(cancel_run(self.actor, run_id=uuid_in(id)), self.at)).data)


def as_told(run: PlanningRun, at: datetime) -> dict[str, Any]:
    """The run with how its reader should take it."""
    names = ("public_id", "stage", "percent", "seconds", "queued_at", "started_at", "ended_at", "outcome")
    return {**{name: getattr(run, name) for name in names}, "standing": standing_of(run, at=at).value}
