"""Finishing something on the worklist."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy


class OutcomeForm(forms.Form):
    """What came of it, in a few words."""

    outcome = forms.CharField(
        label=gettext_lazy("What came of it"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write a word or two, so that the next reader knows.")},
    )
