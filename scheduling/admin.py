"""The admin of units as they are booked, and of kinds of visit; visits are there to look at."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from patients.admin import patient_link
from patients.models import WorklistItem
from scheduling.admin_hours import GuardsVisits
from scheduling.admin_skills import NurseShiftAdmin, SkillAdmin
from scheduling.engine.ticks import day_words
from scheduling.forms import BookableUnitForm
from scheduling.models import Allocation, Appointment, AppointmentEvent, Resource, VisitKind
from scheduling.services.visits.kinds import add_usual_visit_kinds
from units.admin import UnitAdmin, UserAdmin, granting_actor
from units.admin_base import LookOnlyAdmin, LookOnlyInline, ScopedAdmin
from units.models import Unit, User

admin.site.unregister(Unit)


@admin.register(Unit)
class BookableUnitAdmin(GuardsVisits, UnitAdmin):
    """A unit as `units` sets it up; a new one has the usual visits without a plan from the start.

    Its clock and its bank holidays decide when it is open. It is not put out of use while somebody is booked there.
    """

    form = BookableUnitForm

    def units_touched(self, record: Unit) -> Collection[Unit]:
        return [record]

    def save_model(self, request: HttpRequest, obj: Unit, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            add_usual_visit_kinds(granting_actor(request), unit=obj)


admin.site.unregister(User)


@admin.register(User)
class OperatorsAccountAdmin(UserAdmin):
    """Accounts as `units` sets them up. Whoever may sign in no more still operates until the lists say otherwise."""

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "is_active" in form.changed_data and not obj.is_active:
            self._say_what_is_left(request, obj)

    def _say_what_is_left(self, request: HttpRequest, user: User) -> None:
        tasks = WorklistItem.objects.filter(owner=user, done_at__isnull=True).count()
        if tasks:
            words = ngettext(
                "%(count)d task of theirs is everybody's from now on.",
                "%(count)d tasks of theirs are everybody's from now on.",
                tasks,
            )
            messages.warning(request, words % {"count": tasks})
        for person in Resource.objects.filter(user=user, is_active=True):
            visits = Appointment.objects.filter(
                status=Appointment.Status.BOOKED, ends_at__gt=timezone.now(), allocations__resource=person
            )
            words = ngettext(
                "%(name)s still operates, in %(count)d booked visit to come.",
                "%(name)s still operates, in %(count)d booked visits to come.",
                count := visits.distinct().count(),
            )
            messages.warning(
                request,
                format_html(
                    '{} <a href="{}">{}</a>',
                    words % {"name": person.name, "count": count},
                    reverse("admin:scheduling_resource_change", args=[person.pk]),
                    _("Put them out of use"),
                ),
            )


@admin.register(VisitKind)
class VisitKindAdmin(ScopedAdmin):
    """Visits without a plan, and how long each takes. One that has been used is put out of use, never deleted."""

    deletable = False
    list_display = ["name", "minutes", "unit", "is_active"]
    list_filter = ["unit", "is_active"]
    list_select_related = ["unit"]
    search_fields = ["name"]
    search_help_text = _("What it is called.")
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
    verbose_name_plural = _("what it takes")
    fields = ["resource", "phase", "starts_at", "ends_at"]


class EventInline(LookOnlyInline):
    """What happened to the visit."""

    model = AppointmentEvent
    verbose_name_plural = _("what happened to it")
    fields = ["at", "kind", "actor_name", "reason", "ical_sequence"]
    ordering = ["pk"]


@admin.register(Appointment)
class AppointmentAdmin(LookOnlyAdmin):
    """Visits: booked, moved and cancelled at the desk, not here."""

    list_display = ["when", "patient", "what", "status", "booked_by_name", "unit"]
    list_filter = ["unit", "status"]
    list_select_related = ["unit", "patient", "dose__plan__protocol", "visit_kind"]
    search_fields = ["patient__family_name", "patient__hospital_number", "=uid", "booked_by_name"]
    search_help_text = _("The patient's surname or hospital number, who booked it, or the invite's UID.")
    date_hierarchy = "starts_at"
    ordering = ["-starts_at", "pk"]
    inlines = [AllocationInline, EventInline]
    fieldsets = [
        (None, {"fields": ["patient", "dose", "visit_kind", "unit", "status"]}),
        (_("Planned"), {"fields": [("starts_at", "ends_at"), "admitted_at", "override_reason", "squeezed_in_reason"]}),
        (
            _("How the day went"),
            {"fields": [("arrived_at", "procedure_started_at"), ("recovery_started_at", "discharged_at")]},
        ),
        (
            _("Who booked it, who cancelled it"),
            {"fields": ["booked_at", "booked_by_name", "cancelled_by", "cancellation_reason"]},
        ),
        (_("The invite"), {"fields": ["uid", "ical_sequence", "dtstamp", "version"]}),
    ]

    def desk_links(self, request: HttpRequest, record: Appointment) -> list[tuple[Any, str]]:
        visit = (_("Open the visit"), reverse("desk:visit", args=[record.public_id]))
        return [visit, *patient_link(record.patient)]

    @admin.display(description=_("when"), ordering="starts_at")
    def when(self, visit: Appointment) -> str:
        starts_at = visit.starts_at.astimezone(visit.unit.zone)
        return f"{day_words(starts_at.date())} {starts_at:%Y, %H:%M}"

    @admin.display(description=_("what"))
    def what(self, visit: Appointment) -> str:
        return str(visit.dose or visit.visit_kind or "")


__all__ = [
    "AppointmentAdmin",
    "BookableUnitAdmin",
    "NurseShiftAdmin",
    "OperatorsAccountAdmin",
    "SkillAdmin",
    "VisitKindAdmin",
]
