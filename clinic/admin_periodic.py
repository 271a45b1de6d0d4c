"""The admin of periodic work: what runs by itself, how often and when it last ran, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.formats import localize
from django.utils.html import format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_celery_beat.admin import CrontabScheduleAdmin, IntervalScheduleAdmin, PeriodicTaskAdmin
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from units.admin_base import SaysWhatHappened, saying
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

INTERVAL_WORDS = {
    "every": (_("Every"), _("A number, such as 10.")),
    "period": (_("Of what"), _("10 and minutes: every ten minutes.")),
}
CRONTAB_WORDS = {
    "minute": (_("Minute"), _("0 to 59. Several with commas: 0,30. A star: every one.")),
    "hour": (_("Hour"), _("0 to 23. Several with commas: 8,20. A star: every one.")),
    "day_of_week": (_("Day of the week"), _("1 is Monday, 0 is Sunday. Monday to Friday: 1-5. A star: every day.")),
    "day_of_month": (_("Day of the month"), _("1 to 31. A star: every day.")),
    "month_of_year": (_("Month"), _("1 to 12. A star: every month.")),
    "timezone": (_("Clock of"), _("Where it is that time, such as Europe/London.")),
}
ACTIONS = {
    "enable_tasks": _("Switch on"),
    "disable_tasks": _("Switch off"),
    "run_tasks": _("Run once now"),
}
"""What may be done with several at once."""

Words = Mapping[str, tuple[Any, Any]]


def clock_words(crontab: CrontabSchedule) -> str:
    """At which time, as the ward says it; what is rarer than some days of each week in the library's words."""
    is_weekly = crontab.day_of_month == crontab.month_of_year == "*"
    minutes, hours, days = (_numbers(str(part)) for part in (crontab.minute, crontab.hour, crontab.day_of_week))
    if not is_weekly or not minutes or not hours or not (days or crontab.day_of_week == "*"):
        return str(crontab.human_readable)
    times = ", ".join(f"{hour:02}:{minute:02}" for hour in hours for minute in minutes)
    said = {"days": _days_words(days), "times": times, "zone": crontab.timezone}
    return gettext("%(days)s at %(times)s (clock of %(zone)s)") % said


def _days_words(days: list[int]) -> str:
    if not days or len({day % 7 for day in days}) == 7:
        return gettext("every day")
    if days == [1, 2, 3, 4, 5]:
        return gettext("%(first)s to %(last)s") % {"first": WEEKDAYS[0], "last": WEEKDAYS[4]}
    return ", ".join(str(WEEKDAYS[(day - 1) % 7]) for day in days)


def _numbers(part: str) -> list[int]:
    """Numbers with commas, or a span of them; empty for a star and for anything cleverer."""
    first, dash, last = part.partition("-")
    if dash and first.isdecimal() and last.isdecimal():
        return list(range(int(first), int(last) + 1))
    pieces = part.replace(" ", "").split(",")
    return sorted(int(piece) for piece in pieces) if all(piece.isdecimal() for piece in pieces) else []


def _say(form: Any, words: Words) -> Any:
    """The form's fields in this product's words."""
    for name, field in form.base_fields.items():
        field.label, field.help_text = words.get(name, (field.label, field.help_text))
    return form


class PeriodicWorkAdmin(SaysWhatHappened, PeriodicTaskAdmin):
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
        form = _say(super().get_form(request, obj, change, **kwargs), WORDS)
        for field in form.base_fields.values():
            for sign in ("add", "change", "delete", "view"):
                setattr(field.widget, f"can_{sign}_related", False)
        if "description" in form.base_fields:
            form.base_fields["crontab"].label_from_instance = clock_words
            form.base_fields["description"].widget.attrs["rows"] = 3
        return form

    @admin.display(description=_("how often"))
    def how_often(self, work: PeriodicTask) -> str:
        return clock_words(work.crontab) if work.crontab else str(work.interval)

    def told_as(self, record: PeriodicTask) -> str:
        """By its name; the library adds how often, in its own words."""
        return str(record.name)

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
        """In this product's words, and without deleting many at once: what is not wanted is switched off."""
        found = super().get_actions(request)
        return {name: (*found[name][:2], words) for name, words in ACTIONS.items() if name in found}

    def enable_tasks(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with saying(request, gettext("Switched on: %s.") % _names(queryset)):
            super().enable_tasks(request, queryset)

    def disable_tasks(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with saying(request, gettext("Switched off: %s.") % _names(queryset)):
            super().disable_tasks(request, queryset)


def _names(works: QuerySet[Any]) -> str:
    return ", ".join(works.order_by("name").values_list("name", flat=True))


class UsedByWork(SaysWhatHappened):
    """What intervals and times have in common: words for each and for its fields, and how much work uses it."""

    words: Words = {}
    inlines = ()
    readonly_fields = ("work",)
    actions = None  # one at a time, and on its own page

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The library's, in this product's words."""
        return _say(super().get_form(request, obj, change, **kwargs), self.words)  # type: ignore[misc]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """With what uses it, once it is there to be used."""
        return (*self.words, "work") if obj else tuple(self.words)

    @admin.display(description=_("used by"))
    def work(self, how_often: Any) -> str:
        """The periodic work that would run otherwise after a change here."""
        named = [
            (reverse("admin:django_celery_beat_periodictask_change", args=[work.pk]), work.name)
            for work in how_often.periodictask_set.order_by("name")
        ]
        return format_html_join(", ", '<a href="{}">{}</a>', named) or "–"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With how much work uses each."""
        return super().get_queryset(request).annotate(used_by=Count("periodictask"))  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never while something uses it: the work would be deleted along with it."""
        is_used = obj is not None and obj.periodictask_set.exists()
        return not is_used and super().has_delete_permission(request, obj)  # type: ignore[misc]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """Under a heading in the same words as in the list."""
        if kwargs.get("obj") is not None:
            context["heading"] = self.told_as(kwargs["obj"])
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    @admin.display(description=_("used by"), ordering="used_by")
    def uses(self, how_often: Any) -> int:
        return int(how_often.used_by)


class IntervalAdmin(UsedByWork, IntervalScheduleAdmin):
    """How often periodic work may run."""

    words = INTERVAL_WORDS
    list_display = ("how_often", "uses")

    @admin.display(description=_("how often"), ordering="every")
    def how_often(self, interval: IntervalSchedule) -> str:
        return str(interval)


class TimeAdmin(UsedByWork, CrontabScheduleAdmin):
    """At which time periodic work may run."""

    words = CRONTAB_WORDS
    list_display = ("in_words", "uses")

    @admin.display(description=_("at which time"))
    def in_words(self, crontab: CrontabSchedule) -> str:
        return self.told_as(crontab)

    def told_as(self, record: CrontabSchedule) -> str:
        """In words, where the library shows the five fields one after the other."""
        return clock_words(record)
