"""The admin of patients: to find and to look; what a clerk may write goes through the use cases."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from patients.forms import PatientForm
from patients.models import AccessEntry, Authorisation, Carer, Consent, Flag, Patient, WorklistItem
from patients.rules import nhs_number_spaced, understand_search
from patients.selectors import found_by
from patients.services import create_patient, record_access, update_patient
from units.admin_base import LookOnlyAdmin, LookOnlyInline, ScopedAdmin, ScopedInline, actor_in


class FlagInline(ScopedInline):
    model = Flag


class CarerInline(ScopedInline):
    model = Carer


class ConsentInline(LookOnlyInline):
    model = Consent


class AuthorisationInline(LookOnlyInline):
    model = Authorisation


@admin.register(Patient)
class PatientAdmin(ScopedAdmin):
    """Patients of the actor's units. A patient is never deleted, and changes hands only by a use case."""

    form = PatientForm
    deletable = False
    list_display = ["__str__", "birth_date", "nhs_number_spaced", "hospital_number", "consultant_name", "unit"]
    list_filter = ["unit", "preferred_channel", "flags__code", ("deceased_at", admin.EmptyFieldListFilter)]
    list_select_related = ["unit"]
    search_fields = ["family_name"]
    search_help_text = _("Surname, forename, NHS number, hospital number or date of birth.")
    inlines = [FlagInline, CarerInline, ConsentInline, AuthorisationInline]
    history_beside = [
        ("patients.FlagHistory", "patient_id"),
        ("patients.CarerHistory", "patient_id"),
        ("patients.ConsentHistory", "patient_id"),
        ("patients.AuthorisationHistory", "patient_id"),
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "unit",
                    ("family_name", "given_name"),
                    ("birth_date", "sex"),
                    ("nhs_number", "hospital_number"),
                    "consultant_name",
                    "deceased_at",
                ]
            },
        ),
        (
            _("How to reach them"),
            {
                "fields": [
                    ("phone", "email"),
                    ("preferred_channel", "language"),
                    ("accepts_email", "accepts_text"),
                    "comments",
                ]
            },
        ),
    ]

    @admin.display(description=_("NHS number"), ordering="nhs_number")
    def nhs_number_spaced(self, patient: Patient) -> str:
        return nhs_number_spaced(patient.nhs_number)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["deceased_at"] if obj is None else ["deceased_at", "unit"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        return found_by(queryset, understand_search(search_term)), False

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().change_view(request, object_id, *args, **kwargs)
        if request.method == "GET" and response.status_code == 200:
            self._note_look(request, object_id, "admin")
        return response

    def history_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().history_view(request, object_id, *args, **kwargs)
        self._note_look(request, object_id, "admin history")
        return response

    def _note_look(self, request: HttpRequest, object_id: str, page: str) -> None:
        patient = self.get_object(request, object_id)
        if patient is not None:
            record_access(actor_in(request), patient=patient, page=page)

    def save_model(self, request: HttpRequest, obj: Patient, form: Any, change: bool) -> None:
        named = {name: form.cleaned_data[name] for name in form.changed_data if name != "unit"}
        if change:
            update_patient(actor_in(request), patient_id=obj.public_id, **named)
        else:
            values = {name: value for name, value in form.cleaned_data.items() if name != "unit"}
            obj.pk = create_patient(actor_in(request), unit=obj.unit, **values).pk


@admin.register(WorklistItem)
class WorklistItemAdmin(LookOnlyAdmin):
    """What is and was to do; finished on the worklist's own page."""

    list_display = ["title", "kind", "patient", "due_at", "done_at", "done_by", "unit"]
    list_filter = ["unit", "kind", ("done_at", admin.EmptyFieldListFilter)]
    list_select_related = ["patient", "done_by", "unit"]
    search_fields = ["title", "detail", "outcome"]
    date_hierarchy = "due_at"


@admin.register(AccessEntry)
class AccessEntryAdmin(LookOnlyAdmin):
    """Who opened whose record. Nobody changes it, here or anywhere."""

    unit_lookup = "patient__unit_id"
    list_display = ["at", "actor_name", "page", "patient"]
    list_filter = ["patient__unit", "page"]
    list_select_related = ["patient"]
    search_fields = ["actor_name", "patient__hospital_number"]
    date_hierarchy = "at"
