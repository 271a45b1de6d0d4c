"""A dose that went otherwise than planned: left out, set for a day, put right, withdrawn, entered from paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers.dose_acts import (
    ChangedAnswer,
    CorrectRequest,
    NotGivenRequest,
    OmitRequest,
    PaperRequest,
    ReasonRequest,
    SetDateRequest,
    WhatFollowsAnswer,
    WhatFollowsRequest,
)
from api.serializers.visits import AppointmentAnswer
from api.serializers.visits import Request as Body
from api.views.appointments import ID, answered, visit_as_it_stands
from api.views.base import ClinicView, uuid_in
from doseplans.models import Administration
from doseplans.services import GivenRecord
from scheduling.selectors.appointments import appointment_for
from scheduling.services.courses.doses import (
    Changed,
    correct_administration,
    decide_dose_date,
    omit_dose_and_free,
    record_not_given,
    take_back_decision,
    withdraw_administration,
)
from scheduling.services.courses.not_given import withdraw_not_given
from scheduling.services.courses.previews import preview
from scheduling.services.day.paper import PaperTimes, record_from_paper
from scheduling.services.visits.wanted import dose_for
from units.policy import Act


class DoseAct(ClinicView):
    """An act on a dose, answered with what came of it; `use_case` takes what `asks` has checked."""

    asks: ClassVar[type[Body]]
    use_case: ClassVar[Callable[..., Changed]]

    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        return self.answer(type(self).use_case(self.actor, dose_id=uuid_in(id), **self.body(self.asks)))

    def answer(self, done: Changed, *, status: int = 200) -> Response:
        told = {
            "dose": dose_for(self.actor, done.dose.public_id),
            "appointment": visit_as_it_stands(done.visit) if done.visit else None,
            "proposals": done.proposals,
        }
        return Response(ChangedAnswer(told).data, status=status)


def described(operation_id: str, summary: str, *, status: int = 200) -> Callable[[type[DoseAct]], type[DoseAct]]:
    """The description of an act; what it hears is what the view asks."""

    def describe(view: type[DoseAct]) -> type[DoseAct]:
        post = extend_schema(
            operation_id=operation_id,
            summary=summary,
            parameters=[ID],
            request=view.asks,
            responses={status: ChangedAnswer},
        )
        return extend_schema_view(post=post)(view)

    return describe


@described("omit_dose", "Leave a dose out; its booked visit is cancelled and later doses count from the day named")
class DoseOmit(DoseAct):
    act = Act.OVERRIDE_DOSE_LIMITS
    asks = OmitRequest
    use_case = omit_dose_and_free


@described("set_dose_date", "A clinician sets the day on which a dose is due")
class DoseSetDate(DoseAct):
    act = Act.OVERRIDE_DOSE_LIMITS
    asks = SetDateRequest
    use_case = decide_dose_date


@described("take_back_decision", "What a clinician decided about a dose no longer holds; the protocol's rule does")
class DoseTakeBack(DoseAct):
    act = Act.OVERRIDE_DOSE_LIMITS
    asks = ReasonRequest
    use_case = take_back_decision


@described("withdraw_administration", "The dose was not given after all; the record is kept as entered in error")
class DoseWithdraw(DoseAct):
    act = Act.RECORD_ADMINISTRATION
    asks = ReasonRequest
    use_case = withdraw_administration


@described(
    "withdraw_not_given", "That the dose was not given was an error; its visit goes on where it can, the record is kept"
)
class DoseWithdrawNotGiven(DoseAct):
    act = Act.RECORD_ADMINISTRATION
    asks = ReasonRequest
    use_case = withdraw_not_given


@described("correct_administration", "Put the record of a dose right; the version before is kept as entered in error")
class DoseCorrect(DoseAct):
    act = Act.RECORD_ADMINISTRATION
    asks = CorrectRequest

    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        asked = self.body(self.asks)
        dose = dose_for(self.actor, uuid_in(id))
        reason, replaces = asked.pop("reason"), asked.pop("replaces")
        # Where it was recorded first stays true; without a record to put right the use case refuses.
        known = dose.administrations.filter(is_entered_in_error=False).values_list("source", flat=True).first()
        record = GivenRecord(**asked, source=known or Administration.Source.DAY_BOARD)
        done = correct_administration(
            self.actor, dose_id=dose.public_id, record=record, reason=reason, replaces=replaces
        )
        return self.answer(done)


@described(
    "record_from_paper", "Enter a dose afterwards that was written on paper, with its visit's true times", status=201
)
class DosePaper(DoseAct):
    act = Act.RECORD_ADMINISTRATION
    asks = PaperRequest

    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        asked = self.body(self.asks)
        times = PaperTimes(*(asked.pop(name) for name in ("arrived_at", "started_at", "discharged_at")))
        version = asked.pop("version", None)
        record = GivenRecord(**asked, source=Administration.Source.PAPER)
        done = record_from_paper(self.actor, dose_id=uuid_in(id), record=record, times=times, version=version)
        return self.answer(done, status=201)


class DoseWhatFollows(ClinicView):
    """What would follow, before anything is saved."""

    act = Act.VIEW_PLANS
    problems: ClassVar = {"GET": (422,)}

    @extend_schema(
        operation_id="what_follows",
        summary="Which dates would move and which visits no longer fit, were that recorded of the dose; saves nothing",
        parameters=[ID, WhatFollowsRequest],
        responses=WhatFollowsAnswer,
    )
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        dose = dose_for(self.actor, uuid_in(id))
        asked: dict[str, Any] = self.query(WhatFollowsRequest)
        on = asked.get("on") or dose.plan.patient.unit.local_date(self.at)
        seen = preview(self.actor, dose=dose, what=asked["what"], on=on, at=self.at)
        return Response(WhatFollowsAnswer(seen).data)


class AppointmentNotGiven(ClinicView):
    """The patient came, and the dose was not given."""

    act = Act.RECORD_ADMINISTRATION

    @extend_schema(
        operation_id="record_not_given",
        summary="The patient is here and the dose was not given: the visit ends and the dose is to be booked again",
        parameters=[ID],
        request=NotGivenRequest,
        responses=AppointmentAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        visit_id = uuid_in(id)
        record_not_given(self.actor, appointment_id=visit_id, **self.body(NotGivenRequest))
        return Response(answered(appointment_for(self.actor, visit_id)))
