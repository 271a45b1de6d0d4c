"""What the admin asks before it changes rooms, hours or closures."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from scheduling.engine.ticks import is_shown, wall_clock
from scheduling.models import Appointment, Closure, Resource, Schedule, ScheduleBreak
from scheduling.models.resources import MIDNIGHT
from units.forms import UnitForm

if TYPE_CHECKING:
    _ScheduleForm = forms.ModelForm[Schedule]
    _ClosureForm = forms.ModelForm[Closure]
    _BreakFormSet = forms.BaseInlineFormSet[ScheduleBreak, Schedule, forms.ModelForm[ScheduleBreak]]
else:
    _ScheduleForm = _ClosureForm = forms.ModelForm
    _BreakFormSet = forms.BaseInlineFormSet


class BookableUnitForm(UnitForm):
    """A unit that stays in use while visits are booked in it: nobody could open them any more."""

    def clean_is_active(self) -> bool:
        is_active = bool(self.cleaned_data["is_active"])
        booked = Appointment.objects.filter(
            unit=self.instance.pk, status=Appointment.Status.BOOKED, ends_at__gt=timezone.now()
        )
        if not is_active and self.instance.pk and (visits := booked.order_by("starts_at")).exists():
            last = self.instance.local(visits.reverse()[0].starts_at)
            words = ngettext(
                "%(count)d visit is booked here, on %(day)s. Move or cancel it first.",
                "%(count)d visits are booked here, the last on %(day)s. Move or cancel them first.",
                count := visits.count(),
            )
            raise ValidationError(words % {"count": count, "day": f"{last:%d/%m/%Y}"})
        return is_active


class ClockTimesField(SimpleArrayField):
    """Times in one line: "09:00, 10:30, 13:00". Kept in order, each once."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.pop("base_field", None)
        kwargs.pop("max_length", None)
        super().__init__(forms.TimeField(), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(f"{at:%H:%M}" for at in value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[time]:
        try:
            return sorted(set(super().clean(value)))
        except ValidationError as error:
            raise ValidationError(_("Write times as 09:00, 10:30, 13:00.")) from error


class ScheduleForm(_ScheduleForm):
    """A list: everything of one unit, a room that is a room, operators that are people, days and hours in order."""

    also_on = forms.TypedMultipleChoiceField(
        label=_("Also on"),
        choices=Schedule.Weekday.choices,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The same list is added for each of these days, to be changed on its own afterwards."),
    )

    class Meta:
        model = Schedule
        fields = [
            "unit",
            "room",
            "operators",
            "is_extra",
            "weekday",
            "every_weeks",
            "valid_from",
            "valid_to",
            "opens_at",
            "closes_at",
            "first_in_at",
            "last_out_at",
            "step_minutes",
            "fixed_starts",
        ]
        field_classes = {"fixed_starts": ClockTimesField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "weekday" in self.fields:
            # An extra list's follows from its date.
            self.fields["weekday"].required = False
            self.fields["weekday"].empty_value = None  # type: ignore[attr-defined]
        if "valid_from" in self.fields:
            self.fields["valid_from"].initial = timezone.localdate

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        self._clean_people(values)
        self._clean_days(values)
        self._clean_hours(values)
        return values

    def _clean_people(self, values: dict[str, Any]) -> None:
        unit, room = values.get("unit"), values.get("room")
        if room is not None and (room.kind != Resource.Kind.ROOM or (unit is not None and room.unit_id != unit.pk)):
            self.add_error("room", _("Choose a procedure room of this unit."))
        for person in values.get("operators") or ():
            works_here = unit is None or person.unit_id == unit.pk or unit in person.also_works_in.all()
            if person.kind != Resource.Kind.PERSON or not works_here:
                self.add_error("operators", _("%(name)s is not a person who works in this unit.") % {"name": person})

    def _clean_days(self, values: dict[str, Any]) -> None:
        first, last = values.get("valid_from"), values.get("valid_to")
        if values.get("is_extra"):
            if first and last and last != first:
                self.add_error("valid_to", _("An extra list is held on one date. Leave this empty."))
            elif first:
                values["weekday"], values["valid_to"], values["every_weeks"] = first.isoweekday(), first, 1
            values["also_on"] = []
            return
        weekday = values.get("weekday")
        if weekday is None:
            if "weekday" not in self.errors:
                self.add_error("weekday", _("Choose the weekday, or tick “extra list”."))
        elif first and last and last < first:
            self.add_error("valid_to", _("The list ends after it begins."))
        elif first and last and _first_on(first, weekday) > last:
            self.add_error("valid_to", _("There is no such weekday between these two dates."))

    def _clean_hours(self, values: dict[str, Any]) -> None:
        opens, closes, out = values.get("opens_at"), values.get("closes_at"), values.get("last_out_at")
        if opens and closes and _end(closes) <= opens:
            self.add_error("closes_at", _("The last procedure ends after the first one starts."))
        if closes is not None and out is not None and _end(closes) > _end(out):
            self.add_error("last_out_at", _("The last patient leaves after the last procedure."))
        first_in = values.get("first_in_at")
        if first_in and closes is not None and first_in >= _end(closes):
            self.add_error("first_in_at", _("The first patient comes before the last procedure ends."))
        for at in values.get("fixed_starts") or ():
            if opens is not None and closes is not None and not opens <= at < _end(closes):
                self.add_error(
                    "fixed_starts", _("%(clock)s is outside the hours of procedures.") % {"clock": f"{at:%H:%M}"}
                )
                break


class BreakFormSet(_BreakFormSet):
    """The breaks of a list: each inside its hours, none over another."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        opens, closes = self.instance.opens_at, self.instance.closes_at
        taken: list[tuple[time, time]] = []
        for form in self.forms:
            starts, ends = form.cleaned_data.get("starts_at"), form.cleaned_data.get("ends_at")
            if starts is None or ends is None or form.cleaned_data.get("DELETE"):
                continue
            if _end(ends) <= starts:
                form.add_error("ends_at", _("The break ends after it begins."))
            elif opens is not None and closes is not None and (starts < opens or _end(ends) > _end(closes)):
                form.add_error("starts_at", _("The break is outside the hours of procedures."))
            elif any(starts < other_ends and other_starts < _end(ends) for other_starts, other_ends in taken):
                form.add_error("starts_at", _("Two breaks of a list do not overlap."))
            taken.append((starts, _end(ends)))


def _end(at: time) -> time:
    """An end for comparing: 00:00 is the midnight that ends the day."""
    return time.max if at == MIDNIGHT else at


def _first_on(since: date, weekday: int) -> date:
    return since + timedelta(days=(weekday - since.isoweekday()) % 7)


class ClosureForm(_ClosureForm):
    """A closure, told in the unit's local time."""

    class Meta:
        model = Closure
        fields = ["unit", "resource", "starts_at", "ends_at", "reason"]

    def clean(self) -> dict[str, Any]:
        """What was typed is the clock on the wall of the unit that closes, whichever unit the page is about."""
        values = super().clean() or {}
        unit = values.get("unit")
        for name in ("starts_at", "ends_at"):
            if unit is None or values.get(name) is None:
                continue
            typed = timezone.make_naive(values[name])
            if is_shown(typed.date(), typed.time(), unit.zone):
                values[name] = wall_clock(typed.date(), typed.time(), unit.zone)
            else:
                self.add_error(name, _("The clocks go forward then: there is no such time."))
        return values
