"""Several visits at once: a series of a plan's doses, and two visits that change places."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers.together import (
    AppointmentsAnswer,
    SeriesAnswer,
    SeriesBookRequest,
    SeriesRequest,
    SwapPreviewAnswer,
    SwapPreviewRequest,
    SwapRequest,
)
from api.views.appointments import ID, visit_as_it_stands
from api.views.base import ClinicView, uuid_in
from api.views.doses import slot_as_answer, wanted_in
from scheduling.models import Appointment
from scheduling.services.planning.series import DosePlace, Series, SeriesLine, plan_series
from scheduling.services.planning.series_booking import book_series
from scheduling.services.visits.swapping import Seen, preview_swap, swap_appointments
from units.policy import Act


class DoseSeries(ClinicView):
    """A dose and those after it, looked for together."""

    act = Act.VIEW_SCHEDULE

    @extend_schema(
        operation_id="plan_series",
        summary="The next doses from this one on, each with its best slot counted from the one before",
        parameters=[ID],
        request=SeriesRequest,
        responses=SeriesAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        asked = self.body(SeriesRequest)
        found = plan_series(
            self.actor, dose_id=uuid_in(id), count=asked["count"], chosen=_places_in(asked["chosen"]), at=self.at
        )
        today = found.errand.unit.local_date(self.at)
        return Response(SeriesAnswer({"lines": [_line(line, found, today) for line in found.lines]}).data)


def _line(line: SeriesLine, found: Series, today: Any) -> dict[str, Any]:
    others = [one for one in line.found.proposals if line.slot is None or one.slot != line.slot.slot]
    return {
        "dose": line.dose,
        "slot": slot_as_answer(line.slot, found.resources, line.dose, today=today) if line.slot else None,
        "others": [slot_as_answer(one, found.resources, line.dose, today=today) for one in others],
        "problem": line.problem,
        "note": line.note,
    }


class SeriesBooking(ClinicView):
    """Doses of one plan, booked together."""

    act = Act.BOOK

    @extend_schema(
        operation_id="book_series",
        summary="Book every dose of a series, or none; an invite each leaves after the unit's seconds to undo",
        request=SeriesBookRequest,
        responses={201: AppointmentsAnswer},
    )
    def post(self, request: Request) -> Response:
        made = book_series(self.actor, places=_places_in(self.body(SeriesBookRequest)["places"]))
        return Response(_answered(made), status=201)


class AppointmentSwap(ClinicView):
    """Two visits that change places."""

    act = Act.BOOK
    problems: ClassVar = {"GET": (409, 422)}

    @extend_schema(
        operation_id="preview_swap",
        summary="What a swap with another visit would do to both, or why one would not fit; nothing is changed",
        parameters=[ID, OpenApiParameter("other", OpenApiTypes.UUID, required=True)],
        responses=SwapPreviewAnswer,
    )
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        other = self.query(SwapPreviewRequest)["other"]
        changes = preview_swap(self.actor, first=Seen(uuid_in(id)), second=Seen(other))
        return Response(SwapPreviewAnswer({"changes": changes}).data)

    @extend_schema(
        operation_id="swap_appointments",
        summary="Two visits change room, operator and start of procedure, or neither; one update each",
        parameters=[ID],
        request=SwapRequest,
        responses=AppointmentsAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        asked = self.body(SwapRequest)
        changes = swap_appointments(
            self.actor,
            first=Seen(uuid_in(id), asked.get("version")),
            second=Seen(asked["other"], asked["other_version"]),
            reason=asked["reason"],
        )
        return Response(_answered(change.visit for change in changes))


def _answered(visits: Iterable[Appointment]) -> dict[str, Any]:
    found: dict[str, Any] = AppointmentsAnswer({"appointments": [visit_as_it_stands(one) for one in visits]}).data
    return found


def _places_in(asked: Iterable[dict[str, Any]]) -> list[DosePlace]:
    return [DosePlace(one["dose"], wanted_in(one)) for one in asked]
