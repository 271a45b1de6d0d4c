"""The admin of what resources can do and which visits ask for it, and of nurses in recovery. Local policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scheduling.models import NurseShift, Skill, SkillRule
from units.admin_base import ScopedAdmin, ScopedInline

if TYPE_CHECKING:
    _SkillForm = forms.ModelForm[Skill]
else:
    _SkillForm = forms.ModelForm


class SkillForm(_SkillForm):
    """A skill belongs to resources of its unit, and to people who also work there."""

    class Meta:
        model = Skill
        fields = ("unit", "name", "resources")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        unit = values.get("unit")
        for resource in values.get("resources") or ():
            works_here = unit is None or resource.unit_id == unit.pk or unit in resource.also_works_in.all()
            if not works_here:
                self.add_error("resources", _("%(name)s does not belong to this unit.") % {"name": resource})
        return values


class SkillRuleInline(ScopedInline):
    """What asks for the skill, and of what."""

    # Five choices are more than a row of a table holds.
    template = "admin/edit_inline/stacked.html"
    model = SkillRule
    fields = ["asked_of", ("access_route", "need"), ("protocol_code", "visit_kind")]


@admin.register(Skill)
class SkillAdmin(ScopedAdmin):
    """What some rooms, places, people or devices have, and which visits ask for it."""

    form = SkillForm
    list_display = ["name", "held_by", "asked_by", "unit"]
    list_filter = ["unit"]
    search_fields = ["name", "resources__name"]
    search_help_text = gettext_lazy("The skill, or who has it.")
    filter_horizontal = ["resources"]
    inlines = [SkillRuleInline]
    history_beside = [("scheduling.SkillRuleHistory", "skill_id")]

    @admin.display(description=gettext_lazy("who has it"))
    def held_by(self, skill: Skill) -> str:
        return ", ".join(resource.name for resource in skill.resources.all())

    @admin.display(description=gettext_lazy("asked of"))
    def asked_by(self, skill: Skill) -> str:
        return "; ".join(dict.fromkeys(str(rule.get_asked_of_display()) for rule in skill.rules.all()))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Skill]:
        return super().get_queryset(request).select_related("unit").prefetch_related("resources", "rules")


@admin.register(NurseShift)
class NurseShiftAdmin(ScopedAdmin):
    """Nurses in recovery by weekday and hours. A weekday without rows has no limit; outside its rows is nobody."""

    list_display = ["weekday", "starts_at", "ends_at", "nurses", "patients_each", "unit"]
    list_filter = ["unit", "weekday"]
    list_select_related = ["unit"]
    fieldsets = [
        (
            None,
            {
                "description": gettext_lazy(
                    "So many patients may be in recovery at once. A weekday without any row here has no such limit; "
                    "on one that has rows, nobody is in recovery outside their hours. Rows at the same time add up."
                ),
                "fields": ["unit", "weekday", ("starts_at", "ends_at"), ("nurses", "patients_each")],
            },
        )
    ]
