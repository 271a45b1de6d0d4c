"""The waiting list: wishes to come earlier, slots that came free, offers and the answers to them."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import Pages
from api.serializers.visits import AppointmentAnswer
from api.serializers.waiting import (
    EndingRequest,
    FreedSlotAnswer,
    OfferAnswer,
    OfferRequest,
    WishAnswer,
    WishRequest,
)
from api.views.appointments import ID, answered
from api.views.base import UNIT, ClinicView, uuid_in
from scheduling.selectors.appointments import appointment_for
from scheduling.selectors.waiting import live_wishes, offer_for, offers_to_show, wish_for
from scheduling.services.waiting.backfill import backfills
from scheduling.services.waiting.offers import Opening, accept_offer, decline_offer, make_offer, withdraw_offer
from scheduling.services.waiting.wishes import WishTerms, ask_for_earlier, end_wish
from units.policy import Act


class EarlierWishes(ClinicView):
    """Who would come earlier."""

    act = Act.VIEW_SCHEDULE
    problems: ClassVar = {"GET": (422,)}
    pagination_class = Pages

    @extend_schema(
        operation_id="earlier_wishes",
        summary="Patients who would come earlier, who waits longest first",
        parameters=[UNIT],
        responses=WishAnswer(many=True),
    )
    def get(self, request: Request) -> Response:
        return self.paged(live_wishes(self.actor, unit=self.unit(Act.VIEW_SCHEDULE), at=self.at), WishAnswer)


class DoseEarlierWish(ClinicView):
    """The wish to have one dose earlier."""

    act = Act.BOOK

    @extend_schema(
        operation_id="ask_for_earlier",
        summary="Put a dose on the waiting list; a wish that stands for it is changed and keeps its place",
        parameters=[ID],
        request=WishRequest,
        responses=WishAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        asked = self.body(WishRequest)
        terms = WishTerms(**{**asked, "weekdays": tuple(asked["weekdays"])})
        wish = ask_for_earlier(self.actor, dose_id=uuid_in(id), terms=terms)
        return Response(WishAnswer(wish_for(self.actor, wish.public_id)).data)


class EarlierWishEnd(ClinicView):
    """Off the waiting list."""

    act = Act.BOOK

    @extend_schema(
        operation_id="end_wish",
        summary="The patient no longer waits for an earlier time",
        parameters=[ID],
        request=EndingRequest,
        responses=WishAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        return Response(WishAnswer(end_wish(self.actor, wish_id=uuid_in(id), **self.body(EndingRequest))).data)


class FreedSlots(ClinicView):
    """Slots that came free."""

    act = Act.VIEW_SCHEDULE
    problems: ClassVar = {"GET": (422,)}
    pagination_class = Pages

    @extend_schema(
        operation_id="freed_slots",
        summary="Slots of the coming days that visits left, each with who may have it, best first, and who may not",
        parameters=[UNIT],
        responses=FreedSlotAnswer(many=True),
    )
    def get(self, request: Request) -> Response:
        return self.paged(backfills(self.actor, unit=self.unit(Act.VIEW_SCHEDULE), at=self.at), FreedSlotAnswer)


class Offers(ClinicView):
    """Freed slots on offer."""

    act = Act.VIEW_SCHEDULE
    acts: ClassVar = {"POST": Act.BOOK}
    problems: ClassVar = {"GET": (422,)}
    pagination_class = Pages

    @extend_schema(
        operation_id="offers",
        summary="Open offers, soonest to run out first, then those over within the last week",
        parameters=[UNIT],
        responses=OfferAnswer(many=True),
    )
    def get(self, request: Request) -> Response:
        return self.paged(offers_to_show(self.actor, unit=self.unit(Act.VIEW_SCHEDULE), at=self.at), OfferAnswer)

    @extend_schema(
        operation_id="make_offer",
        summary="Keep a freed slot for these patients until the first accepts; each is told after the seconds to undo",
        request=OfferRequest,
        responses={201: OfferAnswer},
    )
    def post(self, request: Request) -> Response:
        asked = self.body(OfferRequest)
        offer = make_offer(
            self.actor,
            opening=Opening(asked["room"], asked["operator"], asked["procedure_at"]),
            dose_ids=asked["doses"],
            minutes=asked["minutes"],
        )
        return Response(OfferAnswer(offer_for(self.actor, offer.public_id)).data, status=201)


class OfferWithdraw(ClinicView):
    """An offer taken back."""

    act = Act.BOOK

    @extend_schema(
        operation_id="withdraw_offer",
        summary="The slot is free again, and who was asked is told so",
        parameters=[ID],
        request=EndingRequest,
        responses=OfferAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        offer = withdraw_offer(self.actor, offer_id=uuid_in(id), **self.body(EndingRequest))
        return Response(OfferAnswer(offer_for(self.actor, offer.public_id)).data)


class OfferedAccept(ClinicView):
    """A patient's yes."""

    act = Act.BOOK

    @extend_schema(
        operation_id="accept_offer",
        summary="The patient has the slot: their visit is moved there; 409 `offer_over` for everybody but the first",
        parameters=[ID],
        request=None,
        responses=AppointmentAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        visit = accept_offer(self.actor, offered_id=uuid_in(id))
        return Response(answered(appointment_for(self.actor, visit.public_id)))


class OfferedDecline(ClinicView):
    """A patient's no."""

    act = Act.BOOK

    @extend_schema(
        operation_id="decline_offer",
        summary="The patient does not want it; visit and wish stay",
        parameters=[ID],
        request=EndingRequest,
        responses=OfferAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        declined = decline_offer(self.actor, offered_id=uuid_in(id), **self.body(EndingRequest))
        return Response(OfferAnswer(offer_for(self.actor, declined.offer.public_id)).data)
