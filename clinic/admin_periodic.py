"""The admin of periodic work: what runs by itself, how often and when it last ran, in words."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_celery_beat.admin import PeriodicTaskAdmin
from django_celery_beat.models import PeriodicTask

from units.admin_filters import set_or_not, titled


class PeriodicWorkAdmin(PeriodicTaskAdmin):
    """The library's own, with the columns that say whether all is well, and without its inline script."""

    change_form_template = None
    date_hierarchy = None
    show_facets = admin.ShowFacets.NEVER
    list_display = ("name", "how_often", "ran_at", "runs", "is_on")
    list_filter = (
        ("enabled", titled(_("switched on"), admin.BooleanFieldListFilter)),
        ("last_run_at", set_or_not(_("ever run"), empty=_("Never"), filled=_("Yes"))),
    )
    search_help_text = _("What it is called.")
    ordering = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "enabled", "description", "regtask", "task")}),
        (
            _("How often, or at which time"),
            {
                "description": _("Choose one of the two. It takes effect within a few seconds of saving."),
                "fields": ("interval", "crontab", "last_run_at"),
            },
        ),
        (_("What it is given"), {"fields": ("args", "kwargs", "queue"), "classes": ("collapse",)}),
    )
    readonly_fields = ("last_run_at",)

    @admin.display(description=_("how often"))
    def how_often(self, work: PeriodicTask) -> str:
        return str(work.crontab.human_readable if work.crontab else work.interval)

    @admin.display(description=_("last run"), ordering="last_run_at")
    def ran_at(self, work: PeriodicTask) -> Any:
        return work.last_run_at

    @admin.display(description=_("runs so far"), ordering="total_run_count")
    def runs(self, work: PeriodicTask) -> int:
        return int(work.total_run_count)

    @admin.display(description=_("switched on"), ordering="enabled", boolean=True)
    def is_on(self, work: PeriodicTask) -> bool:
        return bool(work.enabled)

    def get_actions(self, request: HttpRequest) -> Any:
        """Without deleting many at once: what is not wanted is switched off."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions
