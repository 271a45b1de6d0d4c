"""The admin of patients: to find and to look; what a clerk may write goes through the use cases."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from patients.forms import PatientForm
from patients.models import (
    AccessEntry,
    AntithromboticRow,
    AntithromboticTable,
    Authorisation,
    Carer,
    Consent,
    Flag,
    NeedAllowance,
    Patient,
    WorklistItem,
)
from patients.rules import nhs_number_spaced, understand_search
from patients.selectors import found_by
from patients.services import create_patient, record_access, update_patient
from patients.services.antithrombotic_tables import make_new_table, put_table_in_use
from units.admin_base import LookOnlyAdmin, LookOnlyInline, ScopedAdmin, ScopedInline, actor_in
from units.admin_filters import set_or_not, titled
from units.errors import ClinicError
from units.policy import Act


def patient_link(patient: Patient | None) -> list[tuple[Any, str]]:
    """The way to the patient's own page, where everything about a patient is done."""
    if patient is None:
        return []
    return [(_("Open the patient's page"), reverse("desk:patient", args=[patient.public_id]))]


class FlagInline(ScopedInline):
    model = Flag
    verbose_name = _("need or alert")
    verbose_name_plural = _("needs and alerts")


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
    list_filter = [
        "unit",
        ("deceased_at", set_or_not(_("living"), empty=_("Living"), filled=_("Died"))),
        ("flags__code", titled(_("need or alert"), admin.ChoicesFieldListFilter)),
        "preferred_channel",
    ]
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
                    "postal_address",
                    ("preferred_channel", "language"),
                    ("accepts_email", "accepts_text"),
                    "comments",
                ]
            },
        ),
    ]

    def desk_links(self, request: HttpRequest, record: Patient) -> list[tuple[Any, str]]:
        return patient_link(record)

    def list_links(self, request: HttpRequest) -> list[tuple[Any, str]]:
        if not actor_in(request).may_anywhere(Act.IMPORT_PATIENTS):
            return []
        return [(_("Import a ward's list"), reverse("admin:doseplans_wardlistupload_add"))]

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


@admin.register(NeedAllowance)
class NeedAllowanceAdmin(ScopedAdmin):
    """How much longer a visit takes for a need, and whether it asks for another pair of hands. Local policy."""

    list_display = ["code", "minutes_before", "minutes_after", "needs_assistant", "notice_hours", "unit"]
    list_filter = ["unit", "needs_assistant"]
    list_select_related = ["unit"]


@admin.register(WorklistItem)
class WorklistItemAdmin(LookOnlyAdmin):
    """What is and was to do; finished on the worklist's own page."""

    list_display = ["title", "patient", "due_at", "owner", "done_at", "done_by", "unit"]
    list_filter = ["unit", ("done_at", set_or_not(_("done"), empty=_("To do"), filled=_("Done"))), "kind"]
    list_select_related = ["patient", "owner", "done_by", "unit"]
    search_fields = ["title", "detail", "outcome", "patient__family_name", "patient__hospital_number"]
    search_help_text = _("Words of the task, the patient's surname or hospital number.")
    date_hierarchy = "due_at"
    fieldsets = [
        (None, {"fields": ["title", "detail", "kind", "patient", "unit"]}),
        (_("Who sees to it, and by when"), {"fields": ["owner", ("opened_at", "due_at")]}),
        (_("What came of it"), {"fields": [("done_at", "done_by"), "outcome"]}),
    ]

    def desk_links(self, request: HttpRequest, record: WorklistItem) -> list[tuple[Any, str]]:
        return [(_("Open the task"), reverse("desk:task", args=[record.public_id])), *patient_link(record.patient)]


@admin.register(AccessEntry)
class AccessEntryAdmin(LookOnlyAdmin):
    """Who opened whose record. Nobody changes it, here or anywhere."""

    unit_lookup = "patient__unit_id"
    list_display = ["at", "actor_name", "page", "patient"]
    list_filter = ["patient__unit", "page"]
    list_select_related = ["patient"]
    search_fields = ["actor_name", "patient__family_name", "patient__hospital_number"]
    search_help_text = _("Who looked, or the patient's surname or hospital number.")
    date_hierarchy = "at"


class AntithromboticRowInline(ScopedInline):
    """A medicine of the table; fixed once the table has been in use."""

    model = AntithromboticRow

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj) and super().has_delete_permission(request, obj)


def is_draft(table: AntithromboticTable | None) -> bool:
    """Whether the table may still be edited: it has never been in use."""
    return table is None or table.status == AntithromboticTable.Status.DRAFT


@admin.register(AntithromboticTable)
class AntithromboticTableAdmin(ScopedAdmin):
    """The unit's own table, as versions: a draft is edited, approved and put in use, and then only looked at."""

    inlines = [AntithromboticRowInline]
    list_display = ["__str__", "status", "approved_by_name", "approved_on", "source", "unit"]
    list_filter = ["unit", "status"]
    list_select_related = ["unit"]
    search_fields = ["source", "approved_by_name"]
    search_help_text = _("Where it comes from, or who approved it.")
    fields = ["unit", "version", "status", "approved_by_name", "approved_on", "source"]
    change_form_template = "admin/patients/antithrombotictable/change_form.html"
    history_beside = [("patients.AntithromboticRowHistory", "table_id")]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if not is_draft(obj):
            return list(self.fields)  # type: ignore[arg-type]
        return ["version", "status"] if obj is None else ["unit", "version", "status"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj) and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: AntithromboticTable, form: Any, change: bool) -> None:
        if not change:
            made = make_new_table(
                actor_in(request),
                unit=obj.unit,
                approved_by_name=obj.approved_by_name,
                approved_on=obj.approved_on,
                source=obj.source,
                rows_of=None,
            )
            obj.pk, obj.version, obj._state.adding = made.pk, made.version, False
            return
        super().save_model(request, obj, form, change)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        table = kwargs.get("obj")
        if table is not None and self.has_change_permission(request, table):
            context |= {"offers_versions": True, "offers_use": is_draft(table)}
            if not is_draft(table):
                context |= {"show_save": False, "show_save_and_continue": False, "show_save_and_add_another": False}
        return super().render_change_form(request, context, *args, **kwargs)

    def response_change(self, request: HttpRequest, obj: AntithromboticTable) -> HttpResponse:
        actor = actor_in(request)
        try:
            if "_new_version" in request.POST:
                made = make_new_table(actor, unit=obj.unit, source=obj.source, rows_of=obj)
                messages.success(request, _("%(table)s is a draft. Change it, then put it in use.") % {"table": made})
                return HttpResponseRedirect(reverse("admin:patients_antithrombotictable_change", args=[made.pk]))
            if "_put_in_use" in request.POST:
                put_table_in_use(actor, table=obj)
                messages.success(request, _("%(table)s counts from now on.") % {"table": obj})
                return HttpResponseRedirect(request.path)
        except ClinicError as refusal:
            messages.error(request, refusal.sentence)
            return HttpResponseRedirect(request.path)
        return super().response_change(request, obj)
