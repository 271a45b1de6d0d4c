"""Visits: book, look, move, cancel, take back, and the steps of their day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from api.filters import AppointmentFilter
from api.pagination import Pages
from api.serializers.visits import (
    AnswerRequest,
    AppointmentAnswer,
    AppointmentRecordAnswer,
    BookRequest,
    CancelRequest,
    GivenAnswer,
    GivenRequest,
    MoveRequest,
    NoshowRequest,
    StartRequest,
    VersionRequest,
    VisitKindAnswer,
)
from api.serializers.visits import Request as Body
from api.views.base import UNIT, ClinicView, uuid_in
from api.views.doses import wanted_in
from doseplans.services import GivenRecord
from patients.selectors import carers_of
from scheduling import services
from scheduling.engine.answers import PATIENT, carer_key
from scheduling.models import Allocation, Appointment
from scheduling.selectors.appointments import appointment_for, appointments, visit_to_answer
from scheduling.selectors.errands import visit_kinds
from scheduling.services.answers.responses import Answer, record_answer
from units.actors import Actor
from units.errors import invalid
from units.policy import Act

ID = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH)
ALLOCATIONS = Prefetch("allocations", queryset=Allocation.objects.select_related("resource"))
ANSWERS = ("responses", "patient__carers")


class Appointments(ClinicView, GenericAPIView[Appointment]):
    """The visits of your units."""

    act = Act.VIEW_SCHEDULE
    acts: ClassVar = {"POST": Act.BOOK}
    problems: ClassVar = {"GET": (422,)}
    serializer_class = AppointmentAnswer
    filterset_class = AppointmentFilter

    def get_queryset(self) -> QuerySet[Appointment]:
        if getattr(self, "swagger_fake_view", False):  # the schema is drawn for nobody
            return Appointment.objects.none()
        return appointments(self.actor).prefetch_related(ALLOCATIONS, *ANSWERS).order_by("starts_at", "pk")

    @extend_schema(
        operation_id="appointments",
        summary="Visits by day, patient or state, earliest first",
        responses=AppointmentAnswer(many=True),
    )
    def get(self, request: Request) -> Response:
        return self.paged(self.filter_queryset(self.get_queryset()), AppointmentAnswer)

    @extend_schema(
        operation_id="book_appointment",
        summary="Book a visit for a dose, or one without a plan; its invite leaves after the unit's seconds to undo",
        request=BookRequest,
        responses={201: AppointmentAnswer},
    )
    def post(self, request: Request) -> Response:
        asked = self.body(BookRequest)
        if "dose" in asked:
            visit = services.book_appointment(
                self.actor, dose_id=asked["dose"], wanted=wanted_in(asked), override_reason=asked["override_reason"]
            )
        else:
            visit = services.book_visit(
                self.actor,
                patient_id=asked["patient"],
                visit_kind_id=asked["visit_kind"],
                wanted=wanted_in(asked),
            )
        where = reverse("api:appointment", args=[visit.public_id])
        return Response(answered(visit), status=201, headers={"Location": where})


class VisitKinds(ClinicView):
    """Visits without a plan."""

    act = Act.VIEW_SCHEDULE
    problems: ClassVar = {"GET": (422,)}
    pagination_class = Pages

    @extend_schema(
        operation_id="visit_kinds",
        summary="The visits without a plan that the unit has in use, by name",
        parameters=[UNIT],
        responses=VisitKindAnswer(many=True),
    )
    def get(self, request: Request) -> Response:
        kinds = visit_kinds(self.actor, unit=self.unit(Act.VIEW_SCHEDULE)).select_related("unit")
        return self.paged(list(kinds), VisitKindAnswer)


class AppointmentRecord(ClinicView):
    """One visit."""

    act = Act.VIEW_SCHEDULE

    @extend_schema(
        operation_id="appointment",
        summary="One visit with its history",
        parameters=[ID],
        responses=AppointmentRecordAnswer,
    )
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        visit = appointment_for(self.actor, uuid_in(id))
        prefetch_related_objects([visit], ALLOCATIONS, "events", *ANSWERS)
        return Response(AppointmentRecordAnswer(visit).data)


def answered(visit: Appointment) -> dict[str, Any]:
    """The visit as it stands after a use case, which may have put other rows in than it had read."""
    found: dict[str, Any] = AppointmentAnswer(visit_as_it_stands(visit)).data
    return found


def visit_as_it_stands(visit: Appointment) -> Appointment:
    """The visit read again, with what an answer tells of it."""
    visits = Appointment.objects.select_related("unit", "patient", "dose", "visit_kind")
    return visits.prefetch_related(ALLOCATIONS, *ANSWERS).get(pk=visit.pk)


class AppointmentMove(ClinicView):
    act = Act.BOOK

    @extend_schema(
        operation_id="move_appointment",
        summary="Move a visit; one update goes to whoever had the invite, unless neither its start nor its end changes",
        parameters=[ID],
        request=MoveRequest,
        responses=AppointmentAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        asked = self.body(MoveRequest)
        visit = services.move_appointment(
            self.actor,
            appointment_id=uuid_in(id),
            wanted=wanted_in(asked),
            version=asked.get("version"),
            reason=asked["reason"],
            override_reason=asked["override_reason"],
        )
        return Response(answered(visit))


class AppointmentCancel(ClinicView):
    act = Act.BOOK

    @extend_schema(
        operation_id="cancel_appointment",
        summary="Cancel a visit; one cancellation goes to whoever had the invite",
        parameters=[ID],
        request=CancelRequest,
        responses=AppointmentAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        asked = self.body(CancelRequest)
        visit = services.cancel_appointment(
            self.actor,
            appointment_id=uuid_in(id),
            cancelled_by=asked["cancelled_by"],
            reason=asked["reason"],
            version=asked.get("version"),
        )
        return Response(answered(visit))


class AppointmentResponses(ClinicView):
    act = Act.RECORD_ANSWER

    @extend_schema(
        operation_id="record_answer",
        summary="Take down whether the patient will come; a later move sets it back to needs-action",
        parameters=[ID],
        request=AnswerRequest,
        responses={201: AppointmentAnswer},
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        asked = self.body(AnswerRequest)
        said = Answer(
            asked["participant_status"],
            asked["channel"],
            asked["note"],
            asked["sequence"],
            asked["answered_at"],
            respondent_of(self.actor, uuid_in(id), asked["carer"]),
        )
        response = record_answer(self.actor, appointment_id=uuid_in(id), answer=said, version=asked.get("version"))
        return Response(answered(response.appointment), status=201)


def respondent_of(actor: Actor, appointment_id: UUID, carer_id: UUID | None) -> str:
    """The key of who answered: the patient where no carer is named. Raises InvalidInput."""
    if carer_id is None:
        return PATIENT
    patient = visit_to_answer(actor, appointment_id).patient
    carer = carers_of(actor, patient).filter(public_id=carer_id).first()
    if carer is None:
        raise invalid("carer", "The patient has no such carer.")
    return carer_key(carer.pk)


class AppointmentUndo(ClinicView):
    act = Act.BOOK

    @extend_schema(
        operation_id="undo_change",
        summary="Take back the last booking, move or cancellation before anybody is told of it",
        parameters=[ID],
        request=None,
        responses=AppointmentAnswer,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        return Response(answered(services.undo_change(self.actor, appointment_id=uuid_in(id))))


class StepView(ClinicView):
    """A step of a visit's day; `use_case` takes what `asks` has checked: most need the version that was read only."""

    asks: ClassVar[type[Body]] = VersionRequest
    use_case: ClassVar[Callable[..., Appointment]]

    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        asked = self.body(self.asks)
        return Response(answered(type(self).use_case(self.actor, appointment_id=uuid_in(id), **asked)))


def described(operation_id: str, summary: str) -> Callable[[type[StepView]], type[StepView]]:
    """The description of a step; what it hears is what the view asks."""

    def describe(view: type[StepView]) -> type[StepView]:
        post = extend_schema(
            operation_id=operation_id, summary=summary, parameters=[ID], request=view.asks, responses=AppointmentAnswer
        )
        return extend_schema_view(post=post)(view)

    return describe


@described("record_arrival", "The patient is here")
class AppointmentArrive(StepView):
    act = Act.RECORD_ARRIVAL
    use_case = services.record_arrival


@described("correct_arrival", "Put a wrong “arrived” right: the visit is booked again")
class AppointmentPutBack(StepView):
    act = Act.RECORD_ARRIVAL
    use_case = services.correct_arrival


@described("start_procedure", "The patient is in the procedure room; a red gate stops it, but for a doctor's reason")
class AppointmentStart(StepView):
    act = Act.RECORD_ADMINISTRATION
    asks = StartRequest
    use_case = services.start_procedure


@described("finish_visit", "A visit without a dose is done: the patient recovers, or leaves")
class AppointmentFinish(StepView):
    act = Act.RECORD_ADMINISTRATION
    use_case = services.finish_visit


@described("discharge", "The patient has gone home")
class AppointmentDischarge(StepView):
    act = Act.RECORD_ARRIVAL
    use_case = services.discharge


@described("record_noshow", "The patient did not come: the dose is unbooked again and a call is due")
class AppointmentNoshow(StepView):
    act = Act.RECORD_ARRIVAL
    asks = NoshowRequest
    use_case = services.record_noshow


class AppointmentAdministration(ClinicView):
    act = Act.RECORD_ADMINISTRATION

    @extend_schema(
        operation_id="record_administration",
        summary="The dose is given: later dates count from that day",
        parameters=[ID],
        request=GivenRequest,
        responses={201: GivenAnswer},
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        asked = self.body(GivenRequest)
        version = asked.pop("version", None)
        given = services.record_administration(
            self.actor, appointment_id=uuid_in(id), record=GivenRecord(**asked), version=version
        )
        answer = GivenAnswer(
            {
                "appointment": visit_as_it_stands(given.appointment),
                "administration": given.administration,
                "next_dose": given.next_dose,
                "unfitting": [visit.public_id for visit in given.unfitting],
            }
        )
        return Response(answer.data, status=201)
