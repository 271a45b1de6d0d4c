"""The admin of rooms, people, hours and closures; visits are there to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from scheduling.forms import ClosureForm, ScheduleForm
from scheduling.models import Allocation, Appointment, AppointmentEvent, Closure, Resource, Schedule, VisitKind
from scheduling.services import close, reopen
from scheduling.services.visit_kinds import add_usual_visit_kinds
from units.admin import UnitAdmin, granting_actor
from units.admin_base import LookOnlyAdmin, LookOnlyInline, ScopedAdmin, actor_in
from units.errors import ClinicError
from units.models import Unit

admin.site.unregister(Unit)


@admin.register(Unit)
class BookableUnitAdmin(UnitAdmin):
    """A unit as `units` sets it up; a new one has the usual visits without a plan from the start."""

    def save_model(self, request: HttpRequest, obj: Unit, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            add_usual_visit_kinds(granting_actor(request), unit=obj)


@admin.register(Resource)
class ResourceAdmin(ScopedAdmin):
    """Rooms, recovery places and people. One that has been used is put out of use, never deleted."""

    deletable = False
    list_display = ["name", "kind", "unit", "ordinal", "turnover_minutes", "is_active"]
    list_filter = ["unit", "kind", "is_active"]
    search_fields = ["name"]
    filter_horizontal = ["also_works_in"]
    fieldsets = [
        (None, {"fields": ["unit", "kind", "name", "ordinal", "is_active"]}),
        (_("Rooms"), {"fields": ["turnover_minutes"]}),
        (_("People"), {"fields": ["user", "also_works_in"]}),
    ]


@admin.register(Schedule)
class ScheduleAdmin(ScopedAdmin):
    """Weekly lists: which room is open when, and who operates there."""

    form = ScheduleForm
    list_display = ["room", "weekday", "hours", "last_out_at", "people", "valid_from", "valid_to", "unit"]
    list_filter = ["unit", "weekday", "room"]
    search_fields = ["room__name", "operators__name"]
    filter_horizontal = ["operators"]

    @admin.display(description=_("procedures"))
    def hours(self, schedule: Schedule) -> str:
        return f"{schedule.opens_at:%H:%M}–{schedule.closes_at:%H:%M}"

    @admin.display(description=_("operators"))
    def people(self, schedule: Schedule) -> str:
        return ", ".join(person.name for person in schedule.operators.all())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Schedule]:
        return super().get_queryset(request).select_related("room", "unit").prefetch_related("operators")


@admin.register(Closure)
class ClosureAdmin(ScopedAdmin):
    """Closures go through the use case, which takes the days' locks and finds the visits they hit."""

    form = ClosureForm
    list_display = ["reason", "what", "starts_at", "ends_at", "unit"]
    list_filter = ["unit", "resource"]
    search_fields = ["reason", "resource__name"]
    date_hierarchy = "starts_at"

    @admin.display(description=_("what"))
    def what(self, closure: Closure) -> str:
        return str(closure.resource or _("the whole unit"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A closure is taken back and made anew: changing one would pass by the visits it newly hits.
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Closure, form: Any, change: bool) -> None:
        done = close(
            actor_in(request),
            unit=obj.unit,
            resource=obj.resource,
            starts_at=obj.starts_at,
            ends_at=obj.ends_at,
            reason=obj.reason,
        )
        obj.pk, obj.public_id = done.closure.pk, done.closure.public_id
        if done.hit:
            count = len(done.hit)
            words = ngettext(
                "%(count)d booked visit is inside this closure and stands until somebody moves it: "
                "it is on the worklist.",
                "%(count)d booked visits are inside this closure and stand until somebody moves them: "
                "they are on the worklist.",
                count,
            )
            messages.warning(request, words % {"count": count})

    def delete_model(self, request: HttpRequest, obj: Closure) -> None:
        reopen(actor_in(request), obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Closure]) -> None:
        for closure in queryset:
            reopen(actor_in(request), closure)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ClinicError as refusal:
            messages.error(request, refusal.sentence)
            return self.response_post_save_add(request, Closure())


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
