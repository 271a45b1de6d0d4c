"""What is on record about a patient before a dose: consents, checks, who pays; and a plan begun."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import Pages
from api.serializers.courses import CourseAnswer
from api.serializers.papers import (
    AuthorisationRequest,
    CheckRequest,
    ConsentRequest,
    ProtocolAnswer,
    StartPlanRequest,
)
from api.serializers.records import AuthorisationAnswer, CheckAnswer, ConsentAnswer
from api.views.base import ClinicView, uuid_in
from api.views.courses import PATIENT_ID, CourseView
from doseplans.selectors import protocols_in_use
from doseplans.services import start_plan
from patients.models import Patient
from patients.selectors import authorisations_of, checks_of, consents_of, patient_by_public_id
from scheduling.services.readiness import record_authorisation, record_check, record_consent
from units.actors import Actor
from units.errors import NotFound
from units.policy import Act


class PapersView(ClinicView):
    """What a patient has on record of one kind, and one more: `read` gives the rows, `write` adds one."""

    act = Act.VIEW_PATIENTS
    problems: ClassVar = {"GET": (422,)}
    pagination_class = Pages
    asks: ClassVar[type[serializers.Serializer[Any]]]
    tells: ClassVar[type[serializers.Serializer[Any]]]
    read: ClassVar[Callable[[Actor, Patient], QuerySet[Any]]]
    write: ClassVar[Callable[..., Any]]

    def get(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        patient = patient_by_public_id(self.actor, uuid_in(id))
        return self.paged(type(self).read(self.actor, patient), self.tells)

    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        row = type(self).write(self.actor, patient_id=uuid_in(id), **self.said())
        return Response(self.tells(row).data, status=201)

    def said(self) -> dict[str, Any]:
        """What the body says, as the use case takes it."""
        return self.body(self.asks)


def described(one: str, many: str) -> Callable[[type[PapersView]], type[PapersView]]:
    """The descriptions of a kind of paper: what it is called, one and many."""

    def describe(view: type[PapersView]) -> type[PapersView]:
        get = extend_schema(
            operation_id=f"{many}_of_patient",
            summary=f"A patient's {many} on record",
            parameters=[PATIENT_ID],
            responses=view.tells(many=True),
        )
        post = extend_schema(
            operation_id=f"record_{one}",
            summary=f"Write down a patient's {one}; the worklist follows at once",
            parameters=[PATIENT_ID],
            request=view.asks,
            responses={201: view.tells},
        )
        return extend_schema_view(get=get, post=post)(view)

    return describe


@described("consent", "consents")
class Consents(PapersView):
    """Consents given on paper."""

    acts: ClassVar = {"POST": Act.RECORD_CONSENT}
    asks, tells = ConsentRequest, ConsentAnswer
    read, write = consents_of, record_consent


@described("check", "checks")
class Checks(PapersView):
    """Findings before a lumbar puncture."""

    acts: ClassVar = {"POST": Act.RECORD_CHECK}
    asks, tells = CheckRequest, CheckAnswer
    read, write = checks_of, record_check


@described("authorisation", "authorisations")
class Authorisations(PapersView):
    """Who pays, and until when."""

    acts: ClassVar = {"POST": Act.RECORD_AUTHORISATION}
    asks, tells = AuthorisationRequest, AuthorisationAnswer
    read, write = authorisations_of, record_authorisation

    def said(self) -> dict[str, Any]:
        return {"values": super().said()}


class Protocols(ClinicView):
    """Protocols in use."""

    act = Act.VIEW_PLANS
    problems: ClassVar = {"GET": (422,)}
    pagination_class = Pages

    @extend_schema(
        operation_id="protocols",
        summary="The versions of protocols that a plan can be started on, by name",
        responses=ProtocolAnswer(many=True),
    )
    def get(self, request: Request) -> Response:
        return self.paged(protocols_in_use(self.actor), ProtocolAnswer)


class PatientPlans(CourseView):
    """A patient's plans."""

    act = Act.EDIT_PLANS

    @extend_schema(
        operation_id="start_plan",
        summary="Start a plan: its first year of dates stands at once",
        parameters=[PATIENT_ID],
        request=StartPlanRequest,
        responses={201: CourseAnswer},
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        asked = self.body(StartPlanRequest)
        patient = patient_by_public_id(self.actor, uuid_in(id))
        protocol = protocols_in_use(self.actor).filter(public_id=asked.pop("protocol")).first()
        if protocol is None:
            raise NotFound("There is no such protocol in use.")
        today = patient.unit.local_date(self.at)
        plan = start_plan(self.actor, patient=patient, protocol=protocol, on=today, **asked)
        return self.answer(plan.public_id, status=201)
