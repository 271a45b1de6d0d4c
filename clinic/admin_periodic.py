"""The admin of periodic work: what runs by itself, how often and when it last ran, in words."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import localize
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django_celery_beat.admin import PeriodicTaskAdmin
from django_celery_beat.models import PeriodicTask

from units.admin_filters import set_or_not, titled

WORDS = {
    "name": (_("Name"), _("What it is called in the list.")),
    "enabled": (_("Switched on"), _("What is switched off waits until it is switched on again.")),
    "description": (_("What it does"), ""),
    "interval": (_("Every so often"), ""),
    "crontab": (_("Or at a time"), ""),
    "regtask": (_("Task that is called"), _("Chosen from those there are.")),
    "task": (_("Or its name"), ""),
    "args": (_("Given in order"), _("As a JSON list.")),
    "kwargs": (_("Given by name"), _("As a JSON object.")),
    "queue": (_("Queue"), _("Empty: the one it has by itself.")),
}
"""The form's labels and help texts, by field."""


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
        (None, {"fields": ("name", "enabled", "description")}),
        (
            _("How often, or at which time"),
            {
                "description": _("Choose one of the two. It takes effect within a few seconds of saving."),
                "fields": ("interval", "crontab", "ran_at", "runs"),
            },
        ),
        (
            _("For whoever runs the system: what is called, and what it is given"),
            {"fields": ("regtask", "task", "args", "kwargs", "queue"), "classes": ("collapse",)},
        ),
    )
    readonly_fields = ("ran_at", "runs")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The library's, in this product's words and without the signs that lead away from it half filled in."""
        form = super().get_form(request, obj, change, **kwargs)
        for name, field in form.base_fields.items():
            field.label, field.help_text = WORDS.get(name, (field.label, field.help_text))
            for sign in ("add", "change", "delete", "view"):
                setattr(field.widget, f"can_{sign}_related", False)
        if "description" in form.base_fields:
            form.base_fields["description"].widget.attrs["rows"] = 3
        return form

    @admin.display(description=_("how often"))
    def how_often(self, work: PeriodicTask) -> str:
        return str(work.crontab.human_readable if work.crontab else work.interval)

    @admin.display(description=_("last run"), ordering="last_run_at")
    def ran_at(self, work: PeriodicTask) -> str:
        return localize(localtime(work.last_run_at)) if work.last_run_at else self.get_empty_value_display()

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
