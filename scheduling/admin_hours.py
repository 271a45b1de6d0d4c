"""The admin of what decides when a unit is open: before a change is saved, the visits it would strand are shown."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from scheduling.engine.ticks import day_words
from scheduling.forms import BreakFormSet, ClosureForm, ScheduleForm
from scheduling.models import Closure, Replan, Resource, Schedule, ScheduleBreak
from scheduling.selectors.standing import Stranded
from scheduling.selectors.weeks import Clash, clashes, hours_in_words, next_dates
from scheduling.services import close, reopen
from scheduling.services.opening.hours import HoursBefore, WouldStrand, mark_of, note_hours, settle_hours, units_of
from units.admin_base import ScopedAdmin, ScopedInline, actor_in
from units.models import Unit
from units.policy import Act

if TYPE_CHECKING:
    _Guarded = ScopedAdmin
else:
    _Guarded = object

SEEN = "_seen"
"""What the confirmation sends with the form: the visits that were shown."""


class GuardsVisits(_Guarded):
    """Saving or deleting asks first where booked visits would stand without a list, and saves once that is confirmed.

    Everything is written, compared and, where somebody must look first, taken back with its transaction.
    """

    def units_touched(self, record: Any) -> Collection[Unit]:
        """The units whose hours follow from the record: its own, unless a kind of record says otherwise."""
        return {record.unit}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        touched = {unit for unit in self.units_touched(obj) if unit.pk}  # nobody has a visit in a unit just opened
        if change:
            touched |= set(self.units_touched(self.model._default_manager.get(pk=obj.pk)))
        _note(request, touched)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        self.settle(request)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        _note(request, self.units_touched(obj))
        super().delete_model(request, obj)
        self.settle(request)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        _note(request, {unit for record in queryset for unit in self.units_touched(record)})
        super().delete_queryset(request, queryset)
        self.settle(request)

    def settle(self, request: HttpRequest) -> None:
        """Raises WouldStrand where the actor has not seen the visits that the change strands."""
        before: HoursBefore = request._hours_before  # type: ignore[attr-defined]
        tell(request, settle_hours(actor_in(request), before=before, act="admin_change", seen=_seen(request)))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._asking(request, super().changeform_view, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._asking(request, super().delete_view, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._asking(request, super().changelist_view, *args, **kwargs)

    def _asking(self, request: HttpRequest, view: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return view(request, *args, **kwargs)
        except WouldStrand as would:
            return self._ask(request, would.stranded)

    def _ask(self, request: HttpRequest, stranded: tuple[Stranded, ...]) -> HttpResponse:
        actor = actor_in(request)
        shown = [one for one in stranded if actor.may(Act.VIEW_SCHEDULE, one.visit.unit_id)]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Booked visits would stand without a list"),
            "opts": self.opts,
            "rows": [
                {
                    "when": f"{day_words(one.when.date())} {one.when:%Y, %H:%M}",
                    "patient": str(one.visit.patient) if actor.may(Act.VIEW_PATIENTS, one.visit.unit_id) else "",
                    "room": one.room,
                    "why": one.why,
                }
                for one in shown
            ],
            "elsewhere": len(stranded) - len(shown),
            "count": len(stranded),
            "posted": [
                (name, value)
                for name, values in request.POST.lists()
                if name not in {"csrfmiddlewaretoken", SEEN}
                for value in values
            ],
            "seen": mark_of(stranded),
            "leave_url": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/scheduling/stranded.html", context)


def _note(request: HttpRequest, units: Collection[Unit]) -> None:
    request._hours_before = note_hours(  # type: ignore[attr-defined]
        [unit for unit in units if unit.pk is not None], at=timezone.now()
    )


def _seen(request: HttpRequest) -> str:
    return request.POST.get(SEEN, "")


def tell(request: HttpRequest, stranded: Collection[Stranded]) -> None:
    """What was confirmed, above the page that follows."""
    if stranded:
        words = ngettext(
            "%(count)d booked visit stands without a list until somebody moves it: it is on the worklist.",
            "%(count)d booked visits stand without a list until somebody moves them: they are on the worklist.",
            len(stranded),
        )
        messages.warning(request, words % {"count": len(stranded)})


@admin.register(Resource)
class ResourceAdmin(GuardsVisits, ScopedAdmin):
    """Rooms, recovery places and people. One that has been used is put out of use, never deleted."""

    deletable = False
    list_display = ["name", "kind", "unit", "ordinal", "turnover_minutes", "is_active"]
    list_filter = ["unit", "kind", "is_active"]
    list_select_related = ["unit"]
    search_fields = ["name"]
    search_help_text = gettext_lazy("Name of the room, place or person.")
    filter_horizontal = ["also_works_in"]
    fieldsets = [
        (None, {"fields": ["unit", "kind", "name", "ordinal", "is_active"]}),
        (gettext_lazy("Rooms"), {"fields": ["turnover_minutes", "area"]}),
        (gettext_lazy("People"), {"fields": ["user", "also_works_in"]}),
    ]

    def units_touched(self, record: Resource) -> Collection[Unit]:
        return units_of(record) if record.pk else {record.unit}


class BreakInline(ScopedInline):
    """Pauses of a list."""

    model = ScheduleBreak
    formset = BreakFormSet
    fields = ["starts_at", "ends_at"]


class HeldFilter(admin.SimpleListFilter):
    """Lists that are held now or later, unless those that are over are asked for."""

    title = gettext_lazy("held")
    parameter_name = "held"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("over", gettext_lazy("Over")), ("all", gettext_lazy("All"))]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        return [{**first, "display": _("Now or to come")}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Schedule]) -> QuerySet[Schedule]:
        over = Q(valid_to__lt=timezone.localdate())
        if self.value() == "all":
            return queryset
        return queryset.filter(over if self.value() == "over" else ~over)


@admin.register(Schedule)
class ScheduleAdmin(GuardsVisits, ScopedAdmin):
    """Lists: which room is open when, and who operates there. Read down, they are the week."""

    form = ScheduleForm
    inlines = [BreakInline]
    list_display = ["day", "room", "hours", "people", "runs", "warning", "unit"]
    list_display_links = ["day", "room"]
    list_filter = [HeldFilter, "unit", "weekday", "room"]
    search_fields = ["room__name", "operators__name"]
    search_help_text = gettext_lazy("Room or operator.")
    filter_horizontal = ["operators"]
    readonly_fields = ["dates"]
    history_beside = [("scheduling.ScheduleBreakHistory", "schedule_id")]
    fieldsets = [
        (None, {"fields": ["unit", "room", "operators"]}),
        (
            gettext_lazy("Which days"),
            {"fields": ["is_extra", ("weekday", "every_weeks"), ("valid_from", "valid_to"), "dates"]},
        ),
        (
            gettext_lazy("Hours"),
            {
                "fields": [
                    ("opens_at", "closes_at"),
                    ("first_in_at", "last_out_at"),
                    ("step_minutes", "fixed_starts"),
                ]
            },
        ),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Schedule | None = None) -> Any:
        """A new list may be several days' at once."""
        if obj is not None:
            return self.fieldsets
        whose, days, hours = self.fieldsets
        fields = ["is_extra", ("weekday", "every_weeks"), "also_on", ("valid_from", "valid_to")]
        return [whose, (days[0], {"fields": fields}), hours]

    @admin.display(description=gettext_lazy("day"), ordering="weekday")
    def day(self, schedule: Schedule) -> str:
        return f"{day_words(schedule.valid_from)}" if schedule.is_extra else schedule.get_weekday_display()

    @admin.display(description=gettext_lazy("procedures"), ordering="opens_at")
    def hours(self, schedule: Schedule) -> str:
        return hours_in_words(schedule)

    @admin.display(description=gettext_lazy("operators"))
    def people(self, schedule: Schedule) -> str:
        return ", ".join(person.name for person in schedule.operators.all())

    @admin.display(description=gettext_lazy("held"), ordering="valid_from")
    def runs(self, schedule: Schedule) -> str:
        first, last = schedule.valid_from, schedule.valid_to
        if schedule.is_extra:
            return _("once, on %(day)s") % {"day": f"{first:%d/%m/%Y}"}
        if last is None:
            return _("since %(day)s") % {"day": f"{first:%d/%m/%Y}"}
        return f"{first:%d/%m/%Y}–{last:%d/%m/%Y}"

    @admin.display(description=gettext_lazy("look at"))
    def warning(self, schedule: Schedule) -> SafeString | str:
        found = [clash_words(clash) for clash in schedule._clashes]  # type: ignore[attr-defined]
        if not any(person.is_active for person in schedule.operators.all()):
            found.append(_("Nobody operates."))
        if not schedule.room.is_active:
            found.append(_("The room is out of use."))
        return format_html("<strong>{}</strong>", " ".join(found)) if found else ""

    @admin.display(description=gettext_lazy("in the next four weeks"))
    def dates(self, schedule: Schedule) -> str:
        if schedule.pk is None:
            return _("Save the list to see its days.")
        return "; ".join(next_dates(schedule, today=schedule.unit.today())) or _("no day")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Schedule]:
        return super().get_queryset(request).select_related("room", "unit").prefetch_related("operators", "breaks")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        found = clashes(self.get_queryset(request), today=timezone.localdate())
        for schedule in changelist.result_list:
            schedule._clashes = found.get(schedule.pk, ())
        return changelist

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "room":
            kwargs["queryset"] = Resource.objects.filter(kind=Resource.Kind.ROOM, unit__in=self._units(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        # People of another unit too, where they also work in one of the actor's.
        units = self._units(request)
        people = Resource.objects.filter(Q(unit__in=units) | Q(also_works_in__in=units), kind=Resource.Kind.PERSON)
        kwargs["queryset"] = people.distinct()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if not change and (added := repeat(form.instance, form.cleaned_data["also_on"])):
            days = ", ".join(str(other.get_weekday_display()) for other in added)
            messages.success(request, _("The same list was added for: %(days)s.") % {"days": days})

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        beside = self.get_queryset(request).filter(room=form.instance.room)
        for clash in clashes(beside, today=form.instance.unit.today()).get(form.instance.pk, ()):
            messages.warning(request, clash_words(clash))


def repeat(schedule: Schedule, weekdays: Collection[int]) -> list[Schedule]:
    """The same list is there for each of the other weekdays, with its operators and breaks."""
    operators, breaks = list(schedule.operators.all()), list(schedule.breaks.values_list("starts_at", "ends_at"))
    added = []
    for weekday in sorted(set(weekdays) - {schedule.weekday}):
        other = Schedule.objects.get(pk=schedule.pk)
        other.pk, other.weekday = None, weekday
        other.save(force_insert=True)
        other.operators.set(operators)
        for starts_at, ends_at in breaks:
            other.breaks.create(starts_at=starts_at, ends_at=ends_at)
        added.append(other)
    return added


def clash_words(clash: Clash) -> str:
    """A sentence about a room that two lists have open at once."""
    return _("%(room)s is open at the same time for %(hours)s, first on %(day)s.") % {
        "room": clash.other.room,
        "hours": hours_in_words(clash.other),
        "day": day_words(clash.on),
    }


@admin.register(Closure)
class ClosureAdmin(GuardsVisits, ScopedAdmin):
    """Closures go through the use case, which takes the days' locks and finds the visits they strand."""

    form = ClosureForm
    list_display = ["reason", "what", "starts_at", "ends_at", "unit"]
    list_filter = ["unit", "resource"]
    list_select_related = ["unit", "resource"]
    search_fields = ["reason", "resource__name"]
    search_help_text = gettext_lazy("Reason, room or person.")
    ordering = ["-starts_at", "pk"]
    date_hierarchy = "starts_at"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [] if obj is None else ["visits_to_move"]

    @admin.display(description=gettext_lazy("its visits"))
    def visits_to_move(self, closure: Closure) -> SafeString:
        """A way to the desk's page that plans where they go."""
        draft = Replan.objects.filter(closure=closure, state=Replan.State.DRAFT).first()
        if draft is not None:
            return format_html(
                '<a href="{}">{}</a>', reverse("desk:replan", args=[draft.public_id]), _("Look at the re-plan")
            )
        return format_html('<a href="{}">{}</a>', reverse("desk:closures"), _("Plan where they go"))

    @admin.display(description=gettext_lazy("what"))
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
            seen=_seen(request),
        )
        obj.pk, obj.public_id = done.closure.pk, done.closure.public_id
        tell(request, done.stranded)

    def settle(self, request: HttpRequest) -> None:
        """The use case has."""

    def delete_model(self, request: HttpRequest, obj: Closure) -> None:
        reopen(actor_in(request), closure=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Closure]) -> None:
        for closure in queryset:
            reopen(actor_in(request), closure=closure)
