"""The admin of units as they are booked, and of kinds of visit; visits are there to look at."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from scheduling.admin_hours import GuardsVisits
from scheduling.admin_skills import NurseShiftAdmin, SkillAdmin
from scheduling.models import Allocation, Appointment, AppointmentEvent, VisitKind
from scheduling.services.visit_kinds import add_usual_visit_kinds
from units.admin import UnitAdmin, granting_actor
from units.admin_base import LookOnlyAdmin, LookOnlyInline, ScopedAdmin
from units.models import Unit

admin.site.unregister(Unit)


@admin.register(Unit)
class BookableUnitAdmin(GuardsVisits, UnitAdmin):
    """A unit as `units` sets it up; a new one has the usual visits without a plan from the start.

    Its clock and its bank holidays decide when it is open.
    """

    def units_touched(self, record: Unit) -> Collection[Unit]:
        return [record]

    def save_model(self, request: HttpRequest, obj: Unit, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            add_usual_visit_kinds(granting_actor(request), unit=obj)


@admin.register(VisitKind)
class VisitKindAdmin(ScopedAdmin):
    """Visits without a plan, and how long each takes. One that has been used is put out of use, never deleted."""

    deletable = False
    list_display = ["name", "minutes", "unit", "is_active"]
    list_filter = ["unit", "is_active"]
    list_select_related = ["unit"]
    search_fields = ["name"]
    fieldsets = [
        (None, {"fields": ["unit", "name", "is_active"]}),
        (
            _("How long it takes"),
            {
                "description": _("Local policy. The needs of a patient add to it."),
                "fields": [("minutes_before", "minutes_procedure"), ("minutes_recovery", "minutes_discharge")],
            },
        ),
    ]

    @admin.display(description=_("minutes in all"))
    def minutes(self, kind: VisitKind) -> int:
        return kind.minutes_before + kind.minutes_procedure + kind.minutes_recovery + kind.minutes_discharge


class AllocationInline(LookOnlyInline):
    """What the visit takes."""

    model = Allocation
    fields = ["resource", "phase", "starts_at", "ends_at"]


class EventInline(LookOnlyInline):
    """What happened to the visit."""

    model = AppointmentEvent
    fields = ["at", "kind", "actor_name", "reason", "ical_sequence"]
    ordering = ["pk"]


@admin.register(Appointment)
class AppointmentAdmin(LookOnlyAdmin):
    """Visits: booked, moved and cancelled at the desk, not here."""

    list_display = ["starts_at", "status", "unit", "booked_by_name", "ical_sequence"]
    list_filter = ["unit", "status"]
    search_fields = ["patient__hospital_number", "=uid", "booked_by_name"]
    date_hierarchy = "starts_at"
    inlines = [AllocationInline, EventInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appointment]:
        return super().get_queryset(request).select_related("unit")


__all__ = ["AppointmentAdmin", "BookableUnitAdmin", "NurseShiftAdmin", "SkillAdmin", "VisitKindAdmin"]
