"""Plans held, resumed, ended and opened again; deaths recorded and taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import prefetch_related_objects
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers.courses import (
    ComingDoseAnswer,
    CourseAnswer,
    DeathAnswer,
    DeathRequest,
    EndRequest,
    HoldRequest,
    OnlyOperatorRequest,
    PreviewRequest,
    ResumeRequest,
    ReviewRequest,
    SwitchPreviewAnswer,
    SwitchPreviewRequest,
    SwitchRequest,
    TakeBackRequest,
)
from api.serializers.visits import Request as Body
from api.views.appointments import ALLOCATIONS, ANSWERS, ID
from api.views.base import ClinicView, uuid_in
from doseplans.calculus import ProjectedDose, explain
from doseplans.models import DosePlan
from doseplans.services.switching import Beginning
from patients.models import Patient
from scheduling.models import Appointment
from scheduling.selectors.courses import booked_of_plan, coming_dates, plan_for
from scheduling.selectors.operators import only_operators
from scheduling.services.courses.deaths import record_death, undo_death
from scheduling.services.courses.holding import (
    end_plan_and_visits,
    hold_plan,
    reopen_ended_plan,
    resume_plan,
    review_hold,
)
from scheduling.services.courses.operators import choose_only_operator
from scheduling.services.courses.switching import preview_switch, protocols_to_switch_to, switch_protocol
from units.errors import NotFound
from units.policy import Act


class CourseView(ClinicView):
    """A view about one plan, answered with the plan as it stands afterwards."""

    def answer(self, plan_id: UUID, *, status: int = 200) -> Response:
        plan = plan_for(self.actor, plan_id)
        today = plan.patient.unit.local_date(self.at)
        visits = list(booked_of_plan(self.actor, plan, since=today))
        prefetch_related_objects(visits, ALLOCATIONS, *ANSWERS)
        hold = plan.holds.filter(lifted_at__isnull=True).first()
        only = only_operators(self.actor, [plan]).get(plan.pk)
        answer = {"plan": plan, "hold": hold, "only_operator": only, "visits": visits}
        return Response(CourseAnswer(answer).data, status=status)


class Course(CourseView):
    """One plan."""

    act = Act.VIEW_PLANS

    @extend_schema(
        operation_id="plan",
        summary="One plan with its hold and its booked visits from today on",
        parameters=[ID],
        responses=CourseAnswer,
    )
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        return self.answer(uuid_in(id))


class CourseHold(CourseView):
    """A hold of the plan."""

    act = Act.HOLD_PLAN

    @extend_schema(
        operation_id="hold_plan",
        summary="Hold a plan and say of each booked visit whether it is kept or released; 409 where one has no answer",
        parameters=[ID],
        request=HoldRequest,
        responses=CourseAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        asked = self.body(HoldRequest)
        chosen = asked["visits"]
        versions = {one["id"]: one["version"] for one in chosen}
        hold_plan(
            self.actor,
            plan_id=uuid_in(id),
            reason=asked["reason"],
            review_on=asked["review_on"],
            visits={one["id"]: one["choice"] for one in chosen},
            seen=versions if versions and None not in versions.values() else None,
        )
        return self.answer(uuid_in(id))


class CourseStep(CourseView):
    """An act on a plan that needs nothing but its own body; `use_case` takes what `asks` has checked."""

    asks: ClassVar[type[Body]]
    use_case: ClassVar[Callable[..., object]]

    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        plan_id = uuid_in(id)
        type(self).use_case(self.actor, plan_id=plan_id, **self.body(self.asks))
        return self.answer(plan_id)


def described(operation_id: str, summary: str) -> Callable[[type[CourseStep]], type[CourseStep]]:
    """The description of a step; what it hears is what the view asks."""

    def describe(view: type[CourseStep]) -> type[CourseStep]:
        post = extend_schema(
            operation_id=operation_id, summary=summary, parameters=[ID], request=view.asks, responses=CourseAnswer
        )
        return extend_schema_view(post=post)(view)

    return describe


@described("only_operator", "Ask for one person to operate for the plan and nobody else, or let anybody again")
class CourseOperator(CourseStep):
    """People are preferred, not fixed, unless asked."""

    act = Act.BOOK
    asks = OnlyOperatorRequest
    use_case = choose_only_operator


@described("review_hold", "Leave a plan on hold and set a new review")
class CourseReview(CourseStep):
    """When the hold is looked at again."""

    act = Act.HOLD_PLAN
    asks = ReviewRequest
    use_case = review_hold


@described(
    "resume_plan", "Lift the hold; the plan goes on by the rule for the gap, or on a day set for a written reason"
)
class CourseResume(CourseStep):
    """How the plan goes on."""

    act = Act.HOLD_PLAN
    acts: ClassVar = {"GET": Act.VIEW_PLANS}
    problems: ClassVar = {"GET": (422,)}
    asks = ResumeRequest
    use_case = resume_plan

    @extend_schema(
        operation_id="preview_resume",
        summary="The next doses as they would be due, by the rule or from a day that a clinician would set",
        parameters=[ID, PreviewRequest],
        responses=ComingDoseAnswer(many=True),
    )
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        plan = plan_for(self.actor, uuid_in(id))
        today = plan.patient.unit.local_date(self.at)
        doses = coming_dates(self.actor, plan, on=today, decided=self.query(PreviewRequest).get("on"))
        return Response(ComingDoseAnswer([_coming(dose) for dose in doses], many=True).data)


def _coming(dose: ProjectedDose) -> dict[str, Any]:
    return {
        "sequence": dose.sequence,
        "name": dose.name,
        "target_on": date.fromordinal(dose.target),
        "earliest_on": date.fromordinal(dose.earliest),
        "latest_on": date.fromordinal(dose.latest),
        "rule": explain(dose),
    }


@described("end_plan", "End a plan; its booked visits are cancelled and whoever had an invite is told")
class CourseEnd(CourseStep):
    """The end of the plan."""

    act = Act.EDIT_PLANS
    asks = EndRequest
    use_case = end_plan_and_visits


@described("reopen_plan", "Open a plan again whose end was recorded in error; its visits are not booked again")
class CourseReopen(CourseStep):
    """An end recorded in error."""

    act = Act.EDIT_PLANS
    asks = TakeBackRequest
    use_case = reopen_ended_plan


@described(
    "switch_protocol",
    "Switch a plan to another protocol; the answer is the plan that goes on, which may be a new one",
)
class CourseSwitch(CourseStep):
    """The course by another protocol."""

    act = Act.SWITCH_PROTOCOL
    acts: ClassVar = {"GET": Act.VIEW_PLANS}
    problems: ClassVar = {"GET": (422,)}
    asks = SwitchRequest

    @extend_schema(
        operation_id="preview_switch",
        summary="What a switch would do: which dates move, which visits no longer fit or are freed; saves nothing",
        parameters=[ID, SwitchPreviewRequest],
        responses=SwitchPreviewAnswer,
    )
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        plan = plan_for(self.actor, uuid_in(id))
        asked = self.query(SwitchPreviewRequest)
        protocol = protocols_to_switch_to(self.actor, plan=plan).filter(public_id=asked["protocol"]).first()
        if protocol is None:
            raise NotFound("There is no such protocol in use that the plan does not follow already.")
        beginning = _beginning(asked)
        seen = preview_switch(self.actor, plan=plan, protocol=protocol, beginning=beginning, at=self.at)
        told = {
            "goes_on": seen.goes_on,
            "moves": seen.moves,
            "unfitting": seen.unfitting,
            "freed": [visit.public_id for visit in seen.freed],
            "coming": [_coming(dose) for dose in seen.coming],
            "begins_up_to": seen.begins_up_to,
        }
        return Response(SwitchPreviewAnswer(told).data)

    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        asked = self.body(self.asks)
        done = switch_protocol(
            self.actor,
            plan_id=uuid_in(id),
            protocol_id=asked["protocol"],
            reason=asked["reason"],
            beginning=_beginning(asked),
        )
        return self.answer(done.plan.public_id)


def _beginning(asked: Mapping[str, Any]) -> Beginning | None:
    return None if asked["starts_on"] is None else Beginning(asked["starts_on"], asked["begins_with"])


PATIENT_ID = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH)


class Death(ClinicView):
    """A patient's death."""

    act = Act.RECORD_DEATH

    @extend_schema(
        operation_id="record_death",
        summary="Record a death: plans end, visits are freed without a word, nothing is sent any more",
        parameters=[PATIENT_ID],
        request=DeathRequest,
        responses=DeathAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        done = record_death(self.actor, patient_id=uuid_in(id), **self.body(DeathRequest))
        return Response(_death(done.patient, done.plans, done.freed))


class DeathUndo(ClinicView):
    """A death recorded in error."""

    act = Act.UNDO_DEATH

    @extend_schema(
        operation_id="undo_death",
        summary="Take back a death recorded in error: plans go on, freed visits to come are listed to book again",
        parameters=[PATIENT_ID],
        request=TakeBackRequest,
        responses=DeathAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        done = undo_death(self.actor, patient_id=uuid_in(id), **self.body(TakeBackRequest))
        return Response(_death(done.patient, done.plans, done.freed))


def _death(patient: Patient, plans: Sequence[DosePlan], visits: Sequence[Appointment]) -> dict[str, Any]:
    told = {
        "patient": patient,
        "has_died": patient.deceased_at is not None,
        "plans": [plan.public_id for plan in plans],
        "visits": [visit.public_id for visit in visits],
    }
    return dict(DeathAnswer(told).data)
