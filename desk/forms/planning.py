"""Planning weeks at once: how many, and another slot for one dose."""

from __future__ import annotations

from dataclasses import replace

from django import forms
from django.utils.translation import gettext_lazy as _

from desk.forms.replans import LineForm
from scheduling.models.horizons import MOST_WEEKS, WEEKS, HorizonLine
from scheduling.services.planning.replans import Choice
from units.models import Unit


class WeeksForm(forms.Form):
    """How far ahead."""

    is_paired, wide = False, ()

    weeks = forms.IntegerField(
        label=_("Weeks"),
        min_value=1,
        max_value=MOST_WEEKS,
        initial=WEEKS,
        help_text=_("Every dose due within so many weeks that has no visit yet."),
    )


class SlotForm(LineForm):
    """A time, a room and a person for one dose."""

    def choice(self, unit: Unit) -> Choice:
        """The booking that was asked for; the form must be valid."""
        return replace(super().choice(unit), decision=HorizonLine.Decision.BOOK.value)
