"""Dealing with something on the worklist: what came of it, what somebody answered, an address put right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.forms.booking import AnswerForm
from desk.looks import Words


class OutcomeForm(forms.Form):
    """What came of it, in a few words."""

    outcome = forms.CharField(
        label=gettext_lazy("What came of it"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write a word or two, so that the next reader knows.")},
    )


class TaskAnswerForm(AnswerForm):
    """As beside a visit, for one of the visits that the item may be about."""

    visit = forms.ChoiceField(label=gettext_lazy("Which visit"), widget=forms.RadioSelect)
    field_order = ("visit", "respondent", "answer", "channel", "note")

    def __init__(self, *args: Any, visits: Sequence[tuple[str, Words]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        which = cast("forms.ChoiceField", self.fields["visit"])
        which.choices, which.initial = visits, next((key for key, _words in visits), "")
        if len(visits) == 1:
            which.widget = forms.HiddenInput()
        del self.fields["version"]  # an answer taken down by telephone is to the visit as it stands


class AddressForm(forms.Form):
    """An address that mail is to go to."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("Write the address, as they spell it."),
            "invalid": gettext_lazy("Write a whole e-mail address."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.initial.get("email"):
            self.fields["email"].help_text = _("The same one again is tried again.")
