"""What the admin asks before it changes rooms, hours or closures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from scheduling.models import Closure, Resource, Schedule

if TYPE_CHECKING:
    _ScheduleForm = forms.ModelForm[Schedule]
    _ClosureForm = forms.ModelForm[Closure]
else:
    _ScheduleForm = _ClosureForm = forms.ModelForm


class ScheduleForm(_ScheduleForm):
    """A weekly list: everything of one unit, a room that is a room, operators that are people."""

    class Meta:
        model = Schedule
        fields = [
            "unit",
            "room",
            "operators",
            "weekday",
            "opens_at",
            "closes_at",
            "last_out_at",
            "step_minutes",
            "valid_from",
            "valid_to",
        ]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        unit, room = values.get("unit"), values.get("room")
        if room is not None and (room.kind != Resource.Kind.ROOM or (unit is not None and room.unit_id != unit.pk)):
            self.add_error("room", _("Choose a procedure room of this unit."))
        for person in values.get("operators") or ():
            works_here = unit is None or person.unit_id == unit.pk or unit in person.also_works_in.all()
            if person.kind != Resource.Kind.PERSON or not works_here:
                self.add_error("operators", _("%(name)s is not a person who works in this unit.") % {"name": person})
        opens, closes, out = values.get("opens_at"), values.get("closes_at"), values.get("last_out_at")
        if opens and closes and opens >= closes:
            self.add_error("closes_at", _("The last procedure ends after the first one starts."))
        if closes and out and closes > out:
            self.add_error("last_out_at", _("The last patient leaves after the last procedure."))
        first, last = values.get("valid_from"), values.get("valid_to")
        if first and last and last < first:
            self.add_error("valid_to", _("The list ends after it begins."))
        return values


class ClosureForm(_ClosureForm):
    """A closure, told in the unit's local time."""

    class Meta:
        model = Closure
        fields = ["unit", "resource", "starts_at", "ends_at", "reason"]
