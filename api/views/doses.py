"""Doses to book, slots for one, and claims on a slot."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import Pages
from api.serializers.visits import (
    DosePlaceRequest,
    DoseToBookAnswer,
    ReservationAnswer,
    SlotsAnswer,
    SlotsRequest,
)
from api.views.base import UNIT, ClinicView, uuid_in
from doseplans.models import Dose
from scheduling.engine.ranking import RankedSlot
from scheduling.models import Resource
from scheduling.selectors.errands import dose_with_errand
from scheduling.selectors.slots import Proposals, find_slots
from scheduling.selectors.to_book import Urgency, doses_to_book
from scheduling.services import release_reservation, reserve_slot
from scheduling.services.visits.gates import needs_reason
from scheduling.services.visits.wanted import Wanted
from units.policy import Act


class _ToBookRequest(serializers.Serializer[Any]):
    urgency = serializers.ChoiceField([urgency.value for urgency in Urgency], required=False)


class DosesToBook(ClinicView):
    """Doses without a visit."""

    act = Act.VIEW_PLANS
    problems = {"GET": (422,)}
    pagination_class = Pages

    @extend_schema(
        operation_id="doses_to_book",
        summary="Doses without a visit whose window is open or opens within four weeks, most urgent first",
        parameters=[UNIT, OpenApiParameter("urgency", enum=[urgency.value for urgency in Urgency])],
        responses=DoseToBookAnswer(many=True),
    )
    def get(self, request: Request) -> Response:
        wanted = self.query(_ToBookRequest).get("urgency")
        rows = doses_to_book(self.actor, unit=self.unit(Act.VIEW_PLANS), at=self.at)
        return self.paged([row for row in rows if wanted in {None, row.urgency.value}], DoseToBookAnswer)


class DoseSlots(ClinicView):
    """Free slots for one dose."""

    act = Act.VIEW_SCHEDULE
    problems = {"GET": (422,)}

    @extend_schema(
        operation_id="dose_slots",
        summary="The best free slots for a dose, each with its reasons and what it costs; or why there are none",
        parameters=[OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH), SlotsRequest],
        responses=SlotsAnswer,
    )
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        dose, errand = dose_with_errand(self.actor, uuid_in(id))
        asked = self.query(SlotsRequest)
        found = find_slots(
            self.actor,
            dose=dose,
            errand=errand,
            at=self.at,
            limit=asked["limit"],
            not_before_on=asked.get("since"),
        )
        return Response(SlotsAnswer(_as_answer(found, dose, today=dose.plan.patient.unit.local_date(self.at))).data)


def slot_as_answer(ranked: RankedSlot, resources: Mapping[int, Resource], dose: Dose, *, today: date) -> dict[str, Any]:
    """What SlotAnswer tells of a slot."""
    return {
        "ranked": ranked,
        "room": resources[ranked.slot.room_id],
        "operator": resources[ranked.slot.operator_id],
        "assistant": resources.get(ranked.slot.assistant_id or 0),
        "imaging": resources.get(ranked.slot.imaging_id or 0),
        "standing": ranked.standing.name.lower(),
        "needs_reason": needs_reason(dose, on=ranked.slot.on, today=today),
    }


def _as_answer(found: Proposals, dose: Dose, *, today: date) -> dict[str, Any]:
    return {
        "dose": dose,
        "found": found.found,
        "proposals": [slot_as_answer(ranked, found.resources, dose, today=today) for ranked in found.found.proposals],
        "searched_from": found.found.searched[0],
        "searched_to": found.found.searched[1],
        "reservation": found.reservation,
    }


class Reservations(ClinicView):
    """Claims on slots."""

    act = Act.BOOK

    @extend_schema(
        operation_id="reserve_slot",
        summary="Keep a slot for a dose while you decide; an earlier claim of yours for the dose is let go",
        request=DosePlaceRequest,
        responses={201: ReservationAnswer},
    )
    def post(self, request: Request) -> Response:
        asked = self.body(DosePlaceRequest)
        reservation = reserve_slot(
            self.actor, dose_id=asked["dose"], wanted=wanted_in(asked), override_reason=asked["override_reason"]
        )
        return Response(ReservationAnswer(reservation).data, status=201)


class DoseReservation(ClinicView):
    """Your claim on a slot for one dose."""

    act = Act.BOOK

    @extend_schema(
        operation_id="release_reservation",
        summary="Let your claim for a dose go; doing it twice changes nothing",
        parameters=[OpenApiParameter("dose", OpenApiTypes.UUID, OpenApiParameter.PATH)],
        request=None,
        responses={204: None},
    )
    def delete(self, request: Request, dose: str) -> Response:
        release_reservation(self.actor, dose_id=uuid_in(dose))
        return Response(status=204)


def wanted_in(asked: dict[str, Any]) -> Wanted:
    """The slot in a body."""
    return Wanted(asked["starts_at"], asked["room"], asked["operator"], asked["is_admitted"])
