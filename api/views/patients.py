"""Patients: found, and one record."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.fields import TextField
from api.pagination import Pages
from api.serializers.records import PatientFoundAnswer, PatientRecordAnswer
from api.views.base import ClinicView, uuid_in
from doseplans.selectors import line_of, plans_for_patient
from patients.models import Patient
from patients.selectors import authorisations_of, carers_of, consents_of, patient_by_public_id, patients_of
from patients.services import record_access
from scheduling.selectors.appointments import visits_of
from units.policy import Act


class PatientSearchRequest(serializers.Serializer[Any]):
    """What somebody typed to find a patient."""

    search = TextField(
        max_length=100,
        help_text="Names by their beginnings, NHS or hospital number, date of birth; all must fit.",
    )


class Patients(ClinicView):
    """The patients of your units."""

    act = Act.VIEW_PATIENTS
    problems = {"GET": (422,)}
    pagination_class = Pages

    @extend_schema(
        operation_id="patients",
        summary="Patients by surname",
        responses=PatientFoundAnswer(many=True),
    )
    def get(self, request: Request) -> Response:
        return self.paged(patients_of(self.actor), PatientFoundAnswer)


class PatientSearch(ClinicView):
    """The patients of your units that fit what is searched for."""

    act = Act.VIEW_PATIENTS
    pagination_class = Pages

    @extend_schema(
        operation_id="patient_search",
        summary="Patients that fit what is searched for; in the body, since no name belongs in an address",
        request=PatientSearchRequest,
        responses={200: PatientFoundAnswer(many=True)},
    )
    def post(self, request: Request) -> Response:
        return self.paged(patients_of(self.actor, search=self.body(PatientSearchRequest)["search"]), PatientFoundAnswer)


class PatientRecord(ClinicView):
    """One patient's record."""

    act = Act.VIEW_PATIENTS

    @extend_schema(
        operation_id="patient",
        summary="One patient's record; that it was opened is on record too",
        parameters=[OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH)],
        responses=PatientRecordAnswer,
    )
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  the path parameter's name
        patient = patient_by_public_id(self.actor, uuid_in(id))
        record_access(self.actor, patient=patient, page="api")
        return Response(PatientRecordAnswer(self._read(patient)).data)

    def _read(self, patient: Patient) -> Patient:
        """The patient carrying what was read beside it."""
        actor = self.actor
        patient.read_carers = list(carers_of(actor, patient))  # type: ignore[attr-defined]
        patient.read_consents = list(consents_of(actor, patient))  # type: ignore[attr-defined]
        patient.read_authorisations = list(authorisations_of(actor, patient))  # type: ignore[attr-defined]
        patient.read_plans = self._plans(patient)  # type: ignore[attr-defined]
        return patient

    def _plans(self, patient: Patient) -> list[dict[str, Any]]:
        unit = patient.unit
        live = [visit for visit in visits_of(self.actor, patient) if visit.is_live and visit.dose is not None]
        plans = []
        for plan in plans_for_patient(self.actor, patient_id=patient.public_id):
            booked = {
                visit.dose.sequence: unit.local_date(visit.starts_at)
                for visit in live
                if visit.dose is not None and visit.dose.plan_id == plan.pk
            }
            hold = next(iter(plan.standing_holds), None)  # type: ignore[attr-defined]  # prefetched by the selector
            line = line_of(plan, expected=booked, on=unit.local_date(self.at))
            plans.append({"plan": plan, "hold": hold, "line": line})
        return plans
