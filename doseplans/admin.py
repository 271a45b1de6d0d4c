"""The admin of protocols; plans, doses and records are there to look at, and change through use cases elsewhere."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from doseplans import admin_ward_lists  # noqa: F401  registers the import of ward lists
from doseplans.calculus import ProjectedDose, ProtocolInvalid, day_in_words, explain
from doseplans.forms import GapTierFormSet, GateForm, PhaseFormSet, ProtocolForm, StepFormSet
from doseplans.models import (
    Administration,
    Dose,
    DosePlan,
    PlanHold,
    Protocol,
    ProtocolGapTier,
    ProtocolGate,
    ProtocolPhase,
    ProtocolStep,
)
from doseplans.readiness import GATES
from doseplans.selectors import year_of
from doseplans.services import make_new_version, put_in_use, retire
from patients.admin import patient_link
from units.admin_base import LookOnlyAdmin, LookOnlyInline, ScopedAdmin, ScopedInline, actor_in
from units.admin_filters import AsWritten, set_or_not
from units.errors import ClinicError


def is_used(protocol: Protocol | None) -> bool:
    """Whether a plan follows the protocol, so that it never changes again."""
    return protocol is not None and protocol.pk is not None and protocol.plans.exists()


def _preview_row(dose: ProjectedDose) -> dict[str, str]:
    opens, closes = (day_in_words(day, beside=dose.target) for day in (dose.earliest, dose.latest))
    due = day_in_words(dose.target)
    return {"label": dose.name, "due": due, "window": f"{opens} – {closes}", "why": explain(dose)}


NOT_GIVEN = gettext_lazy("not given")
"""Stands where a protocol has no figure, so that an empty cell is not taken for a forgotten one."""


def says_not_given(field: Any) -> Any:
    """The form field with those words in place of an empty figure."""
    if isinstance(field, forms.IntegerField | forms.DecimalField) and not field.required:
        field.widget.attrs["placeholder"] = NOT_GIVEN
    return field


class PartInline(ScopedInline):
    """Rows of a protocol: fixed once a plan uses it."""

    extra = 0

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        for field in formset.form.base_fields.values():
            says_not_given(field)
        return formset

    def get_empty_value_display(self) -> SafeString:
        return mark_safe(str(NOT_GIVEN))  # noqa: S308  our own words

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_used(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_used(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_used(obj) and super().has_delete_permission(request, obj)


class StepInline(PartInline):
    """A step has more figures than a row of a table holds."""

    template = "admin/edit_inline/stacked.html"
    model = ProtocolStep
    formset = StepFormSet
    fields = [
        ("ordinal", "kind", "count"),
        ("interval", "interval_unit", "anchor", "interval_provenance"),
        ("window_before_days", "window_after_days", "window_provenance"),
        ("minimum_interval", "minimum_interval_unit", "minimum_interval_provenance"),
        "dose_amount",
    ]


class PhaseInline(PartInline):
    model = ProtocolPhase
    formset = PhaseFormSet


class GapTierInline(PartInline):
    model = ProtocolGapTier
    formset = GapTierFormSet
    verbose_name = gettext_lazy("gap tier")
    verbose_name_plural = gettext_lazy("gap tiers: what a long gap before a dose costs")


class GateInline(PartInline):
    model = ProtocolGate
    form = GateForm
    readonly_fields = ["looked_at"]
    verbose_name = gettext_lazy("readiness gate")
    verbose_name_plural = gettext_lazy("readiness gates: what must be in order before the procedure starts")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["ordinal", "looked_at" if is_used(obj) else "code", "validity_days", "provenance"]

    @admin.display(description=gettext_lazy("what is looked at"))
    def looked_at(self, gate: ProtocolGate) -> str:
        return str(GATES[gate.code].label) if gate.code in GATES else gate.code


@admin.register(Protocol)
class ProtocolAdmin(ScopedAdmin):
    """Protocols as versions: a draft is edited, put in use, and from its first plan on only looked at."""

    unit_lookup = None
    form = ProtocolForm
    inlines = [StepInline, GapTierInline, PhaseInline, GateInline]
    list_display = ["name", "version", "status", "code", "minimum_interval_days", "plan_count"]
    list_filter = ["status", ("code", AsWritten)]
    search_fields = ["name", "code", "medicine"]
    search_help_text = gettext_lazy("Name, code or medicine.")
    actions = ["make_new_versions"]
    history_beside = [
        ("doseplans.ProtocolStepHistory", "protocol_id"),
        ("doseplans.ProtocolPhaseHistory", "protocol_id"),
        ("doseplans.ProtocolGapTierHistory", "protocol_id"),
        ("doseplans.ProtocolGateHistory", "protocol_id"),
    ]
    fieldsets = [
        (None, {"fields": ["code", "name", "version", "status", "medicine"]}),
        (
            gettext_lazy("What is given"),
            {"fields": ["route", ("dose_amount", "dose_unit"), "volume_ml", "csf_removed_ml", "needs_second_check"]},
        ),
        (
            gettext_lazy("Who may have it"),
            {
                "fields": [
                    "minimum_age_years",
                    "needs_genetic_test",
                    "needs_prescriber",
                    "needs_review",
                    "needs_pregnancy_discussion",
                    "needs_registry_return",
                ]
            },
        ),
        (
            gettext_lazy("Minimum interval"),
            {"fields": [("minimum_interval_days", "minimum_interval_provenance")]},
        ),
        (
            gettext_lazy("When its procedures begin, and beside what they never run (local rules)"),
            {"fields": [("starts_from", "starts_before"), "start_weekdays", "ordered_by", "kept_apart_as"]},
        ),
        (gettext_lazy("Where the figures come from"), {"fields": ["source"]}),
        (gettext_lazy("A year of this protocol, begun today and given on time"), {"fields": ["preview"]}),
    ]

    def get_empty_value_display(self) -> SafeString:
        return mark_safe(str(NOT_GIVEN))  # noqa: S308  our own words

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        for field in form.base_fields.values():
            says_not_given(field)
        return form

    def _create_formsets(self, request: HttpRequest, obj: Any, change: bool) -> Any:
        """The gap tiers are judged with the steps beside them."""
        formsets, instances = super()._create_formsets(request, obj, change)  # type: ignore[misc]  # django-stubs leaves it out
        steps = next((formset for formset in formsets if formset.model is ProtocolStep), None)
        for formset in formsets:
            if isinstance(formset, GapTierFormSet):
                formset.steps = steps
        return formsets, instances

    def get_queryset(self, request: HttpRequest) -> QuerySet[Protocol]:
        protocols: QuerySet[Protocol] = super().get_queryset(request)
        return protocols.annotate(used_by=Count("plans"))

    @admin.display(description=gettext_lazy("plans"), ordering="used_by")
    def plan_count(self, protocol: Any) -> int:
        return int(protocol.used_by)

    @admin.display(description=gettext_lazy("dates"))
    def preview(self, protocol: Protocol) -> str:
        """A table of the dates, or why there are none yet."""
        context: dict[str, Any] = {}
        try:
            if protocol.pk is not None:
                context["rows"] = list(map(_preview_row, year_of(protocol, starts_on=timezone.localdate())))
        except ProtocolInvalid as problem:
            context["problem"] = str(problem)
        return render_to_string("admin/doseplans/protocol/preview.html", context)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        always = ["version", "status", "preview"]
        if not is_used(obj):
            return always if obj is None else ["code", *always]
        return [field.name for field in Protocol._meta.fields if field.editable and not field.primary_key] + ["preview"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_used(obj) and super().has_delete_permission(request, obj)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        protocol = kwargs.get("obj")
        if protocol is not None and self.has_change_permission(request, protocol):
            used = is_used(protocol)
            context |= {
                "is_used": used,
                "offers_versions": True,
                "offers_use": protocol.status != Protocol.Status.ACTIVE,
                "offers_retirement": protocol.status == Protocol.Status.ACTIVE,
            }
            if used:
                context |= {"show_save": False, "show_save_and_continue": False, "show_save_and_add_another": False}
        return super().render_change_form(request, context, *args, **kwargs)

    def response_change(self, request: HttpRequest, obj: Protocol) -> HttpResponse:
        actor = actor_in(request)
        try:
            if "_new_version" in request.POST:
                draft = make_new_version(actor, protocol=obj)
                messages.success(
                    request, _("%(protocol)s is a draft. Change it, then put it in use.") % {"protocol": draft}
                )
                return HttpResponseRedirect(reverse("admin:doseplans_protocol_change", args=[draft.pk]))
            if "_put_in_use" in request.POST:
                put_in_use(actor, protocol=obj)
                messages.success(request, _("New plans follow %(protocol)s from now on.") % {"protocol": obj})
                return HttpResponseRedirect(request.path)
            if "_retire" in request.POST:
                retire(actor, protocol=obj)
                messages.success(request, _("No plan is started on %(protocol)s any more.") % {"protocol": obj})
                return HttpResponseRedirect(request.path)
        except ClinicError as refusal:
            messages.error(request, refusal.sentence)
            return HttpResponseRedirect(request.path)
        return super().response_change(request, obj)

    @admin.action(description=gettext_lazy("Make a new version"), permissions=["change"])
    def make_new_versions(self, request: HttpRequest, queryset: QuerySet[Protocol]) -> None:
        drafts = [make_new_version(actor_in(request), protocol=protocol) for protocol in queryset]
        words = ngettext("%(count)d draft was made.", "%(count)d drafts were made.", len(drafts))
        messages.success(request, words % {"count": len(drafts)})


class HoldInline(LookOnlyInline):
    """Holds of the plan, the latest first."""

    model = PlanHold
    fields = ["reason", "placed_on", "placed_by_name", "review_on", "lifted_at", "lifted_by_name", "lift_reason"]


class DoseInline(LookOnlyInline):
    """The plan's doses."""

    model = Dose
    fields = ["sequence", "target_on", "earliest_on", "latest_on", "ideal_on", "rule"]


@admin.register(DosePlan)
class DosePlanAdmin(LookOnlyAdmin):
    """Plans: started, held and ended on the patient's page."""

    unit_lookup = "patient__unit_id"
    inlines = [HoldInline, DoseInline]
    list_display = ["patient", "protocol", "starts_on", "access_route", "state"]
    list_filter = [
        ("ended_on", set_or_not(gettext_lazy("ended"), empty=gettext_lazy("Running"), filled=gettext_lazy("Ended"))),
        "protocol",
        "access_route",
        "end_reason",
    ]
    list_select_related = ["patient", "protocol"]
    search_fields = ["patient__family_name", "patient__given_name", "patient__hospital_number", "=patient__nhs_number"]
    search_help_text = gettext_lazy("The patient's name, hospital number or NHS number.")
    date_hierarchy = "starts_on"
    history_beside = [
        ("doseplans.PlanHoldHistory", "plan_id"),
        ("doseplans.PlanSwitchHistory", "plan_id"),
        ("doseplans.DoseHistory", "plan_id"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DosePlan]:
        standing = PlanHold.objects.filter(plan=OuterRef("pk"), lifted_at__isnull=True)
        plans: QuerySet[DosePlan] = super().get_queryset(request)
        return plans.annotate(held_since=standing.values("placed_on")[:1])

    def desk_links(self, request: HttpRequest, record: DosePlan) -> list[tuple[Any, str]]:
        return patient_link(record.patient)

    @admin.display(description=gettext_lazy("how it stands"), ordering="ended_on")
    def state(self, plan: Any) -> str:
        if plan.ended_on is not None:
            words = f"{plan.ended_on:%d/%m/%Y}", plan.get_end_reason_display()
            return _("Ended %(day)s: %(reason)s") % {"day": words[0], "reason": words[1]}
        if plan.held_since is not None:
            return _("On hold since %(day)s") % {"day": f"{plan.held_since:%d/%m/%Y}"}
        return _("Running")


@admin.register(Dose)
class DoseAdmin(LookOnlyAdmin):
    """Doses with the words that say where their dates come from."""

    unit_lookup = "plan__patient__unit_id"
    list_display = ["patient", "label", "target_on", "earliest_on", "latest_on", "ideal_on"]
    list_filter = ["plan__protocol", "kind"]
    list_select_related = ["plan__patient", "plan__protocol"]
    search_fields = ["plan__patient__family_name", "plan__patient__hospital_number"]
    search_help_text = gettext_lazy("The patient's surname or hospital number.")
    date_hierarchy = "target_on"
    ordering = ["target_on", "pk"]

    def desk_links(self, request: HttpRequest, record: Dose) -> list[tuple[Any, str]]:
        return patient_link(record.plan.patient)

    @admin.display(description=gettext_lazy("patient"))
    def patient(self, dose: Dose) -> str:
        return str(dose.plan.patient)

    @admin.display(description=gettext_lazy("dose"))
    def label(self, dose: Dose) -> str:
        return str(dose)


@admin.register(Administration)
class AdministrationAdmin(LookOnlyAdmin):
    """Records of doses given; a wrong one is put right on the patient's page and kept."""

    unit_lookup = "dose__plan__patient__unit_id"
    list_display = ["given_on", "patient", "dose", "operator_name", "lot", "source", "is_entered_in_error"]
    list_filter = ["source", "is_entered_in_error", "access_route"]
    list_select_related = ["dose__plan__patient", "dose__plan__protocol"]
    search_fields = ["dose__plan__patient__family_name", "dose__plan__patient__hospital_number", "lot"]
    search_help_text = gettext_lazy("The patient's surname or hospital number, or the lot.")
    date_hierarchy = "given_on"
    ordering = ["-given_on", "-pk"]

    def desk_links(self, request: HttpRequest, record: Administration) -> list[tuple[Any, str]]:
        return patient_link(record.dose.plan.patient)

    @admin.display(description=gettext_lazy("patient"))
    def patient(self, administration: Administration) -> str:
        return str(administration.dose.plan.patient)
