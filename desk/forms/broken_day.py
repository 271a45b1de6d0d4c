"""A list that runs late, and an urgent visit squeezed in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.forms.courses import RefusableForm, day_field, reason_field
from desk.pages import uuid_or_none
from scheduling.models import Resource
from scheduling.selectors.list_left import Along
from scheduling.services.day.running_late import MOST_MINUTES, Lateness
from scheduling.services.visits.squeezing import Reasons
from scheduling.services.visits.wanted import Wanted
from units.models import Unit


class LateForm(RefusableForm):
    """How late, and what. The visits to leave where they are stand with the list."""

    minutes = forms.IntegerField(
        label=gettext_lazy("How many minutes late"),
        min_value=5,
        max_value=MOST_MINUTES,
        widget=forms.NumberInput(attrs={"step": 5, "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Say how many minutes late.")},
    )
    along = forms.ChoiceField(label=gettext_lazy("What is late"), widget=forms.RadioSelect)
    over_reason = reason_field(
        gettext_lazy("Why the list may run past its hours"),
        required=False,
        hint=gettext_lazy("Only where a visit would not fit otherwise. It stands on the record."),
    )

    def __init__(self, *args: Any, room: str, operator: str, may_run_over: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["along"].choices = [  # type: ignore[attr-defined]
            (Along.ROOM.value, _("The list of %(room)s from this visit on") % {"room": room}),
            (Along.OPERATOR.value, _("%(name)s, from room to room") % {"name": operator}),
            (Along.PATIENT.value, _("Only this patient")),
        ]
        if not may_run_over:
            del self.fields["over_reason"]

    def lateness(self, stay: list[str]) -> Lateness:
        """What was asked; the form must be valid."""
        asked = self.cleaned_data
        keys = frozenset(key for text in stay if (key := uuid_or_none(text)) is not None)
        return Lateness(asked["minutes"], Along(asked["along"]), asked.get("over_reason", ""), keys)


class SqueezeForm(RefusableForm):
    """When, where and with whom; and why."""

    is_paired, wide = True, ("reason", "override_reason")

    on = day_field(gettext_lazy("Day"))
    arrives = forms.TimeField(
        label=gettext_lazy("Arrives"),
        widget=forms.TimeInput(attrs={"type": "time", "step": 300}, format="%H:%M"),
        error_messages={
            "required": gettext_lazy("Choose a time."),
            "invalid": gettext_lazy("Write a time, such as 17:30."),
        },
    )
    room = forms.ModelChoiceField(
        label=gettext_lazy("Room"), queryset=Resource.objects.none(), to_field_name="public_id", empty_label=None
    )
    operator = forms.ModelChoiceField(
        label=gettext_lazy("With"), queryset=Resource.objects.none(), to_field_name="public_id", empty_label=None
    )
    reason = reason_field(
        gettext_lazy("Why it is squeezed in"), hint=gettext_lazy("Stays in the unit: it is not in the message.")
    )
    override_reason = reason_field(
        gettext_lazy("Why the limits of the dose are left"),
        required=False,
        hint=gettext_lazy("Only for a day outside the window or below the minimum interval."),
    )

    def __init__(self, *args: Any, places: dict[str, Any], may_override: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("room", "operator"):
            self.fields[name].queryset = places[name]  # type: ignore[attr-defined]
        if not may_override:
            del self.fields["override_reason"]

    def wanted(self, unit: Unit) -> Wanted:
        """The time and place; the form must be valid."""
        asked = self.cleaned_data
        starts_at = datetime.combine(asked["on"], asked["arrives"], unit.zone)
        return Wanted(starts_at, asked["room"].public_id, asked["operator"].public_id)

    def reasons(self) -> Reasons:
        """Why; the form must be valid."""
        return Reasons(self.cleaned_data["reason"], self.cleaned_data.get("override_reason", ""))
