"""What is to become of one visit of a re-plan."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from scheduling.models import Resource
from scheduling.services.planning.replans import Choice
from scheduling.services.visits.wanted import Wanted
from units.models import Unit


class LineForm(forms.Form):
    """A time, a room and a person for one visit."""

    is_paired, wide = True, ()

    on = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    arrives = forms.TimeField(label=_("Arrives"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    room = forms.ModelChoiceField(label=_("Room"), queryset=Resource.objects.none(), to_field_name="public_id")
    operator = forms.ModelChoiceField(label=_("With"), queryset=Resource.objects.none(), to_field_name="public_id")

    def __init__(self, *args: Any, places: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("room", "operator"):
            field = cast("forms.ModelChoiceField[Resource]", self.fields[name])
            field.queryset = places[name]
            # Read once for all the lines of a page: left to itself, each form asks the database again.
            field.choices = [("", field.empty_label or ""), *((one.public_id, str(one)) for one in places[name])]

    def choice(self, unit: Unit) -> Choice:
        """The move that was asked for; the form must be valid."""
        asked = self.cleaned_data
        starts_at = datetime.combine(asked["on"], asked["arrives"], unit.zone)
        return Choice("move", Wanted(starts_at, asked["room"].public_id, asked["operator"].public_id))
