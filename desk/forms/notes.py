"""A note for whoever comes next."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from desk.forms.courses import RefusableForm
from scheduling.models import LONGEST_NOTE


class NoteForm(RefusableForm):
    """The length is the use case's to judge: a browser counts a new line once, a form twice."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    back = forms.CharField(required=False, max_length=10, widget=forms.HiddenInput)
    text = forms.CharField(
        label=gettext_lazy("Note"),
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": LONGEST_NOTE, "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write the note.")},
    )
    is_pinned = forms.BooleanField(label=gettext_lazy("Pin it on top"), required=False)
