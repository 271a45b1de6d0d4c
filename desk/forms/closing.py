"""Closing the unit, a room, a recovery place or a person for a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.forms.courses import RefusableForm, clock_field, day_field, reason_field
from scheduling.engine.ticks import is_shown, wall_clock
from scheduling.models import Resource
from units.models import Unit

WHOLE_UNIT = "unit"
GROUPS = {
    Resource.Kind.ROOM: gettext_lazy("Rooms"),
    Resource.Kind.RECOVERY: gettext_lazy("Recovery places"),
    Resource.Kind.PERSON: gettext_lazy("People"),
    Resource.Kind.IMAGING: gettext_lazy("Imaging"),
}


class ClosingForm(RefusableForm):
    """What is closed, from when until when by the unit's clock, and why."""

    is_paired, wide = True, ("what", "reason")

    what = forms.ChoiceField(
        label=gettext_lazy("What is closed"), error_messages={"required": gettext_lazy("Choose what is closed.")}
    )
    since_on = day_field(gettext_lazy("From"))
    since_at = clock_field(gettext_lazy("From what time"))
    until_on = day_field(gettext_lazy("Until"))
    until_at = clock_field(gettext_lazy("Until what time"))
    reason = reason_field(gettext_lazy("Why"), hint=gettext_lazy("Staff read it on the board. No patient's name."))

    def __init__(self, *args: Any, unit: Unit, resources: Iterable[Resource], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit = unit
        self.resources = {str(one.public_id): one for one in resources}
        grouped: dict[str, list[tuple[str, str]]] = {}
        for key, one in self.resources.items():
            grouped.setdefault(str(GROUPS[Resource.Kind(one.kind)]), []).append((key, one.name))
        self.fields["what"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose…")),
            *((words, grouped[words]) for words in map(str, GROUPS.values()) if words in grouped),
            (WHOLE_UNIT, _("The whole unit")),
        ]
        for name, words in (("since_at", _("Write from what time.")), ("until_at", _("Write until what time."))):
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = words

    def clean(self) -> dict[str, Any]:
        """With `starts_at` and `ends_at`, where the clocks show both."""
        values = super().clean() or {}
        for name, day, clock in (("starts_at", "since_on", "since_at"), ("ends_at", "until_on", "until_at")):
            on, at = values.get(day), values.get(clock)
            if isinstance(on, date) and isinstance(at, time):
                if not is_shown(on, at, self.unit.zone):
                    self.add_error(clock, _("The clocks go forward then: there is no such time."))
                values[name] = wall_clock(on, at, self.unit.zone)
        if "starts_at" in values and "ends_at" in values and not values["starts_at"] < values["ends_at"]:
            self.add_error("until_at", _("It ends after it begins. Write a later day or time."))
        return values

    def asked(self) -> dict[str, Any]:
        """What the use case takes; of a valid form."""
        values = self.cleaned_data
        starts_at: datetime = values["starts_at"]
        return {
            "resource": self.resources.get(values["what"]),
            "starts_at": starts_at,
            "ends_at": values["ends_at"],
            "reason": values["reason"],
        }
